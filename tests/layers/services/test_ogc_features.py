"""OGC API Features: all features once, in RD, and refused when it cannot be right."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import shapely

from layers.services.client import Client
from suitability.core.types import CRS
from tests.services import misbehave, ogc_features
from tests.services.misbehave import Changed, First, next_link
from tests.services.server import Request, Response, Server
from tests.services.squares import HOSTS, ITEMS, PREFIX, expected, field_of_squares, serving, whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import geopandas as gpd


NAMED = {"id": 1, "properties": {"naam": "a", "nummer": 1}}


@pytest.fixture(scope="module")
def squares() -> gpd.GeoDataFrame:
    """Return 3,600 squares."""
    return field_of_squares()


def rewritten(**changes: Any) -> Any:
    """Return a change of the body of a page of features."""

    def change(_: Request, response: Response) -> Response:
        page = json.loads(response.body)  # type: ignore[arg-type]
        return replace(response, body=json.dumps(page | changes).encode())

    return change


def test_every_feature_comes_once(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Over four tiles of several pages each; those on an edge of two tiles are not there twice."""
    with serving(whole(squares), tmp_path) as fetch:
        found = fetch()
    assert set(found.column("naam")) == expected(squares)
    assert len(found.ids) == len(set(found.ids)) == len(expected(squares))
    assert list(found.ids) == sorted(found.ids)
    assert set(found.properties[0]) == {"naam", "nummer"}
    by_name = dict(zip(squares["naam"], squares.geometry, strict=True))
    assert all(
        shapely.equals(by_name[name], shape) for name, shape in zip(found.column("naam"), found.shapes, strict=True)
    )


