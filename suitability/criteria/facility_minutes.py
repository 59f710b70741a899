"""Minutes over the street network to the nearest facility of a kind, from home to facility, access legs included.

The parcel joins the network at the point on a street nearest to its centre; the leg across its own land is walked and
counts. Unknown where the parcel's boundary lies further than ``snap_limit_m`` from that street. Because streets and
facilities beyond the coverage are not known, a shorter trip could exist: ``lower`` is the straight line that bounds it.
And where the edge of the data is nearer than the nearest known street, the place where one joins is not known: no
trip is then sure, so ``upper`` is infinite.
With ``nth`` it is the how-manieth nearest that counts, so that a household can choose: one search per facility.
Source of the rule: Hardenberg 2025, Bijlage 1 (half an hour on foot, 15 minutes by bicycle).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from pydantic import Field

from suitability.geometry import inner_points, spare_distance
from suitability.network import Snap, metres_per_minute, nth_trips, snap, travel_minutes, trips_to_each
from suitability.types import Citation, Criterion, Layers, Measurement, Need, Params, Parcels

if TYPE_CHECKING:
    from suitability.network import Trips
    from suitability.types import FloatArray, GeometryArray, IntArray, Layer, StreetGraph


class FacilityMinutes(Params):
    """Which facility, how one travels, and how far one may look."""

    facility_kind: str = Field(description="kind of facility, as in the column `facility_kind`")
    mode: Literal["walk", "bicycle"] = Field(description="which streets may be used")
    speed_kmh: float = Field(gt=0, description="speed on the street, in km/h")
    access_speed_kmh: float = Field(gt=0, description="speed between a place and its street, in km/h")
    snap_limit_m: float = Field(gt=0, description="a parcel further from any street is unknown, in metres")
    horizon_min: float = Field(gt=0, description="trips are searched up to this many minutes")
    nth: int | None = Field(default=None, ge=2, description="the how-manieth nearest counts; absent = the nearest")


def measure(parcels: Parcels, layers: Layers, params: FacilityMinutes) -> Measurement:
    """Return the minutes per parcel; evidence = the facility; details = access leg and metres of street."""
    facilities = layers["facilities"].where(
        (layers["facilities"].frame["facility_kind"] == params.facility_kind).to_numpy()
    )
    graph = layers["streets"].streets[params.mode]
    if len(graph.tail) == 0:
        return Measurement.unknown(len(parcels))
    homes, doors = inner_points(parcels.geometry), facilities.frame.geometry.to_numpy()
    at_home, at_door = snap(graph, homes), snap(graph, doors)
    reachable = np.flatnonzero(at_door.leg_m <= params.snap_limit_m)
    streets = layers["streets"].coverage
    is_sure = at_door.leg_m[reachable] <= spare_distance(doors[reachable], streets)
    if params.nth is None:
        trips = _trips(graph, at_home, at_door, reachable, params)
        sure_trips = trips if is_sure.all() else _trips(graph, at_home, at_door, reachable[is_sure], params)
        soonest = _soonest(homes, doors, layers["streets"], facilities, params)
    else:
        chosen = Snap(at_door.segment[reachable], at_door.fraction[reachable], at_door.leg_m[reachable])
        minutes, network_m = trips_to_each(
            graph, at_home, chosen, params.speed_kmh, params.access_speed_kmh, params.horizon_min
        )
        trips = nth_trips(minutes, network_m, params.nth)
        sure_trips = nth_trips(minutes[is_sure], network_m[is_sure], params.nth)
        each = np.full((len(doors), len(homes)), np.inf)
        each[reachable] = minutes
        soonest = _nth_soonest(each, homes, doors, layers["streets"], facilities, params)
    upper = np.where(at_home.leg_m <= spare_distance(homes, streets), sure_trips.minutes, np.inf)
    rows = facilities.frame.index.to_numpy(dtype=np.int64)[reachable]
    evidence = np.where(trips.destination >= 0, np.append(rows, -1)[trips.destination], -1)
    lower = np.minimum(trips.minutes, soonest)
    far = shapely.distance(parcels.geometry, graph.segments[at_home.segment]) > params.snap_limit_m
    return Measurement(
        value=np.where(far, np.nan, trips.minutes),
        evidence=np.where(far, -1, evidence),
        lower=np.where(far, -np.inf, lower),
        upper=np.where(far, np.inf, upper),
        details={"access_leg_m": at_home.leg_m, "network_m": trips.network_m},
    )


def _trips(graph: StreetGraph, at_home: Snap, at_door: Snap, doors: IntArray, params: FacilityMinutes) -> Trips:
    """Return the quickest trips to the doors with the given numbers; destinations are positions in ``doors``."""
    chosen = Snap(at_door.segment[doors], at_door.fraction[doors], at_door.leg_m[doors])
    return travel_minutes(graph, at_home, chosen, params.speed_kmh, params.access_speed_kmh, params.horizon_min)


def _soonest(
    homes: GeometryArray, doors: GeometryArray, streets: Layer, facilities: Layer, params: FacilityMinutes
) -> FloatArray:
    """Return the minutes below which no trip over unknown streets or to an unknown facility can fall, shape (n,).

    An unknown facility lies beyond its coverage. A trip over unknown streets to a known facility leaves the coverage
    and comes back, and is at least the straight line. A trip that stays inside is the one that was found.
    """
    pace = metres_per_minute(max(params.speed_kmh, params.access_speed_kmh))
    unknown_facility = spare_distance(homes, facilities.coverage_of(params.facility_kind))
    if len(doors) == 0:
        return np.minimum(unknown_facility / pace, params.horizon_min)
    straight = shapely.STRtree(doors).query_nearest(homes, all_matches=False, return_distance=True)[1]
    around = spare_distance(homes, streets.coverage) + spare_distance(doors, streets.coverage).min()
    soonest: FloatArray = np.minimum(unknown_facility, np.maximum(straight, around)) / pace
    return np.minimum(soonest, params.horizon_min)


def _nth_soonest(
    minutes: FloatArray,
    homes: GeometryArray,
    doors: GeometryArray,
    streets: Layer,
    facilities: Layer,
    params: FacilityMinutes,
) -> FloatArray:
    """Return the minutes below which the nth quickest trip cannot fall, shape (n,); ``minutes`` (m, n) per facility.

    Each known facility is no sooner than ``_soonest`` says of it alone. Of unknown ones there may be any number.
    """
    pace = metres_per_minute(max(params.speed_kmh, params.access_speed_kmh))
    soonest = np.minimum(spare_distance(homes, facilities.coverage_of(params.facility_kind)) / pace, params.horizon_min)
    nth = params.nth or 1
    if len(doors) < nth:
        return soonest
    straight = shapely.distance(doors[:, None], homes[None, :])
    around = spare_distance(homes, streets.coverage) + spare_distance(doors, streets.coverage)[:, None]
    each = np.minimum(minutes, np.maximum(straight, around) / pace)
    limited: FloatArray = np.minimum(soonest, np.partition(each, nth - 1, axis=0)[nth - 1])
    return limited


CRITERION = Criterion(
    id="facility_minutes",
    unit="min",
    params=FacilityMinutes,
    measure=measure,
    needs=(
        Need("streets", reach=lambda params, limit: limit * metres_per_minute(params.speed_kmh)),
        Need("facilities", ("facility_kind", "name"), reach=lambda p, limit: limit * metres_per_minute(p.speed_kmh)),
    ),
    reasons=("facility_minutes.within", "facility_minutes.beyond", "facility_minutes.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
    evidence=("facilities", ("name",)),
)
