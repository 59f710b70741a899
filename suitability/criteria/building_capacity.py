"""Beds in the buildings on the parcel, when they are converted.

    beds = floor( floor area of the buildings that count / floor area per bed )

At most ``max_beds``. What floor area is, and when it is not known: see floor_area. Parking is not counted.
Source of the rule: Hardenberg 2025, 5.1.2 (in the outlying area inside existing buildings).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field

from suitability.core.layer_specs import BuildingUse
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.criteria.buildings_on import floor_area_on
from suitability.criteria.whole_beds import whole_beds

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.core.measurement import Measurement
    from suitability.spatial.parcels import Parcels


class BuildingCapacity(Params):
    """Buildings that count, and the floor area per bed."""

    uses: tuple[BuildingUse, ...] | None = Field(default=None, description="uses that count; left out = all")
    least_building_m2: float = Field(ge=0, description="buildings with a smaller footprint are left out, in m2")
    floor_area_per_bed_m2: float = Field(gt=0, description="floor area per bed, shared rooms included, in m2")
    max_beds: int | None = Field(default=None, ge=1, description="no more beds than this on one parcel")


def measure(parcels: Parcels, layers: Layers, params: BuildingCapacity) -> Measurement:
    """Return the number of beds per parcel; evidence = the building with most floor."""
    floor = floor_area_on(parcels, layers["buildings"], params.uses, params.least_building_m2)
    value, lower, upper = (
        whole_beds(area / params.floor_area_per_bed_m2, params.max_beds)
        for area in (floor.value, floor.lower, floor.upper)
    )
    return replace(floor, value=value, lower=lower, upper=upper)


CRITERION = Criterion(
    id="building_capacity",
    unit="beds",
    params=BuildingCapacity,
    measure=measure,
    needs=(Need("buildings", ("use", "floor_area_m2")),),
    reasons=("building_capacity.within", "building_capacity.beyond", "building_capacity.unknown"),
    source=Citation(document="hardenberg-2025", article="5.1.2"),
    evidence=("buildings", ("use",)),
    chooses={"uses": "use"},
    form="building",
)
