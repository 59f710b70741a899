"""A folder as one prepares it for a scan in pieces: part of the embedded municipality in GeoParquet with row groups."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
import yaml

from layers import open_source
from layers.demo import HERE
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

N = 3000
ROWS_PER_GROUP = 700
LAYERS_THERE = (
    "parcels", "zoning", "recreation_parks", "facilities", "employers", "businesses", "building_plots", "municipality",
    "settlements", "public_roads",
)  # fmt: skip


def make_town(folder: Path) -> Path:
    """Write the folder: 3,000 parcels from west to east, everything else of the whole municipality."""
    folder.mkdir(parents=True)
    demo, everywhere = open_source("demo"), Area.everywhere()
    entries: dict[str, Any] = {}
    for name in LAYERS_THERE:
        layer = demo.load(LAYERS[name], everywhere)
        frame = layer.frame.iloc[_from_west(layer.frame)].reset_index(drop=True)
        if name == "parcels":
            frame = frame.iloc[8000 : 8000 + N].reset_index(drop=True)
        write(frame, folder / f"{name}.parquet")
        (folder / f"{name}_known.geojson").write_text(_geojson(layer.coverage), encoding="utf-8")
        entries[name] = {"file": f"{name}.parquet", "coverage": {"file": f"{name}_known.geojson", "crs": "EPSG:28992"}}
    _streets(folder)
    entries["streets"] = {
        "file": "streets_edges.parquet",
        "coverage": {"file": "zoning_known.geojson", "crs": "EPSG:28992"},
    }
    shutil.copyfile(HERE / "noise.tif", folder / "noise.tif")
    entries["noise"] = {"file": "noise.tif"}
    for entry in entries.values():
        entry["reference_date"] = "2023-01-30"
    (folder / "sources.yaml").write_text(yaml.safe_dump({"layers": entries}), encoding="utf-8")
    return folder


def write(frame: gpd.GeoDataFrame, path: Path, *, covering: bool = True) -> None:
    """Write a GeoParquet in small row groups."""
    frame.to_parquet(path, write_covering_bbox=covering, row_group_size=ROWS_PER_GROUP)


def _from_west(frame: gpd.GeoDataFrame) -> Any:
    return shapely.bounds(frame.geometry.to_numpy())[:, 0].argsort(kind="stable")


def _geojson(shape: shapely.Geometry) -> str:
    feature = {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(shape))}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


def _streets(folder: Path) -> None:
    nodes, edges = (pq.read_table(HERE / f"streets_{part}.parquet") for part in ("nodes", "edges"))
    edges = edges.take(pc.sort_indices(edges, sort_keys=[("tail", "ascending")]))
    if pa.types.is_dictionary(edges.schema.field("name").type):
        edges = edges.set_column(edges.schema.get_field_index("name"), "name", edges.column("name").cast(pa.string()))
    pq.write_table(nodes, folder / "streets_nodes.parquet", row_group_size=1000)
    pq.write_table(edges, folder / "streets_edges.parquet", row_group_size=1000)
