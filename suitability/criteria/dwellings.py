"""Dwellings on the parcel.

A count. A building stands on the parcel that holds at least half of its footprint. A building of which the number of
dwellings is not known holds as many as can be, as does one beyond the coverage; one that is used as a dwelling holds one
at least.
Source of the rule: Hardenberg 2025, 5.1.2 (room rental presupposes a dwelling).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.criteria.buildings_on import dwellings_on

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.core.measurement import Measurement
    from suitability.spatial.parcels import Parcels


class Dwellings(Params):
    """No choices: every dwelling counts."""


def measure(parcels: Parcels, layers: Layers, _params: Dwellings) -> Measurement:
    """Return the dwellings per parcel; evidence = the building with most of them."""
    return dwellings_on(parcels, layers["buildings"])


CRITERION = Criterion(
    id="dwellings",
    unit="count",
    params=Dwellings,
    measure=measure,
    needs=(Need("buildings", ("use", "n_dwellings")),),
    reasons=("dwellings.within", "dwellings.beyond", "dwellings.unknown"),
    source=Citation(document="hardenberg-2025", article="5.1.2"),
    evidence=("buildings", ("use",)),
)
