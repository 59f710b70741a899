"""Statistics of raster cells inside polygons, with the exact share of every cell.

No rasterising, no sampling (``kernels.cell_shares``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from suitability.spatial import kernels

if TYPE_CHECKING:
    from suitability.core.layer import Raster
    from suitability.core.types import FloatArray
    from suitability.spatial.kernels.types import Flat


@dataclass(frozen=True)
class ZonalStatistics:
    """Arrays of length n. ``highest``, ``mean``: over cells with data, NaN where there is none.

    ``known_share``: share of the polygon that lies on cells with data.
    """

    highest: FloatArray
    mean: FloatArray
    known_share: FloatArray


def zonal_statistics(polygons: Flat, raster: Raster) -> ZonalStatistics:
    """Return the statistics per (multi)polygon; coordinates in the CRS of the raster."""
    xy = polygons.xy
    cells = np.column_stack([(xy[:, 0] - raster.left), (raster.top - xy[:, 1])]) / raster.cell_m
    highest, total, known = kernels.cell_shares.accumulate(
        cells, polygons.path_start, polygons.first_path, polygons.turn, raster.values
    )
    area = kernels.rings.areas_of(polygons) / raster.cell_m**2
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known > 0, total / known, np.nan)
        share = np.where(area > 0, np.minimum(known / area, 1.0), 0.0)
    return ZonalStatistics(np.where(known > 0, highest, np.nan), mean, share)
