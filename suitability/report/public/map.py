"""The map for residents: one HTML file that opens from a memory stick, asks nothing of anyone and answers for any place.

Shapes, reasons and names travel compressed in the page (see ``public_pack``) and are unpacked by ``static/public_map.js``,
which sets texts as text. The page itself forbids the browser to fetch anything.
"""

from __future__ import annotations

import html
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely

from suitability.core.messages import LANGS, catalogue, long_date, message
from suitability.report.public.gate import released
from suitability.report.public.packing import Packer
from suitability.report.public.style import HATCHES, OPACITY, swatch_rules
from suitability.report.style import COLOURS
from suitability.report.table import CLASSES

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from suitability.core.local_text import LocalText
    from suitability.core.messages import Lang
    from suitability.core.types import IntArray
    from suitability.report.public.gate import PublicTable

_TEXTS: Final = "public.ui."

#: Columns in both languages that go along as a list of different texts and a code per row.
_LISTS: Final = ("location_type", "conditions", "consequence", "deciding_rule", "deciding_source")

#: Outcome of a rule -> its code in the page; not applying, or not told, is 3.
_OUTCOMES: Final = {"fail": 0, "unknown": 1, "pass": 2}
_NONE: Final = 3

_MOST_PLACES: Final = 40


def write_public_map(table: PublicTable, path: Path, lang: Lang) -> None:
    """Write the map, opening in ``lang``; the other language is a button away."""
    table = released(table)
    packer = Packer()
    content = _content(table, packer)
    title = message(f"{_TEXTS}title", lang, area=table.about.area)
    parts = {
        "LANG": lang,
        "TITLE": html.escape(title),
        "TROUBLE": html.escape(message("public.trouble", lang)),
        "CREDIT": html.escape(table.about.credits),
        "STYLE": f"{_leaflet_style()}\n{_static('public_map.css').replace('@SWATCHES@', swatch_rules())}",
        "LEAFLET": _leaflet("leaflet.js"),
        "SCRIPT": _static("public_map.js"),
        "DATA": packer.text(content),
    }
    page = re.sub(r"@([A-Z]+)@", lambda found: parts[found[1]], _static("public_map.html"))
    path.write_text(page, encoding="utf-8")


def _content(table: PublicTable, packer: Packer) -> dict[str, Any]:
    """Return the texts of the page, and put its columns in ``packer``."""
    about, grid = table.about, table.profile.grid_m
    shapes = np.asarray(table.parcels.geometry, dtype=object)
    extent = shapely.total_bounds(shapes) if len(shapes) else np.zeros(4)
    origin = np.floor(extent[:2] / grid) * grid
    packer.add_shapes("units", shapes, grid, origin)
    for name in ("water", "roads", "settlements", "municipality"):
        if name in table.background:
            packer.add_shapes(name, np.asarray(table.background[name].geometry, dtype=object), grid, origin)
    if len(table.sites):
        packer.add_shapes("sites", np.asarray(table.sites.geometry, dtype=object), grid, origin)
    return {
        "grid": grid, "origin": origin.tolist(), "extent": extent.tolist(),
        "classes": list(CLASSES), "counts": dict(about.counts), "total": about.total,
        "style": {c: {"colour": COLOURS[c], "hatch": HATCHES[c], "opacity": OPACITY[c]} for c in CLASSES},
        "texts": {lang: _texts(lang) for lang in LANGS},
        "fields": {lang: {"area": about.area, "total": f"{about.total}"} for lang in LANGS},
        **_of_units(table, packer),
        **_of_background(table, packer),
        "sites": _sites(table.sites),
        "rules": _rules(table),
        "policy": _by_lang(about.policy), "newest": _by_lang(about.newest),
        "made": {lang: long_date(about.made.date(), lang) for lang in LANGS},
        "missing": _by_lang(about.missing), "stale": _by_lang(about.stale), "n_hidden_rules": about.n_hidden_rules,
        "data": [
            {"label": _by_lang(d.label), "dated": _by_lang(d.dated), "licence": d.licence, "attribution": d.attribution,
             "note": _by_lang(d.note), "presumes": d.presumes}
            for d in about.data
        ],
    }  # fmt: skip


def _of_units(table: PublicTable, packer: Packer) -> dict[str, Any]:
    """Return the lists of texts of parcels and areas; their codes go in ``packer``."""
    frame = table.parcels
    lists: dict[str, dict[Lang, list[str]]] = {}
    classes = {name: code for code, name in enumerate(CLASSES)}
    shown = frame["verdict_class"] if "verdict_class" in frame else frame["verdict"]
    packer.add("verdict_class", shown.map(classes).to_numpy())
    if "area_m2" in frame:
        packer.add("area_m2", np.round(frame["area_m2"].to_numpy()).astype(np.int64))
    for name in _LISTS:
        if f"{name}_nl" in frame:
            codes, lists[name] = _coded(frame, name)
            packer.add(name, codes)
    if "settlement" in frame:
        codes, different = pd.factorize(frame["settlement"])
        packer.add("settlement", codes)
        lists["settlement"] = {lang: [str(text) for text in different] for lang in LANGS}
    content: dict[str, Any] = {"lists": lists, **_of_reasons(table, packer)}
    for column, key in (("label", "labels"), ("parcel_id", "ids")):
        if column in frame:
            content[key] = [str(text) for text in frame[column]]
    for j, rule in enumerate(table.rules):
        if f"{rule}_outcome" in frame:
            packer.add(f"outcome.{j}", frame[f"{rule}_outcome"].map(_OUTCOMES).fillna(_NONE).to_numpy())
    return content


