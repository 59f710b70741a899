"""OpenStreetMap from Overpass, on loopback: the same layers as from the extract it serves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import osmium
import pytest
import shapely

from layers.osm.overpass import OverpassSource, OverpassTable, read_overpass_table
from layers.osm.source import OsmSource
from layers.services.client import Client
from suitability.core.errors import LayerError, SourceError
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from tests.layers.osm.extracts import KINDS, cut_extract
from tests.paths import ROOT
from tests.services.misbehave import First, Fixed
from tests.services.overpass import Overpass, remark
from tests.services.server import Response, Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from suitability.core.layer import Layer
    from tests.services.server import Service

TABLE = ROOT / "config" / "sources" / "overpass.yaml"
#: The west of IJsselmuiden with a campsite, across the borders of four tiles of 1 km.
AREA = Area("Seveningen", shapely.box(190_500, 508_800, 191_300, 509_500), reach_m=100.0)
TODAY = date(2025, 7, 8)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the part of the real extract around the area, which the loopback service has."""
    return cut_extract(tmp_path_factory.mktemp("real") / "real.osm.pbf", (189_900.0, 508_200.0, 191_900.0, 510_100.0))


@pytest.fixture
def client() -> Iterator[Client]:
    """Return a client that does not wait between attempts."""
    with Client(frozenset({"127.0.0.1"}), attempts=3, sleep=lambda _: None) as one:
        yield one


def table(server: Server) -> OverpassTable:
    """Return the shipped table, with the address of the loopback service and small tiles."""
    return read_overpass_table(TABLE).model_copy(update={"url": f"{server.base}/api/interpreter", "tile_m": 1000.0})


def source(server: Server, client: Client, folder: Path) -> OverpassSource:
    """Return the source over a loopback service."""
    return OverpassSource(table(server), KINDS, folder, client, today=lambda: TODAY)


def content(layer: Layer) -> set[tuple[object, ...]]:
    """Return the rows that touch the area, without their numbers."""
    rows = layer.frame[shapely.intersects(shapely.box(*AREA.bounds()), layer.frame.geometry.to_numpy())]
    within = shapely.covers(shapely.box(*AREA.bounds()), rows.geometry.to_numpy())
    # What a building is used for follows from what is in it, and of one across the edge not all of that is fetched.
    known = within | (layer.spec.name != "buildings")
    texts = [rows[name].astype("string").where(known).fillna("-").tolist() for name in layer.spec.columns]
    return set(zip(*texts, shapely.to_wkb(shapely.normalize(rows.geometry.to_numpy())).tolist(), strict=True))


@pytest.mark.parametrize("name", ["facilities", "buildings", "public_roads", "recreation_parks"])
def test_rows_are_those_of_the_extract(client: Client, real: Path, tmp_path: Path, name: str) -> None:
    """Fetched in four tiles, every object is there once, with its shape and its columns."""
    with Server([Overpass(real)]) as server:
        layer = source(server, client, tmp_path).load(LAYERS[name], AREA)
        assert len(server.requests) == 4
    theirs = OsmSource(real, KINDS).load(LAYERS[name], AREA)
    assert content(layer) == content(theirs)
    assert len(content(layer)) > 0
    assert layer.provenance.standing == theirs.provenance.standing


def test_water_is_that_of_the_extract_within_the_area(client: Client, real: Path, tmp_path: Path) -> None:
    """Lakes come whole. The river does not, for this extract has cut it: it and its ground are left out."""
    with Server([Overpass(real)]) as server:
        layer = source(server, client, tmp_path).load(LAYERS["water"], AREA)
    theirs = OsmSource(real, KINDS).load(LAYERS["water"], AREA)
    ours, expected = (shapely.union_all(one.frame.geometry.to_numpy()) & layer.coverage for one in (layer, theirs))
    assert 0 < layer.coverage.area < shapely.box(*AREA.bounds()).area
    assert expected.area > 1_000
    assert shapely.symmetric_difference(ours, expected).area < 5


def test_streets_are_those_of_the_extract(client: Client, real: Path, tmp_path: Path) -> None:
    """All pieces within the area, for both modes."""
    with Server([Overpass(real)]) as server:
        layer = source(server, client, tmp_path).load(LAYERS["streets"], AREA)
    theirs = OsmSource(real, KINDS).load(LAYERS["streets"], AREA)
    for mode in ("walk", "bicycle"):
        ours, expected = (
            {shapely.to_wkb(s) for s in shapely.normalize(one.streets[mode].segments)} for one in (layer, theirs)
        )
        assert ours == expected
        assert len(ours) > 100


def test_coverage_is_what_was_asked_for(client: Client, real: Path, tmp_path: Path) -> None:
    """The area with its reach, no more; at its edge nothing is lost, for ways come whole."""
    with Server([Overpass(real)]) as server:
        layer = source(server, client, tmp_path).load(LAYERS["facilities"], AREA)
    assert layer.coverage.equals(shapely.box(*AREA.bounds()))
    assert layer.provenance.retrieved >= layer.provenance.reference_date


