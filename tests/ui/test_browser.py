"""The app in a real browser, as a planner uses it. No request leaves this machine and the console stays silent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from layers import open_source
from suitability.core.errors import PolicyError
from suitability.core.measurement import Outcome
from suitability.core.messages import message
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.policy.what_if import with_limits
from suitability.scan.run import rejudge, run_scan
from tests.ui.screen import PATIENCE_MS
from tests.ui.test_pages import AREA, BROKEN, counts

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.scan.run import Scan
    from tests.ui.screen import Screen

pytestmark = pytest.mark.xdist_group("browser")

ENVIRONMENT = "Buiten de richtafstand van bedrijven"
HARDENBERG = "Hardenberg 2025, huisvesting arbeidsmigranten"

#: Texts that would fetch a picture, run a script or make a link, were they read as anything but text.
NASTY = (
    "![x](https://example.org/a.png) <img src=https://example.org/b.png onerror=alert(1)> [link](https://example.org)"
)


def selected_rows(screen: Screen) -> list[str]:
    """Return the parcels that are selected in the table."""
    rows = screen.page.locator("[data-testid=stDataFrame] [role=row][aria-selected=true]")
    rows.first.wait_for(state="attached", timeout=PATIENCE_MS)  # the table tells screen readers a little later
    return [row.locator("[role=gridcell]").first.inner_text() for row in rows.all()]


def with_environment(scan: Scan, metres: float) -> Scan:
    """Return the scan with another limit of the guideline distance."""
    return rejudge(scan, with_limits(scan.policy, {"environment": (metres,)}))


def bring(screen: Screen, path: Path) -> Screen:
    """Bring a policy file on the page Data."""
    screen.go("data")
    policy = screen.page.get_by_role("region", name=message("app.upload.file", "nl"))
    policy.locator("input[type=file]").set_input_files(str(path))
    screen.page.wait_for_timeout(300)
    return screen.settle()


def download(screen: Screen, name: str, folder: Path) -> Path:
    """Download one of the files, which another visitor may have let be made already."""
    make = screen.go("download").page.get_by_role("button", name=message("app.download.make", "nl"))
    if make.count():
        make.click()
    button = screen.page.get_by_role("button", name=re.compile(re.escape(name)))
    button.wait_for(timeout=PATIENCE_MS)
    with screen.settle().page.expect_download() as coming:
        button.click()
    coming.value.save_as(folder / name)
    return folder / name


def test_the_first_screen_has_a_map_and_a_result(screen: Screen, scan_of: Callable[[str], Scan]) -> None:
    """Not a form: figures, map, legend and funnel; in Dutch, and said so to a screen reader."""
    screen.shows(counts(scan_of("kadaster-scan")))
    assert screen.page.evaluate("document.documentElement.lang") == "nl"
    drawn = screen.page.evaluate(
        """() => [...document.querySelectorAll('.parcel-map canvas')].some((tile) =>
             tile.getContext('2d').getImageData(0, 0, tile.width, tile.height).data.some((value) => value))"""
    )
    assert drawn
    assert "Hoeveel percelen per regel afvallen" in screen.text()
    assert "afgeleid of aangenomen" in screen.text()


def test_a_moved_slider_gives_the_counts_of_a_full_run(screen: Screen, scan_of: Callable[[str], Scan]) -> None:
    """With the keyboard; the map changes with the figures, and another page keeps both."""
    screen.go("what_if")
    drawn = screen.page.locator(".parcel-map").get_attribute("data-drawn")
    screen.nudge(ENVIRONMENT, 7)
    policy = with_limits(read_policy("kadaster-scan", REGISTRY), {"environment": (7.0,)})
    expected = counts(run_scan(policy, open_source("demo")))
    screen.shows(expected)
    assert screen.page.locator(".parcel-map").get_attribute("data-drawn") != drawn
    screen.go("overview").shows(expected)
    screen.go("what_if")
    slider = screen.page.get_by_role("slider", name=re.compile(ENVIRONMENT))
    assert slider.get_attribute("aria-valuetext") == "7 m"
    screen.page.get_by_role("button", name=message("app.limit.reset", "nl", limit="0 m")).click()
    screen.shows(counts(scan_of("kadaster-scan")))
    assert slider.get_attribute("aria-valuetext") == "0 m"
    assert screen.page.locator(".parcel-map").get_attribute("data-drawn") == drawn


def test_a_parcel_clicked_on_the_map_is_selected_in_the_table(screen: Screen, scan_of: Callable[[str], Scan]) -> None:
    """And a row chosen in the table comes into view on the map; all its rules are one click away."""
    scan = scan_of("kadaster-scan")
    passing = np.flatnonzero(scan.verdicts.best == Outcome.PASS)
    index = int(passing[np.argsort(-scan.parcels.areas[passing])[5]])
    screen.go("longlist").click_parcel(scan, index)
    parcel = str(scan.parcels.ids[index])
    assert selected_rows(screen) == [parcel]
    assert f"{parcel}, " in screen.text()
    screen.page.get_by_label(message("app.table.search", "nl")).fill("Koekoeksweg")
    screen.page.keyboard.press("Enter")
    screen.page.get_by_text("valt buiten de filters").wait_for()
    view = screen.settle().page.locator(".parcel-map").get_attribute("data-view")
    grid = screen.page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    screen.page.mouse.click(grid["x"] + 18, grid["y"] + 36 + 88 * 3 + 44)
    moved = "(was) => document.querySelector('.parcel-map').dataset.view !== was"
    screen.page.wait_for_function(moved, arg=view, timeout=PATIENCE_MS)
    (other,) = selected_rows(screen.settle())
    assert other != parcel
    screen.page.get_by_role("link", name=message("app.parcel.open", "nl")).click()
    screen.page.get_by_role("heading", name=other).wait_for()
    assert "Bron: " in screen.settle().text()


def test_a_parcel_that_the_filters_hide(screen: Screen, scan_of: Callable[[str], Scan]) -> None:
    """Clicked on the map it is selected in the table all the same, and it is said that the filters hide it."""
    scan = scan_of("kadaster-scan")
    fallen = np.flatnonzero((scan.verdicts.best == Outcome.FAIL) & ~scan.verdicts.near_miss)
    index = int(fallen[np.argmax(scan.parcels.areas[fallen])])
    screen.go("longlist").click_parcel(scan, index)
    assert selected_rows(screen) == [str(scan.parcels.ids[index])]
    assert "valt buiten de filters" in screen.text()


def test_the_other_language(screen: Screen, app_scan: Callable[[str], Scan]) -> None:
    """Menu, page, map and the language of the document follow, on any page; what was chosen stays."""
    moved = with_environment(app_scan("kadaster-scan"), 2.0)
    screen.go("what_if").nudge(ENVIRONMENT, 2).shows(counts(moved))
    screen.page.get_by_role("radio", name="English").or_(
        screen.page.get_by_role("button", name="English")
    ).first.click()
    screen.page.get_by_role("heading", name="Variants", level=1).wait_for()
    screen.shows(counts(moved, "en"))
    assert screen.page.evaluate("document.documentElement.lang") == "en"
    assert screen.page.locator(".parcel-map").get_attribute("aria-label") == message("app.map.label", "en")
    assert screen.page.get_by_role("button", name="Zoom in").count() == 1
    slider = screen.page.get_by_role("slider", name=re.compile("Outside the guideline distance"))
    assert slider.get_attribute("aria-valuetext") == "2 m"


def test_the_geopackage_can_be_downloaded_and_opened(
    screen: Screen, scan_of: Callable[[str], Scan], tmp_path: Path
) -> None:
    """It holds the longlist and all parcels, as the engine has them."""
    scan = scan_of("kadaster-scan")
    path = download(screen, "longlist.gpkg", tmp_path)
    names = [name for name, _ in pyogrio.list_layers(path)]
    sizes = {name: len(gpd.read_file(path, layer=name)) for name in names if name in {"longlist", "parcels"}}
    assert sizes == {"longlist": int((scan.verdicts.best != Outcome.FAIL).sum()), "parcels": len(scan.parcels)}


def test_a_broken_policy_is_told_in_sentences(screen: Screen, tmp_path: Path) -> None:
    """The sentences of the checker stand on the page; the policy in use stays."""
    path = tmp_path / "stuk.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        read_policy(str(path), REGISTRY)
    text = bring(screen, path).text()
    for sentence in caught.value.sentences("nl"):
        assert sentence.replace(f"{tmp_path}/", "") in text
    assert screen.page.get_by_role("button", name=message("app.upload.use", "nl")).count() == 0


def test_nasty_texts_in_a_policy_are_only_texts(screen: Screen, tmp_path: Path) -> None:
    """Nothing of an uploaded policy is fetched or run, on any page that shows its texts; a bare address may be a link."""
    path = tmp_path / "naar.yaml"
    path.write_text(
        AREA.format(limit="at_least: 100").replace("Groot genoeg", f'"{NASTY}"').replace("Maat", f'"{NASTY}"'),
        encoding="utf-8",
    )
    bring(screen, path).page.get_by_role("button", name=message("app.upload.use", "nl")).click()
    screen.settle()
    for name in ("overview", "what_if", "longlist", "parcel", "compare", "data", "download"):
        screen.go(name)
        assert screen.page.locator("img[src*='example.org'], [onerror]").count() == 0, name
    screen.go("parcel").page.get_by_role("textbox").first.fill("afgeleid-22608")
    screen.page.keyboard.press("Enter")
    screen.settle()
    assert NASTY in screen.text()
    assert screen.page.locator("img[src*='example.org'], [onerror]").count() == 0


def test_two_browsers_do_not_see_each_others_limits(
    open_screen: Callable[[], Screen], app_scan: Callable[[str], Scan]
) -> None:
    """Each keeps the own figures, whoever moved last."""
    scan = app_scan("kadaster-scan")
    untouched, first, second = (counts(with_environment(scan, number)) for number in (0.0, 3.0, 6.0))
    assert len({tuple(figures) for figures in (untouched, first, second)}) == 3
    one, other = open_screen().open().go("what_if"), open_screen().open().go("what_if")
    one.nudge(ENVIRONMENT, 3).shows(first)
    other.go("overview").shows(untouched)
    other.go("what_if").nudge(ENVIRONMENT, 6).shows(second)
    one.go("overview").shows(first)


def test_a_long_scan_can_be_stopped(screen: Screen, scan_of: Callable[[str], Scan]) -> None:
    """While another policy is measured there is progress and a way back, to what was there before."""
    screen.page.get_by_test_id("stSidebar").get_by_role("combobox").click()
    screen.page.get_by_role("option", name=re.compile("Bollenstreek")).click()
    screen.page.get_by_role("button", name=message("app.stop", "nl")).click(timeout=PATIENCE_MS)
    screen.shows(counts(scan_of("kadaster-scan")))
    assert "Bollenstreek" not in screen.page.get_by_test_id("stSidebar").inner_text()


def test_twenty_visitors_do_not_grow_the_memory(own_server: dict[str, Any]) -> None:
    """Of the server itself: one after the other they open the app, get the first screen and leave."""
    address = own_server["address"].replace("http", "ws", 1) + "/_stcore/stream"

    def visit() -> None:
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        with connect(address, max_size=None, subprotocols=[Subprotocol("streamlit")]) as line:
            line.send(asked.SerializeToString())
            while ForwardMsg.FromString(line.recv(timeout=60)).WhichOneof("type") != "script_finished":
                pass

    for _ in range(5):
        visit()
    before = resident_bytes(own_server["pid"])
    for _ in range(20):
        visit()
    assert resident_bytes(own_server["pid"]) - before < 20_000_000


def resident_bytes(pid: int) -> int:
    """Return how much memory a process has."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024  # type: ignore[index]


def test_a_run_that_was_downloaded_can_be_compared_with(screen: Screen, tmp_path: Path) -> None:
    """A file of megabytes goes up; under another policy parcels come and go."""
    path = download(screen, "parcels.parquet", tmp_path)
    assert path.stat().st_size > 2_000_000
    screen.go("compare").choose_policy(HARDENBERG)
    screen.page.locator("input[type=file]").set_input_files(str(path))
    screen.page.get_by_test_id("stMetricValue").first.wait_for(timeout=PATIENCE_MS)
    assert "omdat deze regel nu afwijst" in screen.settle().text()
