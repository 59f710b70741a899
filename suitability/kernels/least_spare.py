"""The feature that leaves a shape the least to spare: distance, boundary to boundary, minus what the feature claims.

The features lie in a grid of square cells. Around each shape the cells are searched ring by ring, until whatever lies
further away can no longer leave less. Exact; no buffer, no list of pairs. The slow twin is ``shapely.distance``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from suitability.kernels.flat import Flat
    from suitability.types import FloatArray, IntArray

_CELLS_PER_FEATURE: Final = 2.0
_MOST_CELLS: Final = 4_000_000
_LEAST_CELL_M: Final = 1.0
_ROUNDING_M: Final = 1e-6


class Grid(NamedTuple):
    """Which features touch which cell: cell (row, column) holds ``member[start[cell]:start[cell + 1]]``."""

    left: float
    bottom: float
    cell_m: float
    columns: int
    rows: int
    start: IntArray
    member: IntArray


#: A stretch of cells along both axes: first and last column, first and last row.
Window = tuple[int, int, int, int]


def grid_of(bounds: FloatArray) -> Grid:
    """Return the grid over the bounds (m, 4) of features, m > 0."""
    left, bottom = bounds[:, :2].min(axis=0)
    right, top = bounds[:, 2:].max(axis=0)
    width, height = max(right - left, _LEAST_CELL_M), max(top - bottom, _LEAST_CELL_M)
    wanted = min(len(bounds) * _CELLS_PER_FEATURE, _MOST_CELLS)
    size = np.hypot(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]).mean()
    cell_m = max(np.sqrt(width * height / wanted), max(width, height) / _MOST_CELLS**0.5, size / 2, _LEAST_CELL_M)
    columns, rows = int(width / cell_m) + 1, int(height / cell_m) + 1
    none = np.zeros(0, dtype=np.int64)
    empty = Grid(float(left), float(bottom), float(cell_m), columns, rows, none, none)
    start, member = _filled(empty, bounds)
    return empty._replace(start=np.asarray(start), member=np.asarray(member))


def least_to_spare(shapes: Flat, features: Flat, claim_m: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return per shape the least of (distance to feature j - ``claim_m[j]``), (n,), and that feature, the lowest of equals.

    No features: +inf and -1.
    """
    if features.n == 0:
        return np.full(shapes.n, np.inf), np.full(shapes.n, -1, dtype=np.int64)
    claim = np.ascontiguousarray(claim_m, dtype=np.float64)
    least, which = _search(shapes, features, claim, claim.max(), grid_of(features.bounds))
    return np.asarray(least), np.asarray(which)


