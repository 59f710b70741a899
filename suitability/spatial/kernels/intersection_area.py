"""The area that two polygons share, without making the shape that they share.

Each polygon is the signed sum of the strips under its edges. So the shared area is the sum, over all pairs of an edge of
the one and an edge of the other, of what their strips have in common: the area under the lower of the two, over the
stretch that they share. Edges that coincide need no special case. What of the other boundary passes above the first
polygon has all strips of the first under it, from where it comes to where it goes: its corners do not matter.
The slow twin is ``shapely.intersection``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.spatial.kernels.coordinate_arrays import RUN, outline_of
from suitability.spatial.kernels.jit import kernel, step
from suitability.spatial.kernels.rings import slanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from suitability.core.types import FloatArray, IntArray
    from suitability.spatial.kernels.coordinate_arrays import Outline
    from suitability.spatial.kernels.types import Flat

    #: Bounds of the first polygon, left, bottom, width and height, and its area.
    Frame = tuple[float, float, float, float, float]


#: No more edges than this are put in order by insertion, which is quickest for so few.
_FEW: Final = 32


def shared_areas(one: Flat, other: Flat, i: IntArray, j: IntArray, outline: Outline | None = None) -> FloatArray:
    """Return the area in m2 that polygon ``i[k]`` of ``one`` shares with polygon ``j[k]`` of ``other``, shape of ``i``.

    ``outline``: ``outline_of(other)``, for repeated calls. Exact but for rounding: within 1e-8 m2 for polygons of a
    few kilometres. Quickest where ``i`` does not go back and forth.
    """
    found = _shared(
        one.xy, one.path_start, one.first_path, one.turn, one.bounds,
        other.xy, other.path_start, other.first_path, other.turn, other.bounds, *(outline or outline_of(other)), i, j,
    )  # fmt: skip
    return np.asarray(found)


# In compiled code arrays travel one by one: taking one out of a record counts a reference, which costs more than the work.
# ``edges`` are those of the first polygon, seen from the lower left corner ``(left, bottom)`` of its bounds, in the order of
# where they begin, from left to right: x0, y0, x1, y1, the sign of the strip below, the slope, and how far right this edge or
# one before it comes; there are ``count`` of them, and then room for those of other polygons.


@kernel
def _shared(
    p_xy: FloatArray, p_start: IntArray, p_first: IntArray, p_turn: NDArray[np.int8], p_bounds: FloatArray,
    q_xy: FloatArray, q_start: IntArray, q_first: IntArray, q_turn: NDArray[np.int8], q_bounds: FloatArray,
    run_start: IntArray, run_bounds: FloatArray, q_slanted: FloatArray, i: IntArray, j: IntArray,
) -> FloatArray:  # fmt: skip  # pragma: no cover (compiled)
    found, last, area = np.zeros(len(i)), -1, 0.0
    seen, low_sum, high_sum, low_gap, high_gap = -1, 0.0, 0.0, 0.0, 0.0
    order, around, edges, count = np.empty(0, dtype=np.int64), np.empty((0, 6)), np.empty((0, 7)), 0
    for k in range(len(i)):
        p, q = i[k], j[k]
        left, bottom, right, top = p_bounds[p, 0], p_bounds[p, 1], p_bounds[p, 2], p_bounds[p, 3]
        if q_bounds[q, 0] >= right or q_bounds[q, 2] <= left or q_bounds[q, 1] >= top or q_bounds[q, 3] <= bottom:
            continue
        begin, end = p_start[p_first[p]], p_start[p_first[p + 1]]
        if p != seen:
            low_sum, high_sum, low_gap, high_gap = slanted(p_xy, begin, end)
            seen = p
        if q_slanted[q, 0] >= high_sum or q_slanted[q, 1] <= low_sum:
            continue
        if q_slanted[q, 2] >= high_gap or q_slanted[q, 3] <= low_gap:
            continue
        if p != last:
            if end - begin > len(order):  # room is used again for all that follow
                room = 2 * (end - begin)
                order, around, edges = np.empty(room, dtype=np.int64), np.empty((room, 6)), np.empty((room, 7))
            count, last = _edges(p_xy, p_start, p_first[p], p_first[p + 1], p_turn, left, bottom, around), p
            _from_left(around, count, order, edges)
            area = _strips(edges, count)
        frame = (left, bottom, right - left, top - bottom, area)
        for path in range(q_first[q], q_first[q + 1]):
            under = _under(edges, count, frame, q_xy, q_start[path], q_start[path + 1] - 1, run_start, run_bounds, path)
            found[k] -= q_turn[path] * under
    return found


@step
def _edges(
    xy: FloatArray, start: IntArray, begin: int, end: int, turn: NDArray[np.int8], left: float, bottom: float,
    around: FloatArray,
) -> int:  # fmt: skip  # pragma: no cover (compiled)
    """Write the edges that are not upright of the paths from ``begin`` up to ``end``; return how many there are."""
    count = 0
    for path in range(begin, end):
        for c in range(start[path], start[path + 1] - 1):
            x0, y0, x1, y1 = xy[c, 0] - left, xy[c, 1] - bottom, xy[c + 1, 0] - left, xy[c + 1, 1] - bottom
            sign = -float(turn[path])  # going right with the inside on the left: the strip below is outside
            if x1 < x0:
                x0, y0, x1, y1, sign = x1, y1, x0, y0, -sign
            if x0 < x1:
                around[count, 0], around[count, 1], around[count, 2], around[count, 3] = x0, y0, x1, y1
                around[count, 4], around[count, 5] = sign, (y1 - y0) / (x1 - x0)
                count += 1
    return count


@step
def _from_left(
    around: FloatArray, count: int, order: IntArray, edges: FloatArray
) -> None:  # pragma: no cover (compiled)
    """Write the edges in the order of where they begin, by Shell's sort; of equals the first stays first."""
    for e in range(count):
        order[e] = e
    gap = 1
    while gap * _FEW < count:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(gap, count):
            e, at = order[k], k
            while at >= gap and (
                around[order[at - gap], 0] > around[e, 0]
                or (around[order[at - gap], 0] == around[e, 0] and order[at - gap] > e)
            ):
                order[at] = order[at - gap]
                at -= gap
            order[at] = e
        gap //= 3
    reach = 0.0
    for at in range(count):
        for column in range(6):
            edges[at, column] = around[order[at], column]
        reach = max(reach, edges[at, 2])
        edges[at, 6] = reach


