"""Share of the parcel that is covered by the features of a layer that the policy chooses, such as settlements.

A number from 0 to 1. Features that cover each other count once. Overlaps smaller than ``ignore_below_m2`` are drawing
differences between two maps: left out, and reported. Features of which a column asked for is not known may count.
Source of the rule: Region Arnhem-Nijmegen 2022, 1.2 (temporary housing outside the core).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from suitability.core.layer_specs import LAYERS, AreaLayer
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Evidence, Need
from suitability.criteria.column_filter import ColumnFilter, matching
from suitability.spatial.overlaps import covered_share

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.core.measurement import Measurement
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
    layer = layers[params.layer]
    sure, maybe = matching(layer.table, params.where or {})
    return covered_share(parcels, layer, params.ignore_below_m2, sure, maybe)


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