def test_extract_is_dated_and_as_old_as_its_oldest_tile(client: Client, real: Path, tmp_path: Path) -> None:
    """The state of the service's data, not the day of asking, is the date of the layer."""
    with Server([Overpass(real, state=lambda box: f"2025-07-0{1 + (box[0] > 5.92)}T03:04:05Z")]) as server:
        layer = source(server, client, tmp_path).load(LAYERS["facilities"], AREA)
    assert layer.provenance.reference_date == date(2025, 7, 1)
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("osm-facilities-2025-07-08-")
    assert osmium.FileProcessor(str(path)).header.get("timestamp") == "2025-07-01T03:04:05Z"


def test_asked_once_a_day(client: Client, real: Path, tmp_path: Path) -> None:
    """A second load of the day reads the file; another day asks again."""
    with Server([Overpass(real)]) as server:
        one = source(server, client, tmp_path)
        first, second = (one.load(LAYERS["facilities"], AREA) for _ in range(2))
        assert len(server.requests) == 4
        assert first.fingerprint == second.fingerprint
        replace(one, today=lambda: date(2025, 7, 9)).load(LAYERS["facilities"], AREA)
        assert len(server.requests) == 8


def test_tile_that_is_too_much_is_cut_in_four(client: Client, real: Path, tmp_path: Path) -> None:
    """The service says with status 200 that it ran out of time; the quarters make the same layer."""
    with Server([Overpass(real, largest_deg=0.01)]) as server:
        layer = source(server, client, tmp_path).load(LAYERS["facilities"], AREA)
        assert len(server.requests) == 4 * 5
    assert content(layer) == content(OsmSource(real, KINDS).load(LAYERS["facilities"], AREA))


def test_busy_service_is_asked_again(client: Client, real: Path, tmp_path: Path) -> None:
    """429 and 504 are its ways of asking for patience."""
    busy = [Response(429, b"rate limited", "text/plain"), Response(504, b"<html>timeout</html>", "text/html")]
    with Server([First(Overpass(real), busy)]) as server:
        layer = source(server, client, tmp_path).load(LAYERS["facilities"], AREA)
        assert len(server.requests) == 6
    assert layer.provenance.rows > 0


HALF = b'<?xml version="1.0"?><osm version="0.6"><meta osm_base="2025-01-01T00:00:00Z"/><node id="1" lat="52.5"'
HOSTILE = {
    "busy_for_good": (Response(504, b"<html>timeout</html>", "text/html"), "504"),
    "page_with_200": (Response(200, b"<html>we are closed</html>", "text/html"), "closed"),
    "remark": (remark("runtime error: open64: 2 No such file"), "open64"),
    "always_too_much": (remark("runtime error: Query run out of memory in &quot;recurse&quot;"), "memory"),
    "cut_off": (Response(200, HALF, "application/osm3s+xml"), "osm-facilities"),
    "no_osm": (Response(200, b"<gpx></gpx>", "application/xml"), "osm-facilities"),
    "parse_error": (Response(400, b"line 1: parse error", "text/plain"), "parse error"),
}


@pytest.mark.parametrize(("response", "said"), HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_answers(client: Client, tmp_path: Path, response: Response, said: str) -> None:
    """One sentence, and no file that could be taken for an answer."""
    with Server([Fixed("/api/interpreter", response)]) as server, pytest.raises(SourceError) as caught:
        source(server, client, tmp_path).load(LAYERS["facilities"], AREA)
    assert said in caught.value.sentences("nl")[0]
    assert list(tmp_path.iterdir()) == []


def test_questions_hold_the_kinds_of_the_table(client: Client, real: Path, tmp_path: Path) -> None:
    """The query follows from config/facilities.yaml."""
    service: Service = Overpass(real)
    with Server([service]) as server:
        one = source(server, client, tmp_path)
        assert one.offers() == OsmSource(real, KINDS).offers()
        lines = one._lines("facilities")
    assert any('"shop"~' in line and "supermarket" in line for line in lines)
    assert any('"railway"~' in line and "halt|station" in line for line in lines)


def test_area_without_bounds_and_unknown_layer(client: Client, real: Path, tmp_path: Path) -> None:
    """Neither a whole country nor an unknown layer is fetched by accident."""
    with Server([Overpass(real)]) as server:
        one = source(server, client, tmp_path)
        for name, area in (("facilities", Area.everywhere()), ("zoning", AREA)):
            with pytest.raises(LayerError):
                one.load(LAYERS[name], area)
        assert server.requests == []


def test_shipped_table_and_its_mistakes(tmp_path: Path) -> None:
    """All errors of a table are reported together, with their lines."""
    assert read_overpass_table(TABLE).hosts == {"overpass-api.de"}
    path = tmp_path / "overpass.yaml"
    text = TABLE.read_text(encoding="utf-8").replace("tile_m: 10000", "tile_m: 10").replace("  water:", "  wather:")
    path.write_text(text.replace("timeout_s: 180", "timeout_s: long"), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_overpass_table(path)
    said = " ".join(caught.value.sentences("en"))
    assert len(caught.value.problems) == 3
    for part in ("wather", "long", "500"):
        assert part in said
