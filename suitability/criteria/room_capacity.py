"""Beds in the dwellings on the parcel, when they are let by the room.

    beds = dwellings x persons per dwelling

At most ``max_beds``. What a dwelling is, and when their number is not known: see dwellings.
Source of the rule: Hardenberg 2025, 5.1.1 (room rental from 2 persons).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field

from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.criteria.buildings_on import dwellings_on
from suitability.criteria.whole_beds import whole_beds

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.core.measurement import Measurement
    from suitability.spatial.parcels import Parcels


class RoomCapacity(Params):
    """Number of persons in one dwelling."""

    persons_per_dwelling: int = Field(ge=1, description="persons per dwelling let by the room")
    max_beds: int | None = Field(default=None, ge=1, description="no more beds than this on one parcel")


def measure(parcels: Parcels, layers: Layers, params: RoomCapacity) -> Measurement:
    """Return the number of beds per parcel; evidence = the building with most dwellings."""
    dwellings = dwellings_on(parcels, layers["buildings"])
    value, lower, upper = (
        whole_beds(number * params.persons_per_dwelling, params.max_beds)
        for number in (dwellings.value, dwellings.lower, dwellings.upper)
    )
    return replace(dwellings, value=value, lower=lower, upper=upper)


CRITERION = Criterion(
    id="room_capacity",
    unit="beds",
    params=RoomCapacity,
    measure=measure,
    needs=(Need("buildings", ("use", "n_dwellings")),),
    reasons=("room_capacity.within", "room_capacity.beyond", "room_capacity.unknown"),
    source=Citation(document="hardenberg-2025", article="5.1.1"),
    evidence=("buildings", ("use",)),
    form="rooms",
)
