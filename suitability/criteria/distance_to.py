"""Distance from the parcel to the nearest feature of a layer that the policy chooses, in a straight line.

Measured in metres in EPSG:28992, 0 where they touch; the policy says from and to what: the boundary, or the middle (of
a parcel a point inside it, of a feature its centroid). Works as a least and as a greatest distance. A feature beyond
the coverage, or one of which a column asked for is not known, may be nearer than the one found.
There is no "from the entrance": no map shows entrances, and one derived from the road jumps from end to end of a side
that runs along it. Facilities are points, so to them it is the door that counts.
Source of the rule: Hardenberg 2025, 5.1.2 (on or at the edge of a business park).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
import shapely
from pydantic import Field, model_validator

from suitability.core.layer_specs import LAYERS
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Evidence, Need
from suitability.criteria.column_filter import ColumnFilter, kinds_in, matching
from suitability.spatial.distances import least_spare, nearest
from suitability.spatial.shapes import Shapes, shapes_of

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.core.measurement import Measurement
    from suitability.spatial.parcels import Parcels


class DistanceTo(Params):
    """To which features of which layer, and from and to what."""

    layer: Literal[
        "zoning", "building_plots", "recreation_parks", "facilities", "employers", "businesses", "buildings",
        "public_roads", "municipality", "settlements", "water", "flood_defences", "floodplains", "nature_areas", "orchards",
        "power_lines",
    ] = Field(description="layer of the features")  # fmt: skip
    where: dict[str, ColumnFilter] | None = Field(default=None, description="which features: column and filter")
    measured_from: Literal["boundary", "middle"] = Field(description="of the parcel")
    measured_to: Literal["boundary", "middle"] = Field(description="of the feature")

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        if not set(self.where or ()) <= {*LAYERS[self.layer].columns, *LAYERS[self.layer].optional}:
            raise ValueError("filter_column")
        return self


def measure(parcels: Parcels, layers: Layers, params: DistanceTo) -> Measurement:
    """Return the distance per parcel in metres; evidence = the nearest feature that surely counts."""
    layer = layers[params.layer]
    sure, maybe = matching(layer.table, params.where or {})
    coverage = layer.coverage_of(*sorted(_kinds(params) or ()))
    to, rows = shapes_of(layer), layer.table.index.to_numpy(dtype=np.int64)
    if params.measured_to == "middle":
        to = Shapes(shapely.centroid(to.geometry))
    start = (
        Shapes(np.asarray(shapely.points(parcels.inner_xy), dtype=object))
        if params.measured_from == "middle"
        else parcels
    )
    found = nearest(start, to, sure, rows, coverage)
    possible, _ = least_spare(start, to, np.zeros(len(rows)), maybe, rows)
    return replace(found, lower=np.minimum(found.lower, possible))


def _kinds(params: DistanceTo) -> frozenset[str] | None:
    return kinds_in(LAYERS[params.layer], params.where or {})


def _evidence(params: DistanceTo) -> Evidence | None:
    column = next((name for name in ("name", "designation_code") if name in LAYERS[params.layer].columns), None)
    return (params.layer, (column,)) if column else None


CRITERION = Criterion(
    id="distance_to",
    unit="m",
    params=DistanceTo,
    measure=measure,
    needs=lambda params: (
        Need(params.layer, tuple(params.where or ()), reach=lambda _params, limit: limit, kinds=_kinds),
    ),
    reasons=("distance_to.within", "distance_to.beyond", "distance_to.unknown"),
    source=Citation(document="hardenberg-2025", article="5.1.2"),
    evidence=_evidence,
    chooses={"where": None},
)
