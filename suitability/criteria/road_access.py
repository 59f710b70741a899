"""Distance from the usable land to the nearest public road that cars and fire engines can use.

Measured in metres from the largest usable piece to the edge of the road, in a straight line; +inf where there is no usable
piece or no road. What usable land is: see usable_land. A road of which the class is not known, or beyond the coverage, may
be nearer. Whether the land between belongs to the owner is not known.
Source of the rule: Hardenberg 2025, Bijlage 1 (freely accessible from the public road).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from suitability.core.measurement import Measurement
from suitability.core.types import Citation
from suitability.criteria.base import Criterion, Need
from suitability.criteria.column_filter import ColumnFilter, matching
from suitability.criteria.land_norms import LandNorms, land_needs, land_of
from suitability.spatial.distances import least_spare, spare_distance
from suitability.spatial.shapes import Shapes, shapes_of

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class RoadAccess(LandNorms):
    """Strips that stay free, the least width, and the roads that count."""

    road_classes: tuple[str, ...] | None = Field(default=None, description="classes of road that count; left out = all")


def measure(parcels: Parcels, layers: Layers, params: RoadAccess) -> Measurement:
    """Return the metres to the road per parcel; evidence = that road."""
    land, layer, n = land_of(parcels, layers, params), layers["public_roads"], len(parcels)
    there = np.flatnonzero(land.area > 0)
    value, evidence = np.full(n, np.inf), np.full(n, -1, dtype=np.int64)
    lower = np.where(land.most > 0, 0.0, np.inf)  # without a sure piece, one may still lie along the road
    upper = np.full(n, np.inf)
    pieces = Shapes(land.piece[there])
    sure, maybe = matching(
        layer.table, {"road_class": ColumnFilter(one_of=params.road_classes)} if params.road_classes else {}
    )
    half = layer.table["width_m"].to_numpy(dtype=np.float64, na_value=0.0) / 2
    rows, roads = layer.table.index.to_numpy(dtype=np.int64), shapes_of(layer)
    metres, evidence[there] = least_spare(pieces, roads, half, sure, rows)
    possible, _ = least_spare(pieces, roads, half, maybe, rows)
    value[there] = np.maximum(metres, 0.0)
    lower[there] = np.maximum(np.minimum.reduce([metres, possible, spare_distance(pieces, layer.coverage)]), 0.0)
    is_sure = (land.least == land.most)[there]
    lower[there] = np.where(is_sure, lower[there], 0.0)
    upper[there] = np.where(is_sure, value[there], np.inf)
    return Measurement(value, evidence, lower=lower, upper=upper)


def _needs(params: RoadAccess) -> tuple[Need, ...]:
    columns = ("width_m", "name", *(("road_class",) if params.road_classes else ()))
    buildings, water, _ = land_needs(params)
    return buildings, water, Need("public_roads", columns, reach=lambda _params, limit: params.road_margin_m + limit)


CRITERION = Criterion(
    id="road_access",
    unit="m",
    params=RoadAccess,
    measure=measure,
    needs=_needs,
    reasons=("road_access.within", "road_access.beyond", "road_access.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
    evidence=("public_roads", ("name",)),
)
