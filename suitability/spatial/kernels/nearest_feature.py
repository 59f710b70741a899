"""The feature that leaves a shape the least to spare: distance, boundary to boundary, minus what the feature claims.

The features lie in a grid of square cells. Around each shape the cells are searched ring by ring, until whatever lies
further away can no longer leave less. Exact; no buffer, no list of pairs. The slow twin is ``shapely.distance``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from suitability.spatial.kernels.jit import kernel, step

if TYPE_CHECKING:
    from suitability.core.types import BoolArray, FloatArray, IntArray
    from suitability.spatial.kernels.types import Flat

_CELLS_PER_FEATURE: Final = 2.0
_MOST_CELLS: Final = 4_000_000
_LEAST_CELL_M: Final = 1.0
_ROUNDING_M: Final = 1e-6


#: Where a grid of square cells lies: left, bottom, size of a cell in metres, columns, rows.
Place = tuple[float, float, float, int, int]
#: A stretch of cells along both axes: first and last column, first and last row.
Window = tuple[int, int, int, int]


class Grid(NamedTuple):
    """Grid index of features: cell (row, column) holds ``member[start[cell]:start[cell + 1]]``."""

    place: Place
    start: IntArray
    member: IntArray


def grid_of(bounds: FloatArray, rows: IntArray) -> Grid:
    """Return the grid over some rows of the bounds (m, 4) of features, at least one."""
    there = bounds[rows]
    left, bottom = there[:, :2].min(axis=0)
    right, top = there[:, 2:].max(axis=0)
    width, height = max(right - left, _LEAST_CELL_M), max(top - bottom, _LEAST_CELL_M)
    wanted = min(len(rows) * _CELLS_PER_FEATURE, _MOST_CELLS)
    size = np.hypot(there[:, 2] - there[:, 0], there[:, 3] - there[:, 1]).mean()
    cell_m = max(np.sqrt(width * height / wanted), max(width, height) / _MOST_CELLS**0.5, size / 2, _LEAST_CELL_M)
    place = (float(left), float(bottom), float(cell_m), int(width / cell_m) + 1, int(height / cell_m) + 1)
    start, member = _filled(place, bounds, rows)
    return Grid(place, np.asarray(start), np.asarray(member))


def least_to_spare(
    shapes: Flat, features: Flat, claim_m: FloatArray, most: float = np.inf, counts: BoolArray | None = None
) -> tuple[FloatArray, IntArray]:
    """Return per shape the least of (distance to feature j - ``claim_m[j]``), (n,), and that feature, the lowest of equals.

    ``counts``: which features are looked at, shape (m,); default all. None of them, or none that leaves ``most`` or less:
    +inf and -1.
    """
    rows = np.arange(features.n) if counts is None else np.flatnonzero(counts)
    if len(rows) == 0:
        return np.full(shapes.n, np.inf), np.full(shapes.n, -1, dtype=np.int64)
    # A copy: an array that may not be written to is another type to compiled code.
    claim = np.array(claim_m, dtype=np.float64)
    least, which = np.full(shapes.n, np.inf), np.full(shapes.n, -1, dtype=np.int64)
    grid = grid_of(features.bounds, rows)
    _search(
        shapes.xy, shapes.path_start, shapes.first_path, shapes.is_area, shapes.bounds,
        features.xy, features.path_start, features.first_path, features.is_area, features.bounds,
        claim, claim[rows].max(), grid.place, grid.start, grid.member, most, least, which,
    )  # fmt: skip
    return least, which


@step
def _touched(bounds: FloatArray, i: int, place: Place) -> Window:  # pragma: no cover (compiled)
    """Return the cells that a box touches; of what lies outside the grid, the nearest."""
    left, bottom, cell_m, columns, rows = place
    low_c, high_c = int(np.floor((bounds[i, 0] - left) / cell_m)), int(np.floor((bounds[i, 2] - left) / cell_m))
    low_r, high_r = int(np.floor((bounds[i, 1] - bottom) / cell_m)), int(np.floor((bounds[i, 3] - bottom) / cell_m))
    return (
        min(max(low_c, 0), columns - 1), min(max(high_c, 0), columns - 1),
        min(max(low_r, 0), rows - 1), min(max(high_r, 0), rows - 1),
    )  # fmt: skip


@kernel
def _filled(
    place: Place, bounds: FloatArray, counted: IntArray
) -> tuple[IntArray, IntArray]:  # pragma: no cover (compiled)
    """Return the start of every cell's members, and the members: the features ``counted``, which ascend."""
    columns, rows = place[3], place[4]
    start = np.zeros(columns * rows + 1, dtype=np.int64)
    for f in counted:
        c0, c1, r0, r1 = _touched(bounds, f, place)
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                start[r * columns + c + 1] += 1
    for cell in range(columns * rows):
        start[cell + 1] += start[cell]
    member, free = np.empty(start[-1], dtype=np.int64), start[:-1].copy()
    for f in counted:
        c0, c1, r0, r1 = _touched(bounds, f, place)
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                member[free[r * columns + c]] = f
                free[r * columns + c] += 1
    return start, member


