"""Highest and mean level of a raster inside each parcel: this package, rasterstats, exactextract.

The parcels and the raster are read first, which is not counted. rasterstats counts a cell when its middle lies inside;
this package and exactextract weigh every cell with the share of it that lies inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np

from benchmarks.contest import FIRST, Entry, busy, contest, enter
from benchmarks.tiling import tiling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARCELS: Final = 50_000
COUNTED: Final = 10_000
RUNS: Final = 3


def run() -> None:
    """Print times, memory and differences in the mean."""
    folder = tiling(PARCELS)
    print(f"Noise: {COUNTED} parcels on cells of 10 m, each entrant in a process of its own{busy()}")
    entries = contest("benchmarks.noise", list(ENTRANTS), folder, RUNS)
    for entry in entries[1:]:
        _compare(entries[0], entry)


def _compare(ours: Entry, other: Entry) -> None:
    if ours.answer is None or other.answer is None:
        return
    nothing = np.isnan(other.answer[:, 1]) & np.isfinite(ours.answer[:, 1])
    apart = np.abs(ours.answer - other.answer)
    highest, mean = np.nanmax(apart[:, 0], initial=0.0), np.nanmax(apart[:, 1], initial=0.0)
    print(
        f"  {other.name}: largest difference {highest:.3f} dB in the highest, {mean:.3f} dB in the mean; "
        f"no answer for {nothing.sum()} parcels"
    )


def _parcels(folder: Path) -> gpd.GeoDataFrame:
    return gpd.read_parquet(folder / "parcels.parquet").iloc[:COUNTED]


def _ours(folder: Path) -> Callable[[], np.ndarray]:
    from layers import open_source  # noqa: PLC0415 (its memory is not to count for the others)
    from suitability.core.layer import Area  # noqa: PLC0415
    from suitability.core.layer_specs import LAYERS  # noqa: PLC0415
    from suitability.spatial.kernels.coordinate_arrays import flat_of  # noqa: PLC0415
    from suitability.spatial.zonal import zonal_statistics  # noqa: PLC0415

    raster = open_source(f"dir:{folder}").load(LAYERS["noise"], Area.everywhere()).raster
    shapes = _parcels(folder).geometry.to_numpy()

    def work() -> np.ndarray:
        found = zonal_statistics(flat_of(shapes), raster)
        return np.column_stack([found.highest, found.mean])

    return work


def _rasterstats(folder: Path) -> Callable[[], np.ndarray]:
    import rasterio  # noqa: PLC0415
    from rasterstats import zonal_stats  # noqa: PLC0415 (a peer that need not be installed)

    parcels = _parcels(folder)
    with rasterio.open(folder / "noise.tif") as file:
        values, transform = file.read(1), file.transform

    def work() -> np.ndarray:
        found = zonal_stats(parcels, values, affine=transform, stats=["max", "mean"], nodata=np.nan)
        return np.array([(one["max"], one["mean"]) for one in found], dtype=np.float64)

    return work


def _exactextract(folder: Path) -> Callable[[], np.ndarray]:
    from exactextract import exact_extract  # noqa: PLC0415 (a peer that need not be installed)

    parcels = _parcels(folder)

    def work() -> np.ndarray:
        found = exact_extract(str(folder / "noise.tif"), parcels, ["max", "mean"], output="pandas")
        return found[["max", "mean"]].to_numpy(dtype=np.float64)

    return work


ENTRANTS: Final = {FIRST: _ours, "rasterstats": _rasterstats, "exactextract": _exactextract}

if __name__ == "__main__":
    enter(ENTRANTS)
