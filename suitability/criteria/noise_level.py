"""Noise level on the parcel, from a raster, with the exact share of each cell that lies inside the parcel.

``highest``: the highest cell of which a measurable part lies inside; ``mean``: the average weighted by those shares.
Measured in dB; what the dB stands for (Lden or an indication) is said by the layer. A cell without data could hold any
level up to ``loudest_db``, so a parcel that touches one is unknown unless the known cells already exceed the limit.
Source of the rule: Hardenberg 2025, Bijlage 1 (bad surroundings such as noise).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from pydantic import Field

from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need
from suitability.spatial.zonal import zonal_statistics

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels

_ROUNDING: Final = 1e-6  # shares of cells add up to the parcel within this


class NoiseLevel(Params):
    """Params: the statistic of the cells that counts."""

    statistic: Literal["highest", "mean"] = Field(description="highest cell, or mean over the parcel")
    quietest_db: float = Field(description="no cell is below this, in dB; bounds what is unknown")
    loudest_db: float = Field(description="no cell is above this, in dB; bounds what is unknown")


def measure(parcels: Parcels, layers: Layers, params: NoiseLevel) -> Measurement:
    """Return the noise level per parcel in dB."""
    stats = zonal_statistics(parcels.flat, layers["noise"].raster)
    known, missing = stats.known_share, np.maximum(1.0 - stats.known_share, 0.0)
    missing = np.where(missing < _ROUNDING, 0.0, missing)
    value = stats.highest if params.statistic == "highest" else stats.mean
    if params.statistic == "highest":
        lower, upper = value, np.where(missing > 0, np.fmax(value, params.loudest_db), value)
    else:
        lower, upper = (value * known + bound * missing for bound in (params.quietest_db, params.loudest_db))
    seen = known > 0
    return Measurement.between(
        np.where(seen, value, np.nan),
        lower=np.where(seen, np.minimum(lower, value), -np.inf),
        upper=np.where(seen, np.maximum(upper, value), np.inf),
    )


CRITERION = Criterion(
    id="noise_level",
    unit="dB",
    params=NoiseLevel,
    measure=measure,
    needs=(Need("noise", reach=lambda _params, _limit: 100.0),),
    reasons=("noise_level.within", "noise_level.beyond", "noise_level.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
)
