"""Usable land: the largest piece that setbacks, buildings, water and roads leave, without what is too narrow.

Measured in m2. From the parcel go the strip along its boundary and, each with its margin, buildings, water and public
roads; of what is left, what a circle of the least width cannot reach falls away (morphological opening). Pieces joined by
a neck narrower than the least width are pieces of their own. Beyond the coverage of a layer something may stand. A neck
within 2 mm of the least width leaves the area unsure.
Source of the rule: Region Arnhem-Nijmegen 2022, 1.1 (room for the housing, its parking and its outdoor space).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from suitability.core.measurement import Measurement
from suitability.core.types import Citation
from suitability.criteria.base import Criterion
from suitability.criteria.land_norms import LandNorms, land_needs, land_of

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class UsableLand(LandNorms):
    """Strips that stay free, and the least width."""


def measure(parcels: Parcels, layers: Layers, params: UsableLand) -> Measurement:
    """Return the m2 of the largest usable piece per parcel."""
    land = land_of(parcels, layers, params)
    return Measurement(land.area, np.full(len(parcels), -1, dtype=np.int64), lower=land.least, upper=land.most)


CRITERION = Criterion(
    id="usable_land",
    unit="m2",
    params=UsableLand,
    measure=measure,
    needs=land_needs,
    reasons=("usable_land.within", "usable_land.beyond", "usable_land.unknown"),
    source=Citation(document="arnhem-nijmegen-2022", article="1.1"),
)