def _of_reasons(table: PublicTable, packer: Packer) -> dict[str, Any]:
    """Return the templates of the reasons and their values, if reasons may be published."""
    if "reason" not in table.profile.fields:
        return {}
    content: dict[str, Any] = {}
    for lang, reasons in table.reasons.items():
        packer.add(f"reason.template.{lang}", reasons.template)
        packer.add(f"reason.filled.{lang}", reasons.filled.reshape(-1))
        content[lang] = {"templates": reasons.templates, "fillings": reasons.fillings}
    return {"reasons": content}


def _coded(frame: gpd.GeoDataFrame, name: str) -> tuple[IntArray, dict[Lang, list[str]]]:
    """Return per row the place of its text, in both languages at once; -1 where there is none."""
    pairs = pd.MultiIndex.from_arrays([frame[f"{name}_{lang}"] for lang in LANGS])
    codes, different = pd.factorize(pairs)
    texts = {lang: [str(pair[k]) for pair in different] for k, lang in enumerate(LANGS)}
    empty = np.array([not any(pair) for pair in different], dtype=bool)
    return np.where(empty[codes] if len(empty) else False, -1, codes).astype(np.int64), texts


def _of_background(table: PublicTable, packer: Packer) -> dict[str, Any]:
    """Return the names of places, streets and facilities, with where they stand (EPSG:28992)."""
    ground = table.background
    content: dict[str, Any] = {"places": [], "facilities": [], "roadNames": []}
    if "settlements" in ground:
        frame = ground["settlements"]
        frame = frame.iloc[np.argsort(-shapely.area(frame.geometry.to_numpy()), kind="stable")].drop_duplicates("name")
        content["places"] = _spots(frame.iloc[:_MOST_PLACES])
    if "facilities" in ground:
        content["facilities"] = _spots(ground["facilities"])
    if "roads" in ground:
        roads = ground["roads"]
        codes, different = pd.factorize(roads["name"])
        names = [str(name) for name in different]
        unnamed = np.array([not name for name in names], dtype=bool)
        packer.add("roads.name", np.where(unnamed[codes], -1, codes))
        packer.add("roads.main", (roads["kind"] == "main").to_numpy().astype(np.int64))
        content["roadNames"] = names
    return content


def _sites(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return of each released site, or area with withheld ones, what the profile lets be said, and a place in it."""
    if not len(frame):
        return []
    spots = np.round(shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy())), 1)
    told: list[dict[str, Any]] = [{"at": spot.tolist()} for spot in spots]
    for column, key in (("site_id", "id"), ("name", "name"), ("n_withheld", "n")):
        if column in frame:
            for one, value in zip(told, frame[column], strict=True):
                one[key] = ("" if key != "n" else 0) if pd.isna(value) else int(value) if key == "n" else str(value)
    return told


def _spots(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    spots = np.round(shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy())), 1)
    return [{"text": str(name), "at": spot.tolist()} for name, spot in zip(frame["name"], spots, strict=True) if name]


def _rules(table: PublicTable) -> list[dict[str, Any]]:
    """Return the rules that may be named, with what each removes."""
    keys = ("in_turn", "remaining", "only_this")
    return [
        {
            "id": rule.id, "label": _by_lang(rule.label), "assumption": _by_lang(rule.assumption),
            "step": {key: getattr(rule.step, key) for key in keys} if rule.step else None,
        }
        for rule in table.about.rules
    ]  # fmt: skip


def _by_lang(text: LocalText) -> dict[str, str]:
    return {lang: text.in_(lang) for lang in LANGS}


def _texts(lang: Lang) -> dict[str, str]:
    """Return the texts of the page by the part of their key behind ``public.ui.``."""
    texts = {key.removeprefix(_TEXTS): text for key, text in catalogue(lang).items() if key.startswith(_TEXTS)}
    return texts | {f"class.{name}": message(f"outcome.{name}", lang) for name in CLASSES}


def _leaflet_style() -> str:
    """Return Leaflet's style sheet without its pictures, which would be fetched."""
    return re.sub(r"background-image:\s*url\([^)]*\);?", "", _leaflet("leaflet.css"))


def _leaflet(name: str) -> str:
    return files("suitability.report").joinpath("static", name).read_text(encoding="utf-8")


def _static(name: str) -> str:
    return files("suitability.report.public").joinpath("static", name).read_text(encoding="utf-8")
