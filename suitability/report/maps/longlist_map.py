"""The map for an evening with residents: one HTML file that works without internet and asks nothing of any server.

Every colour shows all parcels of a class, merged to areas; at most ``MOST_DRAWN`` parcels are drawn one by one and can
be clicked. Texts are set as text by the browser, never as HTML. WGS84 at this edge only.
"""

from __future__ import annotations

import html
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import folium
import numpy as np
import shapely

from suitability.core.messages import long_date, message, number, quantity
from suitability.report.maps.base_map import add_ground, add_landmarks
from suitability.report.maps.map_shapes import MapData, Shapes
from suitability.report.style import COLOURS
from suitability.report.table import CLASSES, classes_of
from suitability.report.wording.rules import missing_names, stale_text

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from suitability.core.messages import Lang
    from suitability.core.types import IntArray
    from suitability.scan.longlist import Longlist
    from suitability.scan.run import Scan

#: More separate shapes make a laptop's browser stutter.
MOST_DRAWN: Final = 5000

_CLOSEST: Final = 19  # zoom level of Leaflet: a house fills the hand

#: No request leaves the page, whatever a text in the data may try.
_SECURITY: Final = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:\">"
)


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
    data = MapData()
    add_ground(site_map, data, scan)
    _add_classes(site_map, data, scan, table, drawn_parcels(scan, longlist)[0], lang)
    add_landmarks(site_map, data, scan, lang)
    folium.LayerControl(collapsed=False).add_to(site_map)
    site_map.fit_bounds(data.bounds(scan.parcels.geometry))
    title = html.escape(message("map.title", lang, area=scan.area.name))
    scripts = "".join(f"<script>{code}</script>" for code in (_leaflet("leaflet.js"), _own("map.js"), data.script()))
    head = f"<head>{_SECURITY}<title>{title}</title><style>{_style_sheet()}</style>{scripts}"
    page = _numbered(site_map.get_root().render())
    page = page.replace("<html>", f'<html lang="{lang}">', 1).replace(
        "<body>", f"<body>{_panel(scan, longlist, lang)}", 1
    )
    path.write_text(page.replace("<head>", head, 1), encoding="utf-8")


def _add_classes(
    site_map: folium.Map, data: MapData, scan: Scan, table: pd.DataFrame, drawn: IntArray, lang: Lang
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
        Shapes(data.add([area]), fill).add_to(group)
        rows = np.intersect1d(here, drawn)
        cards = [{"lines": lines} for lines in _cards(table.iloc[rows], lang)]
        line = {"color": "#333333", "weight": 0.6, "fillColor": COLOURS[name], "fillOpacity": 0.25}
        Shapes(data.add(scan.parcels.geometry[rows], cards), line, feature="card").add_to(group)


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
    leaflet = _leaflet("leaflet.css")
    pictures_cut = re.sub(r"background-image:\s*url\([^)]*\);?", "", leaflet)
    return f"{pictures_cut}\n{_own('map.css')}"


def _leaflet(name: str) -> str:
    return files("suitability.report").joinpath("static", name).read_text(encoding="utf-8")


def _own(name: str) -> str:
    return files("suitability.report.maps").joinpath("static", name).read_text(encoding="utf-8")


def _numbered(page: str) -> str:
    """Return the page with folium's random names numbered, so that the same scan gives the same file."""
    names: dict[str, str] = {}
    return re.sub(r"(?<=_)[0-9a-f]{32}", lambda found: names.setdefault(found[0], str(len(names))), page)
