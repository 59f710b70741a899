"""The nearest of many straight segments, exactly: a packed tree of boxes over the segments, searched per point.

The segments lie in the order of a space-filling curve, and every ``WIDTH`` of them, and of their boxes, share a box
(a packed R-tree). Distance and place are computed as GEOS does, operation for operation, so that they do not differ
from Shapely's ``distance`` and ``line_locate_point`` in any bit; of equally near segments the lowest counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.spatial.kernels.bounds import bounds_of_corners, put_row
from suitability.spatial.kernels.jit import kernel, kernel_as_numpy, step, step_as_numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from suitability.core.types import FloatArray, IntArray

WIDTH: Final = 12  # boxes that share one
_CURVE_STEPS: Final = 0xFFFF  # of the space-filling curve, along each axis
_ROUNDING_M: Final = 1e-6  # distance to a box and to what is in it are computed in two ways


@dataclass(frozen=True)
class SegmentTree:
    """Segments (m, 4) as x, y of both ends and their ``number`` (m,), in tree order; a point is a segment too.

    ``boxes`` (b, 4): those of single segments first, then those of ``WIDTH`` each, and so on up to one. ``starts``: where
    each of these levels begins, and the end.
    """

    ends: FloatArray
    number: IntArray
    boxes: FloatArray
    starts: IntArray


def segment_tree(start_xy: FloatArray, end_xy: FloatArray) -> SegmentTree:
    """Return the tree over segments between two points each, (m, 2) both. Raises ``ValueError`` when there are none."""
    if len(start_xy) == 0:
        raise ValueError("a tree needs at least one segment")
    order = np.argsort(_along_curve(np.ascontiguousarray((start_xy + end_xy) / 2)), kind="stable")
    starts = _levels_over(len(order))
    boxes = np.empty((starts[-1], 4))
    ends = _in_order(np.ascontiguousarray(start_xy), np.ascontiguousarray(end_xy), order, boxes)
    _fill_levels(boxes, starts)
    return SegmentTree(ends, order, boxes, starts)


def _levels_over(m: int) -> IntArray:
    """Return where each level of a tree over m > 0 boxes begins, and the end."""
    sizes = [m]
    while sizes[-1] > 1 or len(sizes) == 1:  # a box around all, also around one
        sizes.append(-(-sizes[-1] // WIDTH))
    return np.cumsum([0, *sizes])


@kernel
def _fill_levels(boxes: FloatArray, starts: IntArray) -> None:  # pragma: no cover (compiled)
    """Write the boxes of every level around those of the level below, of which the lowest are there."""
    for level in range(1, len(starts) - 1):
        for g in range(starts[level], starts[level + 1]):
            first = starts[level - 1] + (g - starts[level]) * WIDTH
            left, bottom, right, top = boxes[first, 0], boxes[first, 1], boxes[first, 2], boxes[first, 3]
            for j in range(first + 1, min(first + WIDTH, starts[level])):
                left, bottom = min(left, boxes[j, 0]), min(bottom, boxes[j, 1])
                right, top = max(right, boxes[j, 2]), max(top, boxes[j, 3])
            put_row(boxes, g, (left, bottom, right, top))


@kernel
def _along_curve(xy: FloatArray) -> NDArray[np.uint32]:  # pragma: no cover (compiled)
    """Return the place of each point on a Morton curve, shape (n,), n > 0."""
    left, bottom, right, top = bounds_of_corners(xy, 0, len(xy))
    size = max(right - left, top - bottom)
    per_step = _CURVE_STEPS / size if size > 0 else 0.0
    places = np.empty(len(xy), dtype=np.uint32)
    for i in range(len(xy)):
        x, y = np.uint32((xy[i, 0] - left) * per_step), np.uint32((xy[i, 1] - bottom) * per_step)
        places[i] = _spread(x) | (_spread(y) << np.uint32(1))
    return places


@step
def _spread(steps: np.uint32) -> np.uint32:  # pragma: no cover (compiled)
    """Return sixteen bits with room for another between each two."""
    spread = steps
    spread = (spread | (spread << np.uint32(8))) & np.uint32(0x00FF00FF)
    spread = (spread | (spread << np.uint32(4))) & np.uint32(0x0F0F0F0F)
    spread = (spread | (spread << np.uint32(2))) & np.uint32(0x33333333)
    return (spread | (spread << np.uint32(1))) & np.uint32(0x55555555)


@kernel
def _in_order(
    start_xy: FloatArray, end_xy: FloatArray, order: IntArray, boxes: FloatArray
) -> FloatArray:  # pragma: no cover (compiled)
    """Return both ends of the segments in an order, (m, 4), and write the box around each in the first m of ``boxes``."""
    ends = np.empty((len(order), 4))
    for k in range(len(order)):
        x0, y0, x1, y1 = start_xy[order[k], 0], start_xy[order[k], 1], end_xy[order[k], 0], end_xy[order[k], 1]
        ends[k, 0], ends[k, 1], ends[k, 2], ends[k, 3] = x0, y0, x1, y1
        boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3] = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    return ends


@dataclass(frozen=True)
class Nearest:
    """Per point (n,): ``segment``, its number; ``distance`` to it in metres; ``fraction``: how far along it, 0 to 1.

    A point without coordinates has none: distance inf, segment 0, fraction NaN.
    """

    segment: IntArray
    distance: FloatArray
    fraction: FloatArray


def nearest_segments(tree: SegmentTree, xy: FloatArray) -> Nearest:
    """Return the nearest segment of each point; ``xy`` (n, 2), NaN = no point."""
    return Nearest(*_nearest(np.ascontiguousarray(xy), tree.ends, tree.number, tree.boxes, tree.starts))


@kernel_as_numpy
def _nearest(
    xy: FloatArray, ends: FloatArray, number: IntArray, boxes: FloatArray, starts: IntArray
) -> tuple[IntArray, FloatArray, FloatArray]:  # pragma: no cover (compiled)
    """Return segment, distance and fraction per point: depth first, the nearest box of each group first of all."""
    n, top = len(xy), len(starts) - 2
    segment, distance, fraction = np.zeros(n, dtype=np.int64), np.full(n, np.inf), np.full(n, np.nan)
    level, index = np.empty(top * WIDTH + 1, dtype=np.int64), np.empty(top * WIDTH + 1, dtype=np.int64)
    away = np.empty(top * WIDTH + 1)  # squared
    last = -1  # the answer of the point before: points that follow each other mostly lie near each other
    for i in range(n):
        x, y = xy[i, 0], xy[i, 1]
        if not (np.isfinite(x) and np.isfinite(y)):
            continue
        best, best_at, within = np.inf, -1, np.inf
        if last >= 0:
            best, best_at = _distance(x, y, ends, last), last
            within = (best + _ROUNDING_M) ** 2
        level[0], index[0], away[0], depth = top, 0, 0.0, 1
        while depth > 0:
            depth -= 1
            if away[depth] > within:
                continue
            here, below = level[depth] - 1, index[depth] * WIDTH
            base = closest = depth
            for j in range(starts[here] + below, min(starts[here] + below + WIDTH, starts[here + 1])):
                square = _box_distance_squared(x, y, boxes, j)
                if square > within:
                    continue
                if here == 0:
                    metres = _distance(x, y, ends, j)
                    if metres < best or (metres == best and number[j] < number[best_at]):
                        best, best_at, within = metres, j, (metres + _ROUNDING_M) ** 2
                else:
                    level[depth], index[depth], away[depth] = here, j - starts[here], square
                    closest = depth if square <= away[closest] else closest
                    depth += 1
            if depth > base:  # the nearest comes next
                index[closest], index[depth - 1] = index[depth - 1], index[closest]
                away[closest], away[depth - 1] = away[depth - 1], away[closest]
        segment[i], distance[i], fraction[i] = number[best_at], best, _fraction(x, y, ends, best_at)
        last = best_at
    return segment, distance, fraction


@step_as_numpy
def _box_distance_squared(x: float, y: float, boxes: FloatArray, j: int) -> float:  # pragma: no cover (compiled)
    """Return the square of how far a point is from a box."""
    across = max(boxes[j, 0] - x, 0.0, x - boxes[j, 2])
    along = max(boxes[j, 1] - y, 0.0, y - boxes[j, 3])
    return float(across * across + along * along)


@step_as_numpy
def _distance(x: float, y: float, ends: FloatArray, j: int) -> float:  # pragma: no cover (compiled)
    """Return the distance from a point to a segment, as GEOS does (``algorithm::Distance::pointToSegment``)."""
    ax, ay, bx, by = ends[j, 0], ends[j, 1], ends[j, 2], ends[j, 3]
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    along = ((x - ax) * dx + (y - ay) * dy) / square
    if (ax == bx and ay == by) or along <= 0.0:
        return float(np.sqrt((x - ax) * (x - ax) + (y - ay) * (y - ay)))
    if along >= 1.0:
        return float(np.sqrt((x - bx) * (x - bx) + (y - by) * (y - by)))
    beside = ((ay - y) * dx - (ax - x) * dy) / square
    return float(abs(beside) * np.sqrt(square))


@step_as_numpy
def _fraction(x: float, y: float, ends: FloatArray, j: int) -> float:  # pragma: no cover (compiled)
    """Return how far along a segment its point nearest to (x, y) lies, as GEOS projects, divided by the length."""
    ax, ay, bx, by = ends[j, 0], ends[j, 1], ends[j, 2], ends[j, 3]
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    length = np.sqrt(square)
    if length == 0.0 or (x == ax and y == ay):
        return 0.0
    along = 1.0 if x == bx and y == by else ((x - ax) * dx + (y - ay) * dy) / square
    if along <= 0.0:
        return 0.0
    return float(min(along * length / length, 1.0)) if along <= 1.0 else 1.0
