"""Beds that fit on the parcel, by living space per person, storeys and parking on the terrain.

    beds = floor( min( net x built_share / f,  net x (1 - green_share) / (f + p) ) )

with net = the largest piece of usable land (m2, see usable_land) where ``land`` says what is usable, else the parcel after
the setback; f = footprint per bed = floor area per bed / storeys, and p = parking per bed = spaces per bed x m2 per space.
At most ``max_beds``.
Source of the rule: Region Arnhem-Nijmegen 2022, 1.1 (at least 15 m2 per person); Hardenberg 2025, Bijlage 1 (parking).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from pydantic import Field

from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion
from suitability.criteria.land_norms import LandNorms, land_needs, land_of
from suitability.spatial.distances import net_area

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.core.types import FloatArray
    from suitability.spatial.parcels import Parcels

_ROUNDING: Final = 1e-6  # of a bed: areas far from the origin are off by less, and must not cost a whole bed


class Capacity(Params):
    """Norms; every one of them is policy."""

    floor_area_per_bed_m2: float = Field(gt=0, description="gross floor area per bed, shared rooms included, in m2")
    storeys: int = Field(ge=1, description="building layers")
    built_share: float = Field(gt=0, le=1, description="share of the net area that may be built on")
    green_share: float = Field(ge=0, lt=1, description="share of the net area that stays free of building and parking")
    spaces_per_bed: float = Field(ge=0, description="parking spaces per bed")
    space_m2: float = Field(ge=0, description="area of a parking space with its share of the lane, in m2")
    setback_m: float = Field(
        default=0, ge=0, description="without land: strip along the boundary that stays free, in metres"
    )
    land: LandNorms | None = Field(default=None, description="what is usable land; left out = the whole parcel")
    max_beds: int | None = Field(default=None, ge=1, description="no more beds than this on one parcel")


def measure(parcels: Parcels, layers: Layers, params: Capacity) -> Measurement:
    """Return the number of beds per parcel."""
    if params.land is None:
        return Measurement.exact(_beds(net_area(parcels.geometry, params.setback_m), params))
    land = land_of(parcels, layers, params.land)
    beds, least, most = (_beds(net, params) for net in (land.area, land.least, land.most))
    return Measurement(beds, np.full(len(parcels), -1, dtype=np.int64), lower=least, upper=most)


def _beds(net: FloatArray, params: Capacity) -> FloatArray:
    """Return the whole beds on net areas (n,) in m2."""
    footprint = params.floor_area_per_bed_m2 / params.storeys
    parking = params.spaces_per_bed * params.space_m2
    by_building = net * params.built_share / footprint
    by_terrain = net * (1 - params.green_share) / (footprint + parking)
    beds = np.floor(np.minimum(by_building, by_terrain) + _ROUNDING)
    return np.minimum(beds, np.inf if params.max_beds is None else params.max_beds)


CRITERION = Criterion(
    id="capacity",
    unit="beds",
    params=Capacity,
    measure=measure,
    needs=lambda params: () if params.land is None else land_needs(params.land),
    form="units",
    reasons=("capacity.within", "capacity.beyond", "capacity.unknown"),
    source=Citation(document="arnhem-nijmegen-2022", article="1.1"),
)