# In compiled code arrays travel one by one: taking one out of a record counts a reference, which costs more than the work.


@kernel
def _search(
    p_xy: FloatArray, p_start: IntArray, p_first: IntArray, p_area: BoolArray, p_bounds: FloatArray,
    q_xy: FloatArray, q_start: IntArray, q_first: IntArray, q_area: BoolArray, q_bounds: FloatArray,
    claim: FloatArray, largest_claim: float, place: Place, start: IntArray, member: IntArray,
    most: float, least: FloatArray, which: IntArray,
) -> None:  # fmt: skip  # pragma: no cover (compiled)
    """Write ``least`` and ``which`` where a feature leaves no more than ``most``."""
    n, m = len(p_area), len(q_area)
    last = -1  # of the shape before: shapes that follow each other mostly lie near each other
    seen, near, at_best = np.full(m, -1, dtype=np.int64), np.empty(m, dtype=np.int64), np.empty(m)
    for i in range(n):
        if p_first[i] == p_first[i + 1]:
            continue
        c0, c1, r0, r1 = _touched(p_bounds, i, place)
        ring, best, whose = 0, most, m
        if last >= 0 and _gap(p_bounds, i, q_bounds, last) - claim[last] <= best:
            spare = _distance(
                p_xy, p_start, p_first, p_area[i], i, q_xy, q_start, q_first, q_area[last], q_bounds, last,
                best + claim[last] + _ROUNDING_M, _gap(p_bounds, i, q_bounds, last) == 0,
            ) - claim[last]  # fmt: skip
            best, whose = (spare, last) if spare <= best else (best, whose)
            seen[last] = i
        while True:
            window = (c0 - ring, c1 + ring, r0 - ring, r1 + ring)
            count = _along(window, ring == 0, place, start, member, seen, i, near)
            promising = -1
            for k in range(count):
                at_best[k] = _gap(p_bounds, i, q_bounds, near[k]) - claim[near[k]]
                if promising < 0 or at_best[k] < at_best[promising]:
                    promising = k
            for turn in range(-1, count):  # the most promising first: its distance rules most others out
                k = promising if turn < 0 else turn
                f = near[max(k, 0)]
                if turn == promising or k < 0 or at_best[k] > best or (at_best[k] == best and f > whose):
                    continue
                spare = _distance(
                    p_xy, p_start, p_first, p_area[i], i, q_xy, q_start, q_first, q_area[f], q_bounds, f,
                    best + claim[f] + _ROUNDING_M, at_best[k] == -claim[f],
                ) - claim[f]  # fmt: skip
                if spare < best or (spare == best and f < whose):
                    best, whose = spare, f
            # What was not met lies wholly beyond the cells that were searched, which rounded division tells apart.
            if _free_around(window, p_bounds, i, place) - largest_claim > best + _ROUNDING_M:
                break
            if window[0] <= 0 and window[1] >= place[3] - 1 and window[2] <= 0 and window[3] >= place[4] - 1:
                break
            ring += 1
        if whose < m:
            least[i], which[i], last = best, whose, whose


