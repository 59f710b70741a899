"""Any number of parcels: copies of the embedded municipality side by side, as a folder that ``dir:`` reads.

``python -m benchmarks.tiling FOLDER --parcels 1000000``. Copies do not overlap, identifiers are unique, and streets are
joined where copies meet, so that trips cross from one to the next. All layers but the parcels are those of whole copies
and are complete in the box around them. Rows lie in order of a Hilbert curve of copies and of one within each copy;
row groups carry the bounds of their rows. One copy at a time is held in memory.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
import yaml

from benchmarks.row_groups import with_shapes, write_rows
from benchmarks.seams import Streets, edge_tables, node_tables
from benchmarks.tiles import STEP_M, Grid, grid_for
from layers.demo import HERE, DemoSource
from layers.folder.partitions import rows_per_partition
from suitability.core.layer import Area, Raster
from suitability.core.layer_specs import LAYERS
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from suitability.core.layer import Layer

VERSION: Final = 3
#: The one municipality over all copies.
NAME: Final = "Tegelland"
_STAMP: Final = "tiling.json"
_VECTORS: Final = (
    "parcels", "zoning", "building_plots", "recreation_parks", "facilities", "employers", "businesses", "public_roads",
    "settlements", "water",
)  # fmt: skip
#: Columns in which the number of the copy is added, so that no two copies share an identifier.
_IDS: Final = ("parcel_id", "plan_id", "source_id", "bag_id")
_MANY, _FEW = 65_536, 8_192  # rows per group
#: Copies up to which there is a noise raster; it is read whole.
_MOST_NOISE: Final = 64
_NOTE: Final = {
    "nl": "Kopieën van Kampen naast elkaar, om snelheid te meten; dit gebied bestaat niet.",
    "en": "Copies of Kampen side by side, to measure speed; this area does not exist.",
}


def tiling(parcels: int, *, buildings: bool = False) -> Path:
    """Return a folder with this many parcels, made only when there is none; ``SUITABILITY_BENCHMARKS`` says where."""
    home = Path(os.environ.get("SUITABILITY_BENCHMARKS") or Path(tempfile.gettempdir(), "suitability-benchmarks"))
    return make_tiling(home / f"kampen-{parcels}{'-buildings' if buildings else ''}", parcels, buildings=buildings)


def make_tiling(folder: Path, parcels: int, *, buildings: bool = False) -> Path:
    """Write a tiling with this many parcels, unless the folder holds just that; return the folder.

    Raises ``FileExistsError`` for a folder that holds anything else.
    """
    stamp = {"version": VERSION, "parcels": parcels, "buildings": buildings, "made_of": _made_of()}
    if folder.exists() and any(folder.iterdir()):
        kept = folder / _STAMP
        if not kept.is_file():
            raise FileExistsError(f"{folder} holds files that are no tiling: name another folder, or empty this one")
        if json.loads(kept.read_text(encoding="utf-8")) == stamp:
            return folder
    building = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    _write(building, parcels, buildings=buildings)
    (building / _STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    return folder


def _made_of() -> str:
    return hashlib.sha256((HERE / "manifest.json").read_bytes()).hexdigest()


def _write(folder: Path, parcels: int, *, buildings: bool) -> None:
    source = DemoSource()
    rows = len(source.load(LAYERS["parcels"], Area.everywhere()).frame)
    grid = grid_for(math.ceil(parcels / rows))
    ground: tuple[float, ...] = ()
    for name in (*_VECTORS, *(("buildings",) if buildings else ())):
        layer = source.load(LAYERS[name], Area.everywhere())
        is_parcels = name == "parcels"
        ground = layer.coverage.bounds if is_parcels else ground
        size = rows_per_partition(parcels) if is_parcels else _MANY if name == "buildings" else _FEW
        tables = _copies(layer, grid, parcels if is_parcels else None)
        write_rows(folder / f"{name}.parquet", tables, size, unlike=("parcel_id", "bag_id", "source_id"))
    streets = Streets.embedded()
    write_rows(folder / "streets_nodes.parquet", node_tables(streets, grid), _MANY)
    write_rows(folder / "streets_edges.parquet", edge_tables(streets, grid), _MANY)
    _write_area(folder, grid, ground)
    has_noise = grid.columns * grid.rows <= _MOST_NOISE
    if has_noise:
        _write_noise(folder, source.load(LAYERS["noise"], Area.everywhere()).raster, grid)
    _write_manifest(folder, [*_VECTORS, *(["buildings"] if buildings else [])], has_noise=has_noise)


def _copies(layer: Layer, grid: Grid, most: int | None) -> Iterator[pa.Table]:
    """Give the rows of each copy, along a Hilbert curve within it; no more than ``most`` in all."""
    frame = layer.frame.iloc[np.argsort(layer.frame.hilbert_distance().to_numpy(), kind="stable")]
    shapes = frame.geometry.to_numpy()
    kinds = {**layer.spec.columns, **layer.spec.optional}
    types = {"text": pa.string(), "int": pa.int64(), "float": pa.float64()}
    names = [name for name in kinds if name in frame]
    columns = {name: pa.array(frame[name], type=types[kinds[name]], from_pandas=True) for name in names}
    left = len(frame) * len(grid.shifts) if most is None else most
    for i, shift in enumerate(grid.shifts):
        if left <= 0:
            return
        moved = shapely.transform(shapes, lambda xy, shift=shift: xy + shift)
        table = pa.table({name: _numbered(column, i) if name in _IDS else column for name, column in columns.items()})
        yield with_shapes(table, moved).slice(0, left)
        left -= len(frame)


def _numbered(column: pa.Array, copy: int) -> pa.Array:
    """Return the identifiers with the number of the copy behind them; where there is none, none."""
    return pa.array([None if each is None else f"{each}-{copy}" for each in column.to_pylist()], type=pa.string())


def _write_area(folder: Path, grid: Grid, ground: tuple[float, ...]) -> None:
    """Write where all layers are complete, the box around the copies, and the municipality, which is that box."""
    shifts = grid.shifts
    low, high = shifts.min(axis=0), shifts.max(axis=0)
    box = shapely.box(*(np.array(ground[:2]) + low), *(np.array(ground[2:]) + high))
    gpd.GeoDataFrame(geometry=[box], crs=CRS).to_parquet(folder / "coverage.parquet")
    table = pa.table({"name": [NAME], "code": ["GM9999"]})
    write_rows(folder / "municipality.parquet", [with_shapes(table, np.array([box], dtype=object))], _FEW)


def _write_noise(folder: Path, one: Raster, grid: Grid) -> None:
    import rasterio  # noqa: PLC0415 (slow to import, and a large tiling has no raster)

    cells: NDArray[np.float32] = one.values
    rows, columns = cells.shape
    across, up = (int(step / one.cell_m) for step in STEP_M)
    height, width = up * (grid.rows - 1) + rows, across * (grid.columns - 1) + columns
    values = np.full((height, width), np.nan, dtype=np.float32)
    for column, row in grid.cells:
        top = up * (grid.rows - 1 - row)
        values[top : top + rows, across * column : across * column + columns] = cells
    left = one.left + grid.shifts[:, 0].min()
    highest = one.top + grid.shifts[:, 1].max()
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "nodata": float("nan"), "crs": CRS, "height": height,
        "width": width, "transform": rasterio.Affine(one.cell_m, 0.0, left, 0.0, -one.cell_m, highest),
        "compress": "deflate", "predictor": 3, "tiled": True, "blockxsize": 256, "blockysize": 256,
    }  # fmt: skip
    with rasterio.open(folder / "noise.tif", "w", **profile) as file:
        file.write(values, 1)


def _write_manifest(folder: Path, vectors: list[str], *, has_noise: bool) -> None:
    common: dict[str, Any] = {
        "reference_date": "2023-01-30", "source": "OpenStreetMap", "url": "https://www.openstreetmap.org",
        "licence": "ODbL 1.0", "attribution": "© OpenStreetMap contributors", "standing": "derived",
    }  # fmt: skip
    files = {name: f"{name}.parquet" for name in (*vectors, "municipality")} | {"streets": "streets_edges.parquet"}
    told: dict[str, Any] = {
        name: {"file": file, "coverage": {"file": "coverage.parquet"}, **common, "note": dict(_NOTE)}
        for name, file in files.items()
    }
    if has_noise:
        told["noise"] = {"file": "noise.tif", **common, "note": dict(_NOTE)}
    text = yaml.safe_dump({"layers": told}, allow_unicode=True, sort_keys=False, width=120)
    (folder / "sources.yaml").write_text(text, encoding="utf-8")


def main() -> None:
    """Make a tiling where the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiling", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parcels", type=int, required=True)
    parser.add_argument("--buildings", action="store_true", help="outlines of buildings too, for policies that ask")
    told = parser.parse_args()
    began = time.perf_counter()
    folder = make_tiling(told.folder, told.parcels, buildings=told.buildings)
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    print(f"{folder}: {told.parcels} parcels, {size:.0f} MB, {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
