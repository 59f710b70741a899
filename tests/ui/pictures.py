"""Make the pictures of the app in docs/pictures again: every page in Dutch, as a visitor sees it.

``make pictures`` runs this; names of pages as arguments make only those. Look at each picture before it is kept.
"""

from __future__ import annotations

import re
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

from suitability.workshop.store import open_store
from tests.conftest import demo_scan
from tests.paths import ROOT
from tests.programs import headless_browser
from tests.ui.conftest import start_server, stop_server
from tests.ui.meeting import POLICY, best_sites, busy_meeting, come_in
from tests.ui.screen import PATIENCE_MS, Screen

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER: Final = ROOT / "docs" / "pictures"
_WINDOW: Final = {"width": 1440, "height": 960}
_COLOURS: Final = 256
_PLACE: Final = "Koekoeksweg 22"
_SLIDER: Final = "Met de fiets naar een supermarkt"


def main(names: list[str]) -> None:
    """Make the pictures of these pages; of all without a name."""
    with headless_browser() as browser, tempfile.TemporaryDirectory() as scratch:
        about = start_server(Path(scratch))
        try:
            chair_code = cache(lambda: _meeting(about["store"]))
            for name in names or [*PICTURES, *MEETINGS]:
                screen = Screen(browser.new_context(viewport=_WINDOW).new_page(), about["address"]).open()
                MEETINGS[name](screen, chair_code()) if name in MEETINGS else PICTURES[name](screen)
                screen.settle().page.mouse.move(0, 0)
                screen.page.wait_for_timeout(1000)
                _keep(screen, name)
        finally:
            stop_server(about)


def _keep(screen: Screen, name: str) -> None:
    """Write the picture with few colours: a third of the size, and nobody sees it."""
    path = FOLDER / f"{name}.png"
    screen.page.screenshot(path=path)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE, kmeans=2)
    small.save(path, optimize=True)


def _what_if(screen: Screen) -> None:
    screen.go("what_if")
    slider = screen.page.get_by_role("slider", name=re.compile(_SLIDER))
    slider.focus()
    for _ in range(12):
        screen.page.keyboard.press("ArrowLeft")
    screen.page.wait_for_timeout(400)


def _longlist(screen: Screen) -> None:
    screen.choose_policy("Hardenberg 2025").go("longlist")


def _parcel(screen: Screen) -> None:
    screen.go("parcel").page.get_by_label(re.compile("Waarom hier")).fill(_PLACE)
    screen.page.keyboard.press("Enter")


def _compare(screen: Screen) -> None:
    screen.go("compare").page.get_by_test_id("stMain").get_by_role("combobox").click()
    screen.page.get_by_role("option", name=re.compile("Hardenberg")).first.click()
    screen.page.get_by_text("Ander oordeel").first.wait_for(timeout=PATIENCE_MS)


def _shortlist(screen: Screen) -> None:
    screen.choose_policy("Hardenberg 2025").go("shortlist")
    screen.page.get_by_role("spinbutton").first.fill("300")
    screen.page.keyboard.press("Enter")
    screen.settle().page.get_by_role("button", name="Voorstel zoeken").click()
    screen.page.get_by_test_id("stMetricValue").first.wait_for(timeout=PATIENCE_MS)


def _download(screen: Screen) -> None:
    screen.go("download").page.get_by_test_id("stMain").get_by_role("button").first.click()
    screen.page.get_by_test_id("stDownloadButton").first.wait_for(timeout=PATIENCE_MS)


def _meeting(store: str) -> str:
    """Let people have voted and decided in a session; return the code of its chair."""
    return busy_meeting(open_store(store), best_sites(demo_scan(POLICY))).opened.chair_code


PICTURES: Final[dict[str, Callable[[Screen], object]]] = {
    "overview": lambda screen: screen,
    "what_if": _what_if,
    "longlist": _longlist,
    "parcel": _parcel,
    "compare": _compare,
    "ranking": lambda screen: screen.choose_policy("Hardenberg 2025").go("ranking"),
    "shortlist": _shortlist,
    "data": lambda screen: screen.go("data"),
    "download": _download,
}

#: Pictures for which one sits in a session as its chair.
MEETINGS: Final[dict[str, Callable[[Screen, str], object]]] = {
    "workshop": lambda screen, code: come_in(screen, code, "Gemeente Kampen"),
    "site": lambda screen, code: come_in(screen, code, "Gemeente Kampen").go("site"),
}

if __name__ == "__main__":
    main(sys.argv[1:])
