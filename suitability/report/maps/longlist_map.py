"""Map of a longlist: one self-contained HTML file, made with folium and Leaflet, that works without a network.

Every colour shows all parcels of a class, merged to areas; at most ``MOST_DRAWN`` parcels are drawn one by one and can
be clicked. folium reads its input as a template and Leaflet reads texts as HTML; so the data stands in a script of its
own, and ``map.js`` sets texts as text. WGS84 at this edge only.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Final

import folium
import numpy as np
import shapely
from branca.element import MacroElement
from folium.template import Template

from suitability.core.messages import long_date, message, number, quantity
from suitability.report.maps.base_map import all_streets, base_map, largest_first, named_spots
from suitability.report.maps.packing import GeoJsonScript
from suitability.report.static_files import leaflet_css, static_text
from suitability.report.style import COLOURS
from suitability.report.table import CLASSES, classes_of
from suitability.report.wording.rules import missing_names, stale_text

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from shapely import Geometry

    from suitability.core.messages import Lang
    from suitability.core.types import IntArray
    from suitability.scan.longlist import Longlist
    from suitability.scan.run import Scan

#: More separate shapes make a laptop's browser stutter.
MOST_DRAWN: Final = 5000

_CLOSEST: Final = 19  # zoom level of Leaflet: a house fills the hand

_MOST_NAMES: Final = 30
_PACKAGE: Final = "suitability.report.maps"

_WATER: Final = {"color": "#7fb2d9", "weight": 0.5, "fillColor": "#a9cfe8", "fillOpacity": 1.0}
_STREETS: Final = {"color": "#8a8a8a", "weight": 0.7, "opacity": 0.8, "fill": False}
_BORDER: Final = {"color": "#222222", "weight": 1.5, "dashArray": "6 4", "fill": False}

#: No request leaves the page, whatever a text in the data may try.
_SECURITY: Final = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:\">"
)


class FoliumShapes(MacroElement):
    """A collection of a ``GeoJsonScript`` on the map, drawn in one ``style``.

    ``feature``: the function of ``map.js`` that is called for each shape. ``point``: the one that draws each point.
    """

    _template = Template("""
        {% macro script(this, kwargs) %}
        L.geoJson(DATA[{{ this.index }}], {
            style: {{ this.style|tojson }}, interactive: {{ this.interactive|tojson }},
            onEachFeature: {{ this.feature or "undefined" }}, pointToLayer: {{ this.point or "undefined" }}
        }).addTo({{ this._parent.get_name() }});
        {% endmacro %}""")

    def __init__(
        self, index: int, style: dict[str, Any] | None = None, *, feature: str | None = None, point: str | None = None
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Shapes"
        self.index, self.style, self.feature, self.point = index, style or {}, feature, point
        self.interactive = feature is not None or point is not None


def drawn_parcels(scan: Scan, longlist: Longlist) -> tuple[IntArray, str]:
    """Return the parcels that are drawn one by one, and the message key that says which they are.

    All when they are few; else the longlist; else the largest of the longlist: the smallest house no workers.
    """
    if len(scan.parcels) <= MOST_DRAWN:
        return np.arange(len(scan.parcels)), "map.what_all"
    kept = np.flatnonzero(longlist.kept)
    if len(kept) <= MOST_DRAWN:
        return kept, "map.what_kept"
    largest = kept[np.argsort(-scan.parcels.areas[kept], kind="stable")[:MOST_DRAWN]]
    return np.sort(largest), "map.what_largest"


def write_map(scan: Scan, longlist: Longlist, table: pd.DataFrame, path: Path, lang: Lang) -> None:
    """Write the map of a scan; ``table`` is its wide table."""
    site_map = folium.Map(
        tiles=None, prefer_canvas=True, control_scale=True, zoom_control="bottomright", attribution_control=False,
        zoom_snap=0.25,
    )  # fmt: skip
    site_map.options |= {"min_zoom": 8, "max_zoom": _CLOSEST}
    site_map.default_js, site_map.default_css = [], []  # folium's own are links to servers
    data = GeoJsonScript()
    base = base_map(scan, ("water", "municipality", "facilities", "settlements"))
    for name, style in (("water", _WATER), ("municipality", _BORDER)):
        if name in base:
            FoliumShapes(data.add(base[name].geometry.to_numpy()), style).add_to(site_map)
    _add_classes(site_map, data, scan, table, drawn_parcels(scan, longlist)[0], lang)
    _add_landmarks(site_map, data, scan, base, lang)
    folium.LayerControl(collapsed=False).add_to(site_map)
    site_map.fit_bounds(data.bounds(scan.parcels.geometry))
    title = html.escape(message("map.title", lang, area=scan.area.name))
    scripts = "".join(
        f"<script>{code}</script>" for code in (static_text("leaflet.js"), static_text("map.js", _PACKAGE), data.text())
    )
    head = f"<head>{_SECURITY}<title>{title}</title><style>{_style_sheet()}</style>{scripts}"
    page = _numbered(site_map.get_root().render())
    page = page.replace("<html>", f'<html lang="{lang}">', 1).replace(
        "<body>", f"<body>{_panel(scan, longlist, lang)}", 1
    )
    path.write_text(page.replace("<head>", head, 1), encoding="utf-8")


def _add_classes(
    site_map: folium.Map, data: GeoJsonScript, scan: Scan, table: pd.DataFrame, drawn: IntArray, lang: Lang
) -> None:
    """Add per class the merged area of all its parcels, and the parcels of it that are drawn one by one."""
    codes = classes_of(scan)
    for code, name in enumerate(CLASSES):
        here = np.flatnonzero(codes == code)
        if not len(here):
            continue
        swatch = f'<span class="swatch" style="background:{COLOURS[name]}"></span>'
        label = f"{swatch}{message(f'outcome.{name}', lang)} ({number(len(here), lang)})"
        group = folium.FeatureGroup(name=label).add_to(site_map)
        area = merged(scan.parcels.geometry[here])
        fill = {"stroke": False, "fillColor": COLOURS[name], "fillOpacity": 0.6}
        FoliumShapes(data.add([area]), fill).add_to(group)
        rows = np.intersect1d(here, drawn)
        cards = [{"lines": lines} for lines in _cards(table.iloc[rows], lang)]
        line = {"color": "#333333", "weight": 0.6, "fillColor": COLOURS[name], "fillOpacity": 0.25}
        FoliumShapes(data.add(scan.parcels.geometry[rows], cards), line, feature="card").add_to(group)


def _add_landmarks(
    site_map: folium.Map, data: GeoJsonScript, scan: Scan, base: dict[str, gpd.GeoDataFrame], lang: Lang
) -> None:
    """Add streets, facilities and names of settlements over the parcels."""
    streets = all_streets(scan.layers)
    if len(streets):
        label = f'<span class="swatch line"></span>{message("layer.streets", lang)}'
        shape = np.array([shapely.multilinestrings(streets)], dtype=object)
        FoliumShapes(data.add(shape), _STREETS).add_to(folium.FeatureGroup(name=label).add_to(site_map))
    if "facilities" in base:
        label = f'<span class="swatch dot"></span>{message("layer.facilities", lang)}'
        names = base["facilities"]["name"].replace("", message("value.unnamed", lang))
        spots = data.add(base["facilities"].geometry.to_numpy(), [{"name": name} for name in names])
        FoliumShapes(spots, point="dot").add_to(folium.FeatureGroup(name=label).add_to(site_map))
    if "settlements" in base:
        places = named_spots(largest_first(base["settlements"]).iloc[:_MOST_NAMES])
        points: list[Geometry] = [shapely.Point(place["at"]) for place in places]
        FoliumShapes(data.add(points, [{"name": place["text"]} for place in places]), point="name").add_to(site_map)


def merged(geometry: Any) -> Any:  # noqa: ANN401 (a shapely geometry)
    """Return the union of parcels; the quick union holds where they do not overlap, which is checked by area."""
    quick = shapely.coverage_union_all(geometry)
    if np.isclose(shapely.area(quick), shapely.area(geometry).sum(), rtol=1e-9):
        return quick
    return shapely.union_all(geometry)


def _cards(shown: pd.DataFrame, lang: Lang) -> list[list[tuple[str, str]]]:
    """Return per parcel the lines of its pop-up as (heading, text)."""
    heads = {key: message(f"map.{key}", lang) for key in ("verdict", "reason", "tightest", "source", "restriction")}
    place = shown["settlement"].where(shown["settlement"] != "", message("outlying_area", lang))
    columns = zip(
        shown["parcel_id"], shown["label"], place, shown["area_m2"], shown["verdict_class"],
        shown[f"reason_{lang}"], shown[f"deciding_source_{lang}"], shown[f"consequence_{lang}"], strict=True,
    )  # fmt: skip
    cards = []
    for parcel, label, where, area, verdict, reason, source, restriction in columns:
        title = f"{label} ({parcel})" if label else parcel
        known = f", {where}" if where not in label.split(", ") else ""
        lines = [
            ("", f"{title}{known}, {quantity(round(area), 'm2', lang)}"),
            (heads["verdict"], message(f"outcome.{verdict}", lang)),
            (heads["tightest" if verdict.startswith("pass") else "reason"], reason),
            (heads["source"], source),
            (heads["restriction"], restriction),
        ]
        cards.append([line for line in lines if line[1]])
    return cards


def _panel(scan: Scan, longlist: Longlist, lang: Lang) -> str:
    """Return the panel that says what the map is, which parcels are drawn, and what is derived or assumed."""
    drawn, what = drawn_parcels(scan, longlist)
    layers = {name: layer.provenance for name, layer in scan.layers.items()}
    newest = max(p.reference_date for p in layers.values())
    title = message("map.title", lang, area=scan.area.name)
    subtitle = message("map.subtitle", lang, policy=scan.policy.title.in_(lang), date=long_date(newest, lang))
    counts = {"drawn": number(len(drawn), lang), "total": number(len(scan.parcels), lang),
              "longlist": number(int(longlist.kept.sum()), lang)}  # fmt: skip
    said = [message("map.shown", lang, what=message(what, lang, **counts), **counts)]
    if not scan.policy.deciding_rules:
        said.append(message("explain.excludes_nothing", lang))
    if not longlist.kept.any():
        said.append(message("map.empty", lang))
    invented = sorted(name for name, layer in scan.layers.items() if layer.presumes)
    if invented:
        names = ", ".join(message(f"layer.{name}", lang) for name in invented)
        said.append(message("map.derived", lang, layers=names))
    said += [text for text in (stale_text(scan.run, lang),) if text]
    missing = ", ".join(missing_names(scan.run, lang))
    said += [message("map.missing", lang, layers=missing)] if missing else []
    notes = [
        f"{message(f'layer.{name}', lang)}: {p.note[lang]}" for name, p in sorted(layers.items()) if p.note.get(lang)
    ]
    credits_ = dict.fromkeys(f"{p.attribution} ({p.licence})" for p in layers.values())
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in said)
    listed = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    return (
        f'<details class="panel" open><summary>{html.escape(title)}</summary><p>{html.escape(subtitle)}</p>{paragraphs}'
        f"<details><summary>{html.escape(message('map.data', lang))}</summary><ul>{listed}</ul>"
        f"<p>{html.escape('; '.join(credits_))}</p></details></details>"
    )


def _style_sheet() -> str:
    return f"{leaflet_css()}\n{static_text('map.css', _PACKAGE)}"


def _numbered(page: str) -> str:
    """Return the page with folium's random names numbered, so that the same scan gives the same file."""
    names: dict[str, str] = {}
    return re.sub(r"(?<=_)[0-9a-f]{32}", lambda found: names.setdefault(found[0], str(len(names))), page)
