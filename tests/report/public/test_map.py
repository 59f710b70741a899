"""The map in a real browser without network: it answers for every place, and asks nothing of anyone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely

from suitability.core.measurement import Outcome
from suitability.core.messages import LANGS, message
from suitability.report.public.map import write_public_map
from suitability.report.table import CLASSES, classes_of
from suitability.spatial.parcels import inner_points
from tests.paths import ROOT
from tests.report.public.conftest import profile_named, public
from tests.skins.test_exports import NASTY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from suitability.report.public.gate import PublicTable
    from suitability.scan.run import Scan

AXE = ROOT / "tests" / "ui" / "axe.min.js"
MOST_BYTES = 10_000_000


def test_file_is_small_and_names_no_address(kampen_map: Path) -> None:
    """At most 10 MB for 24,032 parcels; the browser is forbidden to fetch, and there is nothing to fetch."""
    page = kampen_map.read_text(encoding="utf-8")
    assert len(page.encode()) < MOST_BYTES
    assert "default-src 'none'" in page
    assert re.findall(r"<(?:link|img|iframe|object|embed|base|form)\b", page.split("<script", 1)[0]) == []
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*", page.split("<script", 1)[0]) == []
    assert re.findall(r"url\((?!data:|#)", page.split("</style>", 1)[0].split("<style>", 1)[1]) == []


def test_every_parcel_has_the_verdict_and_reason_of_the_scan(
    opened: Callable[..., Any], kampen_map: Path, kampen: tuple[Scan, PublicTable]
) -> None:
    """Unpacked in the browser, in both languages, and compared one by one."""
    scan, table = kampen
    page = opened(kampen_map)
    everyone = "(f) => Array.from({length: publicMap.n}, (_, i) => f(i))"
    ids = page.evaluate(f"({everyone})(publicMap.id)")
    assert ids == list(scan.parcels.ids)
    verdicts = page.evaluate(f"({everyone})(publicMap.verdictClass)")
    np.testing.assert_array_equal(verdicts, np.array(CLASSES)[classes_of(scan)])
    for lang in LANGS:
        page.evaluate(f"publicMap.speak('{lang}')")
        said = page.evaluate(f"({everyone})(publicMap.reason)")
        np.testing.assert_array_equal(said, table.parcels[f"reason_{lang}"].to_numpy())
        assert all(said)


def test_pointing_at_a_place_answers_for_the_parcel_that_lies_there(
    opened: Callable[..., Any], kampen_map: Path, kampen: tuple[Scan, PublicTable]
) -> None:
    """A point well inside each of 400 parcels; shapes lose no more than their corners' rounding."""
    scan = kampen[0]
    rows = np.linspace(0, len(scan.parcels) - 1, 400).astype(int)
    spots = shapely.get_coordinates(inner_points(scan.parcels.geometry[rows]))
    deep = shapely.distance(shapely.boundary(scan.parcels.geometry[rows]), shapely.points(spots)) > 1.0
    page = opened(kampen_map)
    found = page.evaluate("(spots) => spots.map((spot) => publicMap.unitAt(spot[0], spot[1]))", spots[deep].tolist())
    assert found == rows[deep].tolist()
    assert page.evaluate("publicMap.unitAt(0, 0)") == -1


