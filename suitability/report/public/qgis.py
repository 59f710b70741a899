"""QGIS styles of the public layers: a QML per layer, and a project (.qgz) that opens them styled, in order.

A project is a zip with one XML file (QGIS documentation, "QGIS file formats"); its paths are relative, so that a folder
can be copied to a memory stick.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, tostring

import pyproj

from suitability.core.messages import message
from suitability.core.types import CRS
from suitability.report.public.gate import released
from suitability.report.public.style import HATCHES, rgb
from suitability.report.style import COLOURS
from suitability.report.table import CLASSES

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.report.public.gate import PublicTable

#: From top to bottom.
ORDER: Final = ("sites", "facilities", "municipality", "roads", "parcels", "water", "settlements")

#: Layer -> geometry type in the GeoPackage, where it is not MultiPolygon.
KINDS: Final = {"roads": "MultiLineString", "facilities": "Point"}

#: Hatch -> brush of QGIS.
_BRUSHES: Final = {"dots": "dense6", "up": "b_diagonal", "cross": "diagonal_x"}

#: Layer -> (class of its symbol layer, its properties).
_PLAIN: Final = {
    "sites": ("SimpleFill", {"style": "no", "outline_color": "#5b2a86", "outline_width": "0.9"}),
    "facilities": ("SimpleMarker", {"name": "circle", "color": "#1f3d7a", "outline_color": "#ffffff", "size": "2.4"}),
    "municipality": ("SimpleFill", {"style": "no", "outline_color": "#3b2a55", "outline_style": "dash", "outline_width": "0.5"}),
    "roads": ("SimpleLine", {"line_color": "#6b6b6b", "line_width": "0.25"}),
    "water": ("SimpleFill", {"color": "#b9d7ea", "style": "solid", "outline_style": "no"}),
    "settlements": ("SimpleFill", {"color": "#ece7df", "style": "solid", "outline_style": "no"}),
}  # fmt: skip
_TYPES: Final = {"SimpleFill": "fill", "SimpleLine": "line", "SimpleMarker": "marker"}
_GEOMETRY: Final = {"fill": "Polygon", "line": "Line", "marker": "Point"}

_HEAD: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_VERSION: Final = "3.22"


def layers_of(table: PublicTable) -> list[str]:
    """Return the layers that a table has, from top to bottom."""
    filled = {"parcels", *table.background, *(["sites"] if len(table.sites) else [])}
    return [name for name in ORDER if name in filled]


def layer_qml(name: str, table: PublicTable, lang: Lang) -> str:
    """Return the style of one layer as QML, with labels in ``lang``."""
    root = Element("qgis", version=_VERSION, styleCategories="Symbology|MapTips")
    _style(root, name, table, lang)
    return _HEAD + tostring(root, encoding="unicode")


def write_project(table: PublicTable, geopackage: str, path: Path, lang: Lang) -> None:
    """Write a project that shows the layers of ``geopackage``, a file in the same folder."""
    table = released(table)
    names = layers_of(table)
    root = Element("qgis", version=f"{_VERSION}.0", projectname=message("public.ui.title", lang, area=table.about.area))
    SubElement(root, "title").text = message("public.ui.title", lang, area=table.about.area)
    _crs(SubElement(root, "projectCrs"))
    tree = SubElement(root, "layer-tree-group")
    for name in names:
        SubElement(
            tree, "layer-tree-layer", id=_id(name), name=message(f"public.layer.{name}", lang), checked="Qt::Checked",
            expanded="1" if name == "parcels" else "0", providerKey="ogr", source=_source(geopackage, name),
        )  # fmt: skip
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas")
    SubElement(canvas, "units").text = "meters"
    extent = SubElement(canvas, "extent")
    bounds = table.parcels.total_bounds
    for side, at in zip(("xmin", "ymin", "xmax", "ymax"), bounds, strict=True):
        SubElement(extent, side).text = f"{at:.1f}"
    _crs(SubElement(canvas, "destinationsrs"))
    layers = SubElement(root, "projectlayers")
    for name in names:
        _layer(layers, name, geopackage, table, lang)
    order = SubElement(root, "layerorder")
    for name in names:
        SubElement(order, "layer", id=_id(name))
    settings = SubElement(root, "properties")
    SubElement(SubElement(settings, "SpatialRefSys"), "ProjectionsEnabled", type="int").text = "1"
    paths = SubElement(settings, "Paths")
    SubElement(paths, "Absolute", type="bool").text = "false"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(f"{path.stem}.qgs", date_time=table.about.made.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, _HEAD + tostring(root, encoding="unicode"))


def _source(geopackage: str, name: str) -> str:
    return f"./{geopackage}|layername={name}"


def _layer(layers: Element, name: str, geopackage: str, table: PublicTable, lang: Lang) -> None:
    symbol = _TYPES[_PLAIN[name][0]] if name in _PLAIN else "fill"
    layer = SubElement(
        layers, "maplayer", type="vector", geometry=_GEOMETRY[symbol], styleCategories="AllStyleCategories"
    )
    SubElement(layer, "id").text = _id(name)
    SubElement(layer, "datasource").text = _source(geopackage, name)
    SubElement(layer, "layername").text = message(f"public.layer.{name}", lang)
    _crs(SubElement(layer, "srs"))
    SubElement(layer, "provider", encoding="UTF-8").text = "ogr"
    _style(layer, name, table, lang)


def _crs(parent: Element) -> None:
    system, known = SubElement(parent, "spatialrefsys"), pyproj.CRS(CRS)
    texts = {"wkt": known.to_wkt(), "srid": str(known.to_epsg()), "authid": CRS, "description": known.name}
    for key, text in texts.items():
        SubElement(system, key).text = text


def _id(name: str) -> str:
    """Return the id of a layer; QGIS replaces ids of ten signs or fewer."""
    return f"public_layer_{name}"


def _style(parent: Element, name: str, table: PublicTable, lang: Lang) -> None:
    """Add the renderer and the tip of one layer."""
    if name == "parcels":
        _classes(parent, table, lang)
        shown = ["parcel_id", "label", f"reason_{lang}"]
    else:
        renderer = SubElement(parent, "renderer-v2", type="singleSymbol", symbollevels="0")
        _symbol(SubElement(renderer, "symbols"), "0", [_PLAIN[name]])
        shown = ["name"]
    frame = {"parcels": table.parcels, "sites": table.sites}.get(name, table.background.get(name))
    if frame is not None:
        tip = "<br/>".join(_as_text(column) for column in shown if column in frame)
        SubElement(parent, "mapTip").text = tip


def _as_text(column: str) -> str:
    """Return an expression that shows a column as text: a tip is HTML, and names may hold markup."""
    signs = "'&','&amp;','<','&lt;','>','&gt;','\"','&quot;'"
    return f"[% replace(coalesce(\"{column}\", ''), map({signs})) %]"


def _classes(parent: Element, table: PublicTable, lang: Lang) -> None:
    column = "verdict_class" if "verdict_class" in table.parcels else "verdict"
    present = set(table.parcels[column].unique())
    renderer = SubElement(parent, "renderer-v2", type="categorizedSymbol", attr=column, symbollevels="0")
    categories, symbols = SubElement(renderer, "categories"), SubElement(renderer, "symbols")
    for i, name in enumerate(kind for kind in CLASSES if kind in present):
        label = message(f"outcome.{name}", lang)
        SubElement(categories, "category", symbol=str(i), value=name, label=label, render="true")
        fills = [
            (
                "SimpleFill",
                {"color": COLOURS[name], "style": "solid", "outline_color": "#4d4d4d", "outline_width": "0.05"},
            )
        ]
        if HATCHES[name]:
            brush = {"color": "#282828", "style": _BRUSHES[HATCHES[name]], "outline_style": "no"}
            fills.append(("SimpleFill", brush))
        _symbol(symbols, str(i), fills)


def _symbol(symbols: Element, name: str, parts: list[tuple[str, dict[str, str]]]) -> None:
    symbol = SubElement(symbols, "symbol", type=_TYPES[parts[0][0]], name=name, alpha="1", clip_to_extent="1")
    for kind, properties in parts:
        layer = SubElement(symbol, "layer", {"class": kind, "enabled": "1", "pass": "0", "locked": "0"})
        options = SubElement(layer, "Option", type="Map")
        for key, value in {"outline_width_unit": "MM", **properties}.items():
            text = f"{','.join(str(part) for part in rgb(value))},255" if value.startswith("#") else value
            SubElement(options, "Option", type="QString", name=key, value=text)