def test_metres_are_asked_and_no_unknown_parameter(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Both coordinate systems are named, pages are no larger than allowed."""
    with serving(whole(squares), tmp_path) as fetch:
        fetch()
        for request in fetch.items():
            assert request.one("crs") == request.one("bbox-crs") == ogc_features.RD
            assert int(request.one("limit")) <= 1000
            assert set(request.query) <= {"f", "crs", "limit", "bbox", "bbox-crs", "cursor"}


def test_a_parameter_that_the_service_does_not_know(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """HTTP 400: the service's own words, at once."""
    with serving(whole(squares), tmp_path) as fetch:
        sentence = fetch.refusal(params={"skipGeometry": "true"})
    assert "skipGeometry" in sentence
    assert fetch.pauses == []


def test_an_answer_in_degrees_that_says_so_is_converted(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """A service that ignores crs and is honest in Content-Crs."""

    def degrees(request: Request) -> Request:
        return replace(request, query={key: value for key, value in request.query.items() if key != "crs"})

    service = whole(squares)
    answer = service.answer
    service.answer = lambda request: answer(degrees(request))  # type: ignore[method-assign]
    with serving(service, tmp_path) as fetch:
        found = fetch()
    assert set(found.column("naam")) == expected(squares)
    by_name = dict(zip(squares["naam"], squares.geometry, strict=True))
    off = [shapely.hausdorff_distance(by_name[n], s) for n, s in zip(found.column("naam"), found.shapes, strict=True)]
    assert max(off) < 0.01


def test_degrees_where_metres_were_promised_are_refused(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Neither the numbers nor the header are trusted alone."""
    lying = whole(squares)
    answer = lying.answer

    def lie(request: Request) -> Response:
        query = {key: value for key, value in request.query.items() if key != "crs"}
        return replace(answer(replace(request, query=query)), headers={"Content-Crs": f"<{ogc_features.RD}>"})

    lying.answer = lie  # type: ignore[method-assign]
    with serving(lying, tmp_path) as fetch:
        assert "degrees" in fetch.refusal()


def test_an_unknown_system_is_refused(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """In EPSG:4326 the order of the axes is anybody's guess."""
    other = {"Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/4326>"}
    with serving(Changed(whole(squares), lambda _, r: replace(r, headers=other), ITEMS), tmp_path) as fetch:
        assert "EPSG/0/4326" in fetch.refusal()


def test_swapped_axes_are_refused(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Y before x, with a header that says nothing of it."""
    turned = squares.set_geometry(shapely.transform(squares.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=CRS)
    service = whole(squares, instead={"vlak": ogc_features.texts_of(turned)})
    with serving(service, tmp_path) as fetch:
        assert "wrong way round" in fetch.refusal()


def test_a_service_that_ignores_the_box_is_refused(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """It gives the begin of the whole collection again and again."""
    away = squares.iloc[:50].translate(50_000, 40_000)
    service = whole(squares.iloc[:50].set_geometry(away))
    answer = service.answer
    service.answer = lambda r: answer(replace(r, query={k: v for k, v in r.query.items() if "bbox" not in k}))  # type: ignore[method-assign]
    with serving(service, tmp_path) as fetch:
        assert "none of the features" in fetch.refusal()


def test_a_collection_that_is_not_there(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Said before any feature is asked."""
    with serving(whole(squares), tmp_path) as fetch:
        assert "'percelen'" in fetch.refusal(collection="percelen")
        assert fetch.server.asked(ITEMS) == []


def test_a_service_that_moved(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """The second address of the table has it."""
    with serving(whole(squares), tmp_path) as fetch:
        base = fetch.server.base
        found = fetch(addresses=(f"{base}/x/ogc/v0", f"{base}{PREFIX}"))
    assert set(found.column("naam")) == expected(squares)


def test_a_field_that_is_not_there(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """The sentence says which, and which there are; one name of a group is enough."""
    with serving(whole(squares.rename(columns={"naam": "naam_nl"})), tmp_path) as fetch:
        sentence = fetch.refusal()
    assert "the fields naam are missing" in sentence
    assert "naam_nl, nummer, soort" in sentence


@pytest.mark.parametrize("onward", [lambda start: start, lambda start: 500 - start], ids=["itself", "circle of two"])
def test_a_next_link_that_loops(squares: gpd.GeoDataFrame, tmp_path: Path, onward: Callable[[int], int]) -> None:
    """To the page itself, and back to the first: it ends after a few pages, with a sentence."""

    def href(request: Request) -> str:
        query = request.query | {"cursor": [str(onward(int(request.one("cursor", "0"))))]}
        return f"{PREFIX}/collections/vlak/items?{urlencode(query, doseq=True)}"

    with serving(Changed(whole(squares), next_link(href), ITEMS), tmp_path) as fetch:
        assert "same page" in fetch.refusal()
        assert len(fetch.items()) <= 3


def test_next_links_that_never_end(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Every page empty, every link new: bounded by the number of pages, then by the smallest tile."""
    empty = Changed(
        whole(squares.iloc[:0]),
        next_link(lambda r: f"{PREFIX}/collections/vlak/items?cursor={int(r.one('cursor', '0')) + 1}"),
        ITEMS,
    )
    with serving(empty, tmp_path) as fetch:
        assert "refuses even a box of 62.5 m" in fetch.refusal(max_pages=3)
        assert len(fetch.server.asked(ITEMS)) < 20


def test_a_next_link_to_another_host(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """It is not followed."""
    with Server([whole(squares)]) as other:
        away = next_link(other.base.replace("127.0.0.1", "localhost") + f"{PREFIX}/collections/vlak/items")
        with serving(Changed(whole(squares), away, ITEMS), tmp_path) as fetch:
            assert "localhost" in fetch.refusal()
        assert other.requests == []


def test_pages_that_repeat_features(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Every page begins with the last hundred of the one before: each is kept once."""
    service = whole(squares)
    answer = service.answer

    def overlapping(request: Request) -> Response:
        start = int(request.one("cursor", "0"))
        back = replace(request, query=request.query | {"cursor": [str(max(0, start - 100))], "limit": ["600"]})
        response = answer(back if start else request)
        page = json.loads(response.body)  # type: ignore[arg-type]
        for link in page.get("links", []):
            if link["rel"] == "next" and start:
                link["href"] = link["href"].replace("limit=600", "limit=500")
        return replace(response, body=json.dumps(page).encode())

    service.answer = overlapping  # type: ignore[method-assign]
    with serving(service, tmp_path) as fetch:
        found = fetch()
    assert len(found.ids) == len(expected(squares))
    assert set(found.column("naam")) == expected(squares)


def test_fewer_features_than_the_service_counts(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """A layer that is known to lack features is no layer."""
    with serving(Changed(whole(squares, counts=True), rewritten(numberMatched=5000), ITEMS), tmp_path) as fetch:
        assert "says there are 5000" in fetch.refusal()
    with serving(Changed(whole(squares), rewritten(numberReturned=7), ITEMS), tmp_path / "other") as fetch:
        assert len(fetch().ids) == len(expected(squares))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda _, r: replace(r, body=b"[1, 2]"), "not JSON (list)"),
        (lambda _, r: replace(r, body=r.body[:300]), "not JSON"),
        (lambda _, r: replace(r, body=b"[" * 100_000), "not JSON"),
        (rewritten(features=None), "no list of features"),
        (rewritten(features=[{**NAMED, "geometry": {"type": "Polygon", "coordinates": [[[1, 2]]]}}]), "cannot be read"),
        (rewritten(features=[{**NAMED, "geometry": {"type": "Blob"}}]), "cannot be read"),
        (rewritten(features=[{**NAMED, "properties": [1]}]), "no list of features"),
        (lambda *_: misbehave.error_page(), "Onderhoud"),
        (misbehave.cut_off, "breaks off"),
    ],
    ids=[
        "list",
        "half",
        "deep",
        "no features",
        "broken ring",
        "unknown shape",
        "no properties",
        "error page",
        "cut off",
    ],
)
def test_what_is_no_page_of_features(squares: gpd.GeoDataFrame, tmp_path: Path, change: Any, said: str) -> None:
    """One sentence each, and no half a layer."""
    with serving(Changed(whole(squares), change, ITEMS), tmp_path) as fetch:
        assert said in fetch.refusal()
    assert list(tmp_path.iterdir()) == []


def test_hiccups_leave_no_trace(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Busy, broken, cut off and then good; zipped besides."""
    bad = [misbehave.busy("2"), Response(500), Response(drop=True)]
    with serving(First(Changed(whole(squares), misbehave.zipped), bad, ITEMS), tmp_path) as fetch:
        found = fetch()
    assert set(found.column("naam")) == expected(squares)
    assert len(fetch.pauses) == 3
    assert 2 in fetch.pauses


def test_a_count_is_one_only_where_the_service_counts(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """The length of a page is never a total."""
    for counts, count in ((True, 169), (False, None)):
        with serving(whole(squares, counts=counts), tmp_path) as fetch, Client(HOSTS) as client:
            assert fetch.features(client).count((180_010, 500_010, 180_490, 500_490)) == count
