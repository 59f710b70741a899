"""Width of the largest piece of the parcel that can be used: the diameter of the largest circle that fits in it.

Measured in metres; which piece that is, is as in ``usable_land``, with the same norms. 0 where there is none. The circle is
searched to within 1 mm of its radius.
Where something unknown could stand on the parcel, another piece may turn out to be the largest: the width then lies between
the least width and that of the widest piece.
Source of the way of measuring: Hardenberg 2025, Bijlage 1 (what has to fit on the terrain beside what is there).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.core.measurement import Measurement
from suitability.core.types import Citation
from suitability.criteria.base import Criterion
from suitability.criteria.land_norms import LAND_NEEDS, LandNorms
from suitability.spatial.usable_land import usable_land

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class UsableWidth(LandNorms):
    """Params: what stays free, and the least width."""


def measure(parcels: Parcels, layers: Layers, params: UsableWidth) -> Measurement:
    """Return the width in metres of the largest usable piece per parcel."""
    width, lower, upper = usable_land(parcels, layers, params.margins).widths()
    return Measurement.between(width, lower=lower, upper=upper)


CRITERION = Criterion(
    id="usable_width",
    unit="m",
    params=UsableWidth,
    measure=measure,
    needs=LAND_NEEDS,
    reasons=("usable_width.within", "usable_width.beyond", "usable_width.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
)
