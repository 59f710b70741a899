"""Travel times over the street network, from parcels to the nearest facility.

A place joins the network at the nearest point on a segment, never at the nearest node; both ends are tried with the
partial length, in the directions that the segment allows. The legs between a place and its street are walked and
count. One multi-source Dijkstra from all facilities over the reversed graph gives the trip from home to facility.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from suitability.types import FloatArray, GeometryArray, IntArray, StreetGraph

_MINUTES_PER_HOUR: Final = 60.0
_METRES_PER_KM: Final = 1000.0
_NO_NODE: Final = -9999  # SciPy's mark for "no predecessor" and "no source"


def metres_per_minute(speed_kmh: float) -> float:
    """Return a speed in metres per minute."""
    return speed_kmh * _METRES_PER_KM / _MINUTES_PER_HOUR


@dataclass(frozen=True)
class Snap:
    """Where points join the network, arrays of length n.

    ``segment``: its index; ``fraction``: how far along it, 0 at the tail; ``leg_m``: from the point to the segment.
    """

    segment: IntArray
    fraction: FloatArray
    leg_m: FloatArray


@dataclass(frozen=True)
class Trips:
    """The quickest trip from each of n origins. ``destination``: index of the destination reached; -1 = none.

    ``minutes`` holds both legs; +inf = no way there, or none within the horizon. ``network_m`` is the part on streets.
    """

    minutes: FloatArray
    destination: IntArray
    network_m: FloatArray


def snap(graph: StreetGraph, points: GeometryArray) -> Snap:
    """Return where each point joins the graph: at the nearest point on any segment."""
    n = len(points)
    (point, segment), distance = graph.tree.query_nearest(points, all_matches=True, return_distance=True)
    order = np.lexsort((-segment, -point))  # last write wins: of equally near segments, the lowest
    nearest_segment = np.zeros(n, dtype=np.int64)
    leg = np.full(n, np.inf)
    nearest_segment[point[order]] = segment[order]
    leg[point[order]] = distance[order]
    along = shapely.line_locate_point(graph.segments[nearest_segment], points)
    length = shapely.length(graph.segments[nearest_segment])  # as drawn: `along` is too
    fraction = np.where(length > 0, along / np.where(length > 0, length, 1.0), 0.0)
    return Snap(nearest_segment, np.clip(fraction, 0.0, 1.0), leg)


@dataclass(frozen=True)
class _Ends:
    """For each snapped place, the metres to the tail and to the head of its segment; +inf = not allowed."""

    to_tail_m: FloatArray
    to_head_m: FloatArray


def _departures(graph: StreetGraph, at: Snap) -> _Ends:
    """Return the metres from a snapped place to both ends, leaving in allowed directions."""
    length = graph.length_m[at.segment]
    tail_ok = graph.backward[at.segment] | (at.fraction == 0)
    head_ok = graph.forward[at.segment] | (at.fraction == 1)
    return _Ends(np.where(tail_ok, at.fraction * length, np.inf), np.where(head_ok, (1 - at.fraction) * length, np.inf))


def _arrivals(graph: StreetGraph, at: Snap) -> _Ends:
    """Return the metres from both ends to a snapped place, arriving in allowed directions."""
    length = graph.length_m[at.segment]
    tail_ok = graph.forward[at.segment] | (at.fraction == 0)
    head_ok = graph.backward[at.segment] | (at.fraction == 1)
    return _Ends(np.where(tail_ok, at.fraction * length, np.inf), np.where(head_ok, (1 - at.fraction) * length, np.inf))


def _with_destinations(graph: StreetGraph, at: Snap, leg_cost: FloatArray) -> csr_matrix:
    """Return the reversed graph with one more node per destination, joined to the ends of its segment.

    A stored zero is a real arc of length 0.
    """
    from scipy.sparse import csr_matrix  # noqa: PLC0415 (slow to import, and kept measurements need none)

    starts, targets, metres = graph.reversed_arcs
    ends = _arrivals(graph, at)
    joined = np.stack([graph.tail[at.segment], graph.head[at.segment]], axis=1).astype(np.int64)
    cost = np.stack([ends.to_tail_m + leg_cost, ends.to_head_m + leg_cost], axis=1)
    cost[joined[:, 0] == joined[:, 1], 1] = np.inf  # a segment that is a loop joins once
    is_open = np.isfinite(cost)
    more_starts = starts[-1] + np.cumsum(is_open.sum(axis=1))
    size = len(graph.node_xy) + len(at.segment)
    indices = np.concatenate([targets, joined[is_open]]).astype(np.int32)
    pointers = np.concatenate([starts, more_starts]).astype(np.int32)
    return csr_matrix((np.concatenate([metres, cost[is_open]]), indices, pointers), shape=(size, size))


@dataclass(frozen=True)
class Reach:
    """Distances in metres from every node to the nearest destination (its leg included), and which one it is.

    ``nearest``: index of the destination; -1 = none. ``next_node``: the following node on the way; < 0 = arrived.
    """

    metres: FloatArray
    nearest: IntArray
    next_node: NDArray[np.int32]


def reach_from_nodes(graph: StreetGraph, destinations: Snap, leg_cost: FloatArray, limit_m: float = np.inf) -> Reach:
    """Return for every node the way to its nearest destination.

    ``leg_cost``: the destination's own leg, in metres at the network's speed, shape (number of destinations,).
    """
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 (as above)

    k = len(graph.node_xy)
    matrix = _with_destinations(graph, destinations, leg_cost)
    virtual = np.arange(k, matrix.shape[0])
    distance, previous, nearest = dijkstra(
        matrix, directed=True, indices=virtual, min_only=True, limit=limit_m, return_predecessors=True
    )
    found = nearest[:k] != _NO_NODE
    return Reach(distance[:k], np.where(found, nearest[:k] - k, -1).astype(np.int64), previous[:k])


def travel_minutes(
    graph: StreetGraph, origins: Snap, destinations: Snap, speed_kmh: float, access_speed_kmh: float, horizon_min: float
) -> Trips:
    """Return the quickest trip from each origin to any destination, legs included.

    ``horizon_min``: trips are searched up to this many minutes on the network; beyond it the answer is +inf.
    """
    n = len(origins.segment)
    if len(destinations.segment) == 0:
        return Trips(np.full(n, np.inf), np.full(n, -1, dtype=np.int64), np.full(n, np.nan))
    pace, access_pace = metres_per_minute(speed_kmh), metres_per_minute(access_speed_kmh)
    leg_cost = destinations.leg_m / access_pace * pace
    reach = reach_from_nodes(graph, destinations, leg_cost, limit_m=horizon_min * pace)
    ends = _departures(graph, origins)
    tail, head = graph.tail[origins.segment], graph.head[origins.segment]
    ways = np.stack([ends.to_tail_m + reach.metres[tail], ends.to_head_m + reach.metres[head]])
    metres, destination = ways.min(axis=0), np.where(ways[0] <= ways[1], reach.nearest[tail], reach.nearest[head])
    metres, destination = _same_segment(graph, origins, destinations, leg_cost, metres, destination)
    destination = np.where(np.isfinite(metres), destination, -1)
    network_m = np.where(np.isfinite(metres), metres - leg_cost[destination], np.nan)
    minutes = metres / pace + origins.leg_m / access_pace
    return Trips(np.where(minutes <= horizon_min, minutes, np.inf), destination, network_m)


def trips_to_each(
    graph: StreetGraph, origins: Snap, destinations: Snap, speed_kmh: float, access_speed_kmh: float, horizon_min: float
) -> tuple[FloatArray, FloatArray]:
    """Return the minutes and the metres of street from each of n origins to each of m destinations, (m, n) each.

    One search per destination: meant for the few facilities of one kind.
    """
    minutes, network_m = (
        np.full((len(destinations.segment), len(origins.segment)), empty) for empty in (np.inf, np.nan)
    )
    for i in range(len(destinations.segment)):
        one = Snap(destinations.segment[[i]], destinations.fraction[[i]], destinations.leg_m[[i]])
        trips = travel_minutes(graph, origins, one, speed_kmh, access_speed_kmh, horizon_min)
        minutes[i], network_m[i] = trips.minutes, trips.network_m
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
    first = np.searchsorted(sorted_segments, origins.segment, side="left")
    count = np.searchsorted(sorted_segments, origins.segment, side="right") - first
    origin = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(origin)) - np.repeat(np.cumsum(count) - count, count)
    there = by_segment[first[origin] + rank]
    segment = origins.segment[origin]
    ahead = destinations.fraction[there] - origins.fraction[origin]
    allowed = np.where(ahead > 0, graph.forward[segment], np.where(ahead < 0, graph.backward[segment], True))
    direct = np.abs(ahead) * graph.length_m[segment] + leg_cost[there]
    order = np.lexsort((-there, -direct))
    order = order[allowed[order]]
    better = direct[order] < metres[origin[order]]
    metres[origin[order[better]]] = direct[order[better]]  # sorted: the shortest is written last
    destination[origin[order[better]]] = there[order[better]]
    return metres, destination


@dataclass(frozen=True)
class Route:
    """One trip as a person would follow it: coordinates (m, 2) from door to door, and the street names in order."""

    xy: FloatArray
    streets: tuple[str, ...]


def route_to_nearest(
    graph: StreetGraph,
    origin: tuple[float, float],
    destinations: GeometryArray,
    speed_kmh: float,
    access_speed_kmh: float,
) -> Route | None:
    """Return the route from one point (x, y) to the nearest of ``destinations`` (points); None = no way there."""
    here = snap(graph, shapely.points([origin]))
    there = snap(graph, destinations)
    pace, access_pace = metres_per_minute(speed_kmh), metres_per_minute(access_speed_kmh)
    leg_cost = there.leg_m / access_pace * pace
    trip = travel_minutes(graph, here, there, speed_kmh, access_speed_kmh, np.inf)
    goal = int(trip.destination[0])
    if goal < 0:
        return None
    reach = reach_from_nodes(graph, there, leg_cost)
    ends = _departures(graph, here)
    tail, head = int(graph.tail[here.segment[0]]), int(graph.head[here.segment[0]])
    ways = (ends.to_tail_m[0] + reach.metres[tail], ends.to_head_m[0] + reach.metres[head])
    nodes: list[int] = []
    on_foot_of = trip.network_m[0] + leg_cost[goal]
    if min(ways) <= on_foot_of:  # otherwise both lie on one segment and no node is passed
        node = tail if ways[0] <= ways[1] else head
        while 0 <= node < len(graph.node_xy):
            nodes.append(node)
            node = int(reach.next_node[node])
    places = np.array([origin, _place(graph, here, 0), *graph.node_xy[nodes], _place(graph, there, goal)])
    door = shapely.get_coordinates(destinations[goal])
    segments = [int(here.segment[0]), *_segments_between(graph, nodes), int(there.segment[goal])]
    return Route(np.vstack([places, door]), _street_names(graph, segments))


def _place(graph: StreetGraph, at: Snap, index: int) -> FloatArray:
    """Return the coordinates of one snapped place, shape (2,)."""
    segment = at.segment[index]
    start, stop = graph.node_xy[graph.tail[segment]], graph.node_xy[graph.head[segment]]
    place: FloatArray = start + at.fraction[index] * (stop - start)
    return place


def _segments_between(graph: StreetGraph, nodes: list[int]) -> list[int]:
    """Return the segment that joins each pair of successive nodes."""
    low, high = np.minimum(graph.tail, graph.head), np.maximum(graph.tail, graph.head)
    return [int(np.flatnonzero((low == min(a, b)) & (high == max(a, b)))[0]) for a, b in pairwise(nodes)]


def _street_names(graph: StreetGraph, segments: list[int]) -> tuple[str, ...]:
    """Return the names along the segments, each stretch once."""
    names: list[str] = []
    for segment in segments:
        code = int(graph.name[segment])
        if code >= 0 and (not names or names[-1] != graph.names[code]):
            names.append(graph.names[code])
    return tuple(names)