def test_an_address_is_found_and_its_answer_read(
    opened: Callable[..., Any], kampen_map: Path, kampen: tuple[Scan, PublicTable]
) -> None:
    """Type a part of an address, choose with the keyboard alone, and read why."""
    table = kampen[1].parcels
    row = int(np.flatnonzero((table["label"] != "") & (table["verdict_class"] == "fail"))[0])
    page = opened(kampen_map)
    page.keyboard.press("Tab")
    page.focus("#search")
    page.keyboard.type(table["label"].iloc[row])
    page.wait_for_selector("#found [data-unit]")
    assert page.get_attribute("#search", "aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    chosen = page.get_attribute("#search", "aria-activedescendant")
    assert page.get_attribute(f"#{chosen}", "aria-selected") == "true"
    page.keyboard.press("Enter")
    card = page.inner_text("#card")
    assert table["label"].iloc[row] in card
    assert table["deciding_rule_nl"].iloc[row] in card
    assert table["reason_nl"].iloc[row].split(": ", 1)[1] in card
    assert table["deciding_source_nl"].iloc[row] in card
    assert page.evaluate("document.activeElement.id") == "card-title"


def test_a_parcel_is_found_by_its_designation_and_nonsense_is_reported(
    opened: Callable[..., Any], kampen_map: Path
) -> None:
    """An empty search result is announced, also to screen readers."""
    page = opened(kampen_map)
    page.fill("#search", "afgeleid-01234")
    page.keyboard.press("Enter")
    assert "afgeleid-01234" in page.inner_text("#card")
    page.fill("#search", "qqqqqq")
    assert page.inner_text("#said") == message("public.ui.search.none", "nl")


def test_a_click_on_the_map_answers(opened: Callable[..., Any], kampen_map: Path) -> None:
    """The middle of the map, by mouse and by keyboard, is the same place with the same answer."""
    page = opened(kampen_map)
    page.evaluate("publicMap.choose(1000, true)")
    title = page.inner_text("#card-title")
    spot = page.evaluate(
        "() => { const b = publicMap.map.getSize(), c = publicMap.map.getCenter(); return [b.x / 2, b.y / 2, publicMap.unitAt(c.lng, c.lat)]; }"
    )
    page.click("#back")
    assert page.is_hidden("#card")
    page.click("#map", position={"x": spot[0], "y": spot[1]})
    clicked = page.inner_text("#card-title")
    page.click("#back")
    page.focus("#map")
    page.keyboard.press("Enter")
    assert page.inner_text("#card-title") == clicked
    assert spot[2] >= 0
    assert title


def test_a_place_without_a_parcel_answers_too(opened: Callable[..., Any], kampen_map: Path) -> None:
    """In the water or outside the municipality the map says that nothing was tested, instead of nothing."""
    page = opened(kampen_map)
    page.click("#map", position={"x": 3, "y": 300})
    assert page.inner_text("#card-title") == message("public.ui.nothing_here", "nl")
    page.click("#back")
    assert page.is_visible("#legend")


def test_the_list_says_what_the_map_says(
    opened: Callable[..., Any], kampen_map: Path, kampen: tuple[Scan, PublicTable]
) -> None:
    """A table to filter and to search, from which every place can be opened."""
    table = kampen[1].parcels
    page = opened(kampen_map)
    page.click("#tab-list")
    for name in ("pass", "near_miss"):
        page.select_option("#by-class", name)
        n = int((table["verdict_class"] == name).sum())
        assert f"{n:,}".replace(",", ".") in page.inner_text("#list-n")
    assert len(page.query_selector_all("#rows tr")) == 50
    page.click("#more")
    assert len(page.query_selector_all("#rows tr")) == 100
    page.click("#rows tr:first-child button")
    assert message("outcome.near_miss", "nl").casefold() in page.inner_text("#card").casefold()


def test_the_language_changes_in_the_file(opened: Callable[..., Any], kampen_map: Path) -> None:
    """All texts, the title and the language that a screen reader speaks."""
    page = opened(kampen_map)
    page.evaluate("publicMap.choose(5, false)")
    page.click("#lang button[lang=en]")
    assert page.get_attribute("html", "lang") == "en"
    assert page.title() == message("public.ui.title", "en", area="Kampen")
    assert message("public.ui.no_decision", "en") in page.inner_text("#card")
    for tab in ("legend", "list", "funnel", "about"):
        page.click(f"#tab-{tab}")
        assert page.is_visible(f"#{tab}")


def test_it_says_where_the_data_are_from_and_what_is_assumed(
    opened: Callable[..., Any], kampen_map: Path, kampen: tuple[Scan, PublicTable]
) -> None:
    """Dates, licence, attribution, the funnel and the assumptions of the rules."""
    scan, table = kampen
    page = opened(kampen_map)
    page.click("#tab-about")
    said = page.inner_text("#about")
    assert "30 januari 2023" in said
    assert "OpenStreetMap" in said
    assert "ODbL" in said
    assert all(rule.assumption.nl in said for rule in table.about.rules)
    page.click("#tab-funnel")
    rows = page.query_selector_all("#steps tr")
    assert len(rows) == len([rule for rule in scan.policy.rules if rule.effect == "exclude"])
    assert "ODbL" in page.inner_text("#credit")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1366, 768)])