@step
def _along(
    window: Window, whole: bool, place: Place, start: IntArray, member: IntArray, seen: IntArray, i: int, near: IntArray,
) -> int:  # fmt: skip  # pragma: no cover (compiled)
    """Collect the features in the cells of a window, or only in those along its rim, that shape i has not met; return how many."""
    c0, c1, r0, r1 = window
    columns, rows = place[3], place[4]
    count = 0
    for r in range(max(r0, 0), min(r1, rows - 1) + 1):
        apart = max(c1 - c0, 1) if r0 < r < r1 and not whole else 1
        for c in range(c0, c1 + 1, apart):
            if c < 0 or c >= columns:
                continue
            for m in range(start[r * columns + c], start[r * columns + c + 1]):
                if seen[member[m]] != i:
                    seen[member[m]] = i
                    near[count] = member[m]
                    count += 1
    return count


@step
def _free_around(window: Window, bounds: FloatArray, i: int, place: Place) -> float:  # pragma: no cover (compiled)
    """Return the distance from a box to the nearest side of the searched cells behind which there are more."""
    left, bottom, cell_m, columns, rows = place
    c0, c1, r0, r1 = window
    free = np.inf
    if c0 > 0:
        free = min(free, bounds[i, 0] - (left + c0 * cell_m))
    if c1 < columns - 1:
        free = min(free, left + (c1 + 1) * cell_m - bounds[i, 2])
    if r0 > 0:
        free = min(free, bounds[i, 1] - (bottom + r0 * cell_m))
    if r1 < rows - 1:
        free = min(free, bottom + (r1 + 1) * cell_m - bounds[i, 3])
    return free


@step
def _gap(one: FloatArray, i: int, other: FloatArray, j: int) -> float:  # pragma: no cover (compiled)
    """Return the distance between two boxes."""
    x = max(one[i, 0] - other[j, 2], other[j, 0] - one[i, 2], 0.0)
    y = max(one[i, 1] - other[j, 3], other[j, 1] - one[i, 3], 0.0)
    return math.sqrt(x * x + y * y)


@step
def _distance(
    p_xy: FloatArray, p_start: IntArray, p_first: IntArray, p_area: bool, i: int,
    q_xy: FloatArray, q_start: IntArray, q_first: IntArray, q_area: bool, q_bounds: FloatArray, j: int,
    most: float, meet: bool,
) -> float:  # fmt: skip  # pragma: no cover (compiled)
    """Return the distance between two shapes, or ``most`` where it is no less; ``meet``: whether their bounds do."""
    if meet and (
        (p_area and _any_inside(p_xy, p_start, p_first, i, q_xy, q_start, q_first, j))
        or (q_area and _any_inside(q_xy, q_start, q_first, j, p_xy, p_start, p_first, i))
    ):
        return 0.0
    nearest = most * most  # squares: a root at the end is enough
    x0, y0, x1, y1 = q_bounds[j, 0], q_bounds[j, 1], q_bounds[j, 2], q_bounds[j, 3]
    for path in range(p_first[i], p_first[i + 1]):
        last = p_start[path + 1] - 1
        for c in range(p_start[path], max(last, p_start[path] + 1)):
            d = min(c + 1, last)  # a point is a piece that ends where it begins
            ax0, ay0, ax1, ay1 = p_xy[c, 0], p_xy[c, 1], p_xy[d, 0], p_xy[d, 1]
            x = max(min(ax0, ax1) - x1, x0 - max(ax0, ax1), 0.0)
            y = max(min(ay0, ay1) - y1, y0 - max(ay0, ay1), 0.0)
            if x * x + y * y < nearest:
                nearest = _piece_to_shape(
                    ax0, ay0, ax1, ay1, d == last and not p_area, q_xy, q_start, q_first, q_area, j, nearest
                )
                if nearest == 0:
                    return 0.0
    return math.sqrt(nearest) if nearest < most * most else most


