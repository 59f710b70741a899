"""A layer as bytes and back, without the least difference: what is read is what was written.

Rows become GeoParquet (a table without places Parquet), a raster an ``npz``, streets two Parquet files.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from suitability.core.layer import Raster, StreetGraph

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layer, StreetNetwork

_ZSTD: Final = "zstd"
_NAMES: Final = b"names"
_EDGE_COLUMNS: Final = ("tail", "head", "length_m", "forward", "backward", "name")

Files = dict[str, bytes]


def pack(layer: Layer) -> tuple[Files, dict[str, Any]]:
    """Return the content of the files by their suffix, and the types that they cannot hold."""
    data = layer.data
    if isinstance(data, Raster):
        return {"npz": _pack_raster(data)}, {}
    if isinstance(data, dict):
        return _pack_streets(data), {}
    buffer = io.BytesIO()
    data.to_parquet(buffer, compression=_ZSTD)
    return {"parquet": buffer.getvalue()}, _types(data)


def unpack(files: Files, types: Mapping[str, Any]) -> gpd.GeoDataFrame | pd.DataFrame | Raster | StreetNetwork:
    """Return the data of a layer; raises ``ValueError``, ``KeyError`` or ``OSError`` for bytes that were not packed here."""
    if "npz" in files:
        return _unpack_raster(files["npz"])
    if "nodes.parquet" in files:
        return _unpack_streets(files)
    buffer = io.BytesIO(files["parquet"])
    frame = gpd.read_parquet(buffer) if types["places"] else pd.read_parquet(buffer)
    for name, (dtype, null) in types["columns"].items():
        if dtype == "object":  # Parquet knows texts, not whether they stood in a column of texts or of anything
            column = frame[name].astype(object)
            frame[name] = column.where(column.notna(), None if null == "None" else np.nan)
    return frame


def _types(frame: pd.DataFrame) -> dict[str, Any]:
    """Return each column's type, and of a column of anything which of the two words for nothing it uses."""
    places = isinstance(frame, gpd.GeoDataFrame)
    columns = {}
    for name in frame.columns:
        if places and name == frame.active_geometry_name:
            continue
        nulls = frame[name][frame[name].isna()].head(1)
        columns[str(name)] = (str(frame[name].dtype), str(next(iter(nulls), None)))
    return {"places": places, "columns": columns}


def _pack_raster(raster: Raster) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, values=raster.values, corner=np.array([raster.left, raster.top, raster.cell_m]))
    return buffer.getvalue()


def _unpack_raster(content: bytes) -> Raster:
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        left, top, cell_m = stored["corner"].tolist()
        return Raster(stored["values"], left, top, cell_m)


def _pack_streets(streets: StreetNetwork) -> Files:
    nodes = pa.table({
        "mode": np.repeat(list(streets), [len(graph.node_xy) for graph in streets.values()]).astype(str),
        "x": np.concatenate([graph.node_xy[:, 0] for graph in streets.values()]),
        "y": np.concatenate([graph.node_xy[:, 1] for graph in streets.values()]),
    })  # fmt: skip
    edges = pa.table({
        "mode": np.repeat(list(streets), [len(graph.tail) for graph in streets.values()]).astype(str),
        **{name: np.concatenate([getattr(graph, name) for graph in streets.values()]) for name in _EDGE_COLUMNS},
    })  # fmt: skip
    names = json.dumps({mode: graph.names for mode, graph in streets.items()}).encode()
    return {"nodes.parquet": _parquet(nodes), "edges.parquet": _parquet(edges.replace_schema_metadata({_NAMES: names}))}


def _unpack_streets(files: Files) -> StreetNetwork:
    nodes, edges = (
        pq.read_table(io.BytesIO(files[f"{part}.parquet"]), use_threads=False) for part in ("nodes", "edges")
    )
    names: dict[str, list[str]] = json.loads(edges.schema.metadata[_NAMES])
    node_mode, edge_mode = (np.asarray(table.column("mode").to_pylist(), dtype=object) for table in (nodes, edges))
    xy = np.column_stack([nodes.column("x").to_numpy(), nodes.column("y").to_numpy()])
    arrays = {name: edges.column(name).to_numpy() for name in _EDGE_COLUMNS}
    return {
        mode: StreetGraph(
            node_xy=np.ascontiguousarray(xy[node_mode == mode]),
            names=tuple(texts),
            **{name: array[edge_mode == mode] for name, array in arrays.items()},
        )
        for mode, texts in names.items()
    }


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression=_ZSTD)
    return sink.getvalue()


def shape_text(shape: BaseGeometry) -> str:
    """Return a shape as text from which it comes back to the last bit."""
    text: str = shapely.to_wkb(shape, hex=True)
    return text


def text_shape(text: str) -> BaseGeometry:
    """Return the shape that ``shape_text`` wrote; raises ``ValueError``."""
    try:
        return shapely.from_wkb(text)
    except shapely.errors.ShapelyError as error:
        raise ValueError(str(error)) from error
