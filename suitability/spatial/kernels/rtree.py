"""Packed R-tree over boxes, in the order of a space-filling curve.

Every ``WIDTH`` boxes share a box, and of those every ``WIDTH`` share one, up to one around all (a packed R-tree). The slow twin
is ``shapely.STRtree``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.spatial.kernels.jit import kernel, step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from suitability.core.types import FloatArray, IntArray

WIDTH: Final = 12  # boxes that share one
_CURVE_STEPS: Final = 0xFFFF  # of the space-filling curve, along each axis
_PER_BOX: Final = 8  # room for this many answers per box; where it is not enough all is searched once more
_FEW: Final = 32  # answers that are put in order by insertion


@dataclass(frozen=True)
class BoxTree:
    """Boxes (b, 4): those of single things first, then those around ``WIDTH`` each, and so on up to one.

    ``number``: of the single things, in tree order. ``starts``: where each of these levels begins, and the end.
    """

    number: IntArray
    boxes: FloatArray
    starts: IntArray


@step
def bounds_of_corners(
    xy: FloatArray, begin: int, end: int
) -> tuple[float, float, float, float]:  # pragma: no cover (compiled)
    """Return min x, min y, max x and max y of the corners from ``begin`` up to ``end``, of which there is at least one."""
    left, bottom, right, top = xy[begin, 0], xy[begin, 1], xy[begin, 0], xy[begin, 1]
    for c in range(begin + 1, end):
        left, right = min(left, xy[c, 0]), max(right, xy[c, 0])
        bottom, top = min(bottom, xy[c, 1]), max(top, xy[c, 1])
    return left, bottom, right, top


@step
def put_row(
    table: FloatArray, row: int, four: tuple[float, float, float, float]
) -> None:  # pragma: no cover (compiled)
    """Write four numbers into a row of a table (n, 4), one by one: given as they are, they would become an array first."""
    table[row, 0], table[row, 1], table[row, 2], table[row, 3] = four


def box_tree(bounds: FloatArray) -> BoxTree:
    """Return the tree over bounds (m, 4) without NaN: min x, min y, max x, max y."""
    if len(bounds) == 0:
        return BoxTree(np.zeros(0, dtype=np.int64), np.zeros((0, 4)), np.zeros(1, dtype=np.int64))
    order = np.argsort(along_curve((bounds[:, :2] + bounds[:, 2:]) / 2), kind="stable")
    starts = levels_over(len(order))
    boxes = np.empty((starts[-1], 4))
    np.take(bounds, order, axis=0, out=boxes[: len(order)])
    fill_levels(boxes, starts)
    return BoxTree(order, boxes, starts)


def levels_over(m: int) -> IntArray:
    """Return where each level of a tree over m > 0 boxes begins, and the end."""
    sizes = [m]
    while sizes[-1] > 1 or len(sizes) == 1:  # a box around all, also around one
        sizes.append(-(-sizes[-1] // WIDTH))
    return np.cumsum([0, *sizes])


@kernel
def fill_levels(boxes: FloatArray, starts: IntArray) -> None:  # pragma: no cover (compiled)
    """Write the boxes of every level around those of the level below, of which the lowest are there."""
    for level in range(1, len(starts) - 1):
        for g in range(starts[level], starts[level + 1]):
            first = starts[level - 1] + (g - starts[level]) * WIDTH
            left, bottom, right, top = boxes[first, 0], boxes[first, 1], boxes[first, 2], boxes[first, 3]
            for j in range(first + 1, min(first + WIDTH, starts[level])):
                left, bottom = min(left, boxes[j, 0]), min(bottom, boxes[j, 1])
                right, top = max(right, boxes[j, 2]), max(top, boxes[j, 3])
            put_row(boxes, g, (left, bottom, right, top))


def along_curve(xy: FloatArray) -> NDArray[np.uint32]:
    """Return the place of each point on a Morton curve, shape (n,), n > 0."""
    return np.asarray(_along_curve(np.ascontiguousarray(xy)))


@kernel
def _along_curve(xy: FloatArray) -> NDArray[np.uint32]:  # pragma: no cover (compiled)
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


def touching(tree: BoxTree, bounds: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the pairs of a box in ``bounds`` (n, 4) and one of the tree that touch, sorted by the first, then the second."""
    room = _PER_BOX * len(bounds) + WIDTH
    while True:
        found, one, other = _touching(bounds, tree.number, tree.boxes, tree.starts, room)
        if found <= room:
            return one[:found], other[:found]
        room = found


@kernel
def _touching(
    bounds: FloatArray, number: IntArray, boxes: FloatArray, starts: IntArray, room: int
) -> tuple[int, IntArray, IntArray]:  # pragma: no cover (compiled)
    """Return how many pairs there are, and the pairs as far as there is room."""
    one, other = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    top, found = len(starts) - 2, 0
    level, index = np.empty((top + 1) * WIDTH + 1, dtype=np.int64), np.empty((top + 1) * WIDTH + 1, dtype=np.int64)
    for i in range(len(bounds) if top >= 0 else 0):
        left, bottom, right, top_y = bounds[i, 0], bounds[i, 1], bounds[i, 2], bounds[i, 3]
        first, depth = found, 1
        level[0], index[0] = top, 0
        while depth > 0:
            depth -= 1
            here, below = level[depth] - 1, index[depth] * WIDTH
            for j in range(starts[here] + below, min(starts[here] + below + WIDTH, starts[here + 1])):
                if boxes[j, 0] <= right and boxes[j, 2] >= left and boxes[j, 1] <= top_y and boxes[j, 3] >= bottom:
                    if here == 0:
                        if found < room:
                            one[found], other[found] = i, number[j]
                        found += 1
                    else:
                        level[depth], index[depth] = here, j - starts[here]
                        depth += 1
        if found - first > _FEW and found <= room:
            other[first:found].sort()
        elif found <= room:
            _put_in_order(other, first, found)
    return found, one, other


@step
def _put_in_order(values: IntArray, first: int, end: int) -> None:  # pragma: no cover (compiled)
    """Sort the values from ``first`` up to ``end`` by insertion, which is quickest for a few."""
    for k in range(first + 1, end):
        value, at = values[k], k
        while at > first and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value
