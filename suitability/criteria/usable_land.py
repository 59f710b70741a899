"""Largest piece of the parcel that can be used, in m2: clear of what stands there, and wide enough throughout.

What stays free is policy: a strip along the boundary, and strips around buildings, along water and along public roads (from
the edge of the road: half its width from the line). What is narrower than the least width falls away. What is left can
fall apart into pieces, of which the largest counts; 0 where there is none.
Less is sure where a layer ends within its strip of the parcel: something could stand there. A road of which the width is
not known could be 100 m wide. Where the land is as wide as the least width to within 2 mm, with and without it are both
possible.
Source of the way of measuring: Hardenberg 2025, Bijlage 1 (what has to fit on the terrain beside what is there).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.core.measurement import Measurement
from suitability.core.types import Citation
from suitability.criteria.base import Criterion
from suitability.criteria.land_norms import LAND_NEEDS, LandNorms
from suitability.spatial import usable_land

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class UsableLand(LandNorms):
    """Params: what stays free, and the least width."""


def measure(parcels: Parcels, layers: Layers, params: UsableLand) -> Measurement:
    """Return the m2 of the largest usable piece per parcel."""
    land = usable_land.usable_land(parcels, layers, params.margins)
    return Measurement.between(land.area_m2, lower=land.lower_m2, upper=land.area_m2)


CRITERION = Criterion(
    id="usable_land",
    unit="m2",
    params=UsableLand,
    measure=measure,
    needs=LAND_NEEDS,
    reasons=("usable_land.within", "usable_land.beyond", "usable_land.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
)
