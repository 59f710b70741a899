"""Net area of the parcel: what is left when a strip along the boundary stays free.

Measured in m2. Always known: it needs no layer but the parcels.
Source of the way of measuring: setbacks from the plot boundary as zoning plans prescribe them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion
from suitability.spatial.distances import net_area

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class ParcelArea(Params):
    """The strip that stays free."""

    setback_m: float = Field(ge=0, description="strip along the boundary that stays free, in metres")


def measure(parcels: Parcels, _layers: Layers, params: ParcelArea) -> Measurement:
    """Return the net area per parcel in m2."""
    return Measurement.exact(net_area(parcels.geometry, params.setback_m))


CRITERION = Criterion(
    id="parcel_area",
    unit="m2",
    params=ParcelArea,
    measure=measure,
    needs=(),
    reasons=("parcel_area.within", "parcel_area.beyond", "parcel_area.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
)