@step
def _under(
    edges: FloatArray, count: int, frame: Frame, xy: FloatArray, first: int, last: int,
    run_start: IntArray, run_bounds: FloatArray, path: int,
) -> float:  # fmt: skip  # pragma: no cover (compiled)
    """Return the area of the first polygon under a path from corner ``first`` to ``last``, going right; going left it is less."""
    left, bottom, width, height, _ = frame
    total, above = 0.0, False
    for run in range(run_start[path], run_start[path + 1]):
        begin = first + (run - run_start[path]) * RUN
        if run_bounds[run, 1] - bottom >= height:  # all of the run passes above: only where it begins and ends matters
            if not above:
                total -= _left_of(edges, count, frame, xy[begin, 0] - left)
                above = True
        elif run_bounds[run, 2] <= left or run_bounds[run, 0] - left >= width or run_bounds[run, 3] <= bottom:
            if above:  # and none of this run has anything of the polygon under it
                total += _left_of(edges, count, frame, xy[begin, 0] - left)
                above = False
        else:
            part, above = _under_run(edges, count, frame, xy, begin, min(begin + RUN, last), above)
            total += part
    return total + _left_of(edges, count, frame, xy[last, 0] - left) if above else total


@step
def _under_run(
    edges: FloatArray, count: int, frame: Frame, xy: FloatArray, begin: int, end: int, above: bool
) -> tuple[float, bool]:  # pragma: no cover (compiled)
    """Return what lies under the edges from corner ``begin`` to ``end``, and whether the last of them passes above."""
    left, bottom, width, height, _ = frame
    total, x1, y1 = 0.0, xy[begin, 0] - left, xy[begin, 1] - bottom
    for c in range(begin, end):
        x0, y0, x1, y1 = x1, y1, xy[c + 1, 0] - left, xy[c + 1, 1] - bottom
        if y0 >= height and y1 >= height:
            if not above:
                total -= _left_of(edges, count, frame, x0)
                above = True
            continue
        if above:
            total += _left_of(edges, count, frame, x0)
            above = False
        if (x0 <= 0 and x1 <= 0) or (x0 >= width and x1 >= width) or (y0 <= 0 and y1 <= 0) or x0 == x1:
            continue
        total += _under_edge(edges, count, x0, y0, x1, y1) if x0 < x1 else -_under_edge(edges, count, x1, y1, x0, y0)
    return total, above


