"""Share of the parcel on which buildings stand.

A number from 0 to 1. Buildings that cover each other count once. Overlaps smaller than ``ignore_below_m2`` are drawing
differences between two maps: left out, and reported.
Source of the rule: Region Arnhem-Nijmegen 2022, 1.1 (room for the housing, its parking and its outdoor space).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.spatial.overlaps import covered_area, largest_overlap, overlaps, uncovered_area, without_slivers

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class BuiltShare(Params):
    """The smallest overlap that counts."""

    ignore_below_m2: float = Field(ge=0, description="smaller overlaps with one building are left out, in m2")


def measure(parcels: Parcels, layers: Layers, params: BuiltShare) -> Measurement:
    """Return the built share per parcel; evidence = the building with the largest part; details = m2 left out."""
    layer, n = layers["buildings"], len(parcels)
    counted, left_out = without_slivers(overlaps(parcels, layer), n, params.ignore_below_m2)
    covered = covered_area(counted, n)
    share = np.minimum(covered / parcels.areas, 1.0)
    return Measurement(
        value=share,
        evidence=largest_overlap(counted, n, layer.table.index.to_numpy(dtype=np.int64)),
        lower=share,
        upper=np.clip((covered + uncovered_area(parcels, layer.coverage)) / parcels.areas, share, 1.0),
        details={"left_out_m2": left_out},
    )


CRITERION = Criterion(
    id="built_share",
    unit="1",
    params=BuiltShare,
    measure=measure,
    needs=(Need("buildings"),),
    reasons=("built_share.within", "built_share.beyond", "built_share.unknown"),
    source=Citation(document="arnhem-nijmegen-2022", article="1.1"),
    evidence=("buildings", ("use",)),
)
