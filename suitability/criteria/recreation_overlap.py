"""Square metres of recreation park inside the parcel.

Parks that overlap each other count once. On land outside the coverage there could be a park.
Source of the rule: Hardenberg 2025, 5.1.2 (recreation parks are the one kind of place excluded beforehand).
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


class RecreationOverlap(Params):
    """Params: the parks that count."""

    park_kinds: tuple[str, ...] = Field(default=(), description="kinds of park that count; empty = all")


def measure(parcels: Parcels, layers: Layers, params: RecreationOverlap) -> Measurement:
    """Return the park area per parcel in m2; evidence = the park with the largest part."""
    layer, n = layers["recreation_parks"], len(parcels)
    counts = layer.table["park_kind"].isin(params.park_kinds).to_numpy() | (not params.park_kinds)
    pairs = overlaps(parcels, layer).of(counts)
    area = covered_area(pairs, n)
    evidence = largest_overlap(pairs, n, layer.table.index.to_numpy(dtype=np.int64))
    return Measurement(value=area, evidence=evidence, lower=area, upper=area + uncovered_area(parcels, layer.coverage))


CRITERION = Criterion(
    id="recreation_overlap",
    unit="m2",
    params=RecreationOverlap,
    measure=measure,
    needs=(Need("recreation_parks", ("name", "park_kind")),),
    reasons=("recreation_overlap.within", "recreation_overlap.beyond", "recreation_overlap.unknown"),
    source=Citation(document="hardenberg-2025", article="5.1.2"),
    evidence=("recreation_parks", ("name",)),
    chooses={"park_kinds": "park_kind"},
)
