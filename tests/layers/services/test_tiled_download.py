"""Tiles of a region: split where they hold too much, kept on disk, and resumed after an interrupted fetch."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.services._tiles import Tile, cover
from layers.services.client import Client
from layers.services.tiled_download import collect
from suitability.core.errors import SourceError
from tests.services import misbehave
from tests.services.misbehave import Broken, Changed
from tests.services.server import Request, Response, Server
from tests.services.squares import HOSTS, ITEMS, PREFIX, REGION, Fetch, expected, field_of_squares, serving, whole

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd


@pytest.fixture(scope="module")
def squares() -> gpd.GeoDataFrame:
    """Return 3,600 squares."""
    return field_of_squares()


def today() -> date:
    """Return the day where the computer is, as a fetch writes it down."""
    return datetime.now().astimezone().date()


def test_a_tile_with_too_many_pages_is_cut_in_four(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """The result is the same, and tiles that miss the region are not asked."""
    with serving(whole(squares), tmp_path / "a") as fetch:
        wide = fetch(tile_m=4000.0, page_size=200, max_pages=1)
        boxes = [tuple(float(edge) for edge in request.one("bbox").split(",")) for request in fetch.items()]
    assert set(wide.column("naam")) >= set(squares["naam"][squares.intersects(REGION)])
    assert max(right - left for left, _, right, _ in boxes) == 4000
    assert min(right - left for left, _, right, _ in boxes) < 1000
    assert all(shapely.box(*box).intersects(REGION) for box in boxes)


def test_a_box_that_the_service_finds_too_large_is_cut(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """By status 413, or by its words with status 400."""
    service = whole(squares)
    answer = service.answer

    def refuse(request: Request) -> Response:
        edges = [float(edge) for edge in request.one("bbox", "0,0,0,0").split(",")]
        if edges[2] - edges[0] > 600:
            return Response(413 if edges[0] < 181_000 else 400, b"Too many features in this box", "text/plain")
        return answer(request)

    service.answer = refuse  # type: ignore[method-assign]
    with serving(service, tmp_path) as fetch:
        assert set(fetch().column("naam")) == expected(squares)


def test_a_service_that_finds_everything_too_large(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """One sentence, after a handful of questions."""
    with serving(whole(squares), tmp_path) as fetch:
        assert "refuses even a box" in fetch.refusal(page_size=1, max_pages=1)
        assert len(fetch.items()) < 10


def test_a_page_beyond_the_bound_in_bytes_is_cut(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """A tile whose page is too large for us is asked in quarters."""
    with serving(whole(squares), tmp_path) as fetch, Client(HOSTS, max_bytes=120_000) as client:
        found = collect(fetch.features(client), REGION, 1000.0, tmp_path, lambda *_: None)
    assert set(found.column("naam")) == expected(squares)


def test_an_interrupted_fetch_goes_on_where_it_stopped(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Finished tiles are not requested again, and the result is the same as without an interruption."""
    with serving(whole(squares), tmp_path / "at once") as fetch:
        at_once, questions = fetch(), len(fetch.items())
    broken = Broken(whole(squares), after=7, only=ITEMS)
    with serving(broken, tmp_path / "in two") as fetch:
        assert "stopped" in fetch.refusal()
        asked = len(fetch.items())
        kept = sorted((tmp_path / "in two").iterdir())
        assert kept
        assert all(path.suffix == ".parquet" for path in kept)
        broken.after = 10**9
        in_two = fetch(addresses=(f"{fetch.server.base}{PREFIX}",))
        assert len(fetch.items()) - asked < questions
    assert in_two.ids == at_once.ids
    assert in_two.properties == at_once.properties
    assert shapely.to_wkb(in_two.shapes).tolist() == shapely.to_wkb(at_once.shapes).tolist()


