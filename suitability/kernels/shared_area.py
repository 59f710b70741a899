"""The area that two polygons share, without making the shape that they share.

Each polygon is the signed sum of the strips under its edges. So the shared area is the sum, over all pairs of an edge of
the one and an edge of the other, of what their strips have in common: the area under the lower of the two, over the
stretch that they share. Edges that coincide need no special case. The slow twin is ``shapely.intersection``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from suitability.kernels.flat import Flat
    from suitability.types import FloatArray, IntArray


@njit(cache=True, nogil=True)
def shared_areas(one: Flat, other: Flat, i: IntArray, j: IntArray) -> FloatArray:  # pragma: no cover (compiled)
    """Return the area in m2 that polygon ``i[k]`` of ``one`` shares with polygon ``j[k]`` of ``other``, shape of ``i``.

    Exact but for rounding: within 1e-8 m2 for polygons of a few kilometres. Quickest where ``i`` does not go back and forth.
    """
    found = np.zeros(len(i))
    one_edges, other_edges = np.empty((64, 5)), np.empty((64, 5))
    last, n_one = -1, 0
    for k in range(len(i)):
        left, bottom, right, top = one.bounds[i[k]]
        x0, y0, x1, y1 = other.bounds[j[k]]
        if not (x0 < right and x1 > left and y0 < top and y1 > bottom):
            continue
        if i[k] != last:
            one_edges, n_one = _edges(one, i[k], left, bottom, right - left, one_edges)
            last = i[k]
        other_edges, n_other = _edges(other, j[k], left, bottom, right - left, other_edges)
        found[k] = _under_both(one_edges[:n_one], other_edges[:n_other])
    return found


@njit(cache=True, nogil=True)
def _under_both(one: FloatArray, other: FloatArray) -> float:  # pragma: no cover (compiled)
    """Return the signed area under the lower of each pair of edges."""
    area = 0.0
    for b in range(len(other)):
        x0, y0, x1, y1 = other[b, 0], other[b, 1], other[b, 2], other[b, 3]
        strip = 0.0
        for a in range(len(one)):
            begin, end = max(one[a, 0], x0), min(one[a, 2], x1)
            if begin < end:
                one_0, one_1 = _heights(one[a, 0], one[a, 1], one[a, 2], one[a, 3], begin, end)
                other_0, other_1 = _heights(x0, y0, x1, y1, begin, end)
                strip += one[a, 4] * (end - begin) * _lower_mean(one_0, one_1, other_0, other_1)
        area += other[b, 4] * strip
    return area


@njit(cache=True, nogil=True)
def _edges(
    shapes: Flat, shape: int, left: float, bottom: float, width: float, edges: FloatArray
) -> tuple[FloatArray, int]:  # pragma: no cover (compiled)
    """Return the edges with a strip above ``bottom`` within ``width`` right of ``left``, seen from there, and how many.

    Each as x0, y0, x1, y1 from left to right, and the sign of its strip.
    """
    count = 0
    xy = shapes.xy
    for path in range(shapes.first_path[shape], shapes.first_path[shape + 1]):
        for c in range(shapes.path_start[path], shapes.path_start[path + 1] - 1):
            x0, x1 = xy[c, 0] - left, xy[c + 1, 0] - left
            if (x0 <= 0 and x1 <= 0) or (x0 >= width and x1 >= width) or x0 == x1:
                continue
            y0, y1 = xy[c, 1] - bottom, xy[c + 1, 1] - bottom
            if y0 <= 0 and y1 <= 0:
                continue
            sign = -float(shapes.turn[path])  # going right with the inside on the left: the strip below is outside
            if x1 < x0:
                x0, y0, x1, y1, sign = x1, y1, x0, y0, -sign
            if y0 < 0 or y1 < 0:  # what lies below the bottom bounds no strip: keep the part above
                x = x0 + (x1 - x0) * (y0 / (y0 - y1))
                if y0 < 0:
                    x0, y0 = x, 0.0
                else:
                    x1, y1 = x, 0.0
                if x0 >= x1:
                    continue
            if count == len(edges):
                more = np.empty((2 * count, 5))
                more[:count] = edges
                edges = more
            edges[count, 0], edges[count, 1], edges[count, 2], edges[count, 3], edges[count, 4] = x0, y0, x1, y1, sign
            count += 1
    return edges, count


@njit(cache=True, nogil=True)
def _heights(
    x0: float, y0: float, x1: float, y1: float, begin: float, end: float
) -> tuple[float, float]:  # pragma: no cover (compiled)
    """Return the heights of an edge at two places on it, exact at its ends."""
    slope = (y1 - y0) / (x1 - x0)
    return (y0 if begin <= x0 else y0 + (begin - x0) * slope, y1 if end >= x1 else y0 + (end - x0) * slope)


@njit(cache=True, nogil=True)
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