@step
def _piece_to_shape(
    ax0: float, ay0: float, ax1: float, ay1: float, is_end: bool,
    q_xy: FloatArray, q_start: IntArray, q_first: IntArray, q_area: bool, j: int, nearest: float,
) -> float:  # fmt: skip  # pragma: no cover (compiled)
    """Return the square of the distance from a straight piece to the boundary of a shape, where it is less than ``nearest``."""
    low_x, high_x, low_y, high_y = min(ax0, ax1), max(ax0, ax1), min(ay0, ay1), max(ay0, ay1)
    for path in range(q_first[j], q_first[j + 1]):
        last = q_start[path + 1] - 1
        for c in range(q_start[path], max(last, q_start[path] + 1)):
            d = min(c + 1, last)
            bx0, by0, bx1, by1 = q_xy[c, 0], q_xy[c, 1], q_xy[d, 0], q_xy[d, 1]
            x = max(low_x - max(bx0, bx1), min(bx0, bx1) - high_x, 0.0)
            y = max(low_y - max(by0, by1), min(by0, by1) - high_y, 0.0)
            if x * x + y * y >= nearest:
                continue
            if x == 0 and y == 0 and _cross(ax0, ay0, ax1, ay1, bx0, by0, bx1, by1):
                return 0.0
            # Where a ring's edge ends the next begins: only the end of a line is tested by itself.
            nearest = min(nearest, _to_piece(ax0, ay0, bx0, by0, bx1, by1), _to_piece(bx0, by0, ax0, ay0, ax1, ay1))
            if is_end:
                nearest = min(nearest, _to_piece(ax1, ay1, bx0, by0, bx1, by1))
            if d == last and not q_area:
                nearest = min(nearest, _to_piece(bx1, by1, ax0, ay0, ax1, ay1))
    return nearest


@step
def _any_inside(
    p_xy: FloatArray, p_start: IntArray, p_first: IntArray, i: int,
    q_xy: FloatArray, q_start: IntArray, q_first: IntArray, j: int,
) -> bool:  # fmt: skip  # pragma: no cover (compiled)
    """Return whether the first corner of any path of shape j lies inside area i: enough where no boundaries cross."""
    for path in range(q_first[j], q_first[j + 1]):
        x, y = q_xy[q_start[path], 0], q_xy[q_start[path], 1]
        inside = False
        for ring in range(p_first[i], p_first[i + 1]):
            for c in range(p_start[ring], p_start[ring + 1] - 1):
                x0, y0, x1, y1 = p_xy[c, 0], p_xy[c, 1], p_xy[c + 1, 0], p_xy[c + 1, 1]
                if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
                    inside = not inside
        if inside:
            return True
    return False


@step
def _cross(
    ax0: float, ay0: float, ax1: float, ay1: float, bx0: float, by0: float, bx1: float, by1: float
) -> bool:  # pragma: no cover (compiled)
    """Return whether two pieces cross properly; where they only touch, a corner lies at distance 0."""
    d0 = (ax1 - ax0) * (by0 - ay0) - (ay1 - ay0) * (bx0 - ax0)
    d1 = (ax1 - ax0) * (by1 - ay0) - (ay1 - ay0) * (bx1 - ax0)
    e0 = (bx1 - bx0) * (ay0 - by0) - (by1 - by0) * (ax0 - bx0)
    e1 = (bx1 - bx0) * (ay1 - by0) - (by1 - by0) * (ax1 - bx0)
    return ((d0 > 0) != (d1 > 0)) and ((e0 > 0) != (e1 > 0)) and d0 != 0 and d1 != 0 and e0 != 0 and e1 != 0


@step
def _to_piece(x: float, y: float, x0: float, y0: float, x1: float, y1: float) -> float:  # pragma: no cover (compiled)
    """Return the square of the distance from a point to a straight piece."""
    dx, dy = x1 - x0, y1 - y0
    from_x, from_y = x - x0, y - y0
    along, square = from_x * dx + from_y * dy, dx * dx + dy * dy
    if along <= 0:  # also of a piece that ends where it begins
        return from_x * from_x + from_y * from_y
    if along >= square:
        return (x - x1) * (x - x1) + (y - y1) * (y - y1)
    beside = from_x * dy - from_y * dx
    return beside * beside / square
