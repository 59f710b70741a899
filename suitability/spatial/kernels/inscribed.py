"""The radius of the largest circle inside polygons, by branch and bound.

Squares that may hold the centre of a larger circle than the largest so far are quartered until none can by more than the
tolerance (Garcia-Castellanos and Lombardo 2007, "Poles of inaccessibility"; Agafonkin 2016, "polylabel"). What a square can
hold is bounded by its centre's distance to the boundary, and more tightly by two edges on opposite sides of it: a circle is
no larger than the distance to the nearer, nor than the mean of both, and these are largest in a corner of the square,
because a distance to an edge is convex. So long strips, whose middle is as far from both sides everywhere, need no small
squares. What is found is the distance from a place inside to the boundary, so never too large.
The slow twin is ``shapely.maximum_inscribed_circle``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.spatial.kernels.jit import kernel, step

if TYPE_CHECKING:
    from suitability.core.types import FloatArray, IntArray
    from suitability.spatial.kernels.types import Flat

    #: Radius, x and y of the centre, and the edge that is nearest to it; -1 = no circle.
    Circle = tuple[float, float, float, int]

_MOST_ALONG: Final = 64  # squares along the longer side of the bounds, to begin with
_STEPS: Final = 4  # at most, from a place to where it is midway between two sides
_FIRST_ROOM: Final = 256  # squares that wait; it grows


def inscribed_radii(shapes: Flat, tolerance_m: float) -> FloatArray:
    """Return the radius of the largest circle inside each area, in metres, at most ``tolerance_m`` too small, (n,)."""
    return np.asarray(_radii(shapes.xy, shapes.path_start, shapes.first_path, shapes.bounds, tolerance_m))


@kernel
def _radii(
    xy: FloatArray, start: IntArray, first: IntArray, bounds: FloatArray, tolerance_m: float
) -> FloatArray:  # pragma: no cover (compiled)
    found, squares = np.zeros(len(bounds)), np.empty((_FIRST_ROOM, 3))
    for i in range(len(bounds)):
        edges = _edges(xy, start, first[i], first[i + 1], bounds[i, 0], bounds[i, 1])
        width, height = bounds[i, 2] - bounds[i, 0], bounds[i, 3] - bounds[i, 1]
        if len(edges) > 0 and width > 0 and height > 0:
            found[i], squares = _radius(edges, width, height, tolerance_m, squares)
    return found


@kernel
def _edges(
    xy: FloatArray, start: IntArray, begin: int, end: int, left: float, bottom: float
) -> FloatArray:  # pragma: no cover (compiled)
    """Return the edges of a shape, seen from the lower left corner of its bounds: x0, y0, the way to the other end, one by its length squared."""
    edges, count = np.empty((start[end] - start[begin], 5)), 0
    for path in range(begin, end):
        for c in range(start[path], start[path + 1] - 1):
            x, y = xy[c, 0] - left, xy[c, 1] - bottom
            dx, dy = xy[c + 1, 0] - left - x, xy[c + 1, 1] - bottom - y
            if dx != 0 or dy != 0:
                edges[count, 0], edges[count, 1], edges[count, 2], edges[count, 3] = x, y, dx, dy
                edges[count, 4] = 1 / (dx * dx + dy * dy)
                count += 1
    return edges[:count]


@kernel
def _radius(
    edges: FloatArray, width: float, height: float, tolerance_m: float, squares: FloatArray
) -> tuple[float, FloatArray]:  # pragma: no cover (compiled)
    """Return the radius, and the room for squares, which grows: x and y of the centre, and half the side."""
    half = max(min(width, height), max(width, height) / _MOST_ALONG) / 2
    columns, rows = int(np.ceil(width / (2 * half))), int(np.ceil(height / (2 * half)))
    squares, waiting, best = _with_room(squares, columns * rows), 0, (0.0, 0.0, 0.0, -1)
    for column in range(columns):
        for row in range(rows):
            squares[waiting, 0], squares[waiting, 1] = (2 * column + 1) * half, (2 * row + 1) * half
            squares[waiting, 2] = half
            waiting += 1
    done = 0
    while done < waiting:
        x, y, half = squares[done, 0], squares[done, 1], squares[done, 2]
        best, splits = _look(edges, x, y, half, best, tolerance_m)
        done += 1
        if splits:
            squares = _with_room(squares, waiting + 4)
            for corner in range(4):
                squares[waiting, 0] = x + (half / 2 if corner % 2 == 1 else -half / 2)
                squares[waiting, 1] = y + (half / 2 if corner >= 2 else -half / 2)  # noqa: PLR2004 (the upper two)
                squares[waiting, 2] = half / 2
                waiting += 1
    return best[0], squares


@kernel
def _with_room(squares: FloatArray, least: int) -> FloatArray:  # pragma: no cover (compiled)
    """Return the same squares with room for so many."""
    if len(squares) >= least:
        return squares
    larger = np.empty((2 * least, 3))
    larger[: len(squares)] = squares
    return larger


@step
def _look(
    edges: FloatArray, x: float, y: float, half: float, best: Circle, tolerance_m: float
) -> tuple[Circle, bool]:  # pragma: no cover (compiled)
    """Return the largest circle known after a look at a square, and whether a smaller square in it may hold a larger one."""
    inside, metres, one = _nearest(edges, x, y)
    if not inside:
        metres = -metres
    elif metres > best[0]:
        best = _along_middle(edges, _midway(edges, (metres, x, y, one)), tolerance_m)
    enough = best[0] + tolerance_m
    if metres + half * np.sqrt(2.0) <= enough:
        return best, False
    other = _sides(edges, x, y, one)[0]
    if other < 0:
        return best, True
    most_one, most_mean = 0.0, 0.0
    for corner in range(4):
        cx = x + (half if corner % 2 == 1 else -half)
        cy = y + (half if corner >= 2 else -half)  # noqa: PLR2004 (as above)
        to_one, to_other = _metres_to(edges, one, cx, cy), _metres_to(edges, other, cx, cy)
        most_one, most_mean = max(most_one, to_one), max(most_mean, (to_one + to_other) / 2)
    return best, min(most_one, most_mean) > enough


@step
def _along_middle(edges: FloatArray, circle: Circle, tolerance_m: float) -> Circle:  # pragma: no cover (compiled)
    """Return a circle moved along the middle between the two sides it lies between, in steps ever smaller, while it grows."""
    stride = circle[0]
    while stride > tolerance_m:
        metres, x, y, one = circle
        other, one_x, one_y, other_x, other_y = _sides(edges, x, y, one)
        if other < 0:
            break
        along = stride / np.hypot(other_x - one_x, other_y - one_y)
        for sign in (1.0, -1.0):
            there_x, there_y = x + sign * along * (other_y - one_y), y - sign * along * (other_x - one_x)
            inside, there, nearest = _nearest(edges, there_x, there_y)
            if inside:
                moved = _midway(edges, (there, there_x, there_y, nearest))
                if moved[0] > circle[0]:
                    circle = moved
        if circle[0] == metres:
            stride /= 2
    return circle


@step
def _midway(edges: FloatArray, circle: Circle) -> Circle:  # pragma: no cover (compiled)
    """Return a circle moved towards midway between the two sides it lies between, while it grows."""
    for _ in range(_STEPS):
        metres, x, y, one = circle
        other, one_x, one_y, other_x, other_y = _sides(edges, x, y, one)
        if other < 0:
            break
        x, y = (one_x + other_x) / 2, (one_y + other_y) / 2
        inside, there, nearest = _nearest(edges, x, y)
        if not inside or there <= metres:
            break
        circle = (there, x, y, nearest)
    return circle


@step
def _nearest(edges: FloatArray, x: float, y: float) -> tuple[bool, float, int]:  # pragma: no cover (compiled)
    """Return whether a place lies inside, the metres to the boundary, and the edge that is nearest."""
    inside, least, which = False, np.inf, -1
    for e in range(len(edges)):
        x0, y0, dx, dy = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        along = min(max(((x - x0) * dx + (y - y0) * dy) * edges[e, 4], 0.0), 1.0)
        off_x, off_y = x0 + along * dx - x, y0 + along * dy - y
        squared = off_x * off_x + off_y * off_y
        if squared < least:
            least, which = squared, e
        if (y0 > y) != (y0 + dy > y) and ((x - x0) * dy < (y - y0) * dx) == (dy > 0):
            inside = not inside
    return inside, np.sqrt(least), which


@step
def _sides(
    edges: FloatArray, x: float, y: float, one: int
) -> tuple[int, float, float, float, float]:  # pragma: no cover (compiled)
    """Return the nearest edge on the other side of a place than edge ``one``, -1 = none, and the place nearest on both."""
    one_x, one_y = _foot(edges, one, x, y)
    least, other, other_x, other_y = np.inf, -1, 0.0, 0.0
    for e in range(len(edges)):
        foot_x, foot_y = _foot(edges, e, x, y)
        if (foot_x - x) * (one_x - x) + (foot_y - y) * (one_y - y) < 0:
            squared = (foot_x - x) ** 2 + (foot_y - y) ** 2
            if squared < least:
                least, other, other_x, other_y = squared, e, foot_x, foot_y
    return other, one_x, one_y, other_x, other_y


@step
def _foot(edges: FloatArray, e: int, x: float, y: float) -> tuple[float, float]:  # pragma: no cover (compiled)
    """Return the place on an edge nearest to a place."""
    x0, y0, dx, dy = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
    along = min(max(((x - x0) * dx + (y - y0) * dy) * edges[e, 4], 0.0), 1.0)
    return x0 + along * dx, y0 + along * dy


@step
def _metres_to(edges: FloatArray, e: int, x: float, y: float) -> float:  # pragma: no cover (compiled)
    """Return the distance from a place to an edge."""
    foot_x, foot_y = _foot(edges, e, x, y)
    return float(np.hypot(foot_x - x, foot_y - y))
