"""Travel times, slow and obvious: every parcel and every facility is a node of a NetworkX graph.

A street is cut wherever a parcel or a facility joins it, so no trip needs a partial length. One-way streets are arcs
one way. From every shop there is an arc to one node, ``SHOP``, that takes the minutes from the street to its door: the
trip is then the shortest path from the parcel's node to that one.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import networkx as nx
import shapely

from tests.oracle.known import NOTHING, Known, complete, spare

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shapely.geometry import Point
    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layers, StreetGraph
    from tests.oracle.known import MeasureOne

SHOP = "any shop"


class Joined(NamedTuple):
    """Junction of a place with the streets: the segment, the fraction along it (0 to 1), and the metres to it."""

    segment: int
    along: float
    leg_m: float


class Streets:
    """The segments as lines; the index finds the nearest."""

    def __init__(self, graph: StreetGraph) -> None:
        self.graph = graph
        ends = zip(graph.node_xy[graph.tail], graph.node_xy[graph.head], strict=True)
        self.lines = [shapely.LineString([a, b]) for a, b in ends]
        self.tree = shapely.STRtree(self.lines)

    def join(self, place: Point) -> Joined:
        """Return where a place joins: at the nearest point on the nearest segment."""
        line = self.lines[segment := int(self.tree.nearest(place))]
        along = line.project(place) / line.length if line.length else 0.0
        return Joined(segment, min(max(along, 0.0), 1.0), place.distance(line))


def middle(parcel: BaseGeometry) -> Point:
    """Return the start of a trip: the centroid where it lies inside, else a point on the surface."""
    return parcel.centroid if parcel.contains(parcel.centroid) else parcel.representative_point()


def metres_per_minute(kmh: float) -> float:
    """Return a speed in metres per minute."""
    return kmh * 1000 / 60


def street_graph(graph: StreetGraph, places: Mapping[object, Joined], pace: float) -> nx.DiGraph:
    """Return the streets in minutes, cut at every place; the places are nodes of their own."""
    on_segment: dict[int, list[tuple[float, object]]] = defaultdict(list)
    for name, joined in places.items():
        on_segment[joined.segment].append((joined.along, name))
    drawn = nx.DiGraph()
    for segment in range(len(graph.tail)):
        stops = [(0.0, int(graph.tail[segment])), *sorted(on_segment[segment], key=lambda stop: stop[0]),
                 (1.0, int(graph.head[segment]))]  # fmt: skip
        for (here, a), (there, b) in pairwise(stops):
            minutes = (there - here) * float(graph.length_m[segment]) / pace
            if graph.forward[segment] or minutes == 0:
                _add(drawn, a, b, minutes)
            if graph.backward[segment] or minutes == 0:
                _add(drawn, b, a, minutes)
    return drawn


def _add(drawn: nx.DiGraph, a: object, b: object, minutes: float) -> None:
    """Add an arc; of two between the same nodes the quicker stays."""
    if a != b and minutes < drawn.get_edge_data(a, b, {"weight": math.inf})["weight"]:
        drawn.add_edge(a, b, weight=minutes)


class Trips:
    """The streets of one mode with the facilities of one kind and any number of homes in them."""

    def __init__(self, layers: Layers, params: Any, homes: Mapping[str, BaseGeometry]) -> None:
        self.params, self.layers = params, layers
        self.pace = metres_per_minute(params.speed_kmh)
        self.on_foot = metres_per_minute(params.access_speed_kmh)
        self.streets = Streets(layers["streets"].streets[params.mode])
        rows = layers["facilities"].frame
        self.doors = list(rows.geometry[rows["facility_kind"] == params.facility_kind])
        self.at_door = [self.streets.join(door) for door in self.doors]
        self.at_home = {name: self.streets.join(middle(parcel)) for name, parcel in homes.items()}
        self.usable = [i for i, joined in enumerate(self.at_door) if joined.leg_m <= params.snap_limit_m]

    def to(self, doors: Iterable[int]) -> nx.DiGraph:
        """Return the graph with these doors in it, each with an arc to ``SHOP``."""
        doors = list(doors)
        places = {**self.at_home, **{("door", i): self.at_door[i] for i in doors}}
        drawn = street_graph(self.streets.graph, places, self.pace)
        drawn.add_node(SHOP)
        for i in doors:
            _add(drawn, ("door", i), SHOP, self.at_door[i].leg_m / self.on_foot)
        return drawn

    def with_leg(self, home: str, minutes: float) -> float:
        """Return the whole trip, the leg from the parcel's middle included; beyond the horizon there is none."""
        whole = self.at_home[home].leg_m / self.on_foot + minutes
        return whole if whole <= self.params.horizon_min else math.inf

    def all_minutes(self, doors: Iterable[int]) -> dict[str, float]:
        """Return the trip of every home in one pass: from the shop backwards over the streets."""
        backwards = self.to(doors).reverse(copy=False)
        found = nx.single_source_dijkstra_path_length(backwards, SHOP)
        return {home: self.with_leg(home, found.get(home, math.inf)) for home in self.at_home}

    def minutes_forward(self, drawn: nx.DiGraph, home: str) -> float:
        """Return the trip of one home, searched in the direction in which it is travelled."""
        try:
            return self.with_leg(home, nx.dijkstra_path_length(drawn, home, SHOP))
        except nx.NetworkXNoPath:
            return math.inf


