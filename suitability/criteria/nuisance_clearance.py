"""Spare metres to the guideline distance of each business around the parcel, by environmental category.

For every business: distance boundary to boundary, minus the guideline distance of its category; the smallest counts.
Negative = within the guideline distance. A business without a category, or beyond the coverage, could be of any
category up to ``highest_category``: that lowers the lower bound. The business on whose terrain the parcel lies can be
set aside: housing at an employer always lies within the distance of that employer.
Source: VNG, Bedrijven en milieuzonering (2009), richtafstanden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
import shapely
from pydantic import Field, model_validator

from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.spatial.belonging import own_businesses
from suitability.spatial.distances import ROUNDING_M, least_spare, spare_distance
from suitability.spatial.shapes import shapes_of

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.core.types import BoolArray, FloatArray, GeometryArray, IntArray
    from suitability.spatial.parcels import Parcels


class NuisanceClearance(Params):
    """The table of guideline distances, what an unknown business can be at worst, and which business is set aside."""

    guideline_m: dict[str, float] = Field(min_length=1, description="metres per environmental category")
    highest_category: str = Field(description="the highest category that an unknown business can have")
    set_aside: Literal["same_parcel", "same_building_plot"] | None = Field(
        default=None,
        description="the business on the same parcel, or also on the same building plot, is left out; without it all count",
    )

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
    largest_m = np.full(len(rows), params.largest_m)
    value, evidence = least_spare(parcels, shapes_of(layer), guideline_m, known, rows, most)
    unknown, _ = least_spare(parcels, shapes_of(layer), largest_m, ~known, rows, most)
    if params.set_aside is not None:
        shapes = shapes_of(layer).geometry
        plots = shapes_of(layers["building_plots"]).geometry if params.set_aside == "same_building_plot" else None
        parcel, business = own_businesses(parcels, shapes, plots)
        again, of_again = np.unique(parcel, return_inverse=True)
        here, own = parcels.at(again), (of_again, business)
        value[again], evidence[again] = _without_own(here, shapes, guideline_m, known, rows, most, own)
        unknown[again], _ = _without_own(here, shapes, largest_m, ~known, rows, most, own)
    beyond = spare_distance(parcels, layer.coverage) - params.largest_m
    return Measurement(value, evidence, lower=np.minimum.reduce([value, unknown, beyond]), upper=value)


def _without_own(
    parcels: GeometryArray,
    shapes: GeometryArray,
    claim_m: FloatArray,
    counts: BoolArray,
    rows: IntArray,
    most: float,
    own: tuple[IntArray, IntArray],
) -> tuple[FloatArray, IntArray]:
    """Return ``least_spare`` of parcels without their own businesses; ``own``: pairs of a parcel and its business."""
    left = np.flatnonzero(counts)
    value, which = np.full(len(parcels), np.inf), np.full(len(parcels), -1, dtype=np.int64)
    if not len(left):
        return value, which
    farthest = float(claim_m[left].max()) + most
    if np.isfinite(farthest):
        parcel, place = shapely.STRtree(shapes[left]).query(
            parcels, predicate="dwithin", distance=max(farthest, 0.0) + ROUNDING_M
        )
    else:
        parcel, place = np.divmod(np.arange(len(parcels) * len(left)), len(left))
    business = left[place]
    is_own = np.isin(parcel * len(rows) + business, own[0] * len(rows) + own[1])
    parcel, business = parcel[~is_own], business[~is_own]
    spare = shapely.distance(parcels[parcel], shapes[business]) - claim_m[business]
    near = spare <= most
    parcel, business, spare = parcel[near], business[near], spare[near]
    order = np.lexsort((-business, -spare))  # last write wins: the least, of equals the lowest row
    value[parcel[order]], which[parcel[order]] = spare[order], rows[business[order]]
    return value, which


def _needs(params: NuisanceClearance) -> tuple[Need, ...]:
    businesses = Need(
        "businesses", ("name", "environmental_category"), reach=lambda p, limit: max(p.guideline_m.values()) + limit
    )
    return (businesses, Need("building_plots")) if params.set_aside == "same_building_plot" else (businesses,)


CRITERION = Criterion(
    id="nuisance_clearance",
    unit="m",
    params=NuisanceClearance,
    measure=measure,
    measure_up_to=measure_up_to,
    needs=_needs,
    reasons=("nuisance_clearance.within", "nuisance_clearance.beyond", "nuisance_clearance.unknown"),
    source=Citation(document="vng-2009"),
    evidence=("businesses", ("name", "environmental_category")),
    is_signed=True,
)
