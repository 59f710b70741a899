"""Width of the usable land: the diameter of the largest circle that fits in its largest piece.

Measured in metres, 0 without usable land; the circle is searched to within 1 mm of its radius. What usable land is: see
usable_land.
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


class UsableWidth(LandNorms):
    """Strips that stay free, and the least width."""


def measure(parcels: Parcels, layers: Layers, params: UsableWidth) -> Measurement:
    """Return the width of the largest usable piece per parcel in metres."""
    land = land_of(parcels, layers, params)
    return Measurement(land.width, np.full(len(parcels), -1, dtype=np.int64), lower=land.narrowest, upper=land.widest)


CRITERION = Criterion(
    id="usable_width",
    unit="m",
    params=UsableWidth,
    measure=measure,
    needs=land_needs,
    reasons=("usable_width.within", "usable_width.beyond", "usable_width.unknown"),
    source=Citation(document="arnhem-nijmegen-2022", article="1.1"),
)