def test_everyone_can_use_it(opened: Callable[..., Any], kampen_map: Path, width: int, height: int) -> None:
    """No finding of axe in any view, at the size of a phone and of a laptop; nothing wider than the screen."""
    page = opened(kampen_map, width, height)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for view in ("legend", "list", "funnel", "about", "card"):
        if view == "card":
            page.evaluate("publicMap.choose(7, true)")
        else:
            page.click(f"#tab-{view}")
        findings = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations)")
        assert [(f["id"], [n["html"][:90] for n in f["nodes"]]) for f in findings] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("#search", "#map", "#tab-list", ".leaflet-control-zoom-in"):
        assert (
            page.get_attribute(name, "aria-label") or page.inner_text(name) or page.locator("label[for=search]").count()
        )


#: Number of points of the map in the green of suitable parcels.
GREEN = """() => {
  let n = 0;
  document.querySelectorAll('canvas.leaflet-tile').forEach((tile) => {
    const copy = document.createElement('canvas');
    copy.width = tile.width; copy.height = tile.height;
    const pen = copy.getContext('2d', { willReadFrequently: true });
    pen.drawImage(tile, 0, 0);
    const d = pen.getImageData(0, 0, copy.width, copy.height).data;
    for (let i = 0; i < d.length; i += 4) { if (d[i] < 60 && d[i + 1] > 130 && d[i + 2] < 150 && d[i + 3] > 0) { n += 1; } }
  });
  return n;
}"""


def test_hidden_classes_are_not_drawn(opened: Callable[..., Any], kampen_map: Path) -> None:
    """A class that is switched off in the legend leaves the map; on again it is back."""
    page = opened(kampen_map)
    before = page.evaluate(GREEN)
    page.uncheck("#see-pass")
    assert before > 10_000
    assert page.evaluate(GREEN) < before / 20
    page.check("#see-pass")
    assert page.evaluate(GREEN) == pytest.approx(before, rel=0.02)


def test_a_request_would_be_noticed_and_the_page_forbids_it(browser: Any, kampen_map: Path, tmp_path: Path) -> None:
    """The same page with a picture from elsewhere: seen by this test, and blocked by the page's own rules."""
    picture = '<img src="https://example.org/x.png" alt=""></header>'
    asking = kampen_map.read_text(encoding="utf-8").replace("</header>", picture, 1)
    pages = {"ruled": asking, "free": asking.replace("img-src data:", "img-src *")}
    stopped = {}
    for name, text in pages.items():
        path = tmp_path / f"{name}.html"
        path.write_text(text, encoding="utf-8")
        page = browser.new_context(offline=True).new_page()
        with page.expect_event("requestfailed") as failed:
            page.goto(path.as_uri())
        stopped[name] = failed.value.url, failed.value.failure
        page.context.close()
    assert stopped["ruled"] == ("https://example.org/x.png", "csp")
    assert stopped["free"] == ("https://example.org/x.png", "net::ERR_INTERNET_DISCONNECTED")


def test_names_of_places_and_parcels_are_shown_as_text(opened: Callable[..., Any], secret_folder: Path) -> None:
    """Markup and script in a name is read by people, not run by the browser."""
    page = opened(secret_folder / "kaart.html")
    title = page.title()
    page.click("#tab-list")
    said = page.inner_text("#rows")
    for text in ("<img src=x onerror=", "{{7*7}}", "${7*7}", "O'Neill & zn.", "</script><script>"):
        assert text in said
    for i in range(page.evaluate("publicMap.n")):
        page.evaluate(f"publicMap.choose({i}, true)")
        assert page.query_selector("#card img, #card script") is None
    assert page.title() == title
    assert len(NASTY) < page.evaluate("publicMap.n")


def test_areas_answer_as_parcels_do(
    opened: Callable[..., Any], kampen: tuple[Scan, PublicTable], tmp_path: Path
) -> None:
    """Areas replace failing parcels on this map; pointing at a failing parcel still gives the rule, and no more."""
    scan = kampen[0]
    table = public(scan, profile_named("areas"))
    path = tmp_path / "map.html"
    write_public_map(table, path, "en")
    row = int(np.flatnonzero((scan.verdicts.best == Outcome.FAIL) & (scan.parcels.areas > 5000))[0])
    spot = shapely.get_coordinates(inner_points(scan.parcels.geometry[[row]]))[0]
    page = opened(path)
    page.evaluate(f"publicMap.choose(publicMap.unitAt({spot[0]}, {spot[1]}), true)")
    card = page.inner_text("#card")
    assert message("public.ui.area", "en") in card
    assert scan.policy.rules[scan.verdicts.deciding[row]].label.en in card
    assert str(scan.parcels.ids[row]) not in card
