"""A tiling is a municipality like any other: nothing lies on anything else, no name is used twice, streets go on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from benchmarks import row_groups, tiling
from benchmarks.seams import Streets
from benchmarks.tiles import STEP_M, grid_for
from layers import open_source
from layers.demo import DemoSource
from layers.files._street_files import network_of
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.scan.run import run_scan
from suitability.spatial.route import route_to_nearest

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.layer import Layer

PARCELS = 60_000  # two copies and part of a third


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiling.make_tiling(tmp_path_factory.mktemp("tiling") / "three", PARCELS, buildings=True)


def load(folder: Path, name: str) -> Layer:
    return open_source(f"dir:{folder}").load(LAYERS[name], Area.everywhere())


def test_there_are_as_many_parcels_as_asked_for_and_no_designation_twice(folder: Path) -> None:
    ids = load(folder, "parcels").frame["parcel_id"]
    assert len(ids) == PARCELS
    assert ids.is_unique


@pytest.mark.parametrize(("layer", "column"), [("facilities", "source_id"), ("buildings", "bag_id")])
def test_identifiers_stay_as_unique_as_they_were(folder: Path, layer: str, column: str) -> None:
    once = DemoSource().load(LAYERS[layer], Area.everywhere()).frame[column].dropna()
    thrice = load(folder, layer).frame[column].dropna()
    assert thrice.nunique() == 3 * once.nunique()


def test_no_copy_lies_on_another(folder: Path) -> None:
    shapes = load(folder, "parcels").frame.geometry.to_numpy()
    demo = DemoSource().load(LAYERS["parcels"], Area.everywhere()).frame.geometry.to_numpy()
    boxes = [shapely.box(*shapely.total_bounds(shapes[i : i + len(demo)])) for i in range(0, PARCELS, len(demo))]
    assert len(boxes) == 3
    assert not any(boxes[i].intersects(boxes[j]) for i in range(3) for j in range(i))
    whole = shapely.area(demo).sum() * 2
    assert shapely.area(shapes[: 2 * len(demo)]).sum() == pytest.approx(whole, rel=1e-12)


def test_nothing_that_is_drawn_reaches_into_the_next_copy() -> None:
    source = DemoSource()
    for name in (*tiling._VECTORS, "buildings"):
        left, bottom, right, top = source.load(LAYERS[name], Area.everywhere()).frame.total_bounds
        assert right - left < STEP_M[0]
        assert top - bottom < STEP_M[1]


def across_copies(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the middles of a parcel in the first copy and of one in the second, (2, 2) in all."""
    parcels = load(folder, "parcels").frame.geometry.to_numpy()
    n = len(DemoSource().load(LAYERS["parcels"], Area.everywhere()).frame)
    start, end = shapely.get_coordinates(shapely.centroid(parcels[[n // 2, n + n // 2]]))
    return start, end


def test_streets_go_on_into_the_next_copy(folder: Path) -> None:
    start, end = across_copies(folder)
    for graph in load(folder, "streets").streets.values():
        route = route_to_nearest(graph, (start[0], start[1]), np.array([shapely.Point(end)]), 15, 5)
        assert route is not None
        assert np.hypot(*(route.xy[0] - start)) < 1
        assert np.hypot(*(route.xy[-1] - end)) < 1


def test_only_the_joints_lead_from_one_copy_to_the_next(folder: Path) -> None:
    streets, grid = Streets.embedded(), grid_for(3)
    nodes, edges = (pq.read_table(folder / f"streets_{part}.parquet") for part in ("nodes", "edges"))
    k = len(streets.node_xy)
    joins = edges["tail"].to_numpy() // k != edges["head"].to_numpy() // k
    neighbours = ((grid.columns - 1) * grid.rows, grid.columns * (grid.rows - 1))
    assert joins.sum() == sum(len(streets.joints(axis)) * neighbours[axis] for axis in (0, 1)) > 0
    start, end = across_copies(folder)
    for graph in network_of(nodes, edges.filter(~joins)).values():
        assert route_to_nearest(graph, (start[0], start[1]), np.array([shapely.Point(end)]), 15, 5) is None


def test_both_axes_have_joints_in_streets_for_every_mode() -> None:
    streets = Streets.embedded()
    for axis in (0, 1):
        pairs = streets.joints(axis)
        assert len(pairs) >= 3
        assert len(np.unique(pairs[:, 0])) == len(np.unique(pairs[:, 1])) == len(pairs)


def test_pieces_are_sorted_by_their_tail(folder: Path) -> None:
    tail = pq.read_table(folder / "streets_edges.parquet")["tail"].to_numpy()
    assert (np.diff(tail) >= 0).all()


def test_row_groups_tell_where_their_rows_lie(folder: Path) -> None:
    file = pq.ParquetFile(folder / "zoning.parquet")
    sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert set(sizes[:-1]) == {8_192}
    assert len(sizes) > 1
    for i in range(file.num_row_groups):
        shapes = shapely.from_wkb(file.read_row_group(i, columns=["geometry"])["geometry"].to_numpy())
        group = file.metadata.row_group(i)
        told = {group.column(j).path_in_schema: group.column(j).statistics for j in range(group.num_columns)}
        sides = [told[f"bbox.{side}"] for side in ("xmin", "ymin", "xmax", "ymax")]
        assert [sides[0].min, sides[1].min, sides[2].max, sides[3].max] == shapely.total_bounds(shapes).tolist()


def test_a_window_is_read_without_the_rest(folder: Path) -> None:
    whole = gpd.read_parquet(folder / "zoning.parquet")
    x, y = whole.geometry.iloc[0].bounds[:2]
    part = gpd.read_parquet(folder / "zoning.parquet", bbox=(x, y, x + 500, y + 500))
    assert 0 < len(part) < len(whole) / 10
    assert "bbox" not in whole.columns


def test_the_same_bytes_twice_and_nothing_made_twice(folder: Path, tmp_path: Path) -> None:
    again = tiling.make_tiling(tmp_path / "again", PARCELS, buildings=True)
    names = sorted(file.name for file in folder.iterdir())
    assert names == sorted(file.name for file in again.iterdir())
    assert all((folder / name).read_bytes() == (again / name).read_bytes() for name in names)
    before = {file.name: file.stat().st_mtime_ns for file in again.iterdir()}
    tiling.make_tiling(again, PARCELS, buildings=True)
    assert before == {file.name: file.stat().st_mtime_ns for file in again.iterdir()}


def test_another_number_is_made_anew(tmp_path: Path) -> None:
    folder = tiling.make_tiling(tmp_path / "one", 500)
    tiling.make_tiling(folder, 400)
    assert json.loads((folder / "tiling.json").read_text())["parcels"] == 400
    assert pq.read_metadata(folder / "parcels.parquet").num_rows == 400


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(FileExistsError, match="no tiling"):
        tiling.make_tiling(tmp_path, 100)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_every_policy_of_the_basic_rules_can_be_scanned_on_it(tmp_path: Path) -> None:
    folder = tiling.make_tiling(tmp_path / "one", 300, buildings=True)
    scan = run_scan(read_policy("kadaster-scan", REGISTRY), open_source(f"dir:{folder}"))
    assert scan.run.counts["parcels"] == 300
    assert scan.run.counts["pass"] > 0
    assert scan.run.missing == ()


def test_parcels_in_the_middle_get_the_verdict_that_they_have_in_kampen(folder: Path) -> None:
    """A copy is Kampen again: zones, parks and businesses near a parcel are the same, so their measurements are."""
    policy = read_policy("kadaster-scan", REGISTRY)
    tiled, real = run_scan(policy, open_source(f"dir:{folder}")), run_scan(policy, DemoSource())
    first = np.flatnonzero([str(each).endswith("-1") for each in tiled.parcels.ids])
    there = {str(each): i for i, each in enumerate(real.parcels.ids)}
    rows = np.array([there[str(each).removesuffix("-1")] for each in tiled.parcels.ids[first]])
    for rule in ("zoning", "recreation_park"):
        np.testing.assert_allclose(
            tiled.findings[rule].measurement.value[first], real.findings[rule].measurement.value[rows], atol=1e-6
        )


@pytest.mark.parametrize("rows", [(3, 4), (10,), (1, 1, 1), (5, 0, 2)])
def test_row_groups_are_as_large_as_asked_whatever_comes_in(tmp_path: Path, rows: tuple[int, ...]) -> None:
    tables = [pa.table({"x": np.arange(n, dtype=np.float64)}) for n in rows]
    assert row_groups.write_rows(tmp_path / "x.parquet", tables, 4) == sum(rows)
    file = pq.ParquetFile(tmp_path / "x.parquet")
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)][:-1] == [4] * (
        (sum(rows) - 1) // 4
    )
    assert file.read()["x"].to_pylist() == [x for table in tables for x in table["x"].to_pylist()]


@pytest.mark.parametrize("copies", [1, 2, 3, 42, 354])
def test_a_grid_holds_all_copies_and_stays_within_the_country(copies: int) -> None:
    grid = grid_for(copies)
    assert copies <= grid.columns * grid.rows <= copies * 1.35
    assert len({tuple(cell) for cell in grid.cells.tolist()}) == grid.columns * grid.rows
    west, south = 185_000 + grid.shifts[:, 0].min(), 504_000 + grid.shifts[:, 1].min()
    east, north = 196_000 + grid.shifts[:, 0].max(), 511_000 + grid.shifts[:, 1].max()
    assert 0 < west < east < 290_000
    assert 300_000 < south < north < 630_000