def test_a_complete_layer_needs_no_service(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """All tiles are on disk until the caller removes them."""
    with serving(whole(squares), tmp_path) as fetch:
        first, questions = fetch(), len(fetch.server.requests)
        again = fetch()
        assert len(fetch.server.requests) == questions
        assert again.ids == first.ids
        again.forget()
        assert list(tmp_path.iterdir()) == []


def test_tiles_of_another_question_are_not_used(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Another tile size, other fields or another filter is another question."""
    with serving(whole(squares), tmp_path) as fetch:
        fetch()
        questions = len(fetch.items())
        fetch(wanted=frozenset({"soort", "naam", "nummer"}))
        assert len(fetch.items()) == 2 * questions


def test_a_damaged_or_old_tile_is_asked_again(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Cut off, of another kind, or of last month."""
    with serving(whole(squares), tmp_path) as fetch:
        at_once, questions = fetch(), len(fetch.items())
        first, second, third, fourth = sorted(tmp_path.iterdir())
        first.write_bytes(first.read_bytes()[:200])
        second.write_bytes(b"")
        table = pq.read_table(third)
        old = {"retrieved": str(today() - timedelta(days=30)), "cut": "false"}
        pq.write_table(table.replace_schema_metadata(old), third)
        pq.write_table(table.replace_schema_metadata({}), fourth)
        again = fetch()
        assert len(fetch.items()) == 2 * questions
    assert again.ids == at_once.ids
    assert again.retrieved == today()


def test_pieces_of_two_days_have_the_older_date(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """A layer is as old as its oldest piece."""
    with serving(whole(squares), tmp_path) as fetch:
        fetch()
        tile = min(tmp_path.iterdir())
        before = today() - timedelta(days=3)
        pq.write_table(pq.read_table(tile).replace_schema_metadata({"retrieved": str(before), "cut": "false"}), tile)
        assert fetch().retrieved == before


def test_a_flood_ends_as_a_box_that_is_too_large(tmp_path: Path) -> None:
    """Two gigabytes for every box: cut in four until it makes no sense, and never in memory."""
    flood = misbehave.flood(2_000_000_000)
    service = Changed(whole(field_of_squares(3)), lambda r, own: flood(r) if "bbox" in r.query else own, ITEMS)
    with Server([service]) as server:
        fetch = Fetch(server, tmp_path)
        with (
            Client(HOSTS, max_bytes=1_000_000) as client,
            pytest.raises(SourceError, match="refuses even a box"),
        ):
            collect(fetch.features(client), REGION, 1000.0, tmp_path, lambda *_: None)


def test_an_empty_region_is_an_answer(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Nothing there, said by the service."""
    with serving(whole(squares), tmp_path) as fetch:
        found = fetch(region=shapely.box(100_000, 400_000, 100_500, 400_500))
    assert found.ids == ()
    assert len(found.shapes) == 0


def test_all_there_is(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """Without a region there is no box."""
    with serving(whole(squares), tmp_path) as fetch:
        found = fetch(region=None)
        assert fetch.items() == []
    assert len(found.ids) == len(squares)


def test_a_working_folder_that_cannot_be_written(squares: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """The sentence names the place."""
    (tmp_path / "taken").write_text("a file")
    with serving(whole(squares), tmp_path / "taken") as fetch:
        assert "cannot be written" in fetch.refusal()


@given(
    st.floats(1e3, 2.7e5), st.floats(3.1e5, 6.1e5), st.floats(1, 9e3), st.floats(1, 9e3), st.sampled_from([500.0, 1000.0, 2000.0])
)  # fmt: skip
def test_tiles_cover_their_region(x: float, y: float, width: float, height: float, side: float) -> None:
    """All of it, with no tile that misses it, on one grid for all regions; quarters make a tile."""
    region = shapely.Point(x, y).buffer(max(width, height)).intersection(shapely.box(x, y, x + width, y + height))
    tiles = cover(region, side)
    boxes = shapely.box(*np.array([tile.bounds for tile in tiles]).T)
    assert shapely.union_all(boxes).buffer(1e-6).covers(region)
    assert shapely.intersects(boxes, region).all()
    assert all(tile.left % side == 0 and tile.bottom % side == 0 for tile in tiles)
    quarters = shapely.box(*np.array([quarter.bounds for quarter in tiles[0].quarters()]).T)
    assert shapely.equals(shapely.union_all(quarters), boxes[0])
    assert Tile(0, 0, 80).quarters() == ()
