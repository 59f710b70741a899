"""Area, middle and soundness of areas that stand in flat arrays, without an object per shape.

Areas and centroids are computed as GEOS does, operation for operation (``algorithm::Area``, ``algorithm::Centroid``), so that
they do not differ from Shapely's in any bit. Whether a shape is sound is only said where it is sure: what is left over is for
``shapely.is_valid``, the slow twin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.spatial.kernels.bounds import bounds_of_corners, put_row
from suitability.spatial.kernels.jit import kernel, step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from suitability.core.types import BoolArray, FloatArray, IntArray
    from suitability.spatial.kernels.types import Flat

    #: min x, min y, max x, max y
    Box = tuple[float, float, float, float]

#: Which side of a line a corner lies on is sure beyond this many m2 of the triangle that they make.
_SURE_M2: Final = 1e-6
_MOST_EDGES: Final = 512  # of a shape of which every edge is held against every other
_LEAST_CORNERS: Final = 4  # of a ring, the first twice
_RUN: Final = 8  # edges that are held against others at once, by their bounds first


def turns(xy: FloatArray, path_start: IntArray, is_hole: BoolArray) -> NDArray[np.int8]:
    """Return per ring 1 where walking along it has the inside of its shape on the left, -1 on the right."""
    return np.asarray(_turns(xy, path_start, is_hole))


def runs_along(xy: FloatArray, path_start: IntArray, first: IntArray, run: int) -> FloatArray:
    """Return the bounds of every ``run`` edges along each path, (runs, 4); those of path r begin at ``first[r]``."""
    return np.asarray(_runs(xy, path_start, first, run))


def slanted_bounds(flat: Flat) -> FloatArray:
    """Return per shape the least and most of x + y, and of x - y, (n, 4): bounds along the diagonals."""
    return np.asarray(_slanted(flat.xy, flat.path_start, flat.first_path))


def parts_of(flat: Flat) -> IntArray:
    """Return of how many parts each area is, holes not counted, shape (n,)."""
    return np.asarray(_parts(flat.xy, flat.path_start, flat.first_path, flat.turn))


def areas_of(flat: Flat) -> FloatArray:
    """Return the areas in m2 of areas, shape (n,)."""
    return np.asarray(_areas(flat.xy, flat.path_start, flat.first_path, flat.turn))


def middles_of(flat: Flat) -> tuple[FloatArray, BoolArray]:
    """Return the centroids (n, 2) of areas, and which of them surely lie inside, (n,)."""
    xy, inside = _middles(flat.xy, flat.path_start, flat.first_path, flat.turn)
    return np.asarray(xy), np.asarray(inside)


def surely_sound(flat: Flat) -> BoolArray:
    """Return which areas are surely valid: closed, of finite corners, no edge touching another, holes inside; shape (n,)."""
    return np.asarray(_sound(flat.xy, flat.path_start, flat.first_path, flat.turn))


@step
def _signed(xy: FloatArray, begin: int, end: int) -> float:  # pragma: no cover (compiled)
    """Return the area of a ring, positive when it runs clockwise."""
    if end - begin < _LEAST_CORNERS - 1:
        return 0.0
    x0, total = xy[begin, 0], 0.0
    for c in range(begin + 1, end - 1):
        total += (xy[c, 0] - x0) * (xy[c - 1, 1] - xy[c + 1, 1])
    return total / 2.0


@kernel
def _turns(xy: FloatArray, path_start: IntArray, is_hole: BoolArray) -> NDArray[np.int8]:  # pragma: no cover (compiled)
    turn = np.empty(len(is_hole), dtype=np.int8)
    for r in range(len(is_hole)):
        clockwise = _signed(xy, path_start[r], path_start[r + 1]) > 0
        turn[r] = 1 if clockwise == is_hole[r] else -1
    return turn


@kernel
def _runs(xy: FloatArray, path_start: IntArray, first: IntArray, run: int) -> FloatArray:  # pragma: no cover (compiled)
    bounds = np.empty((first[-1], 4))
    for r in range(len(first) - 1):
        for k in range(first[r], first[r + 1]):
            begin = path_start[r] + (k - first[r]) * run
            put_row(bounds, k, bounds_of_corners(xy, begin, min(begin + run, path_start[r + 1] - 1) + 1))
    return bounds


@step
def slanted(xy: FloatArray, begin: int, end: int) -> tuple[float, float, float, float]:  # pragma: no cover (compiled)
    """Return the least and most of x + y, and of x - y, of the corners from ``begin`` up to ``end``."""
    low_sum, high_sum, low_gap, high_gap = np.inf, -np.inf, np.inf, -np.inf
    for c in range(begin, end):
        low_sum, high_sum = min(low_sum, xy[c, 0] + xy[c, 1]), max(high_sum, xy[c, 0] + xy[c, 1])
        low_gap, high_gap = min(low_gap, xy[c, 0] - xy[c, 1]), max(high_gap, xy[c, 0] - xy[c, 1])
    return low_sum, high_sum, low_gap, high_gap


@kernel
def _slanted(xy: FloatArray, path_start: IntArray, first_path: IntArray) -> FloatArray:  # pragma: no cover (compiled)
    bounds = np.empty((len(first_path) - 1, 4))
    for i in range(len(bounds)):
        put_row(bounds, i, slanted(xy, path_start[first_path[i]], path_start[first_path[i + 1]]))
    return bounds


@kernel
def _parts(
    xy: FloatArray, path_start: IntArray, first_path: IntArray, turn: NDArray[np.int8]
) -> IntArray:  # pragma: no cover (compiled)
    parts = np.zeros(len(first_path) - 1, dtype=np.int64)
    for i in range(len(parts)):
        for r in range(first_path[i], first_path[i + 1]):
            hole = (_signed(xy, path_start[r], path_start[r + 1]) > 0) == (turn[r] == 1)
            parts[i] += not hole
    return parts


@kernel
def _areas(
    xy: FloatArray, path_start: IntArray, first_path: IntArray, turn: NDArray[np.int8]
) -> FloatArray:  # pragma: no cover (compiled)
    areas = np.zeros(len(first_path) - 1)
    for i in range(len(areas)):
        of_part = 0.0
        for r in range(first_path[i], first_path[i + 1]):
            signed = _signed(xy, path_start[r], path_start[r + 1])
            if (signed > 0) == (turn[r] == 1):  # a hole
                of_part -= abs(signed)
            else:
                areas[i] += of_part
                of_part = abs(signed)
        areas[i] += of_part
    return areas


@kernel
def _middles(
    xy: FloatArray, path_start: IntArray, first_path: IntArray, turn: NDArray[np.int8]
) -> tuple[FloatArray, BoolArray]:  # pragma: no cover (compiled)
    n = len(first_path) - 1
    middles, inside = np.full((n, 2), np.nan), np.zeros(n, dtype=np.bool_)
    for i in range(n):
        x, y, twice = 0.0, 0.0, 0.0
        bx, by = 0.0, 0.0
        for r in range(first_path[i], first_path[i + 1]):
            begin, end = path_start[r], path_start[r + 1]
            clockwise = _signed(xy, begin, end) > 0
            hole = clockwise == (turn[r] == 1)
            if not hole:
                bx, by = xy[begin, 0], xy[begin, 1]
            sign = 1.0 if clockwise != hole else -1.0
            for c in range(begin, end - 1):
                x1, y1, x2, y2 = xy[c, 0], xy[c, 1], xy[c + 1, 0], xy[c + 1, 1]
                a2 = (x1 - bx) * (y2 - by) - (x2 - bx) * (y1 - by)
                x += sign * a2 * (bx + x1 + x2)
                y += sign * a2 * (by + y1 + y2)
                twice += sign * a2
        if abs(twice) > 0.0:
            middles[i, 0], middles[i, 1] = x / 3.0 / twice, y / 3.0 / twice
            inside[i] = _surely_inside(middles[i, 0], middles[i, 1], xy, path_start, first_path[i], first_path[i + 1])
    return middles, inside


@step
def _surely_inside(
    x: float, y: float, xy: FloatArray, path_start: IntArray, first: int, last: int
) -> bool:  # pragma: no cover (compiled)
    """Return whether a point surely lies inside the rings, and not on one of them."""
    inside = False
    for r in range(first, last):
        for c in range(path_start[r], path_start[r + 1] - 1):
            x0, y0, x1, y1 = xy[c, 0] - x, xy[c, 1] - y, xy[c + 1, 0] - x, xy[c + 1, 1] - y
            if max(y0, y1) < 0 or min(y0, y1) > 0 or max(x0, x1) < 0:
                continue
            side = x0 * y1 - x1 * y0
            if abs(side) <= _SURE_M2:
                return False
            if (y0 > 0) != (y1 > 0) and (side > 0) == (y1 > y0):
                inside = not inside
    return inside


@kernel
def _sound(
    xy: FloatArray, path_start: IntArray, first_path: IntArray, turn: NDArray[np.int8]
) -> BoolArray:  # pragma: no cover (compiled)
    n = len(first_path) - 1
    sound = np.zeros(n, dtype=np.bool_)
    for i in range(n):
        first, last = first_path[i], first_path[i + 1]
        begin, end = path_start[first], path_start[last]
        if first == last or end - begin > _MOST_EDGES:
            continue
        good = True
        for r in range(first, last):
            good = good and _is_ring(xy, path_start[r], path_start[r + 1])
        if not good:
            continue
        for r in range(first, last):
            for s in range(r, last):
                good = good and _apart(xy, path_start[r], path_start[r + 1], path_start[s], path_start[s + 1])
            if not good:
                break
        sound[i] = good and _nested(xy, path_start, first, last, turn)
    return sound


@step
def _is_ring(xy: FloatArray, begin: int, end: int) -> bool:  # pragma: no cover (compiled)
    """Return whether corners make a closed ring in which no edge is empty or goes back along the one before."""
    if end - begin < _LEAST_CORNERS or xy[begin, 0] != xy[end - 1, 0] or xy[begin, 1] != xy[end - 1, 1]:
        return False
    for c in range(begin, end - 1):
        after = c + 2 if c + 2 < end else begin + 1
        x0, y0 = xy[c + 1, 0] - xy[c, 0], xy[c + 1, 1] - xy[c, 1]
        x1, y1 = xy[after, 0] - xy[c + 1, 0], xy[after, 1] - xy[c + 1, 1]
        if not (abs(x0 * y1 - x1 * y0) > _SURE_M2 or x0 * x1 + y0 * y1 > _SURE_M2):
            return False  # also where a corner is not a finite number
        if not (np.isfinite(x0) and np.isfinite(y0)):
            return False
    return True


@step
def _apart(xy: FloatArray, r0: int, r1: int, s0: int, s1: int) -> bool:  # pragma: no cover (compiled)
    """Return whether no edge of one ring surely meets one of another; of one ring, but for neighbours at their corner."""
    for c in range(r0, r1 - 1, _RUN):
        c1 = min(c + _RUN, r1 - 1)
        left, bottom, right, top = bounds_of_corners(xy, c, c1 + 1)
        for d in range(c if r0 == s0 else s0, s1 - 1, _RUN):
            d1 = min(d + _RUN, s1 - 1)
            left_d, bottom_d, right_d, top_d = bounds_of_corners(xy, d, d1 + 1)
            if left_d > right or right_d < left or bottom_d > top or top_d < bottom:
                continue
            if not _runs_apart(xy, c, c1, d, d1, (left_d, bottom_d, right_d, top_d), r0 if r0 == s0 else -1, s1):
                return False
    return True


@step
def _runs_apart(
    xy: FloatArray, c0: int, c1: int, d0: int, d1: int, box: Box, ring: int, end: int
) -> bool:  # pragma: no cover (compiled)
    """Return whether the edges from corners ``c0`` to ``c1`` surely meet none from ``d0`` to ``d1``, all of them in ``box``.

    ``ring``: where the one ring begins that both are of, and ``end`` where it ends; -1 = they are of two.
    """
    left, bottom, right, top = box
    for c in range(c0, c1):
        ax0, ay0, ax1, ay1 = xy[c, 0], xy[c, 1], xy[c + 1, 0], xy[c + 1, 1]
        low_x, high_x, low_y, high_y = min(ax0, ax1), max(ax0, ax1), min(ay0, ay1), max(ay0, ay1)
        if low_x > right or high_x < left or low_y > top or high_y < bottom:
            continue
        for d in range(max(d0, c + 2) if ring >= 0 else d0, d1):
            if ring >= 0 and c == ring and d == end - 2:
                continue  # the last edge ends where the first begins
            bx0, by0, bx1, by1 = xy[d, 0], xy[d, 1], xy[d + 1, 0], xy[d + 1, 1]
            if max(bx0, bx1) < low_x or min(bx0, bx1) > high_x or max(by0, by1) < low_y or min(by0, by1) > high_y:
                continue
            if not (
                _one_side(ax0, ay0, ax1, ay1, bx0, by0, bx1, by1) or _one_side(bx0, by0, bx1, by1, ax0, ay0, ax1, ay1)
            ):
                return False
    return True


@step
def _one_side(
    ax0: float, ay0: float, ax1: float, ay1: float, bx0: float, by0: float, bx1: float, by1: float
) -> bool:  # pragma: no cover (compiled)
    """Return whether a piece surely lies wholly on one side of the line along another."""
    dx, dy = ax1 - ax0, ay1 - ay0
    one = dx * (by0 - ay0) - dy * (bx0 - ax0)
    other = dx * (by1 - ay0) - dy * (bx1 - ax0)
    return (one > _SURE_M2 and other > _SURE_M2) or (one < -_SURE_M2 and other < -_SURE_M2)


@step
def _nested(
    xy: FloatArray, path_start: IntArray, first: int, last: int, turn: NDArray[np.int8]
) -> bool:  # pragma: no cover (compiled)
    """Return whether rings that do not meet surely are one shell with holes in it, none of them in another."""
    for r in range(first, last):
        clockwise = _signed(xy, path_start[r], path_start[r + 1]) > 0
        hole = clockwise == (turn[r] == 1)
        if hole != (r > first):  # several parts are for the slow twin
            return False
        x, y = xy[path_start[r], 0], xy[path_start[r], 1]
        for s in range(first, last):
            if hole and s != r and _surely_inside(x, y, xy, path_start, s, s + 1) != (s == first):
                return False
    return True
