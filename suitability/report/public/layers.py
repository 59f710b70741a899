"""The public table for GIS and the web: GeoPackage with styles, GeoParquet, and GeoJSON as RFC 7946 has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from pyproj import Transformer

from suitability.core.messages import LANGS
from suitability.core.types import CRS
from suitability.report.files.geopackage import write_layers
from suitability.report.public.gate import released
from suitability.report.public.qgis import KINDS, layer_qml, layers_of

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.core.types import FloatArray
    from suitability.report.public.gate import PublicTable

_DECIMALS: Final = 7  # of a degree: 1 cm


def write_public_geopackage(table: PublicTable, path: Path, lang: Lang) -> None:
    """Write parcels, released sites and background as layers in EPSG:28992, each with its style for QGIS."""
    table = released(table)
    frames = {"parcels": table.parcels, "sites": table.sites, **table.background}
    names = list(reversed(layers_of(table)))
    write_layers(
        {name: frames[name] for name in names}, {name: layer_qml(name, table, lang) for name in names},
        path, table.about.made, KINDS,
    )  # fmt: skip


def write_public_parquet(table: PublicTable, path: Path, _lang: Lang) -> None:
    """Write the parcels as GeoParquet in EPSG:28992."""
    released(table).parcels.to_parquet(path, compression="zstd")


def write_public_geojson(table: PublicTable, path: Path, lang: Lang) -> None:
    """Write the parcels, with texts in ``lang`` only, as GeoJSON in WGS84: longitude first, outer rings counter-clockwise (RFC 7946, 3.1.6 and 4)."""
    frame = released(table).parcels
    turn = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)

    def degrees(xy: FloatArray) -> FloatArray:
        return np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))

    turned = shapely.transform(shapely.force_2d(frame.geometry.to_numpy()), degrees)
    # On a grid the rounded rings stay simple; what is gone at 1 cm is kept as it was.
    rounded = shapely.set_precision(turned, 10.0**-_DECIMALS)
    shapes = shapely.orient_polygons(np.where(shapely.is_empty(rounded), turned, rounded), exterior_cw=False)
    others = tuple(f"_{other}" for other in LANGS if other != lang)
    columns = [str(column) for column in frame.columns if column != "geometry" and not str(column).endswith(others)]
    records = json.loads(frame[columns].to_json(orient="records", force_ascii=False, double_precision=3))
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type":"FeatureCollection","features":[\n')
        for i, (record, shape) in enumerate(zip(records, shapes, strict=True)):
            text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
            file.write(f'{"," if i else ""}{{"type":"Feature","properties":{text},"geometry":{_geometry(shape)}}}\n')
        file.write("]}\n")


def _geometry(shape: shapely.Geometry) -> str:
    """Return a polygon or several as GeoJSON with seven decimals."""
    parts = [
        [np.round(shapely.get_coordinates(ring), _DECIMALS).tolist() for ring in shapely.get_rings(part)]
        for part in shapely.get_parts(shape)
    ]
    single = len(parts) == 1
    kind, coordinates = ("Polygon", parts[0]) if single else ("MultiPolygon", parts)
    return json.dumps({"type": kind, "coordinates": coordinates}, separators=(",", ":"))
