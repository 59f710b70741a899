"""Share of the parcel that is covered by buildings.

A number from 0 to 1. Buildings that cover each other count once. Overlaps smaller than ``ignore_below_m2`` are drawing
differences between two maps: left out, and reported. More may be covered where the buildings are not known.
Source of the way of measuring: Hardenberg 2025, Bijlage 1 (what has to fit on the terrain beside what is there).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.spatial.overlaps import covered_share

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.core.measurement import Measurement
    from suitability.spatial.parcels import Parcels


class BuiltShare(Params):
    """Params: the smallest overlap that counts."""

    ignore_below_m2: float = Field(ge=0, description="smaller overlaps with one building are left out, in m2")


def measure(parcels: Parcels, layers: Layers, params: BuiltShare) -> Measurement:
    """Return the built share per parcel; evidence = the building with the largest part; details = m2 left out."""
    layer = layers["buildings"]
    every = np.ones(len(layer.table), dtype=bool)
    return covered_share(parcels, layer, params.ignore_below_m2, every, ~every)


CRITERION = Criterion(
    id="built_share",
    unit="1",
    params=BuiltShare,
    measure=measure,
    needs=(Need("buildings"),),
    reasons=("built_share.within", "built_share.beyond", "built_share.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
)
