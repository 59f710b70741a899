"""Spare metres to the guideline distance of each business around the parcel, by environmental category.

For every business: distance boundary to boundary, minus the guideline distance of its category; the smallest counts.
Negative = within the guideline distance. A business without a category, or beyond the coverage, could be of any
category up to ``highest_category``: that lowers the lower bound.
Source: VNG, Bedrijven en milieuzonering (2009), richtafstanden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field, model_validator

from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.spatial.distances import least_spare, spare_distance
from suitability.spatial.shapes import shapes_of

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class NuisanceClearance(Params):
    """The table of guideline distances, and what an unknown business can be at worst."""

    guideline_m: dict[str, float] = Field(min_length=1, description="metres per environmental category")
    highest_category: str = Field(description="the highest category that an unknown business can have")

    @model_validator(mode="after")
    def _category_in_table(self) -> Self:
        if self.highest_category not in self.guideline_m:
            raise ValueError("category_not_in_table")
        return self

    @property
    def largest_m(self) -> float:
        """The guideline distance of the highest category an unknown business can have."""
        return self.guideline_m[self.highest_category]


def measure(parcels: Parcels, layers: Layers, params: NuisanceClearance) -> Measurement:
    """Return the spare metres per parcel; evidence = the business that leaves least."""
    return measure_up_to(parcels, layers, params, np.inf)


def measure_up_to(parcels: Parcels, layers: Layers, params: NuisanceClearance, most: float) -> Measurement:
    """Return the measurement of ``measure`` clipped at ``most`` metres to spare: more becomes +inf."""
    layer = layers["businesses"]
    rows = layer.table.index.to_numpy(dtype=np.int64)
    guideline_m = np.asarray(layer.table["environmental_category"].map(params.guideline_m), dtype=np.float64)
    known = ~np.isnan(guideline_m)
    value, evidence = least_spare(parcels, shapes_of(layer), guideline_m, known, rows, most)
    unknown, _ = least_spare(parcels, shapes_of(layer), np.full(len(rows), params.largest_m), ~known, rows, most)
    beyond = spare_distance(parcels, layer.coverage) - params.largest_m
    return Measurement(value, evidence, lower=np.minimum.reduce([value, unknown, beyond]), upper=value)


CRITERION = Criterion(
    id="nuisance_clearance",
    unit="m",
    params=NuisanceClearance,
    measure=measure,
    measure_up_to=measure_up_to,
    needs=(
        Need(
            "businesses", ("name", "environmental_category"), reach=lambda p, limit: max(p.guideline_m.values()) + limit
        ),
    ),
    reasons=("nuisance_clearance.within", "nuisance_clearance.beyond", "nuisance_clearance.unknown"),
    source=Citation(document="vng-2009"),
    evidence=("businesses", ("name", "environmental_category")),
    is_signed=True,
)
