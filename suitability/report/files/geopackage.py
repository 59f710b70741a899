"""The scan as a GeoPackage that opens styled in QGIS: layers ``longlist`` and ``parcels``, in EPSG:28992.

The style is a QML in the table ``layer_styles``, as QGIS itself keeps it; the table must be registered among the
contents, or other tools lose it (OGC GeoPackage 1.3, 2.4; QGIS documentation, "Saving styles in a database").
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pyogrio

from suitability.report.style import qml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    import geopandas as gpd

    from suitability.core.messages import Lang
    from suitability.core.types import BoolArray

LONGLIST: Final = "longlist"
PARCELS: Final = "parcels"

_CACHE_MB: Final = "256"  # the file is new and renamed only when whole: neither its cache nor its journal must survive

_PRAGMA: Final = "page_size=16384,journal_mode=OFF"

_STYLES: Final = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME
)"""


def write_geopackage(frame: gpd.GeoDataFrame, kept: BoolArray, path: Path, made: datetime, lang: Lang) -> None:
    """Write all rows of ``frame`` as ``parcels`` and the ``kept`` ones as ``longlist``, each with a default style.

    ``made`` goes into the file instead of the clock, so that the same scan gives the same file.
    """
    layers = {LONGLIST: frame[kept], PARCELS: frame}
    styles = {name: qml(rows["verdict_class"].unique(), lang) for name, rows in layers.items()}
    write_layers(layers, styles, path, made)


def write_layers(
    layers: Mapping[str, gpd.GeoDataFrame],
    styles: Mapping[str, str],
    path: Path,
    made: datetime,
    kinds: Mapping[str, str] | None = None,
) -> None:
    """Write layers in EPSG:28992 to a new GeoPackage, each with its QML of ``styles`` as default style.

    ``kinds``: the geometry type of layers that are not ``MultiPolygon``.
    """
    stamp = made.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    settings = {
        "OGR_CURRENT_DATE": stamp,
        "OGR_SQLITE_SYNCHRONOUS": "OFF",
        "OGR_SQLITE_CACHE": _CACHE_MB,
        "OGR_SQLITE_PRAGMA": _PRAGMA,
    }
    before = {name: pyogrio.get_gdal_config_option(name) for name in settings}
    pyogrio.set_gdal_config_options(settings)
    first = next(iter(layers))
    try:
        for name, rows in layers.items():
            kind = (kinds or {}).get(name, "MultiPolygon")
            pyogrio.write_dataframe(
                rows, path, layer=name, driver="GPKG", geometry_type=kind, promote_to_multi=kind.startswith("Multi"),
                append=name != first, use_arrow=True, dataset_options={"VERSION": "1.3"} if name == first else None,
            )  # fmt: skip
    finally:
        pyogrio.set_gdal_config_options(before)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_STYLES)
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
            (stamp,),
        )
        for name, style in styles.items():
            database.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
                " styleQML, styleSLD, useAsDefault, description, owner, update_time)"
                " VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '', ?)",
                (name, name, style, stamp),
            )
