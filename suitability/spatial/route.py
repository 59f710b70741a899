"""Route from a parcel to a facility over the street network: geometry, street names and legs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely

from suitability.spatial.network import Origins, metres_per_minute, reach_from_nodes, snap, travel_minutes

if TYPE_CHECKING:
    from suitability.core.layer import StreetGraph
    from suitability.core.types import FloatArray, GeometryArray
    from suitability.spatial.network import Snap


@dataclass(frozen=True)
class Route:
    """One trip from door to door. ``xy`` (m, 2), EPSG:28992; ``streets``: names in order.

    ``access_leg_m``: between the parcel and its street, travelled in ``access_min`` minutes; ``network_m``: on streets.
    """

    xy: FloatArray
    streets: tuple[str, ...]
    access_leg_m: float
    access_min: float
    network_m: float


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
    ends = Origins.of(graph, here).ends
    tail, head = int(ends.tail[0]), int(ends.head[0])
    ways = (ends.tail_m[0] + reach.metres[tail], ends.head_m[0] + reach.metres[head])
    nodes: list[int] = []
    on_foot_of = trip.network_m[0] + leg_cost[goal]
    if min(ways) <= on_foot_of:  # otherwise both lie on one segment and no node is passed
        node = tail if ways[0] <= ways[1] else head
        while node >= 0:
            nodes.append(node)
            node = int(reach.next_node[node])
    places = np.array([origin, _place(graph, here, 0), *graph.node_xy[nodes], _place(graph, there, goal)])
    door = shapely.get_coordinates(destinations[goal])
    segments = [int(here.segment[0]), *_segments_between(graph, nodes), int(there.segment[goal])]
    leg_m = float(here.leg_m[0])
    return Route(
        xy=np.vstack([places, door]),
        streets=_street_names(graph, segments),
        access_leg_m=leg_m,
        access_min=leg_m / access_pace,
        network_m=float(trip.network_m[0]),
    )


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