def nth_least(numbers: Iterable[float], nth: int) -> float:
    """Return the nth of the numbers from the least up; infinite when there are fewer."""
    return [*sorted(numbers), *[math.inf] * nth][nth - 1]


def facility_minutes(layers: Layers, params: Any, homes: Mapping[str, BaseGeometry]) -> MeasureOne:
    """Return the minutes to the nearest facility; where the data ends they could be fewer, or not even sure."""
    trips = Trips(layers, params, homes)
    streets = layers["streets"].coverage
    listed = complete(layers["facilities"], [params.facility_kind])
    sure = [i for i in trips.usable if trips.at_door[i].leg_m <= spare(trips.doors[i], streets)]
    nth = params.nth
    one_by_one = {} if nth is None else {i: trips.all_minutes([i]) for i in trips.usable}
    minutes, sure_minutes = ({}, {}) if nth else (trips.all_minutes(trips.usable), trips.all_minutes(sure))
    fastest = max(trips.pace, trips.on_foot)
    back_in = min((spare(door, streets) for door in trips.doors), default=math.inf)

    def measure(parcel_id: str, parcel: BaseGeometry) -> Known:
        joined, home = trips.at_home[parcel_id], middle(parcel)
        if parcel.distance(trips.streets.lines[joined.segment]) > params.snap_limit_m:
            return NOTHING
        unseen_shop = spare(home, listed)
        around = max(min((home.distance(d) for d in trips.doors), default=math.inf), spare(home, streets) + back_in)
        soonest = min(min(unseen_shop, around) / fastest, params.horizon_min)
        certain = joined.leg_m <= spare(home, streets)
        if nth is not None:
            each = {i: one_by_one[i][parcel_id] if i in one_by_one else math.inf for i in range(len(trips.doors))}
            first = {i: max(home.distance(d), spare(home, streets) + spare(d, streets)) / fastest
                     for i, d in enumerate(trips.doors)}  # fmt: skip
            found, most = nth_least(each.values(), nth), nth_least((each[i] for i in sure), nth)
            low = nth_least((min(each[i], first[i]) for i in each), nth)
            low = min(low, unseen_shop / fastest, params.horizon_min)
            return Known(found, min(found, low), most if certain else math.inf)
        found = minutes[parcel_id]
        return Known(found, min(found, soonest), sure_minutes[parcel_id] if certain else math.inf)

    return measure
