"""The published layer as OGC API Features: pages, links, boxes, coordinates, filters; and only what is published."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from suitability.api.published_layer import CRS84, FIELDS, RD
from suitability.report.table import CLASSES, classes_of
from tests.api.service import POLICY, running, service
from tests.conftest import demo_scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

ITEMS = "/collections/parcels/items"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """Give a client of a running service."""
    with running() as one:
        yield one


def every_page(client: httpx.Client, url: str) -> list[dict]:
    """Return the features of a page and of all that follow by their next links."""
    found: list[dict] = []
    while url:
        page = client.get(url).raise_for_status().json()
        assert page["numberReturned"] == len(page["features"])
        found += page["features"]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    return found


def test_the_verdicts_are_those_of_the_scan(client: httpx.Client) -> None:
    """Every parcel once, in order, with its own verdict and class."""
    scan = demo_scan(POLICY)
    features = every_page(client, f"{ITEMS}?limit=1000")
    assert [one["id"] for one in features] == [str(name) for name in scan.parcels.ids]
    verdicts = np.array(["fail", "unknown", "pass"])[scan.verdicts.best]
    assert [one["properties"]["verdict"] for one in features] == list(verdicts)
    classes = np.array(CLASSES)[classes_of(scan)]
    assert [one["properties"]["verdict_class"] for one in features] == list(classes)


def test_pages_follow_one_another_and_back(client: httpx.Client) -> None:
    """Next leads on without overlap, prev leads back; the last page has no next; self is what was asked."""
    first = client.get(ITEMS, params={"limit": 3}).json()
    links = {link["rel"]: link["href"] for link in first["links"]}
    assert set(links) == {"self", "next"}
    second = client.get(links["next"]).json()
    assert not {one["id"] for one in first["features"]} & {one["id"] for one in second["features"]}
    back = next(link["href"] for link in second["links"] if link["rel"] == "prev")
    assert client.get(back).json()["features"] == first["features"]
    last = client.get(ITEMS, params={"limit": 3, "offset": first["numberMatched"] - 1}).json()
    assert len(last["features"]) == 1
    assert "next" not in {link["rel"] for link in last["links"]}
    beyond = client.get(ITEMS, params={"offset": 10**8}).json()
    assert beyond["features"] == []


def test_a_page_is_never_larger_than_the_largest(client: httpx.Client) -> None:
    """Asking for more gives the largest page, as the standard says."""
    assert client.get(ITEMS, params={"limit": 10**6}).json()["numberReturned"] == 1000


def test_a_box_gives_what_it_meets_and_no_more(client: httpx.Client) -> None:
    """In degrees and in metres, against a test of every parcel."""
    published = service().published
    for crs, box in ((CRS84, (5.90, 52.545, 5.92, 52.555)), (RD, (190000.0, 507000.0, 191000.0, 508000.0))):
        expected = {
            name for name, one in zip(published.ids, published.shapes[crs], strict=True) if one.intersects(shapely.box(*box))
        }  # fmt: skip
        assert expected
        query = f"{ITEMS}?limit=1000&bbox={','.join(map(str, box))}&bbox-crs={crs}"
        assert {one["id"] for one in every_page(client, query)} == expected
        heights = f"{box[0]},{box[1]},-5,{box[2]},{box[3]},50"
        assert {
            one["id"] for one in every_page(client, f"{ITEMS}?limit=1000&bbox={heights}&bbox-crs={crs}")
        } == expected


def test_a_box_over_the_180th_meridian_is_two(client: httpx.Client) -> None:
    """From 5.91 eastward round the world to -170."""
    east = client.get(ITEMS, params={"bbox": "5.91,-90,-170,90"}).json()["numberMatched"]
    assert east == client.get(ITEMS, params={"bbox": "5.91,-90,180,90"}).json()["numberMatched"]
    assert 0 < east < len(service().published.ids)


def test_coordinates_in_metres_are_those_of_the_scan(client: httpx.Client) -> None:
    """EPSG:28992 to the millimetre, CRS84 within a few centimetres of it; the header says which."""
    scan = demo_scan(POLICY)
    name = str(scan.parcels.ids[7])
    metres = client.get(f"{ITEMS}/{name}", params={"crs": RD})
    assert metres.headers["content-crs"] == f"<{RD}>"
    assert shape(metres.json()["geometry"]).hausdorff_distance(scan.parcels.geometry[7]) < 0.001
    degrees = client.get(f"{ITEMS}/{name}")
    assert degrees.headers["content-crs"] == f"<{CRS84}>"
    drawn = shape(degrees.json()["geometry"])
    assert drawn.exterior.is_ccw
    assert shapely.box(5.7, 52.4, 6.1, 52.7).contains(drawn)


def test_filters_choose_by_verdict_and_settlement(client: httpx.Client) -> None:
    """Together they must both hold; the outlying area has an empty settlement."""
    columns = service().published.columns["nl"]
    both = [v == "pass" and s == "Kampen" for v, s in zip(columns["verdict"], columns["settlement"], strict=True)]
    page = client.get(ITEMS, params={"verdict": "pass", "settlement": "Kampen"}).json()
    assert page["numberMatched"] == sum(both) > 0
    assert {one["properties"]["verdict"] for one in page["features"]} == {"pass"}
    outlying = client.get(ITEMS, params={"settlement": ""}).json()
    assert outlying["numberMatched"] == sum(not name for name in columns["settlement"])


def test_gdal_reads_the_layer_as_qgis_does(client: httpx.Client) -> None:
    """Page after page of a box in metres, with the same parcels and verdicts."""
    box = (190_000.0, 507_000.0, 190_500.0, 507_500.0)
    code = f"import pyogrio; d = pyogrio.read_dataframe('OAPIF:{client.base_url}', layer='parcels', bbox={box}); "
    code += "print(d.crs.to_epsg(), d[['id', 'verdict']].to_json(orient='values'), sep='\\n')"
    # In a process of its own: the reader holds the interpreter, and the server of this test could not answer.
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    crs, read = done.stdout.splitlines()
    assert crs == "28992"
    published = service().published
    rows = published.rows((box,), RD, {})
    assert len(rows) > 20
    assert dict(json.loads(read)) == {published.ids[row]: published.columns["nl"]["verdict"][row] for row in rows}


def test_only_what_is_published_is_given(client: httpx.Client) -> None:
    """Verdict, class, rule, reason, settlement and location type: no other property, ever."""
    one = client.get(ITEMS).json()["features"][0]
    assert (
        set(one["properties"])
        == set(FIELDS)
        == {"verdict", "verdict_class", "rule", "reason", "settlement", "location_type"}
    )
    assert set(one) == {"type", "id", "geometry", "properties"}


def test_the_landing_page_leads_everywhere(client: httpx.Client) -> None:
    """Every link answers; the layer names both coordinate systems, and where it lies."""
    todo, seen = ["/"], set()
    while todo:
        url = todo.pop()
        answer = client.get(url).raise_for_status().json()
        seen.add(url)
        links = [*answer.get("links", []), *(link for one in answer.get("collections", []) for link in one["links"])]
        todo += [link["href"] for link in links if link["href"] not in seen and link["rel"] != "next"]
    assert len(seen) >= 6
    layer = client.get("/collections/parcels").json()
    assert layer["crs"] == [CRS84, RD]
    left, bottom, right, top = layer["extent"]["spatial"]["bbox"][0]
    assert 5.7 < left < right < 6.1
    assert 52.4 < bottom < top < 52.7
    conforms = client.get("/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in conforms


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("bbox=1,2,3", "bbox: '1,2,3' kan hier niet. Geef: 4 getallen"), ("bbox=a,b,c,d", "Geef: 4 getallen"),
        ("bbox=1,2,3,nan", "Geef: 4 getallen"), ("bbox=1,5,2,4", "Geef: 4 getallen"),
        (f"bbox=5,1,4,2&bbox-crs={RD}", "Geef: 4 getallen"), ("crs=EPSG:4326", "crs: 'EPSG:4326' kan hier niet"),
        ("limit=0", "limit: '0' kan hier niet. Geef: minimaal 1"), ("limit=veel", "Geef: een geheel getal"),
        ("offset=-1", "Geef: minimaal 0"), ("verdict=maybe", "verdict: 'maybe' kan hier niet"),
        ("datetime=gisteren", "datetime: 'gisteren' kan hier niet"), ("owner=Jansen", "owner: deze parameter bestaat hier niet"),
        ("lang=de", "lang: 'de' kan hier niet"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_gets_a_sentence(client: httpx.Client, query: str, said: str) -> None:
    """400 with what was found and what was expected."""
    answer = client.get(f"{ITEMS}?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
