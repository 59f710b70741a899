"""Share of each parcel in allowed zones: this package, geopandas two ways, sedonadb.

All read the same two GeoParquet files first, which is not counted for any but sedonadb "from disk". The answer is the
share per parcel; how far each lies from ours, and how many parcels fall on the other side of one half, is printed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely

from benchmarks.careful_script import ALLOWED
from benchmarks.contest import FIRST, Entry, busy, contest, enter
from benchmarks.tiling import tiling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARCELS: Final = 50_000
RUNS: Final = 3
HALF: Final = 0.5
#: More than what shares differ by because of rounding.
_ROUNDING: Final = 1e-9
_SQL: Final = """
    SELECT p.parcel_id, SUM(ST_Area(ST_Intersection(p.geometry, z.geometry))) AS area
    FROM parcels AS p JOIN zones AS z ON ST_Intersects(p.geometry, z.geometry)
    WHERE z.designation IN ({allowed}) GROUP BY p.parcel_id
"""


def run() -> None:
    """Print times, memory and differences."""
    folder = tiling(PARCELS)
    print(f"Zoning share: {PARCELS} parcels, each entrant in a process of its own{busy()}")
    entries = contest("benchmarks.zones", list(ENTRANTS), folder, RUNS)
    for entry in entries[1:]:
        _compare(entries[0], entry)


def _compare(ours: Entry, other: Entry) -> None:
    if ours.answer is None or other.answer is None:
        return
    apart = np.abs(ours.answer - other.answer)
    sides = ((ours.answer >= HALF - _ROUNDING) != (other.answer >= HALF - _ROUNDING)).sum()
    print(
        f"  {other.name}: largest difference {apart.max():.2e} of a parcel; {sides} parcels on the other side of one half"
    )


def _frames(folder: Path) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    zones = gpd.read_parquet(folder / "zoning.parquet")
    return gpd.read_parquet(folder / "parcels.parquet"), zones[zones["designation"].isin(ALLOWED)]


def _ours(folder: Path) -> Callable[[], np.ndarray]:
    from layers import open_source  # noqa: PLC0415 (its memory is not to count for the others)
    from suitability.core.layer import Area  # noqa: PLC0415
    from suitability.core.layer_specs import LAYERS  # noqa: PLC0415
    from suitability.criteria.zoning_share import ZoningShare, measure  # noqa: PLC0415
    from suitability.spatial.parcels import Parcels  # noqa: PLC0415

    source = open_source(f"dir:{folder}")
    layers = {name: source.load(LAYERS[name], Area.everywhere()) for name in ("parcels", "zoning")}
    frame, params = layers["parcels"].frame, ZoningShare(allowed=tuple(ALLOWED))
    ids, shapes = frame["parcel_id"].to_numpy(dtype=object), frame.geometry.to_numpy()

    def work() -> np.ndarray:  # nothing is kept from one call to the next
        return measure(Parcels(ids, shapes), {name: replace(layer) for name, layer in layers.items()}, params).value

    return work


def _overlay(folder: Path) -> Callable[[], np.ndarray]:
    parcels, zones = _frames(folder)

    def work() -> np.ndarray:
        pieces = gpd.overlay(parcels[["parcel_id", "geometry"]], zones, how="intersection", keep_geom_type=True)
        area = pieces.area.groupby(pieces["parcel_id"]).sum().reindex(parcels["parcel_id"], fill_value=0.0)
        return np.minimum(area.to_numpy() / parcels.area.to_numpy(), 1.0)

    return work


def _sjoin(folder: Path) -> Callable[[], np.ndarray]:
    parcels, zones = _frames(folder)

    def work() -> np.ndarray:
        pairs = gpd.sjoin(parcels[["geometry"]], zones[["geometry"]])
        zone = zones.geometry.loc[pairs["index_right"]].to_numpy()
        area = np.bincount(
            pairs.index, shapely.area(shapely.intersection(pairs.geometry.to_numpy(), zone)), len(parcels)
        )
        return np.minimum(area / parcels.area.to_numpy(), 1.0)

    return work


def _sedona(folder: Path) -> Callable[[], np.ndarray]:
    import sedonadb  # noqa: PLC0415 (a peer that need not be installed)

    parcels, _ = _frames(folder)
    allowed = ", ".join(f"'{name}'" for name in ALLOWED)

    def work() -> np.ndarray:
        session = sedonadb.connect()
        session.read_parquet(str(folder / "parcels.parquet")).to_view("parcels", overwrite=True)
        session.read_parquet(str(folder / "zoning.parquet")).to_view("zones", overwrite=True)
        table = pa.table(session.sql(_SQL.format(allowed=allowed)))
        found = table.to_pandas().set_index("parcel_id")["area"]
        area = found.reindex(parcels["parcel_id"], fill_value=0.0).to_numpy()
        return np.minimum(area / parcels.area.to_numpy(), 1.0)

    return work


ENTRANTS: Final = {
    FIRST: _ours,
    "geopandas overlay": _overlay,
    "geopandas sjoin and intersection": _sjoin,
    "sedonadb, reading included": _sedona,
}

if __name__ == "__main__":
    enter(ENTRANTS)
