"""Accessibility of every page, by axe-core (MPL-2.0, ``axe.min.js`` beside this file): nothing serious or critical."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from suitability.ui.layout import PAGES
from tests.ui.test_browser import ENVIRONMENT, HARDENBERG

if TYPE_CHECKING:
    from tests.ui.screen import Screen

pytestmark = pytest.mark.xdist_group("browser")

AXE = Path(__file__).with_name("axe.min.js")

#: What Streamlit itself does wrong and no app can mend: rule of axe -> part of the page, and why it is left.
_MENU = "a menu with headings is one list in which the headings stand between the items"
STREAMLIT: dict[str, tuple[str, str]] = {
    "list": ("stSidebarNavItems", _MENU),
    "listitem": ("stSidebarNavItems", _MENU),
}

RUN = """async () => {
  const around = (target) => {
    const names = [];
    for (let e = document.querySelector(target); e; e = e.parentElement) names.push(e.dataset.testid || '');
    return names.filter(Boolean).join(' ');
  };
  return (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter((found) => ['serious', 'critical'].includes(found.impact))
  .flatMap((found) => found.nodes.map((node) => [found.id, `${node.target.join(' ')} in ${around(node.target[0])}`, node.html.slice(0, 200)]));
}"""


def violations(screen: Screen) -> list[list[str]]:
    """Return what axe-core finds, but for what is Streamlit's own."""
    if not screen.page.evaluate("() => 'axe' in window"):
        screen.page.add_script_tag(path=str(AXE))
    found = screen.page.evaluate(RUN)
    return [each for each in found if each[0] not in STREAMLIT or STREAMLIT[each[0]][0] not in each[1]]


def test_every_page(screen: Screen) -> None:
    """With a parcel chosen, limits moved, two policies compared and files made: as full as a page gets."""
    screen.choose_policy(HARDENBERG)
    found = {"overview": violations(screen)}
    screen.go("parcel").page.get_by_role("textbox").first.fill("Koekoeksweg")
    screen.page.keyboard.press("Enter")
    found["parcel"] = violations(screen.settle())
    screen.go("what_if").nudge("Aan de openbare weg", 1)
    found["what_if"] = violations(screen)
    found["longlist"] = violations(screen.go("longlist"))
    screen.go("compare").page.get_by_test_id("stMain").get_by_role("combobox").click()
    screen.page.get_by_role("option", name="Locatiescan, basisregels").first.click()
    found["compare"] = violations(screen.settle())
    found["data"] = violations(screen.go("data"))
    found["download"] = violations(screen.go("download"))
    assert {name: each for name, each in found.items() if each} == {}


def test_the_keyboard_reaches_everything(screen: Screen) -> None:
    """By tab from the top one comes past the menu, the controls at the side, the sliders and the map."""
    screen.go("what_if")
    reached = set()
    screen.page.locator("body").press("Tab")
    for _ in range(60):
        reached.add(
            screen.page.evaluate(
                "() => { const e = document.activeElement; return e.getAttribute('aria-label') || e.innerText || e.className || e.tagName; }"
            )
        )
        screen.page.keyboard.press("Tab")
    named = "\n".join(str(name) for name in reached)
    for name in ("Longlist", "Nederlands", "Beleid", ENVIRONMENT, "Kaart met het oordeel", "Inzoomen"):
        assert name in named, name


def test_pages_fit_a_phone(screen: Screen) -> None:
    """On a narrow screen nothing of a page but its tables and map runs off to the side."""
    for name in PAGES:
        screen.page.set_viewport_size({"width": 1500, "height": 1000})
        screen.go(name).page.set_viewport_size({"width": 390, "height": 844})
        screen.page.wait_for_timeout(300)
        wide = screen.page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= 390, name
