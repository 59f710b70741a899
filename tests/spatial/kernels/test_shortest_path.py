"""The search over the streets gives what SciPy's Dijkstra gives, to the last bit, and of equals the lowest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from layers import open_source
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.spatial.kernels.shortest_path import (
    Arcs,
    Found,
    Joins,
    Search,
    next_nodes,
    reversed_arcs,
    search,
    search_all,
)
from suitability.spatial.network import joins, reach_each, reach_from_nodes, snap
from tests.oracle import reference_search
from tests.tiny import graph_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.core.layer import StreetNetwork

#: Lengths that add up to exact ties, to sums that rounding tells apart, to nothing, and one that fills a whole ring.
LENGTHS = st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.7, 1.0, 1 / 3, 2.0, 50.0, 1e6])
NODES = 8


def make_search(
    arcs: Sequence[tuple[int, int, float]], ends: Sequence[tuple[int, float, int]], limit_m: float, nodes: int = NODES
) -> Search:
    """Return a search: ``arcs`` from, to, metres, as they are searched; ``ends`` node, metres, destination."""
    ordered = sorted(arcs, key=lambda arc: arc[0])
    starts = np.searchsorted([arc[0] for arc in ordered], np.arange(nodes + 1)).astype(np.int32)
    targets = np.array([arc[1] for arc in ordered], dtype=np.int32)
    rows = Arcs(starts, targets, np.array([arc[2] for arc in ordered], dtype=np.float64))
    node, metres, goal = zip(*ends, strict=True) if ends else ((), (), ())
    at = Joins(np.array(node, np.int32), np.array(metres, np.float64), np.array(goal, np.int32))
    return Search(rows, at, limit_m)


NODE = st.integers(0, NODES - 1)
ARCS = st.lists(st.tuples(NODE, NODE, LENGTHS), max_size=24)
ENDS = st.lists(st.tuples(NODE, LENGTHS, st.integers(0, 4)), max_size=6)


def assert_same(asked: Search) -> Found:
    """Check metres and destination against one SciPy search per destination, bit for bit."""
    found = search(asked)
    metres, nearest = reference_search.search(asked)
    np.testing.assert_array_equal(found.metres, metres)
    np.testing.assert_array_equal(found.goal, nearest)
    return found


@given(ARCS, ENDS, st.one_of(st.just(np.inf), st.floats(0, 60)))
@example([(0, 1, 0.0), (1, 0, 0.0), (0, 1, 0.0)], [(0, 0.0, 1), (1, 0.0, 0)], np.inf)
@example([], [], np.inf)
def test_any_streets_give_what_dijkstra_gives(
    arcs: list[tuple[int, int, float]], ends: list[tuple[int, float, int]], limit_m: float
) -> None:
    """Arcs without length, parallel, one way, in circles or nowhere; destinations at one place or none at all."""
    assert_same(make_search(arcs, ends, limit_m))


@given(ARCS, ENDS, st.data())
def test_a_limit_exactly_at_a_node_still_reaches_it(
    arcs: list[tuple[int, int, float]], ends: list[tuple[int, float, int]], data: st.DataObject
) -> None:
    """At the limit is within it, and the last bit below the limit is what decides."""
    metres = search(make_search(arcs, ends, np.inf)).metres
    reached = sorted(set(metres[np.isfinite(metres)].tolist()))
    if not reached:
        return
    limit_m = data.draw(st.sampled_from(reached))
    assert (assert_same(make_search(arcs, ends, limit_m)).metres == limit_m).any()
    if limit_m > 0:
        assert not (assert_same(make_search(arcs, ends, np.nextafter(limit_m, 0))).metres == limit_m).any()


@given(ARCS, ENDS, st.permutations(range(NODES)))
def test_numbering_the_nodes_otherwise_changes_no_answer(
    arcs: list[tuple[int, int, float]], ends: list[tuple[int, float, int]], number: list[int]
) -> None:
    """Not the metres, and not the destination of places that are as near to two."""
    one = search(make_search(arcs, ends, np.inf))
    other = search(
        make_search([(number[a], number[b], m) for a, b, m in arcs], [(number[v], m, g) for v, m, g in ends], np.inf)
    )
    np.testing.assert_array_equal(one.metres, other.metres[number])
    np.testing.assert_array_equal(one.goal, other.goal[number])


@given(ARCS, ENDS, st.one_of(st.just(np.inf), st.floats(0, 60)))
@example([(0, 1, 0.0), (1, 2, 0.0), (2, 1, 0.0), (2, 0, 0.0)], [(0, 1.0, 0)], np.inf)
def test_following_the_next_node_leads_to_the_destination(
    arcs: list[tuple[int, int, float]], ends: list[tuple[int, float, int]], limit_m: float
) -> None:
    """Every step is an arc of which the length makes up the difference, and no one walks in circles."""
    asked = make_search(arcs, ends, limit_m)
    found = search(asked)
    following = next_nodes(asked, found)
    for start in np.flatnonzero(found.goal >= 0):
        node, steps = int(start), 0
        while following[node] >= 0:
            ahead = int(following[node])
            lengths = [m for a, b, m in arcs if (a, b) == (ahead, node)]
            assert any(found.metres[ahead] + m == found.metres[node] for m in lengths)
            assert found.goal[ahead] == found.goal[node]
            node, steps = ahead, steps + 1
            assert steps < NODES
        assert (node, found.metres[node], found.goal[node]) in ends
    assert (following[found.goal < 0] == -1).all()


def test_of_two_ways_of_equal_length_the_one_over_the_lowest_node() -> None:
    """A square: from the far corner both ways are 2 m, and the next node is always the same."""
    asked = make_search([(0, 2, 1.0), (0, 1, 1.0), (2, 3, 1.0), (1, 3, 1.0)], [(0, 0.0, 0)], np.inf, nodes=4)
    assert list(next_nodes(asked, search(asked))) == [-1, 0, 0, 1]


def test_a_crossing_of_very_many_streets() -> None:
    """More labels wait at one time than there is room for at first: room is made and nothing is lost."""
    spokes = [(0, i, 1.0 + i / 7) for i in range(1, 5000)] + [(i, 5000, 2.0) for i in range(1, 5000)]
    assert_same(make_search(spokes, [(0, 0.5, 1), (4000, 0.25, 0)], np.inf, nodes=5001))


def test_more_destinations_than_there_is_room_for_at_first() -> None:
    """All in one place and all equally near: the lowest is the nearest of every node."""
    ends = [(3, 0.1, goal) for goal in reversed(range(2500))]
    found = assert_same(make_search([(3, 4, 0.0), (4, 3, 0.0), (4, 5, 1.0)], ends, np.inf))
    assert list(found.goal[3:6]) == [0, 0, 0]


@pytest.mark.parametrize("length", [1e9, 1e100, 1e300])
def test_one_endless_ferry_among_short_streets(length: float) -> None:
    """Lengths that no bucket number can hold are still added and compared exactly."""
    arcs = [(i, i + 1, 0.01) for i in range(6)] + [(3, 7, length), (7, 0, length)]
    assert_same(make_search(arcs, [(0, 0.0, 0), (5, length, 1), (2, 0.3, 2)], np.inf))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_lengths_that_are_none_are_refused(bad: float) -> None:
    """A street of negative or unknown length is a mistake in the data, not a short cut."""
    ends, yes = np.array([0], np.int32), np.array([True])
    with pytest.raises(ValueError, match="lengths of streets"):
        reversed_arcs(ends, ends, np.array([bad]), yes, yes, 1)
    with pytest.raises(ValueError, match="nodes 0 to 0"):
        reversed_arcs(ends, ends + 1, np.array([1.0]), yes, yes, 1)
    with pytest.raises(ValueError, match="to a destination"):
        search(make_search([], [(0, bad, 0)], np.inf))


@pytest.fixture(scope="module")
def networks() -> StreetNetwork:
    """Return the streets of the demo."""
    return open_source("demo").load(LAYERS["streets"], Area.everywhere()).streets


@pytest.mark.parametrize("mode", ["walk", "bicycle"])
@pytest.mark.parametrize("limit_m", [400.0, 2500.0, np.inf])
def test_the_demo_gives_what_dijkstra_gives(networks: StreetNetwork, mode: str, limit_m: float) -> None:
    """Real streets, facilities drawn at random, one of them twice at the same place."""
    graph, rng = networks[mode], np.random.default_rng(7)
    places = rng.uniform(graph.node_xy.min(axis=0), graph.node_xy.max(axis=0), (12, 2))
    at = snap(graph, shapely.points([*places, places[3]]))
    reach = reach_from_nodes(graph, at, at.leg_m, limit_m)
    found = assert_same(reach.search)
    np.testing.assert_array_equal(reach.metres, found.metres)
    assert not (reach.nearest == 12).any()  # the first of the two counts everywhere
    assert (reach.nearest == 3).any()


def test_several_searches_at_once_give_what_they_give_alone(networks: StreetNetwork) -> None:
    """Kinds and modes at the same time, in threads, answered in the order in which they were asked."""
    rng = np.random.default_rng(8)
    asked = []
    for graph in list(networks.values()) * 4:
        places = rng.uniform(graph.node_xy.min(axis=0), graph.node_xy.max(axis=0), (5, 2))
        at = snap(graph, shapely.points(places))
        asked.append((graph, at, at.leg_m))
    for together, alone in zip(reach_each(asked, 3000.0), asked, strict=True):
        one = reach_from_nodes(*alone, 3000.0)
        np.testing.assert_array_equal(together.metres, one.metres)
        np.testing.assert_array_equal(together.nearest, one.nearest)
        np.testing.assert_array_equal(together.next_node, one.next_node)
    assert search_all([]) == []


def test_arcs_against_the_direction_of_travel() -> None:
    """A street both ways gives two arcs, a one-way street the one against it, a closed one none."""
    graph = graph_of([(0, 0), (10, 0), (20, 0)], [(0, 1), (1, 2)], one_way=[1])
    at = snap(graph, shapely.points(graph.node_xy[[2]]))
    arcs = reversed_arcs(graph.tail, graph.head, graph.length_m, graph.forward, graph.backward, 3)
    assert [list(arcs.targets[a:b]) for a, b in zip(arcs.starts, arcs.starts[1:], strict=False)] == [[1], [0], [1]]
    assert list(search(Search(arcs, joins(graph, at, at.leg_m))).metres) == [20, 10, 0]
    closed = reversed_arcs(graph.tail, graph.head, graph.length_m, ~graph.forward, ~graph.forward, 3)
    assert len(closed.targets) == 0
