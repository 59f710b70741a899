"""Width of the parcel: the diameter of the largest circle that fits in it, when a strip along the boundary stays free.

Measured in metres; long and narrow land is as wide as it is narrow. It needs no layer but the parcels. The circle is
searched to within 1 mm of its radius, so the true width may be up to 2 mm more.
Source of the way of measuring: setbacks from the plot boundary as zoning plans prescribe them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from pydantic import Field

from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion
from suitability.spatial.distances import inscribed_radius

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels

_TOLERANCE_M: Final = 0.001  # of the radius; far below what parcels are surveyed to


class ParcelWidth(Params):
    """The strip that stays free."""

    setback_m: float = Field(ge=0, description="strip along the boundary that stays free, in metres")


def measure(parcels: Parcels, _layers: Layers, params: ParcelWidth) -> Measurement:
    """Return the width per parcel in metres."""
    radius = inscribed_radius(parcels, _TOLERANCE_M)
    # The widest place of what a setback leaves is that of the whole, less the setback on both sides: no buffer needed.
    width, most = (2.0 * np.maximum(r - params.setback_m, 0.0) for r in (radius, radius + _TOLERANCE_M))
    return Measurement.between(width, lower=width, upper=most)


CRITERION = Criterion(
    id="parcel_width",
    unit="m",
    params=ParcelWidth,
    measure=measure,
    needs=(),
    is_slow=True,
    reasons=("parcel_width.within", "parcel_width.beyond", "parcel_width.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
)
