"""The largest circle inside each parcel: this package and GEOS.

The parcels are read first, which is not counted. GEOS twice: as finely as this package does, and as coarsely as it was
asked before this package had a way of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.contest import FIRST, busy, contest, enter
from benchmarks.tiling import tiling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARCELS: Final = 50_000
COUNTED: Final = 10_000
RUNS: Final = 3
_FINE_M: Final = 0.001
_COARSE_M: Final = 0.1


def run() -> None:
    """Print times, memory and differences of the radius."""
    print(f"Width: the largest circle in {COUNTED} parcels, each entrant in a process of its own{busy()}")
    ours, *others = contest("benchmarks.width", list(ENTRANTS), tiling(PARCELS), RUNS)
    for other in others:
        if ours.answer is not None and other.answer is not None:
            apart = (other.answer - ours.answer) * 1000
            print(f"  {other.name}: radius between {-apart.min():.2f} mm less and {apart.max():.2f} mm more")


def _parcels(folder: Path) -> np.ndarray:
    shapes: np.ndarray = gpd.read_parquet(folder / "parcels.parquet").geometry.to_numpy()[:COUNTED]
    return shapes


def _ours(folder: Path) -> Callable[[], np.ndarray]:
    from suitability.spatial.kernels.coordinate_arrays import flat_of  # noqa: PLC0415 (its memory is not to count for the others)
    from suitability.spatial.kernels.inscribed import inscribed_radii  # noqa: PLC0415

    shapes = _parcels(folder)
    return lambda: inscribed_radii(flat_of(shapes), _FINE_M)


def _geos(tolerance_m: float) -> Callable[[Path], Callable[[], np.ndarray]]:
    def prepare(folder: Path) -> Callable[[], np.ndarray]:
        shapes = _parcels(folder)
        return lambda: np.asarray(shapely.length(shapely.maximum_inscribed_circle(shapes, tolerance=tolerance_m)))

    return prepare


ENTRANTS: Final = {FIRST: _ours, "GEOS, to 1 mm": _geos(_FINE_M), "GEOS, to 10 cm": _geos(_COARSE_M)}

if __name__ == "__main__":
    enter(ENTRANTS)