@step
def _strips(edges: FloatArray, count: int) -> float:  # pragma: no cover (compiled)
    """Return the area of the first polygon: all strips under its edges."""
    area = 0.0
    for e in range(count):
        area += edges[e, 4] * (edges[e, 2] - edges[e, 0]) * (edges[e, 1] + edges[e, 3]) / 2
    return area


@step
def _left_of(edges: FloatArray, count: int, frame: Frame, x: float) -> float:  # pragma: no cover (compiled)
    """Return the area of the first polygon left of x."""
    area = 0.0
    if x <= 0:
        return area
    if x >= frame[2]:
        return frame[4]
    for e in range(count):
        x0, y0, x1, y1 = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if x0 >= x:
            break
        if x >= x1:
            area += edges[e, 4] * (x1 - x0) * (y0 + y1) / 2
        else:
            area += edges[e, 4] * (x - x0) * (2 * y0 + (x - x0) * edges[e, 5]) / 2
    return area


@step
def _under_edge(
    edges: FloatArray, count: int, x0: float, y0: float, x1: float, y1: float
) -> float:  # pragma: no cover (compiled)
    """Return the area of the first polygon under one edge, given from left to right."""
    if y0 < 0 or y1 < 0:  # what lies below the bottom has nothing under it: keep the part above
        x = x0 + (x1 - x0) * (y0 / (y0 - y1))
        if y0 < 0:
            x0, y0 = x, 0.0
        else:
            x1, y1 = x, 0.0
    area, slope = 0.0, (y1 - y0) / (x1 - x0)
    for e in range(_first_beyond(edges, count, x0), count):
        if edges[e, 0] >= x1:
            break
        begin, end = max(edges[e, 0], x0), min(edges[e, 2], x1)
        if begin < end:
            one_0, one_1 = _heights(edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3], edges[e, 5], begin, end)
            other_0, other_1 = _heights(x0, y0, x1, y1, slope, begin, end)
            area += edges[e, 4] * (end - begin) * _lower_mean(one_0, one_1, other_0, other_1)
    return area


@step
def _first_beyond(edges: FloatArray, count: int, x: float) -> int:  # pragma: no cover (compiled)
    """Return the first edge that comes further right than x; those before it do not matter there."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if edges[middle, 6] <= x:
            low = middle + 1
        else:
            high = middle
    return low


@step
def _heights(
    x0: float, y0: float, x1: float, y1: float, slope: float, begin: float, end: float
) -> tuple[float, float]:  # pragma: no cover (compiled)
    """Return the heights of an edge at two places on it, exact at its ends."""
    return (y0 if begin <= x0 else y0 + (begin - x0) * slope, y1 if end >= x1 else y0 + (end - x0) * slope)


@step
def _lower_mean(p0: float, p1: float, q0: float, q1: float) -> float:  # pragma: no cover (compiled)
    """Return the mean height of the lower of two straight lines, given at both ends of a stretch."""
    before, after = p0 - q0, p1 - q1
    if before <= 0 and after <= 0:
        return (p0 + p1) / 2
    if before >= 0 and after >= 0:
        return (q0 + q1) / 2
    share = before / (before - after)
    cross = p0 + share * (p1 - p0)
    if before < 0:
        return (share * (p0 + cross) + (1 - share) * (cross + q1)) / 2
    return (share * (q0 + cross) + (1 - share) * (cross + p1)) / 2
