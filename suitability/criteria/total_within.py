"""Total of a column, or the number of features, of a layer within a radius of the parcel: jobs within 15 km.

Counted where the distance in a straight line, boundary to boundary, is at most ``radius_m`` (metres in EPSG:28992).
Where the data ends nearer than the radius there may be any number more. The same holds where a number is missing; a
feature of which a column asked for is not known may count.
Source of the rule: Region Arnhem-Nijmegen 2022, 1.2 (work within a radius of at most 15 km).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from suitability.core.layer_specs import LAYERS
from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.criteria.column_filter import ColumnFilter, kinds_in, matching
from suitability.spatial.distances import ROUNDING_M, spare_distance, sums_within

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class TotalWithin(Params):
    """Params: the column to sum, the features and the radius."""

    layer: Literal[
        "zoning", "building_plots", "recreation_parks", "facilities", "employers", "businesses", "buildings",
        "public_roads", "municipality", "settlements", "water",
    ] = Field(description="layer of the features")  # fmt: skip
    where: dict[str, ColumnFilter] | None = Field(default=None, description="which features: column and filter")
    column: str | None = Field(default=None, description="column of numbers to add up; absent = features are counted")
    radius_m: float = Field(gt=0, description="features up to this distance count, in metres")

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        columns = {**LAYERS[self.layer].columns, **LAYERS[self.layer].optional}
        if not set(self.where or ()) <= set(columns):
            raise ValueError("filter_column")
        if self.column is not None and columns.get(self.column) not in {"int", "float"}:
            raise ValueError("total_column")
        return self


def measure(parcels: Parcels, layers: Layers, params: TotalWithin) -> Measurement:
    """Return the total per parcel, of what surely counts; there is no evidence, for no single feature decides."""
    layer = layers[params.layer]
    sure, maybe = matching(layer.frame, params.where or {})
    amount = np.ones(len(layer.frame))
    if params.column is not None:
        absent = np.full(len(layer.frame), np.nan)
        found = (
            layer.frame[params.column].to_numpy(dtype=np.float64, na_value=np.nan)
            if params.column in layer.frame
            else absent
        )
        amount = np.where(np.isfinite(found), found, np.nan)
    known = np.nan_to_num(amount)
    least = np.where(sure, known, 0.0) + np.where(maybe, np.minimum(known, 0.0), 0.0)
    most = np.where(sure, known, 0.0) + np.where(maybe, np.maximum(known, 0.0), 0.0)
    unread = (np.isnan(amount) & (sure | maybe)).astype(np.float64)
    amounts = np.column_stack([np.where(sure, known, 0.0), least, most, unread])
    value, lower, upper, missing = sums_within(parcels, layer.frame.geometry.to_numpy(), amounts, params.radius_m).T
    unseen = spare_distance(parcels, layer.coverage_of(*sorted(_kinds(params) or ()))) < params.radius_m - ROUNDING_M
    return Measurement.between(
        value,
        lower=lower,
        upper=np.where(unseen | (missing > 0), np.inf, upper),
    )


def _kinds(params: TotalWithin) -> frozenset[str] | None:
    return kinds_in(LAYERS[params.layer], params.where or {})


CRITERION = Criterion(
    id="total_within",
    unit="count",
    params=TotalWithin,
    measure=measure,
    needs=lambda params: (
        Need(
            params.layer,
            (*(params.where or ()), *((params.column,) if params.column else ())),
            reach=lambda asked, _limit: float(asked.radius_m),
            kinds=_kinds,
        ),
    ),
    reasons=("total_within.within", "total_within.beyond", "total_within.unknown"),
    source=Citation(document="arnhem-nijmegen-2022", article="1.2"),
    chooses={"where": None},
)
