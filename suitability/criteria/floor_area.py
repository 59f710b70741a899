"""Floor area of the buildings on the parcel, by what they are used for.

Measured in m2 of usable floor, all storeys together. Of a building that stands on several parcels each has the part of
its floor that it has of its footprint. A building of which use or floor area is not known may count, as may one beyond the
coverage: then there is no upper bound.
Source of the rule: Bollenstreek 2022, 3.4 (inside business buildings).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from suitability.core.layer_specs import BuildingUse
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.criteria.buildings_on import floor_area_on

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.core.measurement import Measurement
    from suitability.spatial.parcels import Parcels


class FloorArea(Params):
    """Buildings that count."""

    uses: tuple[BuildingUse, ...] | None = Field(default=None, description="uses that count; left out = all")
    least_building_m2: float = Field(ge=0, description="buildings with a smaller footprint are left out, in m2")


def measure(parcels: Parcels, layers: Layers, params: FloorArea) -> Measurement:
    """Return the m2 of floor per parcel; evidence = the building with most of it."""
    return floor_area_on(parcels, layers["buildings"], params.uses, params.least_building_m2)


CRITERION = Criterion(
    id="floor_area",
    unit="m2",
    params=FloorArea,
    measure=measure,
    needs=(Need("buildings", ("use", "floor_area_m2")),),
    reasons=("floor_area.within", "floor_area.beyond", "floor_area.unknown"),
    source=Citation(document="bollenstreek-2022", article="3.4"),
    evidence=("buildings", ("use",)),
    chooses={"uses": "use"},
)
