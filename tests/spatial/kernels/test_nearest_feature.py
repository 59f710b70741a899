"""The feature that leaves the least to spare, against ``shapely.distance`` to every one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import translate

from suitability.spatial.distances import spare_distance
from suitability.spatial.kernels.coordinate_arrays import flat_of
from suitability.spatial.kernels.nearest_feature import least_to_spare
from tests.spatial.kernels.shapes import X, Y, areas, array, lines, points

if TYPE_CHECKING:
    from suitability.spatial.kernels.types import Flat

shapes = st.one_of(areas, lines, points)
#: Whole metres up and down, so that two features often leave exactly the same.
claims = st.integers(-3, 60).map(float)
far = st.tuples(st.integers(-3, 3), st.integers(-3, 3)).map(lambda step: (400.0 * step[0], 400.0 * step[1]))


def twin(one: np.ndarray, other: np.ndarray, claim: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the result over every pair, and of equals the lowest."""
    spare = np.round(shapely.distance(one[:, None], other[None, :]) - claim, 9)
    return spare.min(axis=1), spare.argmin(axis=1)


@given(st.lists(shapes, min_size=1, max_size=15), st.lists(st.tuples(shapes, claims, far), min_size=1, max_size=15))
def test_it_is_the_least_of_all(one: list[shapely.Geometry], other: list[tuple[shapely.Geometry, float, tuple[float, float]]]) -> None:  # fmt: skip
    """Of areas, lines and points, that touch, cross, lie in each other or far apart."""
    a, claim = array(one), np.array([each for _, each, _ in other])
    b = array([translate(shape, *step) for shape, _, step in other])
    least, which = least_to_spare(flat_of(a), flat_of(b), claim)
    expected, _ = twin(a, b, claim)
    np.testing.assert_allclose(least, expected, rtol=0, atol=1e-8)
    of_that_one = shapely.distance(a, b[which]) - claim[which]
    np.testing.assert_allclose(of_that_one, expected, rtol=0, atol=1e-8)


@given(st.lists(areas, min_size=1, max_size=6), st.lists(areas, min_size=1, max_size=6))
def test_touching_is_exactly_nothing(one: list[shapely.Geometry], other: list[shapely.Geometry]) -> None:
    """A limit of 0 m may not turn on the last digit."""
    a, b = array(one), array(other)
    least, _ = least_to_spare(flat_of(a), flat_of(b), np.zeros(len(b)))
    touches = shapely.intersects(a[:, None], b[None, :]).any(axis=1)
    near = shapely.distance(a[:, None], b[None, :]).min(axis=1)
    assert (least[touches & (near == 0)] < 1e-9).all()
    assert (least[~touches] > 0).all()


def test_of_equals_the_lowest_and_order_does_not_matter_otherwise() -> None:
    """Four shops at ten metres, in whatever order they stand in the file."""
    home = shapely.box(X, Y, X + 10, Y + 10)
    shops = array([shapely.Point(X + dx, Y + dy) for dx, dy in ((-10, 5), (20, 5), (5, 20), (5, -10))])
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        least, which = least_to_spare(flat_of(array([home])), flat_of(shops[order]), np.zeros(4))
        assert least.tolist() == [10.0]
        assert which.tolist() == [0]


def test_without_features_there_is_nothing() -> None:
    """Infinitely far, and no feature to name."""
    home = flat_of(array([shapely.box(X, Y, X + 10, Y + 10)]))
    least, which = least_to_spare(home, flat_of(array([])), np.zeros(0))
    assert least.tolist() == [np.inf]
    assert which.tolist() == [-1]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_country_of_features_and_a_few_parcels_far_outside(seed: int) -> None:
    """Many sizes of features, long empty stretches, parcels beyond the grid."""
    rng = np.random.default_rng(seed)
    size = rng.choice([1.0, 30.0, 4000.0], size=400, p=[0.5, 0.48, 0.02])
    x, y = rng.normal(X, 20_000, size=400), rng.normal(Y, 20_000, size=400)
    features, claim = shapely.box(x, y, x + size, y + size), rng.choice([0.0, 30.0, 1500.0], size=400)
    u, v = rng.normal(X, 40_000, size=300), rng.normal(Y, 40_000, size=300)
    parcels = shapely.box(u, v, u + 50, v + 50)
    least, which = least_to_spare(flat_of(parcels), flat_of(features), claim)
    expected, first = twin(parcels, features, claim)
    np.testing.assert_allclose(least, expected, rtol=0, atol=1e-8)
    assert which.tolist() == first.tolist()


wide_ones = areas.map(lambda shape: shape.buffer(25))


@given(st.lists(st.one_of(areas, points), min_size=1, max_size=12), wide_ones | wide_ones.map(shapely.envelope))
def test_spare_distance_is_that_to_the_edge_of_the_data(one: list[shapely.Geometry], wide: shapely.Geometry) -> None:
    """0 for a shape that does not lie inside, or touches the edge; also for boxes, by their sides."""
    a = array(one)
    expected = np.where(shapely.covers(wide, a), shapely.distance(a, wide.boundary), 0.0)
    np.testing.assert_allclose(spare_distance(a, wide), expected, rtol=0, atol=1e-8)


def test_nothing_is_known_where_the_data_covers_nothing() -> None:
    """An empty coverage has no inside."""
    assert spare_distance(array([shapely.box(0, 0, 1, 1)]), shapely.Polygon()).tolist() == [0.0]


@given(st.lists(shapes, min_size=1, max_size=10))
def test_flat_shapes_hold_what_was_drawn(one: list[shapely.Geometry]) -> None:
    """Corners, bounds, and the side on which the inside lies: the signed areas of the paths add up to the area."""
    a = array(one)
    flat: Flat = flat_of(a)
    assert flat.n == len(a)
    np.testing.assert_array_equal(flat.xy, shapely.get_coordinates(a))
    for i, shape in enumerate(one):
        paths = range(flat.first_path[i], flat.first_path[i + 1])
        drawn = [flat.xy[flat.path_start[p] : flat.path_start[p + 1]] for p in paths]
        signed = [shapely.LinearRing(xy).is_ccw * 2 - 1 for xy in drawn if len(xy) > 3 and flat.is_area[i]]
        if flat.is_area[i]:
            total = sum(
                flat.turn[p] * sign * shapely.Polygon(xy).area for p, sign, xy in zip(paths, signed, drawn, strict=True)
            )
            assert abs(total - shape.area) < 1e-6
