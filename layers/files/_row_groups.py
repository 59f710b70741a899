"""Reads of a GeoParquet only the row groups that lie near a place, by what the file itself says of where they lie.

That is the covering column of GeoParquet 1.1 (a struct with the bounds of each row) and the statistics that Parquet
keeps of it per row group. A file sorted along a curve has few groups near any place; an unsorted one is read whole.
Of streets in two tables the nodes near the place are read, and the pieces between them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from layers.clip import touches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from suitability.core.types import FloatArray, IntArray

Bounds = tuple[float, float, float, float]

_SIDES: Final = ("xmin", "ymin", "xmax", "ymax")

#: What makes a piece of street; its name is only for people, who are shown no piece of a large scan.
_PIECE: Final = ("tail", "head", "flags")
#: A piece of street that leaves a place ends within this distance of it: longer ones have no bend in between.
STREET_MARGIN_M: Final = 2_000.0
#: A table of all numbers between the first and the last is not worth its memory when this many times fewer are there.
_SPARSE: Final = 16


def shape_of(file: pq.ParquetFile) -> tuple[str, dict[str, Any]]:
    """Return the name of the geometry column and its metadata; nothing for a file that is no GeoParquet."""
    told = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    name = told.get("primary_column", "")
    return name, told.get("columns", {}).get(name, {})


def covering_of(file: pq.ParquetFile) -> tuple[str, ...] | None:
    """Return the paths of the columns that hold the bounds of each row: min x, min y, max x, max y; None without."""
    _, column = shape_of(file)
    bbox = column.get("covering", {}).get("bbox")
    return tuple(".".join(bbox[side]) for side in _SIDES) if bbox and column.get("encoding") == "WKB" else None


def bounds_of_groups(file: pq.ParquetFile, paths: Sequence[str]) -> FloatArray | None:
    """Return the bounds of the row groups, (groups, 4), by their statistics; None where some have none.

    ``paths``: of the columns with min x, min y, max x and max y; those of points name the same column twice.
    """
    names = [file.metadata.schema.column(i).path for i in range(file.metadata.num_columns)]
    if not set(paths) <= set(names):
        return None
    found = np.full((file.metadata.num_row_groups, 4), np.nan)
    for group in range(len(found)):
        for side, path in enumerate(paths):
            stored = file.metadata.row_group(group).column(names.index(path)).statistics
            if stored is not None and stored.has_min_max:
                found[group, side] = stored.min if side < 2 else stored.max  # noqa: PLR2004 (min x, min y | max x, max y)
    return None if np.isnan(found).any() else found


def bounds_of_rows(file: pq.ParquetFile, paths: Sequence[str], group: int, offset: int, rows: int) -> Bounds:
    """Return the bounds of so many rows of a row group together, by its covering columns."""
    table = file.read_row_group(group, columns=list(paths), use_threads=False).slice(offset, rows)
    low, high = np.split(_boxes(table, paths), 2, axis=1)
    left, bottom = np.nanmin(low, axis=0).tolist()
    right, top = np.nanmax(high, axis=0).tolist()
    return left, bottom, right, top


def touching_groups(bounds: FloatArray, place: Bounds) -> list[int]:
    """Return the row groups whose bounds touch a place."""
    return [int(group) for group in np.flatnonzero(touches(bounds, place))]


def rows_near(
    file: pq.ParquetFile, groups: Iterable[int], place: Bounds, columns: Sequence[str] | None = None
) -> pa.Table:
    """Return the rows of some row groups whose bounds touch a place, in file order; ``columns``: no more than these."""
    paths = covering_of(file) or ()
    read = None if columns is None else [*columns, *paths]
    near = [_near(file.read_row_group(group, columns=read, use_threads=False), paths, place) for group in groups]
    table = pa.concat_tables(near) if near else file.schema_arrow.empty_table()
    return table if columns is None else table.select(columns)


def as_frame(file: pq.ParquetFile, table: pa.Table) -> gpd.GeoDataFrame:
    """Return rows of a file as a frame, in the CRS that the file states."""
    shape, told = shape_of(file)
    shapes = shapely.from_wkb(table.column(shape).to_numpy(zero_copy_only=False))
    covering = {path.split(".")[0] for path in covering_of(file) or ()}
    rest = table.drop_columns([shape, *(name for name in covering if name in table.column_names)])
    stated = told.get("crs", "OGC:CRS84")  # GeoParquet: without a word it is longitude and latitude
    crs = None if stated is None else pyproj.CRS.from_user_input(stated)
    return gpd.GeoDataFrame(rest.to_pandas(), geometry=shapes, crs=crs)


def _near(table: pa.Table, paths: Sequence[str], place: Bounds) -> pa.Table:
    """Return the rows whose bounds touch a place; nothing is copied where all do."""
    near = touches(_boxes(table, paths), place)
    return table if near.all() else table.filter(pa.array(near))


def _boxes(table: pa.Table, paths: Sequence[str]) -> FloatArray:
    """Return the bounds of each row, (n, 4)."""
    return np.column_stack([_column(table, path) for path in paths])


def _column(table: pa.Table, path: str) -> FloatArray:
    """Return a column, or a field of a struct, as numbers."""
    name, *fields = path.split(".")
    column = table.column(name).combine_chunks()
    for field in fields:
        column = column.field(field)
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def read_street_tables(nodes: Path, edges: Path, place: Bounds) -> tuple[pa.Table, pa.Table] | None:
    """Return the nodes near a place and the pieces of street between them, renumbered and without names.

    None where the file does not allow it.

    The pieces must be sorted by ``tail``. What is left out lies ``STREET_MARGIN_M`` or more beyond the place.
    """
    spots, lines = pq.ParquetFile(nodes), pq.ParquetFile(edges)
    bounds = bounds_of_groups(spots, ("x", "y", "x", "y"))
    tails = bounds_of_groups(lines, ("tail",) * 4)
    if bounds is None or tails is None or (tails[1:, 0] < tails[:-1, 2]).any():
        return None
    left, bottom, right, top = (side + sign * STREET_MARGIN_M for side, sign in zip(place, (-1, -1, 1, 1), strict=True))
    groups = touching_groups(bounds, (left, bottom, right, top))
    sizes = [spots.metadata.row_group(group).num_rows for group in range(spots.metadata.num_row_groups)]
    first = np.concatenate([[0], np.cumsum(sizes)])
    table = spots.read_row_groups(groups, use_threads=False)
    x, y = _column(table, "x"), _column(table, "y")
    near = (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
    numbers = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(first[g], first[g + 1]) for g in groups)])[near]
    if not len(numbers):
        return table.slice(0, 0), lines.schema_arrow.empty_table().select(_PIECE)
    wanted = np.searchsorted(numbers, tails[:, 0]) < np.searchsorted(numbers, tails[:, 2], side="right")
    return table.filter(pa.array(near)), _between(
        lines.read_row_groups(np.flatnonzero(wanted), columns=list(_PIECE), use_threads=False), numbers
    )


def _between(pieces: pa.Table, numbers: IntArray) -> pa.Table:
    """Return the segments between the nodes with these ascending numbers, their ends as positions among them."""
    ends = [_renumbered(pieces.column(end).to_numpy(), numbers) for end in ("tail", "head")]
    for end, found in zip(("tail", "head"), ends, strict=True):
        pieces = pieces.set_column(pieces.schema.get_field_index(end), end, pa.array(found))
    return pieces.filter(pa.array((ends[0] >= 0) & (ends[1] >= 0)))


def _renumbered(ends: IntArray, numbers: IntArray) -> IntArray:
    """Return the position of each node among those kept; -1 = not kept."""
    low, high = int(numbers[0]), int(numbers[-1])
    if high - low > _SPARSE * len(numbers):
        at = np.minimum(np.searchsorted(numbers, ends), len(numbers) - 1)
        return np.where(numbers[at] == ends, at, -1)
    place = np.full(high - low + 3, -1, dtype=np.int64)  # the first and last stand for all that lie beyond
    place[numbers - low + 1] = np.arange(len(numbers))
    return place[np.clip(ends, low - 1, high + 1) - (low - 1)]
