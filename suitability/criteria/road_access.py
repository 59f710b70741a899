"""Distance from the largest usable piece of the parcel to the nearest road that a car and a fire engine can use.

Measured in metres in a straight line, from the edge of the piece to the edge of the road (half its width from the line), 0
where they touch. Which piece that is, is as in ``usable_land``, with the same norms. ``road_classes``: the classes that
count, in the words of the source; without it every road does. A road of which the class is not known may count, one of
which the width is not known may be 100 m wide, and one beyond the coverage may be nearer.
Where something unknown could stand on the parcel, the piece may lie elsewhere on it, or not be there. Without a usable
piece, or without a road, nothing is found, which is further than any limit.
Source of the way of measuring: Hardenberg 2025, Bijlage 1 (freely accessible from the public road).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from suitability.core.measurement import Measurement
from suitability.core.types import Citation
from suitability.criteria.base import Criterion, Need
from suitability.criteria.column_filter import ColumnFilter, matching
from suitability.criteria.land_norms import LAND_NEEDS, LandNorms
from suitability.spatial.distances import WIDEST_HALF_ROAD_M, least_spare, spare_distance
from suitability.spatial.shapes import Shapes, shapes_of
from suitability.spatial.usable_land import usable_land

if TYPE_CHECKING:
    from suitability.core.layer import Layer, Layers
    from suitability.core.types import BoolArray, FloatArray
    from suitability.spatial.parcels import Parcels


class RoadAccess(LandNorms):
    """Params: what stays free, the least width, and the roads that count."""

    road_classes: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="classes of road that count; without it every road does"
    )


def measure(parcels: Parcels, layers: Layers, params: RoadAccess) -> Measurement:
    """Return the distance per parcel in metres; evidence = the nearest road that surely counts."""
    land, roads, n = usable_land(parcels, layers, params.margins), layers["public_roads"], len(parcels)
    sure, maybe = _counting(roads, params)
    value, lower, upper = np.full(n, np.inf), np.full(n, np.inf), np.full(n, np.inf)
    evidence, rows = np.full(n, -1, dtype=np.int64), roads.table.index.to_numpy(dtype=np.int64)
    half, widest = _half_widths(roads)
    found, radius = land.found, land.margins.radius_m
    # The edge of a piece lies a radius outside its core: a longer claim does what growing the core would.
    core, to = Shapes(land.core[found]), shapes_of(roads)
    spare, evidence[found] = least_spare(core, to, half + radius, sure, rows)
    value[found] = upper[found] = np.fmax(spare, 0.0)
    nearest = least_spare(core, to, widest + radius, sure | maybe, rows)[0]
    unseen = spare_distance(core, roads.coverage) - radius - WIDEST_HALF_ROAD_M
    lower[found] = np.fmin(np.fmax(np.fmin(nearest, unseen), 0.0), value[found])
    unsure = np.flatnonzero(land.unsure & (land.area_m2 > 0))
    whole = parcels.take(unsure)
    nearest = least_spare(whole, to, widest, sure | maybe, rows)[0]
    unseen = spare_distance(whole, roads.coverage) - WIDEST_HALF_ROAD_M
    lower[unsure] = np.fmin(np.fmax(np.fmin(nearest, unseen), 0.0), lower[unsure])
    upper[unsure] = np.inf
    return Measurement(value=value, evidence=evidence, lower=lower, upper=upper)


def _counting(roads: Layer, params: RoadAccess) -> tuple[BoolArray, BoolArray]:
    """Return which roads surely count, and which may: of them the class is not known."""
    classes = params.road_classes
    return matching(roads.table, {} if classes is None else {"road_class": ColumnFilter(one_of=classes)})


def _half_widths(roads: Layer) -> tuple[FloatArray, FloatArray]:
    """Return half the width of every road, and half of what it may be at most."""
    half = roads.table["width_m"].to_numpy(dtype=np.float64) / 2
    return np.nan_to_num(half), np.where(np.isnan(half), WIDEST_HALF_ROAD_M, half)


CRITERION = Criterion(
    id="road_access",
    unit="m",
    params=RoadAccess,
    measure=measure,
    needs=(
        *LAND_NEEDS[:2],
        Need(
            "public_roads",
            ("name", "width_m", "road_class"),
            reach=lambda params, limit: WIDEST_HALF_ROAD_M + max(limit, params.road_margin_m),
        ),
    ),
    reasons=("road_access.within", "road_access.beyond", "road_access.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
    evidence=("public_roads", ("name",)),
    chooses={"road_classes": "road_class"},
)
