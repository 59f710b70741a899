"""An indicative noise raster from street class and railway: a map of "loud near here", not a calculated Lden.

Each class has an assumed level at 10 m. From the nearest line of a class the level falls as for a line source, with a
little extra per metre for ground and air; the classes are added as energies, with a quiet background:
``L = E - 10 log10(max(d, 10) / 10) - 0.008 d`` and ``total = 10 log10(sum of 10^(L / 10))``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from scipy.spatial import cKDTree

from suitability.core.layer import Raster

if TYPE_CHECKING:
    from layers.demo_data._land import Land

CELL_M: Final = 10.0
#: Assumed level in dB at 10 m, by street class; links count as their class, everything else makes no noise.
LEVEL_AT_10_M: Final = {
    "trunk": 74.0, "primary": 70.0, "secondary": 67.0, "tertiary": 63.0, "unclassified": 57.0, "residential": 54.0,
    "railway": 69.0,
}  # fmt: skip
BACKGROUND_DB: Final = 40.0
_LOUDEST_DB: Final = 75.0
_NEAREST_M: Final = 10.0
_DAMPING_DB_PER_M: Final = 0.008
_STEP_M: Final = 5.0
#: Half decibels: finer would pretend, and compresses badly.
_ROUND_DB: Final = 0.5


def make_noise(land: Land) -> Raster:
    """Return the raster in dB; NaN outside the coverage."""
    left, bottom, right, top = land.coverage.bounds
    left, top = np.floor(left / CELL_M) * CELL_M, np.ceil(top / CELL_M) * CELL_M
    n_columns, n_rows = int(np.ceil((right - left) / CELL_M)), int(np.ceil((top - bottom) / CELL_M))
    x = left + (np.arange(n_columns) + 0.5) * CELL_M
    y = top - (np.arange(n_rows) + 0.5) * CELL_M
    centres = np.column_stack([np.tile(x, n_rows), np.repeat(y, n_columns)])
    energy = np.full(len(centres), 10 ** (BACKGROUND_DB / 10))
    for road_class, level in LEVEL_AT_10_M.items():
        lines = _lines(land, road_class)
        points = shapely.get_coordinates(shapely.segmentize(lines, _STEP_M))
        distance, _ = cKDTree(points).query(centres)
        fallen = level - 10 * np.log10(np.maximum(distance, _NEAREST_M) / _NEAREST_M) - _DAMPING_DB_PER_M * distance
        energy += 10 ** (fallen / 10)
    total = np.minimum(np.round(10 * np.log10(energy) / _ROUND_DB) * _ROUND_DB, _LOUDEST_DB)
    total[~shapely.contains_xy(land.coverage, centres)] = np.nan
    return Raster(total.reshape(n_rows, n_columns).astype(np.float32), float(left), float(top), CELL_M)


def _lines(land: Land, road_class: str) -> np.ndarray:
    if road_class == "railway":
        rails: np.ndarray = land.rails.geometry.to_numpy()
        return rails
    wanted = land.roads["road_class"].isin([road_class, f"{road_class}_link"])
    roads: np.ndarray = land.roads.geometry.to_numpy()[wanted]
    return roads
