"""Shapes that try kernels: random ones, and ones that touch, coincide, have holes and parts."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import strategies as st
from shapely.affinity import translate

#: Far from the origin, as coordinates in EPSG:28992 are.
X, Y = 190_000.0, 505_000.0


def _star(corners: list[tuple[float, int]], x: int, y: int) -> shapely.Polygon:
    """Return a star-shaped polygon: every corner at a whole number of metres, so that shapes often touch."""
    angles = np.sort([angle for angle, _ in corners])
    radii = np.array([radius for _, radius in corners])
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None]
    shape = shapely.make_valid(shapely.Polygon(np.round(ring + np.array([x, y]))))
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return max(parts, key=lambda part: part.area, default=shapely.box(x, y, x + 1, y + 1))


_place = st.integers(-30, 30)
_stars = st.builds(
    _star, st.lists(st.tuples(st.floats(0, 2 * np.pi), st.integers(2, 40)), min_size=3, max_size=9), _place, _place
)
_boxes = st.builds(
    lambda x, y, w, h: shapely.box(x, y, x + w, y + h), _place, _place, st.integers(1, 30), st.integers(1, 30)
)


def _with_hole(shape: shapely.Polygon) -> shapely.Polygon:
    hole = shapely.make_valid(shape.buffer(-2).simplify(0.5))
    rings = [part.exterior for part in shapely.get_parts(hole) if part.geom_type == "Polygon" and part.area > 0]
    return shapely.Polygon(shape.exterior, rings[:1])


def _two(one: shapely.Polygon, other: shapely.Polygon) -> shapely.Polygon | shapely.MultiPolygon:
    both = shapely.union(one, translate(other, 75, 10))
    return shapely.Polygon() if both.is_empty else both


_simple = st.one_of(_stars, _boxes)
#: Polygons and multipolygons, with and without holes, near each other and far from the origin.
areas = st.one_of(_simple, _simple.map(_with_hole), st.builds(_two, _simple, _simple)).map(lambda s: translate(s, X, Y))
points = st.builds(lambda x, y: shapely.Point(X + x, Y + y), _place, _place)
lines = st.lists(st.tuples(_place, _place), min_size=2, max_size=6, unique=True).map(
    lambda places: translate(shapely.LineString(places), X, Y)
)


def array(shapes: list[shapely.Geometry]) -> np.ndarray:
    """Return shapes as an array of objects."""
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made
