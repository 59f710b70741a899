"""Share of the parcel inside zoning areas with an allowed designation.

Measured as a share of the parcel's area, 0 to 1; overlapping areas count once. Land without a mapped designation, and
land outside the coverage, could be anything: it widens the bounds.
Source of the rule: a plot's use is bound by the zoning plan in force (Omgevingswet, art. 5.1; Hardenberg 2025, 5.1.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.spatial.overlaps import covered_area, largest_overlap, overlaps, uncovered_area

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class ZoningShare(Params):
    """Params: the designations that count."""

    allowed: tuple[str, ...] = Field(min_length=1, description="designations that count, in the plan's vocabulary")


def measure(parcels: Parcels, layers: Layers, params: ZoningShare) -> Measurement:
    """Return the allowed share per parcel; evidence = the zoning area that covers most of it."""
    layer, n = layers["zoning"], len(parcels)
    zones = layer.table
    pairs = overlaps(parcels, layer)
    allowed = zones["designation"].isin(params.allowed).to_numpy()
    unmapped = zones["designation"].isna().to_numpy()
    share = np.minimum(covered_area(pairs.of(allowed), n) / parcels.areas, 1.0)
    open_area = covered_area(pairs.of(unmapped), n) + uncovered_area(parcels, layer.coverage)
    return Measurement(
        value=share,
        evidence=largest_overlap(pairs, n, zones.index.to_numpy(dtype=np.int64)),
        lower=share,
        upper=np.minimum(share + open_area / parcels.areas, 1.0),
    )


CRITERION = Criterion(
    id="zoning_share",
    unit="1",
    params=ZoningShare,
    measure=measure,
    needs=(Need("zoning", ("designation", "designation_code")),),
    reasons=("zoning_share.within", "zoning_share.beyond", "zoning_share.unknown"),
    source=Citation(document="hardenberg-2025", article="5.1.2"),
    evidence=("zoning", ("designation_code",)),
    chooses={"allowed": "designation"},
)