@njit(cache=True, nogil=True)
def _touched(bounds: FloatArray, i: int, grid: Grid) -> Window:  # pragma: no cover (compiled)
    """Return the cells that a box touches; of what lies outside the grid, the nearest."""
    low_c = int(np.floor((bounds[i, 0] - grid.left) / grid.cell_m))
    high_c = int(np.floor((bounds[i, 2] - grid.left) / grid.cell_m))
    low_r = int(np.floor((bounds[i, 1] - grid.bottom) / grid.cell_m))
    high_r = int(np.floor((bounds[i, 3] - grid.bottom) / grid.cell_m))
    last_c, last_r = grid.columns - 1, grid.rows - 1
    return (
        min(max(low_c, 0), last_c), min(max(high_c, 0), last_c), min(max(low_r, 0), last_r), min(max(high_r, 0), last_r)
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _filled(grid: Grid, bounds: FloatArray) -> tuple[IntArray, IntArray]:  # pragma: no cover (compiled)
    """Return the start of every cell's members, and the members: features in ascending order."""
    start = np.zeros(grid.columns * grid.rows + 1, dtype=np.int64)
    for f in range(len(bounds)):
        c0, c1, r0, r1 = _touched(bounds, f, grid)
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                start[r * grid.columns + c + 1] += 1
    for cell in range(grid.columns * grid.rows):
        start[cell + 1] += start[cell]
    member, free = np.empty(start[-1], dtype=np.int64), start[:-1].copy()
    for f in range(len(bounds)):
        c0, c1, r0, r1 = _touched(bounds, f, grid)
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                member[free[r * grid.columns + c]] = f
                free[r * grid.columns + c] += 1
    return start, member


@njit(cache=True, nogil=True)
def _search(
    shapes: Flat, features: Flat, claim: FloatArray, largest_claim: float, grid: Grid
) -> tuple[FloatArray, IntArray]:  # pragma: no cover (compiled)
    n = len(shapes.is_area)
    least, which = np.full(n, np.inf), np.full(n, -1, dtype=np.int64)
    seen = np.full(len(features.is_area), -1, dtype=np.int64)
    for i in range(n):
        if shapes.first_path[i] == shapes.first_path[i + 1]:
            continue
        c0, c1, r0, r1 = _touched(shapes.bounds, i, grid)
        ring = 0
        while True:
            window = (c0 - ring, c1 + ring, r0 - ring, r1 + ring)
            least[i], which[i] = _along(window, ring == 0, shapes, i, features, claim, grid, seen, least[i], which[i])
            # What was not met lies wholly beyond the cells that were searched, which rounded division tells apart.
            if _free_around(window, shapes.bounds, i, grid) - largest_claim > least[i] + _ROUNDING_M:
                break
            if window[0] <= 0 and window[1] >= grid.columns - 1 and window[2] <= 0 and window[3] >= grid.rows - 1:
                break
            ring += 1
    return least, which


@njit(cache=True, nogil=True)
def _along(  # noqa: PLR0913 (a record would be made anew for every ring)
    window: Window, whole: bool, shapes: Flat, i: int,  # noqa: FBT001
    features: Flat, claim: FloatArray, grid: Grid, seen: IntArray,
    least: float, which: int,
) -> tuple[float, int]:  # fmt: skip  # pragma: no cover (compiled)
    """Return what is least after a look at the cells of a window, or only at those along its rim."""
    c0, c1, r0, r1 = window
    for r in range(max(r0, 0), min(r1, grid.rows - 1) + 1):
        step = 1 if whole or r in (r0, r1) else max(c1 - c0, 1)
        for c in range(c0, c1 + 1, step):
            if c < 0 or c >= grid.columns:
                continue
            cell = r * grid.columns + c
            for m in range(grid.start[cell], grid.start[cell + 1]):
                f = grid.member[m]
                if seen[f] == i:
                    continue
                seen[f] = i
                at_best = _gap(shapes.bounds, i, features.bounds, f) - claim[f]
                if at_best > least or (at_best == least and f > which):
                    continue
                spare = _distance(shapes, i, features, f) - claim[f]
                if spare < least or (spare == least and f < which):
                    least, which = spare, f
    return least, which


@njit(cache=True, nogil=True)
def _free_around(window: Window, bounds: FloatArray, i: int, grid: Grid) -> float:  # pragma: no cover (compiled)
    """Return the distance from a box to the nearest side of the searched cells behind which there are more."""
    c0, c1, r0, r1 = window
    free = np.inf
    if c0 > 0:
        free = min(free, bounds[i, 0] - (grid.left + c0 * grid.cell_m))
    if c1 < grid.columns - 1:
        free = min(free, grid.left + (c1 + 1) * grid.cell_m - bounds[i, 2])
    if r0 > 0:
        free = min(free, bounds[i, 1] - (grid.bottom + r0 * grid.cell_m))
    if r1 < grid.rows - 1:
        free = min(free, grid.bottom + (r1 + 1) * grid.cell_m - bounds[i, 3])
    return free


@njit(cache=True, nogil=True)
def _gap(one: FloatArray, i: int, other: FloatArray, j: int) -> float:  # pragma: no cover (compiled)
    """Return the distance between two boxes."""
    x = max(one[i, 0] - other[j, 2], other[j, 0] - one[i, 2], 0.0)
    y = max(one[i, 1] - other[j, 3], other[j, 1] - one[i, 3], 0.0)
    return math.sqrt(x * x + y * y)


@njit(cache=True, nogil=True)
def _distance(one: Flat, i: int, other: Flat, j: int) -> float:  # pragma: no cover (compiled)
    """Return the distance between two shapes; 0 where they touch or the one lies in the other."""
    if _gap(one.bounds, i, other.bounds, j) == 0 and (_any_inside(one, i, other, j) or _any_inside(other, j, one, i)):
        return 0.0
    least = np.inf
    x0, y0, x1, y1 = other.bounds[j]
    for path in range(one.first_path[i], one.first_path[i + 1]):
        last = one.path_start[path + 1] - 1
        for c in range(one.path_start[path], max(last, one.path_start[path] + 1)):
            d = min(c + 1, last)  # a point is a piece that ends where it begins
            ax0, ay0, ax1, ay1 = one.xy[c, 0], one.xy[c, 1], one.xy[d, 0], one.xy[d, 1]
            x = max(min(ax0, ax1) - x1, x0 - max(ax0, ax1), 0.0)
            y = max(min(ay0, ay1) - y1, y0 - max(ay0, ay1), 0.0)
            if x * x + y * y < least * least:
                least = _piece_to_shape(ax0, ay0, ax1, ay1, other, j, least)
                if least == 0:
                    return 0.0
    return least


@njit(cache=True, nogil=True)
def _piece_to_shape(
    ax0: float, ay0: float, ax1: float, ay1: float, other: Flat, j: int, least: float
) -> float:  # pragma: no cover (compiled)
    """Return the distance from a straight piece to the boundary of a shape, where that is less than ``least``."""
    low_x, high_x, low_y, high_y = min(ax0, ax1), max(ax0, ax1), min(ay0, ay1), max(ay0, ay1)
    for path in range(other.first_path[j], other.first_path[j + 1]):
        last = other.path_start[path + 1] - 1
        for c in range(other.path_start[path], max(last, other.path_start[path] + 1)):
            d = min(c + 1, last)
            bx0, by0, bx1, by1 = other.xy[c, 0], other.xy[c, 1], other.xy[d, 0], other.xy[d, 1]
            x = max(low_x - max(bx0, bx1), min(bx0, bx1) - high_x, 0.0)
            y = max(low_y - max(by0, by1), min(by0, by1) - high_y, 0.0)
            if x * x + y * y >= least * least:
                continue
            if x == 0 and y == 0 and _cross(ax0, ay0, ax1, ay1, bx0, by0, bx1, by1):
                return 0.0
            least = min(
                least,
                _to_piece(ax0, ay0, bx0, by0, bx1, by1), _to_piece(ax1, ay1, bx0, by0, bx1, by1),
                _to_piece(bx0, by0, ax0, ay0, ax1, ay1), _to_piece(bx1, by1, ax0, ay0, ax1, ay1),
            )  # fmt: skip
    return least


@njit(cache=True, nogil=True)
def _any_inside(area: Flat, i: int, other: Flat, j: int) -> bool:  # pragma: no cover (compiled)
    """Return whether the first corner of any path of shape j lies inside area i: enough where no boundaries cross."""
    if not area.is_area[i]:
        return False
    for path in range(other.first_path[j], other.first_path[j + 1]):
        x, y = other.xy[other.path_start[path], 0], other.xy[other.path_start[path], 1]
        inside = False
        for ring in range(area.first_path[i], area.first_path[i + 1]):
            for c in range(area.path_start[ring], area.path_start[ring + 1] - 1):
                x0, y0, x1, y1 = area.xy[c, 0], area.xy[c, 1], area.xy[c + 1, 0], area.xy[c + 1, 1]
                if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
                    inside = not inside
        if inside:
            return True
    return False


@njit(cache=True, nogil=True)
def _cross(  # noqa: PLR0913 (two ends of two pieces)
    ax0: float, ay0: float, ax1: float, ay1: float, bx0: float, by0: float, bx1: float, by1: float
) -> bool:  # pragma: no cover (compiled)
    """Return whether two pieces cross properly; where they only touch, a corner lies at distance 0."""
    d0 = (ax1 - ax0) * (by0 - ay0) - (ay1 - ay0) * (bx0 - ax0)
    d1 = (ax1 - ax0) * (by1 - ay0) - (ay1 - ay0) * (bx1 - ax0)
    e0 = (bx1 - bx0) * (ay0 - by0) - (by1 - by0) * (ax0 - bx0)
    e1 = (bx1 - bx0) * (ay1 - by0) - (by1 - by0) * (ax1 - bx0)
    return ((d0 > 0) != (d1 > 0)) and ((e0 > 0) != (e1 > 0)) and d0 != 0 and d1 != 0 and e0 != 0 and e1 != 0


@njit(cache=True, nogil=True)
def _to_piece(x: float, y: float, x0: float, y0: float, x1: float, y1: float) -> float:  # pragma: no cover (compiled)
    """Return the distance from a point to a straight piece."""
    dx, dy = x1 - x0, y1 - y0
    square = dx * dx + dy * dy
    if square == 0:
        return math.hypot(x - x0, y - y0)
    along = ((x - x0) * dx + (y - y0) * dy) / square
    if along <= 0:
        return math.hypot(x - x0, y - y0)
    if along >= 1:
        return math.hypot(x - x1, y - y1)
    return abs((x - x0) * dy - (y - y0) * dx) / math.sqrt(square)
