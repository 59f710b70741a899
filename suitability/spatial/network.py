"""Travel times over the street network, from parcels to the nearest facility.

A place joins the network at the nearest point on a segment, never at the nearest node; both ends are tried with the
partial length, in the directions that the segment allows. The legs between a place and its street are walked and
count. One search from all facilities at once over the reversed graph gives the trip from home to facility.

The kernels are compiled, and loaded where they are first needed: kept measurements need none. Loading Numba and a first
kernel takes 0.45 s of processor time, ``scipy.sparse.csgraph`` 0.19 s; but both rules of the demo (23,000 nodes, 24,000
parcels), loading included, take 0.71 s with these kernels and took 1.34 s with SciPy and GEOS (medians of three), so
small graphs get the same kernels as large ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import shapely

from suitability.core.memo import once
from suitability.spatial import kernels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from suitability.core.layer import StreetGraph
    from suitability.core.types import BoolArray, FloatArray, GeometryArray, IntArray
    from suitability.spatial.kernels.nearest_segment import SegmentTree
    from suitability.spatial.kernels.shortest_path import Arcs, Joins, Search

_MINUTES_PER_HOUR: Final = 60.0
_METRES_PER_KM: Final = 1000.0
_AT_ONCE: Final = 16  # searches held in memory at one time


def metres_per_minute(speed_kmh: float) -> float:
    """Return a speed in metres per minute."""
    return speed_kmh * _METRES_PER_KM / _MINUTES_PER_HOUR


@dataclass(frozen=True)
class Snap:
    """Snapping of points to the network, arrays of length n.

    ``segment``: its index; ``fraction``: how far along it, 0 at the tail; ``leg_m``: from the point to the segment.
    """

    segment: IntArray
    fraction: FloatArray
    leg_m: FloatArray

    def at(self, which: IntArray) -> Snap:
        """Return some of the points, in the order of ``which``."""
        return Snap(self.segment[which], self.fraction[which], self.leg_m[which])


@dataclass(frozen=True)
class Trips:
    """The quickest trip from each of n origins. ``destination``: index of the destination reached; -1 = none.

    ``minutes`` holds both legs; +inf = no way there, or none within the horizon. ``network_m`` is the part on streets.
    """

    minutes: FloatArray
    destination: IntArray
    network_m: FloatArray


def snap(graph: StreetGraph, points: GeometryArray | FloatArray) -> Snap:
    """Return where each point, as a shape or as a place (n, 2), joins the graph: at the nearest point on any segment, of equally near ones the lowest.

    Raises ``ValueError`` when the graph has no segments.
    """
    found = kernels.nearest_segment.nearest_segments(_tree(graph), _xy(points))
    return Snap(found.segment, found.fraction, found.distance)


def nearest_m(points: GeometryArray | FloatArray, others: GeometryArray) -> FloatArray:
    """Return the distance in metres from each point (n,) to the nearest of other points (m,), m > 0, straight."""
    return kernels.nearest_segment.nearest_segments(
        kernels.nearest_segment.segment_tree(_xy(others), _xy(others)), _xy(points)
    ).distance


def _xy(points: GeometryArray | FloatArray) -> FloatArray:
    """Return the coordinates of points, shape (n, 2); NaN where there is none."""
    if points.dtype != object:
        return cast("FloatArray", points)
    xy = np.full((len(points), 2), np.nan)
    coordinates, point = shapely.get_coordinates(cast("GeometryArray", points), return_index=True)
    xy[point] = coordinates
    return xy


def _tree(graph: StreetGraph) -> SegmentTree:
    """Return the index over the graph's segments; made once."""
    return once(
        graph.shared,
        "tree",
        lambda: kernels.nearest_segment.segment_tree(graph.node_xy[graph.tail], graph.node_xy[graph.head]),
    )


def _arcs(graph: StreetGraph) -> Arcs:
    """Return the graph's arcs against their direction; made once."""
    both_ways = (graph.tail, graph.head, graph.length_m, graph.forward, graph.backward)
    return once(graph.shared, "arcs", lambda: kernels.shortest_path.reversed_arcs(*both_ways, len(graph.node_xy)))


@dataclass(frozen=True)
class Ends:
    """For each snapped place, the nodes at both ends of its segment and the metres to or from them; +inf = not allowed."""

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    tail_m: FloatArray
    head_m: FloatArray


def _departures(graph: StreetGraph, at: Snap) -> Ends:
    """Return the metres from a snapped place to both ends, leaving in allowed directions."""
    return _ends(graph, at, graph.backward[at.segment], graph.forward[at.segment])


def _arrivals(graph: StreetGraph, at: Snap) -> Ends:
    """Return the metres from both ends to a snapped place, arriving in allowed directions."""
    return _ends(graph, at, graph.forward[at.segment], graph.backward[at.segment])


