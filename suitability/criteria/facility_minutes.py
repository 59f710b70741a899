"""Minutes over the street network to the nearest facility of a kind, from home to facility, access legs included.

The parcel joins the network at the point on a street nearest to its centre; the leg across its own land is walked and
counts. Unknown where the parcel's boundary lies further than ``snap_limit_m`` from that street. Because streets and
facilities beyond the coverage are not known, a shorter trip could exist: ``lower`` is the straight line that bounds it.
And where the edge of the data is nearer than the nearest known street, the place where one joins is not known: no
trip is then sure, so ``upper`` is infinite.
With ``nth`` the n-th nearest counts, so that a household can choose; that takes one search per facility.
Source of the rule: Hardenberg 2025, Bijlage 1 (half an hour on foot, 15 minutes by bicycle).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from pydantic import Field

from suitability.core.measurement import Measurement
from suitability.core.memo import once
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.spatial.distances import ROUNDING_M, spare_distance
from suitability.spatial.network import (
    Origins,
    Travel,
    metres_per_minute,
    nearest_m,
    nth_trips,
    reached_each,
    snap,
    trips_from,
    trips_to_each,
)
from suitability.spatial.parcels import inner_points
from suitability.spatial.route import route_to_nearest
from suitability.spatial.shapes import shapes_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layer, Layers, StreetGraph
    from suitability.core.types import BoolArray, FloatArray, GeometryArray, IntArray
    from suitability.spatial.network import Reached, Snap, Trips
    from suitability.spatial.parcels import Parcels
    from suitability.spatial.route import Route


class FacilityMinutes(Params):
    """Params: kind of facility, mode of travel and search limits."""

    facility_kind: str = Field(description="kind of facility, as in the column `facility_kind`")
    mode: Literal["walk", "bicycle"] = Field(description="which streets may be used")
    speed_kmh: float = Field(gt=0, description="speed on the street, in km/h")
    access_speed_kmh: float = Field(gt=0, description="speed between a place and its street, in km/h")
    snap_limit_m: float = Field(gt=0, description="a parcel further from any street is unknown, in metres")
    horizon_min: float = Field(gt=0, description="trips are searched up to this many minutes")
    nth: int | None = Field(default=None, ge=2, description="the n-th nearest counts; absent = the nearest")


def measure(parcels: Parcels, layers: Layers, params: FacilityMinutes) -> Measurement:
    """Return the minutes per parcel; evidence = the facility; details = access leg and metres of street."""
    facilities = layers["facilities"]
    graph = layers["streets"].streets[params.mode]
    if len(graph.tail) == 0:
        return Measurement.unknown(len(parcels))
    homes = _homes(parcels, layers["streets"], params.mode)
    at_home = homes.at
    there = _doors(layers["streets"], facilities, params)
    doors, reachable, is_sure = there.doors, there.reachable, there.is_sure
    streets = layers["streets"].coverage
    if params.nth is None:
        trips, sure_trips = _trips(homes, there, layers["streets"], params)
        soonest = _soonest(parcels, doors, layers["streets"], facilities, params)
    else:
        chosen = there.at_street
        minutes, network_m = trips_to_each(
            graph, at_home, chosen, params.speed_kmh, params.access_speed_kmh, params.horizon_min
        )
        trips = nth_trips(minutes, network_m, params.nth)
        sure_trips = nth_trips(minutes[is_sure], network_m[is_sure], params.nth)
        each = np.full((len(doors), len(parcels)), np.inf)
        each[reachable] = minutes
        soonest = _nth_soonest(each, parcels, doors, layers["streets"], facilities, params)
    upper = np.where(at_home.leg_m <= _spare_of_homes(parcels, streets), sure_trips.minutes, np.inf)
    rows = there.row[reachable]
    evidence = np.where(trips.destination >= 0, np.append(rows, -1)[trips.destination], -1)
    lower = np.minimum(trips.minutes, soonest)
    far = _far_from_street(parcels, layers["streets"], params)
    return Measurement(
        value=np.where(far, np.nan, trips.minutes),
        evidence=np.where(far, -1, evidence),
        lower=np.where(far, -np.inf, lower),
        upper=np.where(far, np.inf, upper),
        details={"access_leg_m": at_home.leg_m, "network_m": trips.network_m},
    )


def _homes(parcels: Parcels, streets: Layer, mode: str) -> Origins:
    """Return where the homes join the streets of one mode, and the ways off; worked out once."""
    graph, key = streets.streets[mode], ("homes on streets", f"{streets.fingerprint} {mode}")
    return once(parcels.shared, key, lambda: Origins.of(graph, snap(graph, parcels.inner_xy)))


def _spare_of_homes(parcels: Parcels, coverage: BaseGeometry) -> FloatArray:
    """Return how far around each home the data is complete, in metres, shape (n,); worked out once per coverage."""
    key = ("spare of homes", shapely.to_wkb(coverage, hex=True))
    return once(parcels.shared, key, lambda: spare_distance(parcels.inner_xy, coverage))


def _far_from_street(parcels: Parcels, streets: Layer, params: FacilityMinutes) -> BoolArray:
    """Return which parcels are further than the limit from the street of their home, shape (n,); worked out once."""
    graph, at_home = streets.streets[params.mode], _homes(parcels, streets, params.mode).at
    key = ("far from a street", f"{streets.fingerprint} {params.mode} {params.snap_limit_m}")
    return once(parcels.shared, key, lambda: _further(parcels, graph, at_home, params.snap_limit_m))


def _further(parcels: Parcels, graph: StreetGraph, at_home: Snap, limit_m: float) -> BoolArray:
    """Return which parcels lie with their boundary further than the limit from the street of their home, shape (n,).

    A parcel is no further away than the point inside it: only where that one is far need the boundary be measured.
    """
    far = ~(at_home.leg_m <= limit_m - ROUNDING_M)
    unsure = np.flatnonzero(far)
    if not len(unsure):
        return far
    segment = at_home.segment[unsure]
    lines = shapely.linestrings(
        np.stack([graph.node_xy[graph.tail[segment]], graph.node_xy[graph.head[segment]]], axis=1)
    )
    far[unsure] = shapely.distance(parcels.at(unsure), lines) > limit_m
    return far


@dataclass(frozen=True)
class _Doors:
    """The facilities of one kind, those of them near a street (``reachable``), where they join it and which surely do.

    ``name``: unique per kind, mode and source. ``row``: of each in its layer.
    """

    name: str
    row: IntArray
    doors: GeometryArray
    reachable: IntArray
    at_street: Snap
    is_sure: BoolArray


def _doors(streets: Layer, facilities: Layer, params: FacilityMinutes) -> _Doors:
    """Return where the facilities of one kind join the streets; worked out once."""
    key = f"doors {facilities.fingerprint} {params.facility_kind} {params.mode} {params.snap_limit_m}"

    def make() -> _Doors:
        of_kind = np.flatnonzero(facilities.table["facility_kind"] == params.facility_kind)
        doors = shapes_of(facilities).at(of_kind)
        at_door = snap(streets.streets[params.mode], doors)
        reachable = np.flatnonzero(at_door.leg_m <= params.snap_limit_m)
        is_sure = at_door.leg_m[reachable] <= spare_distance(doors[reachable], streets.coverage)
        row = facilities.table.index.to_numpy(dtype=np.int64)[of_kind]
        return _Doors(key, row, doors, reachable, at_door.at(reachable), is_sure)

    return once(streets.shared, key, make)


def _trips(homes: Origins, there: _Doors, streets: Layer, params: FacilityMinutes) -> tuple[Trips, Trips]:
    """Return the quickest trips to the doors, and to those of them that are sure; all sure: one search, and that once."""
    travel = Travel(params.speed_kmh, params.access_speed_kmh, params.horizon_min)

    def make() -> list[Reached]:
        sets = [there.at_street]
        if not there.is_sure.all():
            sets.append(there.at_street.at(np.flatnonzero(there.is_sure)))
        return reached_each(streets.streets[params.mode], sets, travel)

    reached = once(streets.shared, f"ways {there.name} {travel}", make)
    found = [trips_from(homes, to, travel) for to in reached]
    return found[0], found[-1]


def _soonest(
    parcels: Parcels, doors: GeometryArray, streets: Layer, facilities: Layer, params: FacilityMinutes
) -> FloatArray:
    """Return the minutes below which no trip over unknown streets or to an unknown facility can fall, shape (n,).

    An unknown facility lies beyond its coverage. A trip over unknown streets to a known facility leaves the coverage
    and comes back, and is at least the straight line. A trip that stays inside is the one that was found.
    """
    pace = metres_per_minute(max(params.speed_kmh, params.access_speed_kmh))
    unknown_facility = _spare_of_homes(parcels, facilities.coverage_of(params.facility_kind))
    if len(doors) == 0:
        return np.minimum(unknown_facility / pace, params.horizon_min)
    key = ("straight to", f"{facilities.fingerprint} {params.facility_kind}")
    straight = once(parcels.shared, key, lambda: nearest_m(parcels.inner_xy, doors))
    around = _spare_of_homes(parcels, streets.coverage) + spare_distance(doors, streets.coverage).min()
    soonest: FloatArray = np.minimum(unknown_facility, np.maximum(straight, around)) / pace
    return np.minimum(soonest, params.horizon_min)


def _nth_soonest(
    minutes: FloatArray,
    parcels: Parcels,
    doors: GeometryArray,
    streets: Layer,
    facilities: Layer,
    params: FacilityMinutes,
) -> FloatArray:
    """Return the minutes below which the nth quickest trip cannot fall, shape (n,); ``minutes`` (m, n) per facility.

    Each known facility is no sooner than ``_soonest`` says of it alone. Of unknown ones there may be any number.
    """
    pace = metres_per_minute(max(params.speed_kmh, params.access_speed_kmh))
    unknown_facility = _spare_of_homes(parcels, facilities.coverage_of(params.facility_kind))
    soonest: FloatArray = np.minimum(unknown_facility / pace, params.horizon_min)
    nth = params.nth or 1
    if len(doors) < nth:
        return soonest
    straight = shapely.distance(doors[:, None], np.asarray(shapely.points(parcels.inner_xy), dtype=object)[None, :])
    around = _spare_of_homes(parcels, streets.coverage) + spare_distance(doors, streets.coverage)[:, None]
    each = np.minimum(minutes, np.maximum(straight, around) / pace)
    limited: FloatArray = np.minimum(soonest, np.partition(each, nth - 1, axis=0)[nth - 1])
    return limited


def route(parcels: Parcels, index: int, layers: Layers, params: FacilityMinutes, row: int) -> Route | None:
    """Return the route from one parcel to the facility in one row of the layer; None = no way there."""
    home = tuple(shapely.get_coordinates(inner_points(parcels.geometry[[index]]))[0])
    door = layers["facilities"].frame.geometry.loc[[row]].to_numpy()
    graph = layers["streets"].streets[params.mode]
    return route_to_nearest(graph, home, door, params.speed_kmh, params.access_speed_kmh)


CRITERION = Criterion(
    id="facility_minutes",
    unit="min",
    params=FacilityMinutes,
    measure=measure,
    needs=(
        Need("streets", reach=lambda params, limit: limit * metres_per_minute(params.speed_kmh)),
        Need(
            "facilities",
            ("facility_kind", "name"),
            reach=lambda params, limit: limit * metres_per_minute(params.speed_kmh),
            kinds=lambda params: frozenset({params.facility_kind}),
        ),
    ),
    reasons=("facility_minutes.within", "facility_minutes.beyond", "facility_minutes.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
    evidence=("facilities", ("name",)),
    chooses={"facility_kind": "facility_kind"},
    route=route,
)
