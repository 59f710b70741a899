"""Distance from the parcel to the nearest employer, in a straight line, boundary to boundary.

Measured in metres in EPSG:28992, 0 where they touch. An employer beyond the coverage may be nearer than the one found.
Source of the rule: Region Arnhem-Nijmegen 2022, 1.2 (within a radius of at most 15 km).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.spatial.distances import nearest
from suitability.spatial.shapes import shapes_of

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.core.measurement import Measurement
    from suitability.spatial.parcels import Parcels


class EmployerDistance(Params):
    """Params: the employers that count."""

    min_jobs: int = Field(ge=1, description="employers with fewer jobs are left out")


def measure(parcels: Parcels, layers: Layers, params: EmployerDistance) -> Measurement:
    """Return the distance per parcel in metres; evidence = the nearest employer."""
    layer = layers["employers"]
    counts = (layer.table["jobs"] >= params.min_jobs).to_numpy()
    return nearest(parcels, shapes_of(layer), counts, layer.table.index.to_numpy(dtype=np.int64), layer.coverage)


CRITERION = Criterion(
    id="employer_distance",
    unit="m",
    params=EmployerDistance,
    measure=measure,
    needs=(Need("employers", ("name", "jobs"), reach=lambda _params, limit: limit),),
    reasons=("employer_distance.within", "employer_distance.beyond", "employer_distance.unknown"),
    source=Citation(document="arnhem-nijmegen-2022", article="1.2"),
    evidence=("employers", ("name",)),
)
