"""The nearest street of a place is what Shapely says it is, to the last bit, and of equals the lowest."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from layers import open_source
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.spatial.kernels.nearest_segment import nearest_segments, segment_tree
from suitability.spatial.network import nearest_m, snap
from suitability.spatial.parcels import inner_points
from tests.oracle import reference_search
from tests.tiny import graph_of

#: Whole metres make many ties; the others make sums that rounding tells apart, far from the origin as in the Netherlands.
WHERE = st.one_of(st.integers(-3, 3).map(float), st.floats(190_000, 190_100), st.sampled_from([0.1, 0.3, 1 / 3, 5e5]))
PLACE = st.tuples(WHERE, WHERE)


@given(st.lists(st.tuples(PLACE, PLACE), min_size=1, max_size=30), st.lists(PLACE, min_size=1, max_size=20))
@example([((0, 0), (0, 0))], [(0, 0), (3, 4)])
@example([((0, 0), (2, 0)), ((2, 0), (0, 0))], [(1, 1), (0, 0), (2, 0), (3, 0)])
def test_any_segments_give_what_shapely_gives(
    drawn: list[tuple[tuple[float, float], tuple[float, float]]], places: list[tuple[float, float]]
) -> None:
    """Without length, twice the same, crossing, alone; against the distance to every one of them."""
    ends, points = np.array(drawn, dtype=np.float64), shapely.points(places)
    lines = np.asarray(shapely.linestrings(ends), dtype=object)
    found = nearest_segments(segment_tree(ends[:, 0], ends[:, 1]), np.array(places, dtype=np.float64))
    each = shapely.distance(points[:, None], lines[None, :])
    np.testing.assert_array_equal(found.distance, each.min(axis=1))
    np.testing.assert_array_equal(found.segment, each.argmin(axis=1))
    np.testing.assert_array_equal(found.fraction, reference_search.fraction(lines[found.segment], points))


@pytest.mark.parametrize("mode", ["walk", "bicycle"])
def test_the_parcels_of_the_demo_join_the_streets_where_shapely_says(mode: str) -> None:
    """Every parcel, every crossing and the middle of every street: segment, fraction and leg, bit for bit."""
    source = open_source("demo")
    graph = source.load(LAYERS["streets"], Area.everywhere()).streets[mode]
    homes = inner_points(source.load(LAYERS["parcels"], Area.everywhere()).frame.geometry.to_numpy())
    middles = (graph.node_xy[graph.tail] + graph.node_xy[graph.head]) / 2
    for points in (homes, shapely.points(graph.node_xy), shapely.points(middles)):
        found, known = snap(graph, points), reference_search.snap(graph, points)
        np.testing.assert_array_equal(found.segment, known.segment)
        np.testing.assert_array_equal(found.fraction, known.fraction)
        np.testing.assert_array_equal(found.leg_m, known.leg_m)


def test_a_street_far_from_all_others_slows_nothing_down_and_is_found() -> None:
    """One mistaken crossing at the origin of the map: the tree has no grid that it could stretch."""
    rng = np.random.default_rng(4)
    start = np.vstack([[[0.0, 0.0]], rng.uniform(190_000, 191_000, (500, 2))])
    end = start + rng.uniform(-20, 20, start.shape)
    points = np.vstack([[[5.0, 5.0]], rng.uniform(189_000, 192_000, (300, 2))])
    lines = shapely.linestrings(np.stack([start, end], axis=1))
    found = nearest_segments(segment_tree(start, end), points)
    assert found.segment[0] == 0
    each = shapely.distance(shapely.points(points)[:, None], lines[None, :])
    np.testing.assert_array_equal(found.segment, each.argmin(axis=1))


def test_a_place_without_coordinates_is_nowhere() -> None:
    """An empty point or none at all joins no street: infinitely far, and the others keep their place."""
    graph = graph_of([(0, 0), (10, 0)], [(0, 1)])
    x, y = graph.node_xy[0]
    points = np.array([shapely.Point(), shapely.Point(x + 4, y + 3), None], dtype=object)
    found = snap(graph, points)
    np.testing.assert_array_equal(found.leg_m, [np.inf, 3, np.inf])
    np.testing.assert_array_equal(found.fraction, [np.nan, 0.4, np.nan])


def test_no_streets_at_all() -> None:
    """Nothing can be nearest; and no place is nearest to nothing."""
    with pytest.raises(ValueError, match="at least one segment"):
        segment_tree(np.empty((0, 2)), np.empty((0, 2)))
    tree = segment_tree(np.zeros((1, 2)), np.ones((1, 2)))
    assert len(nearest_segments(tree, np.empty((0, 2))).segment) == 0


def test_how_far_the_nearest_of_other_points_is() -> None:
    """As Shapely measures it, from every point to each of the others."""
    rng = np.random.default_rng(5)
    one, other = (shapely.points(rng.uniform(0, 1e5, (n, 2))) for n in (400, 37))
    np.testing.assert_array_equal(nearest_m(one, other), shapely.distance(one[:, None], other[None, :]).min(axis=1))
