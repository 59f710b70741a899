"""Share of the parcel that is covered by the features of a layer that the policy chooses, such as settlements.

A number from 0 to 1. Features that cover each other count once. Overlaps smaller than ``ignore_below_m2`` are drawing
differences between two maps: left out, and reported. Features of which a column asked for is not known may count.
Source of the rule: Region Arnhem-Nijmegen 2022, 1.2 (temporary housing outside the core).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field, model_validator

from suitability.core.layer_specs import LAYERS, AreaLayer
from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Evidence, Need
from suitability.criteria.column_filter import ColumnFilter, matching
from suitability.spatial.overlaps import covered_area, largest_overlap, overlaps, uncovered_area, without_slivers

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class OverlapShare(Params):
    """Params: the layer, its features and the smallest overlap that counts."""

    layer: AreaLayer = Field(description="layer of areas")
    where: dict[str, ColumnFilter] | None = Field(default=None, description="which features: column and filter")
    ignore_below_m2: float = Field(ge=0, description="smaller overlaps with one feature are left out, in m2")

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        if not set(self.where or ()) <= {*LAYERS[self.layer].columns, *LAYERS[self.layer].optional}:
            raise ValueError("filter_column")
        return self


def measure(parcels: Parcels, layers: Layers, params: OverlapShare) -> Measurement:
    """Return the covered share per parcel; evidence = the feature with the largest part; details = m2 left out."""
    layer, n = layers[params.layer], len(parcels)
    counted, left_out = without_slivers(overlaps(parcels, layer), n, params.ignore_below_m2)
    sure, maybe = matching(layer.table, params.where or {})
    share = np.minimum(covered_area(counted.of(sure), n) / parcels.areas, 1.0)
    most = covered_area(counted.of(sure | maybe), n) + uncovered_area(parcels, layer.coverage)
    return Measurement(
        value=share,
        evidence=largest_overlap(counted.of(sure), n, layer.table.index.to_numpy(dtype=np.int64)),
        lower=share,
        upper=np.clip(most / parcels.areas, share, 1.0),
        details={"left_out_m2": left_out},
    )


def _evidence(params: OverlapShare) -> Evidence | None:
    column = next((name for name in ("name", "designation_code") if name in LAYERS[params.layer].columns), None)
    return (params.layer, (column,)) if column else None


CRITERION = Criterion(
    id="overlap_share",
    unit="1",
    params=OverlapShare,
    measure=measure,
    needs=lambda params: (Need(params.layer, tuple(params.where or ())),),
    reasons=("overlap_share.within", "overlap_share.beyond", "overlap_share.unknown"),
    source=Citation(document="arnhem-nijmegen-2022", article="1.2"),
    evidence=_evidence,
    chooses={"where": None},
)
