"""Length of straight sides within reach of straight pieces of a line.

The places within reach of a piece are a strip with two round caps. A side crosses each of the three in one interval; their
union is one interval, because the whole is convex. The slow twin is an intersection with ``shapely.buffer``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from suitability.spatial.kernels.jit import kernel, step

if TYPE_CHECKING:
    from suitability.core.types import FloatArray, IntArray


def intervals_within(
    side: FloatArray, piece: FloatArray, reach_m: FloatArray, s: IntArray, p: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return per pair of side ``s[k]`` and piece ``p[k]`` between which shares of the side it lies within reach, (k,) each.

    ``side`` (a, 2, 2), ``piece`` (b, 2, 2): both ends of each; ``reach_m`` (b,). No part of it: begin > end.
    """
    begin, end = _intervals(side, piece, reach_m, s, p)
    return np.asarray(begin), np.asarray(end)


@kernel
def _intervals(
    side: FloatArray, piece: FloatArray, reach_m: FloatArray, s: IntArray, p: IntArray
) -> tuple[FloatArray, FloatArray]:  # pragma: no cover (compiled)
    begin, end = np.empty(len(s)), np.empty(len(s))
    for k in range(len(s)):
        x, y = side[s[k], 0, 0], side[s[k], 0, 1]
        dx, dy = side[s[k], 1, 0] - x, side[s[k], 1, 1] - y
        from_x, from_y = piece[p[k], 0, 0], piece[p[k], 0, 1]
        to_x, to_y = piece[p[k], 1, 0] - from_x, piece[p[k], 1, 1] - from_y
        length, reach = np.hypot(to_x, to_y), reach_m[p[k]]
        begin[k], end[k] = np.inf, -np.inf
        if length > 0:
            ux, uy, off_x, off_y = to_x / length, to_y / length, x - from_x, y - from_y
            low, high = _slab(off_x * ux + off_y * uy, dx * ux + dy * uy, 0.0, length)
            other_low, other_high = _slab(off_x * uy - off_y * ux, dx * uy - dy * ux, -reach, reach)
            begin[k], end[k] = _clipped(max(low, other_low), min(high, other_high))
        for cap in range(2):
            low, high = _circle(x - piece[p[k], cap, 0], y - piece[p[k], cap, 1], dx, dy, reach)
            begin[k], end[k] = min(begin[k], low), max(end[k], high)
    return begin, end


@step
def _clipped(low: float, high: float) -> tuple[float, float]:  # pragma: no cover (compiled)
    """Return the part of an interval within [0, 1]; an empty one as (inf, -inf)."""
    low, high = max(low, 0.0), min(high, 1.0)
    return (low, high) if low <= high else (np.inf, -np.inf)


@step
def _slab(at: float, change: float, low: float, high: float) -> tuple[float, float]:  # pragma: no cover (compiled)
    """Return the t for which low <= at + t * change <= high; an empty interval as (inf, -inf)."""
    if change == 0:
        return (-np.inf, np.inf) if low <= at <= high else (np.inf, -np.inf)
    first, second = (low - at) / change, (high - at) / change
    return min(first, second), max(first, second)


@step
def _circle(
    off_x: float, off_y: float, dx: float, dy: float, radius: float
) -> tuple[float, float]:  # pragma: no cover (compiled)
    """Return the t in [0, 1] for which the place ``t`` along a side lies within a circle; an empty interval as (inf, -inf)."""
    a, half_b = dx * dx + dy * dy, off_x * dx + off_y * dy
    root = half_b * half_b - a * (off_x * off_x + off_y * off_y - radius * radius)
    if root < 0 or a == 0:
        return np.inf, -np.inf
    width = np.sqrt(root)
    return _clipped((-half_b - width) / a, (-half_b + width) / a)
