"""Shapes as flat arrays, so that compiled kernels can walk along their boundaries without an object per shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely

from suitability.spatial.kernels.types import Flat

if TYPE_CHECKING:
    from suitability.core.types import BoolArray, FloatArray, GeometryArray, IntArray


_POLYGON: Final = int(shapely.GeometryType.POLYGON)


_MULTIPOLYGON: Final = int(shapely.GeometryType.MULTIPOLYGON)


_LARGEST_SINGLE: Final = int(shapely.GeometryType.POLYGON)  # point, line, ring and polygon; beyond it, collections


def flat_of(shapes: GeometryArray) -> Flat:
    """Return shapes as flat arrays, in their order; empty shapes have no path. No mixed collections."""
    from suitability.spatial.kernels.rings import turns  # noqa: PLC0415 (compiled: slow to load)

    n, kind = len(shapes), shapely.get_type_id(shapes)
    corners = shapely.get_num_coordinates(shapes).astype(np.int64)
    several = np.flatnonzero((kind > _LARGEST_SINGLE) | (shapely.get_num_interior_rings(shapes) > 0))
    paths, owner, hole = _paths_of(shapes[several])
    per_shape = (corners > 0).astype(np.int64)
    per_shape[several] = np.bincount(owner, minlength=len(several))
    first_path = np.concatenate([[0], np.cumsum(per_shape)])
    is_several = np.zeros(n, dtype=bool)
    is_several[several] = True
    of_several = np.repeat(is_several, per_shape)
    lengths, is_hole = np.empty(first_path[-1], dtype=np.int64), np.zeros(first_path[-1], dtype=bool)
    lengths[~of_several] = corners[~is_several & (corners > 0)]
    lengths[of_several] = shapely.get_num_coordinates(paths)
    is_hole[of_several] = hole
    xy, path_start = shapely.get_coordinates(shapes), np.concatenate([[0], np.cumsum(lengths)])
    return Flat(
        xy=xy,
        path_start=path_start,
        first_path=first_path,
        turn=turns(xy, path_start, is_hole),
        is_area=(kind == _POLYGON) | (kind == _MULTIPOLYGON),
        bounds=shapely.bounds(shapes),
    )


def _paths_of(shapes: GeometryArray) -> tuple[GeometryArray, IntArray, BoolArray]:
    """Return the rings, lines and points of shapes of several, which shape each is of, and which are holes."""
    parts, shape = shapely.get_parts(shapes, return_index=True)
    areas = shapely.get_type_id(parts) == _POLYGON
    if not areas.any():
        return parts, shape, np.zeros(len(parts), dtype=bool)
    if not areas.all():
        raise TypeError("areas mixed with lines or points have no boundary of one kind")
    rings, part = shapely.get_rings(parts, return_index=True)
    return rings, shape[part], np.concatenate([[False], part[1:] == part[:-1]])


def taken(flat: Flat, rows: IntArray) -> Flat:
    """Return some shapes, in the order of ``rows``."""
    paths, first_path = _stretches(flat.first_path, rows)
    corners, path_start = _stretches(flat.path_start, paths)
    return Flat(flat.xy[corners], path_start, first_path, flat.turn[paths], flat.is_area[rows], flat.bounds[rows])


def _stretches(start: IntArray, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Return all numbers from ``start[row]`` up to ``start[row + 1]``, row after row, and where each row's begin."""
    lengths = start[rows + 1] - start[rows]
    begin = np.concatenate([[0], np.cumsum(lengths)])
    return np.arange(begin[-1]) + np.repeat(start[rows] - begin[:-1], lengths), begin


def straight_pieces(lines: GeometryArray) -> tuple[FloatArray, IntArray]:
    """Return the straight pieces of (multi)lines as (m, 2, 2) and the index of the line of each, (m,)."""
    parts, owner = shapely.get_parts(lines, return_index=True)
    pieces, part = _between_corners(*shapely.get_coordinates(parts, return_index=True))
    return pieces, owner[part]


def sides_of(flat: Flat) -> tuple[FloatArray, IntArray]:
    """Return the straight pieces of all paths as (m, 2, 2), path after path, and the shape of each, (m,)."""
    lengths = np.diff(flat.path_start)
    pieces, path = _between_corners(flat.xy, np.repeat(np.arange(len(lengths)), lengths))
    return pieces, np.repeat(np.arange(flat.n), np.diff(flat.first_path))[path]


def _between_corners(xy: FloatArray, path: IntArray) -> tuple[FloatArray, IntArray]:
    """Return the straight pieces between corners (c, 2) that follow each other on one path, and the path of each; ``path`` (c,)."""
    joined = path[1:] == path[:-1]
    return np.stack([xy[:-1][joined], xy[1:][joined]], axis=1), path[1:][joined]


#: Edges in a run: enough that few runs are looked at, few enough that most of a long boundary is passed over.
RUN: Final = 16


class Outline(NamedTuple):
    """Bounds for quickly rejecting what does not reach a shape.

    ``runs``: where each path's runs of ``RUN`` edges begin, (paths + 1,); ``run_bounds``: the bounds of every run, (runs, 4);
    ``slanted``: per shape the least and most of x + y, and of x - y, (n, 4).
    """

    runs: IntArray
    run_bounds: FloatArray
    slanted: FloatArray


def outline_of(flat: Flat) -> Outline:
    """Return the outline of shapes, for repeated overlap queries."""
    from suitability.spatial.kernels.rings import slanted_bounds  # noqa: PLC0415 (compiled: slow to load)

    return Outline(*bounds_of_runs(flat), slanted_bounds(flat))


def bounds_of_runs(flat: Flat) -> tuple[IntArray, FloatArray]:
    """Return where each path's runs of ``RUN`` edges begin, (paths + 1,), and the bounds of every run, (runs, 4)."""
    from suitability.spatial.kernels.rings import runs_along  # noqa: PLC0415 (compiled: slow to load)

    edges = np.maximum(np.diff(flat.path_start) - 1, 0)
    first = np.concatenate([[0], np.cumsum(-(-edges // RUN))])
    return first, runs_along(flat.xy, flat.path_start, first, RUN)


def flat_pieces(pieces: FloatArray) -> Flat:
    """Return straight pieces (m, 2, 2) as shapes, a line each."""
    m = len(pieces)
    return Flat(
        xy=np.ascontiguousarray(pieces.reshape(-1, 2)),
        path_start=np.arange(m + 1, dtype=np.int64) * 2,
        first_path=np.arange(m + 1, dtype=np.int64),
        turn=np.ones(m, dtype=np.int8),
        is_area=np.zeros(m, dtype=bool),
        bounds=np.concatenate([pieces.min(axis=1), pieces.max(axis=1)], axis=1),
    )


def flat_places(xy: FloatArray) -> Flat:
    """Return places (m, 2) as shapes, a path of one corner each."""
    m = len(xy)
    one_each = np.arange(m + 1, dtype=np.int64)
    return Flat(
        xy=np.ascontiguousarray(xy),
        path_start=one_each,
        first_path=one_each,
        turn=np.ones(m, dtype=np.int8),
        is_area=np.zeros(m, dtype=bool),
        bounds=np.column_stack([xy, xy]),
    )
