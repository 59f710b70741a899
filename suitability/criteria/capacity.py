"""Beds that fit on the parcel, by living space per person, storeys and parking on the terrain.

    beds = floor( min( net x built_share / f,  net x (1 - green_share) / (f + p) ) )

with net = net area after the setback (m2), or with ``land`` the largest usable piece as in ``usable_land``,
f = footprint per bed = floor area per bed / storeys, and p = parking per bed = spaces per bed x m2 per space. At most
``max_beds``.
Source of the rule: Region Arnhem-Nijmegen 2022, 1.1 (at least 15 m2 per person); Hardenberg 2025, Bijlage 1 (parking).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field, model_validator

from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion
from suitability.criteria.land_norms import LandNorms, land_needs
from suitability.criteria.whole_beds import whole_beds
from suitability.spatial.distances import net_area
from suitability.spatial.usable_land import usable_land

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.core.types import FloatArray
    from suitability.spatial.parcels import Parcels


class Capacity(Params):
    """Norms; every one of them is policy."""

    floor_area_per_bed_m2: float = Field(gt=0, description="gross floor area per bed, shared rooms included, in m2")
    storeys: int = Field(ge=1, description="building layers")
    built_share: float = Field(gt=0, le=1, description="share of the net area that may be built on")
    green_share: float = Field(ge=0, lt=1, description="share of the net area that stays free of building and parking")
    spaces_per_bed: float = Field(ge=0, description="parking spaces per bed")
    space_m2: float = Field(ge=0, description="area of a parking space with its share of the lane, in m2")
    setback_m: float | None = Field(
        default=None, ge=0, description="strip along the boundary that stays free, in metres; not together with land"
    )
    land: LandNorms | None = Field(
        default=None, description="count the largest usable piece instead of the net area, with these norms"
    )
    max_beds: int | None = Field(default=None, ge=1, description="no more beds than this on one parcel")

    @model_validator(mode="after")
    def _one_way_to_count_land(self) -> Self:
        if (self.setback_m is None) == (self.land is None):
            raise ValueError("setback_or_land")
        return self


def measure(parcels: Parcels, layers: Layers, params: Capacity) -> Measurement:
    """Return the number of beds per parcel."""
    if params.land is None:
        return Measurement.exact(_beds(net_area(parcels.geometry, params.setback_m or 0.0), params))
    land = usable_land(parcels, layers, params.land.margins)
    beds, least = _beds(land.area_m2, params), _beds(land.lower_m2, params)
    return Measurement.between(beds, lower=least, upper=beds)


def _beds(net: FloatArray, params: Capacity) -> FloatArray:
    """Return the whole beds that fit on so many m2, (n,)."""
    footprint = params.floor_area_per_bed_m2 / params.storeys
    parking = params.spaces_per_bed * params.space_m2
    by_building = net * params.built_share / footprint
    by_terrain = net * (1 - params.green_share) / (footprint + parking)
    return whole_beds(np.minimum(by_building, by_terrain), params.max_beds)


CRITERION = Criterion(
    id="capacity",
    unit="beds",
    params=Capacity,
    measure=measure,
    needs=lambda params: () if params.land is None else land_needs(lambda chosen: chosen.land),
    form="units",
    reasons=("capacity.within", "capacity.beyond", "capacity.unknown"),
    source=Citation(document="arnhem-nijmegen-2022", article="1.1"),
)