def _ends(graph: StreetGraph, at: Snap, tail_ok: BoolArray, head_ok: BoolArray) -> Ends:
    """Return the ends and the metres to them; what stands on a node is there whatever is allowed."""
    length = graph.length_m[at.segment]
    return Ends(
        graph.tail[at.segment],
        graph.head[at.segment],
        np.where(tail_ok | (at.fraction == 0), at.fraction * length, np.inf),
        np.where(head_ok | (at.fraction == 1), (1 - at.fraction) * length, np.inf),
    )


@dataclass(frozen=True)
class Origins:
    """Places on a graph from which one leaves, and the ways off: what all trips from them have in common."""

    at: Snap
    ends: Ends

    @classmethod
    def of(cls, graph: StreetGraph, at: Snap) -> Origins:
        """Return snapped places as origins."""
        return cls(at, _departures(graph, at))


def joins(graph: StreetGraph, destinations: Snap, leg_cost: FloatArray) -> Joins:
    """Return the nodes from which a destination is at most part of a segment away, and the metres, leg included."""
    ends = _arrivals(graph, destinations)
    cost = np.concatenate([ends.tail_m + leg_cost, ends.head_m + leg_cost])
    node = np.concatenate([ends.tail, ends.head]).astype(np.int32)
    goal = np.tile(np.arange(len(leg_cost), dtype=np.int32), 2)
    is_open = np.isfinite(cost)
    return kernels.shortest_path.Joins(node[is_open], cost[is_open], goal[is_open])


@dataclass(frozen=True)
class Reach:
    """Distances in metres from every node to the nearest destination (its leg included), and which one it is.

    ``nearest``: index of the destination, of equally near ones the lowest; -1 = none. Both (k,).
    """

    metres: FloatArray
    nearest: NDArray[np.int32]
    search: Search

    @cached_property
    def next_node(self) -> NDArray[np.int32]:
        """The following node on the way, shape (k,); -1 = arrived, or no way."""
        return kernels.shortest_path.next_nodes(self.search, kernels.shortest_path.Found(self.metres, self.nearest))


#: A graph, the destinations on it, and their own legs in metres at the network's speed, shape (number of them,).
Destinations = tuple["StreetGraph", Snap, "FloatArray"]


def reach_from_nodes(graph: StreetGraph, destinations: Snap, leg_cost: FloatArray, limit_m: float = np.inf) -> Reach:
    """Return for every node the way to its nearest destination.

    ``leg_cost``: the destination's own leg, in metres at the network's speed, shape (number of destinations,).
    """
    return reach_each([(graph, destinations, leg_cost)], limit_m)[0]


def reach_each(asked: Sequence[Destinations], limit_m: float = np.inf) -> list[Reach]:
    """Return for every node the way to its nearest destination, for several sets of them at once.

    Of one graph or of several; searched in parallel, answered in order.
    """
    searches = [
        kernels.shortest_path.Search(_arcs(graph), joins(graph, at, leg_cost), limit_m) for graph, at, leg_cost in asked
    ]
    found = kernels.shortest_path.search_all(searches)
    return [Reach(one.metres, one.goal, search) for search, one in zip(searches, found, strict=True)]


def travel_minutes(
    graph: StreetGraph, origins: Snap, destinations: Snap, speed_kmh: float, access_speed_kmh: float, horizon_min: float
) -> Trips:
    """Return the quickest trip from each origin to any destination, legs included.

    ``horizon_min``: trips are searched up to this many minutes on the network; beyond it the answer is +inf.
    """
    return travel_minutes_each(graph, origins, [destinations], speed_kmh, access_speed_kmh, horizon_min)[0]


def travel_minutes_each(
    graph: StreetGraph,
    origins: Snap,
    sets: Sequence[Snap],
    speed_kmh: float,
    access_speed_kmh: float,
    horizon_min: float,
) -> list[Trips]:
    """Return the quickest trips to any destination of each of several sets, as ``travel_minutes`` does of one."""
    travel, leaving = Travel(speed_kmh, access_speed_kmh, horizon_min), Origins.of(graph, origins)
    return [trips_from(leaving, each, travel) for each in reached_each(graph, sets, travel)]


@dataclass(frozen=True)
class Travel:
    """Travel parameters: km/h on the street and beside it, and the search limit in minutes."""

    speed_kmh: float
    access_speed_kmh: float
    horizon_min: float


@dataclass(frozen=True)
class Reached:
    """Shortest paths from every node of the graph to some destinations."""

    graph: StreetGraph
    destinations: Snap
    leg_cost: FloatArray
    reach: Reach


def reached_each(graph: StreetGraph, sets: Sequence[Snap], travel: Travel) -> list[Reached]:
    """Return the ways to several sets of destinations; what they are does not depend on who travels."""
    pace, access_pace = metres_per_minute(travel.speed_kmh), metres_per_minute(travel.access_speed_kmh)
    leg_costs = [destinations.leg_m / access_pace * pace for destinations in sets]
    asked = [(graph, destinations, leg_cost) for destinations, leg_cost in zip(sets, leg_costs, strict=True)]
    reaches = reach_each(asked, limit_m=travel.horizon_min * pace)
    return [Reached(*one, reach) for one, reach in zip(asked, reaches, strict=True)]


