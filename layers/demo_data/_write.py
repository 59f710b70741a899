"""Write the built layers so that the same input gives the same bytes: sorted, rounded, without a clock."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import rasterio
import shapely

from layers.demo_data._extract import GRID
from layers.demo_data._notes import NOTES
from layers.osm.streets import morton_order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from layers._street_table import StreetTable
    from suitability.core.layer import Raster

_ZSTD_LEVEL: Final = 19
SOURCE: Final = {
    "source": "OpenStreetMap",
    "url": "https://www.openstreetmap.org",
    "licence": "ODbL 1.0",
    "attribution": "© OpenStreetMap contributors",
    "reference_date": "2023-01-30",
    "retrieved": "2023-01-30",
}


@dataclass(frozen=True)
class Written:
    """One layer as written: its files, its rows and where it is complete, for some kinds of row further than for all."""

    files: tuple[str, ...]
    rows: int
    coverage: BaseGeometry
    kind_coverage: Mapping[str, BaseGeometry] = field(default_factory=dict)

    def with_kinds(self, kind_coverage: Mapping[str, BaseGeometry]) -> Written:
        """Return the layer with a coverage of its own for some kinds of row."""
        return replace(self, kind_coverage=kind_coverage)


def write_vector(
    folder: Path, name: str, table: gpd.GeoDataFrame, coverage: BaseGeometry, *, keep_order: bool
) -> Written:
    """Write one vector layer as GeoParquet; unless ``keep_order``, its rows follow a Z-curve."""
    if not keep_order:
        inner = shapely.get_coordinates(shapely.point_on_surface(table.geometry.to_numpy()))
        table = table.iloc[morton_order(inner)]
    table = table.reset_index(drop=True)
    table = table.set_geometry(shapely.set_precision(table.geometry.to_numpy(), GRID, mode="pointwise"))
    texts = [column for column in table.columns if table[column].dtype in (object, "str")]
    for column in texts:
        table[column] = pd.array(table[column].where(table[column].notna(), None), dtype=pd.ArrowDtype(pa.string()))
    table.to_parquet(
        folder / f"{name}.parquet",
        index=False,
        compression="zstd",
        compression_level=_ZSTD_LEVEL,
        store_schema=False,
    )
    return Written((f"{name}.parquet",), len(table), coverage)


def write_streets(folder: Path, streets: StreetTable, coverage: BaseGeometry) -> Written:
    """Write the streets as two tables: nodes (x, y in metres) and edges (tail, head, flags, name)."""
    nodes = pa.table({"x": streets.node_xy[:, 0], "y": streets.node_xy[:, 1]})
    names = pa.DictionaryArray.from_arrays(
        pa.array(streets.name.astype(np.int32), mask=streets.name < 0), pa.array(streets.names, type=pa.string())
    )
    edges = pa.table(
        {
            "tail": streets.tail.astype(np.int32),
            "head": streets.head.astype(np.int32),
            "flags": streets.flags.astype(np.int8),
            "name": names,
        }
    )
    options = {"compression": "zstd", "compression_level": _ZSTD_LEVEL, "store_schema": False}
    pq.write_table(
        nodes, folder / "streets_nodes.parquet", use_dictionary=False, use_byte_stream_split=["x", "y"], **options
    )
    pq.write_table(edges, folder / "streets_edges.parquet", use_dictionary=["name"], **options)
    return Written(("streets_nodes.parquet", "streets_edges.parquet"), len(edges), coverage)


def write_raster(folder: Path, name: str, raster: Raster, coverage: BaseGeometry) -> Written:
    """Write a raster as a deflated GeoTIFF."""
    shape = np.shape(raster.values)
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "nodata": float("nan"), "crs": "EPSG:28992",
        "height": shape[0], "width": shape[1],
        "transform": rasterio.transform.from_origin(raster.left, raster.top, raster.cell_m, raster.cell_m),
        "compress": "deflate", "predictor": 3, "zlevel": 9, "tiled": True, "blockxsize": 256, "blockysize": 256,
    }  # fmt: skip
    with rasterio.open(folder / f"{name}.tif", "w", **profile) as file:
        file.write(raster.values, 1)
    return Written((f"{name}.tif",), int(np.isfinite(raster.values).sum()), coverage)


def _text(area: BaseGeometry) -> str:
    text: str = shapely.to_wkt(area, rounding_precision=4)
    return text


def write_manifest(folder: Path, layers: dict[str, Written]) -> None:
    """Write ``manifest.json``: for each layer its files, hash, origin, standing, notes and coverage."""
    entries: dict[str, dict[str, object]] = {}
    for name, written in sorted(layers.items()):
        standing, dutch, english = NOTES[name]
        entries[name] = {
            "files": {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in written.files},
            "rows": written.rows,
            **SOURCE,
            "standing": standing,
            "note": {"nl": dutch, "en": english},
            "coverage": _text(written.coverage),
        }
        if written.kind_coverage:
            entries[name]["kind_coverage"] = {kind: _text(area) for kind, area in sorted(written.kind_coverage.items())}
    text = json.dumps({"crs": "EPSG:28992", "layers": entries}, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
