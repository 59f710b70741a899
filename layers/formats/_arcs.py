"""Arcs and circles of GML as straight pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from suitability.core.types import FloatArray

#: How far a straight piece may lie from the arc it stands for, in metres.
TOLERANCE_M: Final = 0.005
#: Three points of which the middle one lies this near to the line through the others (m) make a line.
_FLAT_M: Final = 0.0001


def arc(start: FloatArray, via: FloatArray, end: FloatArray) -> FloatArray:
    """Return points along the arc through three points (x, y in metres), the three included.

    The same points, in reverse, when the arc runs the other way: neighbours that share an arc keep sharing it.
    An arc that ends where it starts is a whole circle, with ``via`` opposite.
    """
    if tuple(end) < tuple(start):
        return arc(end, via, start)[::-1]
    if np.array_equal(start, end):
        return _swept(start, (start + via) / 2, 2 * np.pi, end)
    centre = _centre(start, via, end)
    if centre is None:
        return np.stack([start, via, end])
    first, middle, last = (float(np.arctan2(*(point - centre)[::-1])) for point in (start, via, end))
    around = 2 * np.pi
    turn = 1.0 if (middle - first) % around < (last - first) % around else -1.0
    to_via = turn * ((turn * (middle - first)) % around)
    to_end = turn * ((turn * (last - middle)) % around)
    return np.concatenate([_swept(start, centre, to_via, via)[:-1], _swept(via, centre, to_end, end)])


def circle(first: FloatArray, second: FloatArray, third: FloatArray) -> FloatArray | None:
    """Return points along the whole circle through three points, closed at the first; null when they make a line."""
    centre = _centre(first, second, third)
    return None if centre is None else _swept(first, centre, 2 * np.pi, first)


def _centre(start: FloatArray, via: FloatArray, end: FloatArray) -> FloatArray | None:
    """Return the centre of the circle through three points; null where they lie on a line."""
    to_via, to_end = via - start, end - start
    cross = float(to_via[0] * to_end[1] - to_via[1] * to_end[0])
    if abs(cross) <= _FLAT_M * max(float(np.hypot(*to_via)), float(np.hypot(*to_end))):
        return None
    via_2, end_2 = float(to_via @ to_via), float(to_end @ to_end)
    offset = np.array([to_end[1] * via_2 - to_via[1] * end_2, to_via[0] * end_2 - to_end[0] * via_2]) / (2 * cross)
    centre: FloatArray = start + offset
    return centre


def _swept(start: FloatArray, centre: FloatArray, angle: float, end: FloatArray) -> FloatArray:
    """Return points from ``start`` around ``centre`` over ``angle`` (radians, positive = left) to ``end``."""
    arm = start - centre
    radius = float(np.hypot(*arm))
    step = 2 * np.arccos(1 - TOLERANCE_M / radius) if radius > TOLERANCE_M else np.pi / 2
    angles = np.linspace(0.0, angle, max(2, int(np.ceil(abs(angle) / step)) + 1))
    cos, sin = np.cos(angles), np.sin(angles)
    path: FloatArray = centre + np.stack([arm[0] * cos - arm[1] * sin, arm[0] * sin + arm[1] * cos], axis=1)
    path[0], path[-1] = start, end
    return path
