"""Places drawn on the map or typed beside it: a receipt and a verdict as for a file, in both languages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from suitability.core.measurement import Outcome
from suitability.core.messages import LANGS, Lang, message
from suitability.spatial.parcels import inner_points
from suitability.submissions.readers.drawn import Drawn, corners_of
from tests.ui.screen import PATIENCE_MS
from tests.ui.test_pages import fine, go, in_language
from tests.ui.test_submissions import sent

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from streamlit.testing.v1 import AppTest

    from suitability.scan.run import Scan
    from tests.ui.screen import Screen

POLICY = "kadaster-scan"


def at_the_map(at: AppTest) -> AppTest:
    """Go to the page and choose the map."""
    return fine(go(at, "submissions").get_by_key("submission_way").set_value("map").run())


def with_drawn(at: AppTest, *places: Drawn) -> AppTest:
    """Put places in the session as the map does when one is closed."""
    for one in places:
        at.session_state["app_state"].draw(one)
    return fine(at.run())


def typed(at: AppTest, text: str) -> AppTest:
    """Type a place and add it."""
    at.get_by_key("drawn_typed").set_value(text)
    button = next(one for one in at.button if one.form_id == "drawn_form")
    return fine(button.click().run())


def rows(at: AppTest, lang: Lang = "nl") -> pd.DataFrame:
    """Return the table of receipts by the keys of its columns."""
    names = {message(f"submission.column.{key}", lang): key for key in ("reference", "status", "verdict", "site", "notes", "reason")}  # fmt: skip
    return at.dataframe[0].value.rename(columns=names)


def around(scan: Scan, outcome: Outcome, metres: float = 20.0) -> list[tuple[float, float]]:
    """Return the corners of a square in the largest parcel with an outcome, without the last corner again."""
    found = np.flatnonzero(scan.verdicts.best == outcome)
    row = found[np.argmax(scan.parcels.areas[found])]
    x, y = shapely.get_coordinates(inner_points(scan.parcels.geometry[[row]]))[0]
    return [(x - metres, y - metres), (x + metres, y - metres), (x + metres, y + metres), (x - metres, y + metres)]


@pytest.mark.parametrize("lang", LANGS)
def test_a_drawn_place_gets_the_verdict_of_the_same_place_in_a_file(
    session: Callable[[], AppTest], app_scan: Callable[[str], Scan], lang: Lang
) -> None:
    """Verdict, reason and receipt are equal, whichever way it came."""
    squares = [around(app_scan(POLICY), outcome) for outcome in (Outcome.PASS, Outcome.FAIL)]
    drawn = at_the_map(in_language(session(), lang))
    drawn = with_drawn(drawn, *(Drawn("", corners_of(square)) for square in squares))
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [[*square, square[0]]]}}
        for square in np.round(squares, 2).tolist()
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}
    content = json.dumps({"type": "FeatureCollection", "crs": crs, "features": features})
    of_file = sent(in_language(session(), lang), content, "x.geojson")
    keys = ["status", "verdict", "reason", "notes"]
    assert rows(drawn, lang)[keys].to_dict() == rows(of_file, lang)[keys].to_dict()
    assert len(set(rows(drawn, lang)["verdict"])) == 2


@pytest.mark.parametrize("lang", LANGS)
def test_a_place_can_be_typed_instead_of_drawn(
    session: Callable[[], AppTest], app_scan: Callable[[str], Scan], lang: Lang
) -> None:
    """WKT, coordinates, an address and a text that is no place: each a receipt line."""
    square = corners_of(around(app_scan(POLICY), Outcome.FAIL))
    at = at_the_map(in_language(session(), lang))
    at = with_drawn(at, Drawn("", square))
    wkt = shapely.Polygon(square).wkt
    x, y = square[0][0] + 20, square[0][1] + 20
    for text in (wkt, f"{x:.1f}, {y:.1f}", "Cantate 11, Kampen", "nergens"):
        at = typed(at, text)
    table = rows(at, lang)
    said = [message(f"submission.status.{name}", lang) for name in ("accepted", "refused", "accepted", "accepted", "refused")]  # fmt: skip
    assert list(table["status"]) == said
    assert message("submission.note.duplicate", lang, line=1) in table["notes"][1]
    assert table["site"][2].startswith("afgeleid-")
    assert table["verdict"][3] == message("outcome.pass", lang)


def test_places_are_named_and_taken_away(session: Callable[[], AppTest], app_scan: Callable[[str], Scan]) -> None:
    """A reference stays with its place when one before it goes; the answers can be made."""
    squares = [around(app_scan(POLICY), outcome) for outcome in (Outcome.PASS, Outcome.FAIL)]
    at = with_drawn(at_the_map(session()), *(Drawn("", corners_of(square)) for square in squares))
    at = fine(at.get_by_key("drawn_reference_2").set_value("A-17").run())
    assert list(rows(at)["reference"]) == ["", "A-17"]
    at = fine(at.get_by_key("drawn_remove_1").click().run())
    assert list(rows(at)["reference"]) == ["A-17"]
    at = with_drawn(at, Drawn("", corners_of(squares[0])))
    assert [one.value for one in at.text_input if one.key and one.key.startswith("drawn_reference")] == ["A-17", ""]
    fine(at.get_by_key("make_answers").click().run())
    folder = at.session_state["submission_answers"].path
    assert {"receipt.xlsx", "scores.gpkg", "kaarten.zip"} <= {path.name for path in folder.iterdir()}


def test_an_outline_that_crosses_itself_is_mended_and_two_corners_are_refused(
    session: Callable[[], AppTest], app_scan: Callable[[str], Scan]
) -> None:
    """As in a file."""
    a, b, c, d = around(app_scan(POLICY), Outcome.FAIL)
    at = with_drawn(at_the_map(session()), Drawn("", corners_of((a, c, b, d))), Drawn("", corners_of((a, b))))
    assert list(rows(at)["status"]) == [message(f"submission.status.{name}", "nl") for name in ("mended", "refused")]
    assert "kruist" in rows(at)["notes"][0]


@pytest.mark.parametrize("sent_by_the_browser", [[[1, 2, 3]], [["a", "b"]], [[float("nan"), 1]], 5, [[]]])
def test_a_message_without_a_place_is_no_drawing(sent_by_the_browser: object) -> None:
    """Corners are pairs of numbers, and nothing else is taken for them."""
    with pytest.raises(ValueError, match=r"corners|could not convert"):
        corners_of(sent_by_the_browser)


def spot(screen: Screen, x: float, y: float) -> tuple[float, float]:
    """Return where a place in EPSG:28992 is on the screen."""
    drawing = screen.page.locator(".parcel-map")
    middle_x, middle_y, metres = map(float, drawing.get_attribute("data-view").split())
    box = drawing.bounding_box()
    return box["x"] + box["width"] / 2 + (x - middle_x) / metres, box["y"] + box["height"] / 2 + (middle_y - y) / metres


@pytest.mark.xdist_group("browser")
def test_a_place_drawn_on_the_map_gets_a_verdict(screen: Screen, app_scan: Callable[[str], Scan]) -> None:
    """Four clicks, one corner taken back and set again, and Done; then a point; then one is taken away again."""
    scan = app_scan(POLICY)
    screen.go("submissions").page.get_by_text(message("app.submissions.way.map", "nl"), exact=True).click()
    screen.settle()
    size = 400.0  # large on the screen, so that a pixel beside it changes no verdict
    corners = around(scan, Outcome.FAIL, size)
    for corner in corners:
        screen.page.mouse.click(*spot(screen, *corner))
        screen.page.wait_for_timeout(350)  # two quick clicks would be a double click
    drawing = screen.page.locator(".parcel-map")
    assert drawing.get_attribute("data-corners") == "4"
    screen.page.get_by_role("button", name=message("app.draw.undo", "nl")).click()
    assert drawing.get_attribute("data-corners") == "3"
    screen.page.mouse.click(*spot(screen, *corners[3]))
    screen.page.get_by_role("button", name=message("app.draw.done", "nl"), exact=True).click()
    screen.page.get_by_text("Rijen: 1. ").wait_for()
    assert drawing.get_attribute("data-corners") == "0"
    cells = screen.settle().page.locator("[data-testid=stDataFrame] [role=gridcell]")
    cells.first.wait_for(state="attached", timeout=PATIENCE_MS)
    assert message("outcome.fail", "nl") in cells.all_inner_texts()
    screen.page.mouse.click(*spot(screen, *corners[0]))
    screen.page.get_by_role("button", name=message("app.draw.point", "nl")).click()
    screen.page.get_by_text("2 regels: ").wait_for()
    screen.settle().page.get_by_role("button", name=message("app.draw.remove", "nl", line=1)).click()
    screen.page.get_by_text("Rijen: 1. ").wait_for()
    screen.settle()


@pytest.mark.xdist_group("browser")
def test_a_drawing_by_keyboard_and_double_click(screen: Screen, app_scan: Callable[[str], Scan]) -> None:
    """Backspace removes a corner, Escape all of them; a double click ends it; and screen readers get the count."""
    corners = around(app_scan(POLICY), Outcome.PASS, 300.0)
    screen.go("submissions").page.get_by_text(message("app.submissions.way.map", "nl"), exact=True).click()
    drawing = screen.settle().page.locator(".parcel-map")
    for corner in corners[:3]:
        screen.page.mouse.click(*spot(screen, *corner))
        screen.page.wait_for_timeout(350)
    assert screen.page.get_by_role("status").filter(has_text="Hoeken: 3").count() == 1
    screen.page.keyboard.press("Backspace")
    assert drawing.get_attribute("data-corners") == "2"
    screen.page.keyboard.press("Escape")
    assert drawing.get_attribute("data-corners") == "0"
    for corner in corners[:3]:
        screen.page.mouse.click(*spot(screen, *corner))
        screen.page.wait_for_timeout(350)
    screen.page.mouse.dblclick(*spot(screen, *corners[3]))
    screen.page.get_by_text("Rijen: 1. ").wait_for()
    screen.settle()
