"""Pieces follow from the row groups of the parcels, and are all about as large: none is left with a few rows."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from layers.folder.partitions import partitions_of, rows_per_partition
from suitability.partitions.partition import folder_of

if TYPE_CHECKING:
    from pathlib import Path

    from layers.folder.local import LocalSource


def _folder(home: Path, groups: list[int]) -> LocalSource:
    """Write parcels in row groups of so many rows."""
    square = shapely.to_wkb(shapely.box(0, 0, 1, 1))
    geo = b'{"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}}}'
    schema = pa.schema([("parcel_id", pa.string()), ("geometry", pa.binary())], metadata={b"geo": geo})
    with pq.ParquetWriter(home / "parcels.parquet", schema) as file:
        for rows in groups:
            ids = pa.array(np.arange(rows).astype(str))
            file.write_table(pa.table([ids, pa.array([square] * rows)], schema=schema), row_group_size=rows)
    (home / "sources.yaml").write_text(
        "layers:\n  parcels: {file: parcels.parquet, crs: EPSG:28992}\n", encoding="utf-8"
    )
    return folder_of(f"dir:{home}")


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([10], [10]),
        ([25_000], [25_000]),
        ([25_001], [12_501, 12_500]),
        ([30_000], [15_000, 15_000]),
        ([20_000, 60_000, 1], [20_000, 20_000, 20_000, 20_000, 1]),
        ([65_536, 65_536, 65_536, 65_536], [32_768] * 8),
        ([65_536] * 8, [65_536] * 8),
        ([600_000], [60_000] * 10),
    ],
)
def test_a_group_is_cut_into_equal_pieces(groups: list[int], expected: list[int], tmp_path: Path) -> None:
    """And never two groups make one: a process would read both for it."""
    pieces = partitions_of(_folder(tmp_path, groups))
    assert [piece.rows for piece in pieces] == expected
    assert [piece.number for piece in pieces] == list(range(len(expected)))
    for group, rows in enumerate(groups):
        own = [(piece.offset, piece.rows) for piece in pieces if piece.group == group]
        assert own[0][0] == 0
        assert all(start + size == after for (start, size), (after, _) in pairwise(own))
        assert sum(own[-1]) == rows


@pytest.mark.parametrize(
    ("rows", "best"),
    [(0, 1), (1, 1), (24_032, 24_032), (50_000, 25_000), (200_000, 25_000), (1_000_000, 62_500), (8_500_000, 65_385)],
)
def test_groups_as_large_as_pieces_stay_whole(rows: int, best: int) -> None:
    """A file written in groups of this size gives one piece per group."""
    assert rows_per_partition(rows) == best
