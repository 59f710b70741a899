"""Only the row groups near a place are read, and whatever counts there is among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from layers.files._row_groups import (
    STREET_MARGIN_M,
    as_frame,
    bounds_of_groups,
    covering_of,
    read_street_tables,
    rows_near,
    touching_groups,
)
from suitability.core.types import CRS

if TYPE_CHECKING:
    from pathlib import Path

PLACE = (180_000.0, 500_000.0, 181_000.0, 500_500.0)


@pytest.fixture
def boxes() -> gpd.GeoDataFrame:
    """Give 4,000 boxes of many sizes, from west to east."""
    rng = np.random.default_rng(3)
    x, y = np.sort(rng.uniform(170_000, 190_000, 4000)), rng.uniform(495_000, 505_000, 4000)
    size = rng.choice([5.0, 200.0, 5000.0], 4000, p=[0.8, 0.19, 0.01])
    return gpd.GeoDataFrame({"name": [f"b{i}" for i in range(4000)]}, geometry=shapely.box(x, y, x + size, y + size), crs=CRS)  # fmt: skip


def test_the_rows_near_a_place_are_those_of_the_whole_file(boxes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """In the order of the file; and most row groups stay closed."""
    path = tmp_path / "boxes.parquet"
    boxes.to_parquet(path, write_covering_bbox=True, row_group_size=100)
    file = pq.ParquetFile(path)
    bounds = bounds_of_groups(file, covering_of(file) or ())
    assert bounds is not None
    groups = touching_groups(bounds, PLACE)
    found = as_frame(file, rows_near(file, groups, PLACE))
    touched = boxes[shapely.intersects(boxes.geometry.to_numpy(), shapely.box(*PLACE))]
    assert found["name"].tolist() == touched["name"].tolist()
    assert (found.geometry.to_numpy() == touched.geometry.to_numpy()).all()
    assert len(groups) < file.metadata.num_row_groups
    assert list(found.columns) == ["name", "geometry"]
    assert found.crs == boxes.crs


def test_a_file_that_does_not_say_where_its_rows_lie(boxes: gpd.GeoDataFrame, tmp_path: Path) -> None:
    """No covering column, or no statistics of it: then it must be read whole."""
    boxes.to_parquet(tmp_path / "plain.parquet")
    assert covering_of(pq.ParquetFile(tmp_path / "plain.parquet")) is None
    boxes.to_parquet(tmp_path / "silent.parquet", write_covering_bbox=True, write_statistics=False)
    file = pq.ParquetFile(tmp_path / "silent.parquet")
    assert bounds_of_groups(file, covering_of(file) or ()) is None


def _streets(folder: Path, *, sorted_by_tail: bool = True) -> tuple[Path, Path, np.ndarray, np.ndarray]:
    """Write a lattice of streets in row groups; return its files, nodes (k, 2) and pieces (m, 2)."""
    x, y = np.meshgrid(np.arange(170_000, 190_000, 250.0), np.arange(495_000, 505_000, 250.0), indexing="ij")
    nodes = np.column_stack([x.ravel(), y.ravel()])
    number = np.arange(len(nodes)).reshape(x.shape)
    pieces = np.concatenate([np.column_stack([number[:-1].ravel(), number[1:].ravel()]), np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])])  # fmt: skip
    pieces = pieces[np.lexsort((pieces[:, 1], pieces[:, 0]))] if sorted_by_tail else pieces[::-1]
    pq.write_table(pa.table({"x": nodes[:, 0], "y": nodes[:, 1]}), folder / "nodes.parquet", row_group_size=100)
    columns = {
        "tail": pieces[:, 0],
        "head": pieces[:, 1],
        "flags": np.full(len(pieces), 15),
        "name": ["straat"] * len(pieces),
    }
    pq.write_table(pa.table(columns), folder / "edges.parquet", row_group_size=100)
    return folder / "nodes.parquet", folder / "edges.parquet", nodes, pieces


def test_streets_near_a_place(tmp_path: Path) -> None:
    """Every piece of street whose ends lie within the margin is there, between the same places."""
    nodes_file, edges_file, nodes, pieces = _streets(tmp_path)
    read = read_street_tables(nodes_file, edges_file, PLACE)
    assert read is not None
    spots, lines = read
    xy = np.column_stack([spots.column("x").to_numpy(), spots.column("y").to_numpy()])
    found = np.hstack([xy[lines.column("tail").to_numpy()], xy[lines.column("head").to_numpy()]])
    left, bottom, right, top = PLACE
    near = (np.abs(nodes[:, 0] - (left + right) / 2) <= (right - left) / 2 + STREET_MARGIN_M) & (
        np.abs(nodes[:, 1] - (bottom + top) / 2) <= (top - bottom) / 2 + STREET_MARGIN_M
    )
    wanted = pieces[near[pieces].all(axis=1)]
    np.testing.assert_array_equal(found, np.hstack([nodes[wanted[:, 0]], nodes[wanted[:, 1]]]))
    assert len(found) < len(pieces) / 2


def test_streets_far_away_are_none(tmp_path: Path) -> None:
    """An empty table, not a mistake."""
    nodes_file, edges_file, _, _ = _streets(tmp_path)
    read = read_street_tables(nodes_file, edges_file, (0.0, 300_000.0, 10.0, 300_010.0))
    assert read is not None
    assert [len(table) for table in read] == [0, 0]


def test_streets_that_are_not_sorted_are_read_whole(tmp_path: Path) -> None:
    """Then no row group says which nodes it speaks of."""
    nodes_file, edges_file, _, _ = _streets(tmp_path, sorted_by_tail=False)
    assert read_street_tables(nodes_file, edges_file, PLACE) is None
