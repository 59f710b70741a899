"""Metres of the parcel's boundary that lie along a public road.

A stretch counts when it lies within half the road's width plus ``gap_m`` of the road's line. Exact, without buffers.
A road beyond the coverage could be up to 100 m wide: it may reach that much further in than the coverage says.
Source of the rule: Hardenberg 2025, Bijlage 1 (freely accessible and visible from the public road).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.spatial.distances import WIDEST_HALF_ROAD_M, boundary_near_lines, spare_distance

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class RoadFrontage(Params):
    """Params: the largest gap between boundary and road."""

    gap_m: float = Field(gt=0, description="gap between boundary and road that still counts as along it, in metres")


def measure(parcels: Parcels, layers: Layers, params: RoadFrontage) -> Measurement:
    """Return the frontage per parcel in metres; evidence = the road with most of it."""
    layer = layers["public_roads"]
    within_m = layer.frame["width_m"].to_numpy(dtype=np.float64) / 2 + params.gap_m
    rows = layer.frame.index.to_numpy(dtype=np.int64)
    value, evidence = boundary_near_lines(parcels, layer.frame.geometry.to_numpy(), within_m, rows)
    could_be_more = spare_distance(parcels, layer.coverage) < WIDEST_HALF_ROAD_M + params.gap_m
    return Measurement(value=value, evidence=evidence, lower=value, upper=np.where(could_be_more, np.inf, value))


CRITERION = Criterion(
    id="road_frontage",
    unit="m",
    params=RoadFrontage,
    measure=measure,
    needs=(Need("public_roads", ("name", "width_m"), reach=lambda params, _limit: WIDEST_HALF_ROAD_M + params.gap_m),),
    reasons=("road_frontage.within", "road_frontage.beyond", "road_frontage.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
    evidence=("public_roads", ("name",)),
)