def trips_from(origins: Origins, to: Reached, travel: Travel) -> Trips:
    """Return the quickest trip from each origin to any of the destinations, legs included."""
    pace, access_pace = metres_per_minute(travel.speed_kmh), metres_per_minute(travel.access_speed_kmh)
    metres, destination = _from_origins(to.graph, origins, to.destinations, to.leg_cost, to.reach)
    network_m = np.where(np.isfinite(metres), metres - np.append(to.leg_cost, 0.0)[destination], np.nan)
    minutes = metres / pace + origins.at.leg_m / access_pace
    return Trips(np.where(minutes <= travel.horizon_min, minutes, np.inf), destination, network_m)


def _from_origins(
    graph: StreetGraph, origins: Origins, destinations: Snap, leg_cost: FloatArray, reach: Reach
) -> tuple[FloatArray, IntArray]:
    """Return the metres from each origin to its nearest destination, that one's leg included, and which it is."""
    ends = origins.ends
    ways = np.stack([ends.tail_m + reach.metres[ends.tail], ends.head_m + reach.metres[ends.head]])
    nearest = np.stack([reach.nearest[ends.tail], reach.nearest[ends.head]]).astype(np.int64)
    metres = ways.min(axis=0)
    destination = np.where(ways == metres, nearest, len(leg_cost)).min(axis=0)  # of equally near ones the lowest
    metres, destination = _same_segment(graph, origins.at, destinations, leg_cost, metres, destination)
    return metres, np.where(np.isfinite(metres), destination, -1)


def trips_to_each(
    graph: StreetGraph, origins: Snap, destinations: Snap, speed_kmh: float, access_speed_kmh: float, horizon_min: float
) -> tuple[FloatArray, FloatArray]:
    """Return the minutes and the metres of street from each of n origins to each of m destinations, (m, n) each.

    One search per destination: meant for the few facilities of one kind.
    """
    minutes, network_m = (
        np.full((len(destinations.segment), len(origins.segment)), empty) for empty in (np.inf, np.nan)
    )
    for start in range(0, len(destinations.segment), _AT_ONCE):
        some = range(start, min(start + _AT_ONCE, len(destinations.segment)))
        sets = [destinations.at(np.array([i])) for i in some]
        trips = travel_minutes_each(graph, origins, sets, speed_kmh, access_speed_kmh, horizon_min)
        minutes[start : some.stop] = [trip.minutes for trip in trips]
        network_m[start : some.stop] = [trip.network_m for trip in trips]
    return minutes, network_m


def nth_trips(minutes: FloatArray, network_m: FloatArray, nth: int) -> Trips:
    """Return of each origin the nth quickest of the trips to each destination; fewer destinations: none there."""
    m, n = minutes.shape
    if m < nth:
        return Trips(np.full(n, np.inf), np.full(n, -1, dtype=np.int64), np.full(n, np.nan))
    chosen = np.argsort(minutes, axis=0, kind="stable")[nth - 1]  # of equally near ones the first comes first
    pick = (chosen, np.arange(n))
    found = np.isfinite(minutes[pick])
    destination = np.where(found, chosen, -1).astype(np.int64)
    return Trips(minutes[pick], destination, np.where(found, network_m[pick], np.nan))


def _same_segment(
    graph: StreetGraph,
    origins: Snap,
    destinations: Snap,
    leg_cost: FloatArray,
    metres: FloatArray,
    destination: IntArray,
) -> tuple[FloatArray, IntArray]:
    """Return metres and destination, shortened where origin and destination lie on the same segment."""
    metres, destination = metres.copy(), destination.copy()
    by_segment = np.argsort(destinations.segment, kind="stable")
    sorted_segments = destinations.segment[by_segment]
    has_one = np.zeros(len(graph.tail), dtype=bool)
    has_one[sorted_segments] = True
    with_one = np.flatnonzero(has_one[origins.segment])
    first = np.searchsorted(sorted_segments, origins.segment[with_one], side="left")
    count = np.searchsorted(sorted_segments, origins.segment[with_one], side="right") - first
    origin = np.repeat(with_one, count)
    rank = np.arange(len(origin)) - np.repeat(np.cumsum(count) - count, count)
    there = by_segment[np.repeat(first, count) + rank]
    segment = origins.segment[origin]
    ahead = destinations.fraction[there] - origins.fraction[origin]
    allowed = np.where(ahead > 0, graph.forward[segment], np.where(ahead < 0, graph.backward[segment], True))
    direct = np.abs(ahead) * graph.length_m[segment] + leg_cost[there]
    order = np.lexsort((-there, -direct))
    order = order[allowed[order]]
    tie = (direct[order] == metres[origin[order]]) & (there[order] < destination[origin[order]])
    better = (direct[order] < metres[origin[order]]) | tie
    metres[origin[order[better]]] = direct[order[better]]  # sorted: the shortest is written last
    destination[origin[order[better]]] = there[order[better]]
    return metres, destination
