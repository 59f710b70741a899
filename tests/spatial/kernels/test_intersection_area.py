"""The area that two polygons share, against ``shapely.intersection``."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from suitability.spatial.kernels.coordinate_arrays import flat_of
from suitability.spatial.kernels.intersection_area import shared_areas
from suitability.spatial.overlaps import LEAST_SHARED_M2
from tests.spatial.kernels.shapes import X, Y, areas, array


def all_pairs(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the shared areas of every pair, (n, m)."""
    i, j = (index.ravel().astype(np.int64) for index in np.indices((len(one), len(other))))
    return shared_areas(flat_of(one), flat_of(other), i, j).reshape(len(one), len(other))


@given(st.lists(areas, min_size=1, max_size=12), st.lists(areas, min_size=1, max_size=12))
def test_it_is_the_area_of_the_intersection(one: list[shapely.Geometry], other: list[shapely.Geometry]) -> None:
    """Of polygons that overlap, touch, coincide, lie in each other's holes, and have parts."""
    a, b = array(one), array(other)
    twin = shapely.area(shapely.intersection(a[:, None], b[None, :]))
    np.testing.assert_allclose(all_pairs(a, b), twin, rtol=0, atol=LEAST_SHARED_M2 / 100)


@given(st.lists(areas, min_size=1, max_size=8))
def test_a_shape_shares_all_of_itself_and_as_much_as_the_other_does(shapes: list[shapely.Geometry]) -> None:
    """Identity and symmetry."""
    a = array(shapes)
    shared = all_pairs(a, a)
    np.testing.assert_allclose(np.diag(shared), shapely.area(a), rtol=0, atol=1e-8)
    np.testing.assert_allclose(shared, shared.T, rtol=0, atol=1e-8)


def test_neighbours_share_nothing() -> None:
    """Also along an oblique boundary with corners on one side only."""
    left = shapely.Polygon([(X, Y), (X + 10.1, Y + 0.3), (X + 13.7, Y + 9.9), (X, Y + 10)])
    halfway = left.exterior.interpolate(left.exterior.project(shapely.Point(X + 12, Y + 5)))
    right = shapely.Polygon([(X + 10.1, Y + 0.3), (X + 30, Y), (X + 30, Y + 10), (X + 13.7, Y + 9.9), halfway])
    assert abs(all_pairs(array([left]), array([right]))[0, 0]) < LEAST_SHARED_M2


def test_a_small_plot_in_a_wide_zone() -> None:
    """Kilometres of zone do not blur the square millimetres of a plot."""
    angles = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    zone = shapely.Polygon(np.column_stack([X + 7000 * np.cos(angles), Y + 5000 * np.sin(angles)]))
    plot = shapely.box(X + 0.25, Y + 0.5, X + 10.25, Y + 20.5)
    assert abs(all_pairs(array([plot]), array([zone]))[0, 0] - 200.0) < 1e-9
    assert abs(all_pairs(array([zone]), array([plot]))[0, 0] - 200.0) < LEAST_SHARED_M2
