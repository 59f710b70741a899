"""Parcel map of the app as a Streamlit component: parcels by class, base map, objects to point out, the chosen parcel.

It works without a network. Shapes go to a browser once and are kept there; a browser that lacks some asks for them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
import streamlit as st

from suitability.core.messages import Lang, message
from suitability.report.maps.base_map import base_map, largest_first, named_spots
from suitability.report.maps.packing import Pack, base64_text, pack_shapes
from suitability.report.static_files import leaflet_css, static_text
from suitability.report.style import COLOURS, HATCHES, OPACITY
from suitability.report.table import CLASSES
from suitability.ui.lru_cache import LruCache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamlit.components.v2.types import ComponentRenderer

    from suitability.core.types import IntArray
    from suitability.scan.run import Scan

_GRID_M: Final = 0.1  # to which corners are rounded on the way to the browser
_MOST_NAMES: Final = 30

#: Key in the session of the shapes that its browser was sent.
_SENT: Final = "map_shapes_sent"


@dataclass(frozen=True)
class Picture:
    """Content of one map. ``classes`` (n,): per parcel its place in ``style``; beyond that it is not drawn.

    ``extent``: what to look at, in EPSG:28992; None = all. ``objects``: shapes to point out, each {"text", "line",
    "parts"}. ``background``: the address of a background map, or nothing.
    """

    classes: IntArray
    style: Sequence[dict[str, Any]]
    selected: int | None = None
    extent: tuple[float, float, float, float] | None = None
    objects: Sequence[dict[str, Any]] = ()
    background: str = ""
    height: int = 560


@cache
def _component() -> ComponentRenderer:
    """Return the component, registered once per process."""
    package = "suitability.ui.maps"
    scripts = (
        f"const exports = {{}}, module = {{ exports }};\n{static_text('leaflet.js')}\nconst L = exports;",
        static_text("parcel_tiles.js"),
        static_text("parcel_map_draw.js", package),
        static_text("parcel_map.js", package),
    )
    return st.components.v2.component(
        "parcel_map",
        html='<div class="parcel-map" tabindex="0" role="application"></div>',
        css=f"{leaflet_css()}\n{static_text('parcel_map.css', package)}",
        js="\n".join(scripts),
        isolate_styles=False,
    )


@dataclass(frozen=True)
class _Area:
    """The part of a map that no limit changes: packed shapes by name, names of places, and the extent of all parcels."""

    packs: dict[str, Pack]
    names: list[dict[str, Any]]
    extent: tuple[float, ...]


#: Areas that were shown, by the key of their parcels and layers.
_AREAS: Final[LruCache[_Area]] = LruCache(8)


def _area_of(scan: Scan) -> _Area:
    """Return the parcels and the base map of a scan, packed."""
    base = base_map(scan, ("water", "roads", "municipality", "settlements"))
    shapes = {
        name: shapely.get_parts(frame.geometry.to_numpy()) for name, frame in base.items() if name != "settlements"
    }
    packs = {name: pack_shapes(each, _GRID_M) for name, each in {"parcels": scan.parcels.geometry, **shapes}.items()}
    names = named_spots(largest_first(base["settlements"]).iloc[:_MOST_NAMES]) if "settlements" in base else []
    return _Area(packs, names, tuple(float(number) for number in scan.parcels.total_bounds))


def parcel_map(
    scan: Scan,
    lang: Lang,
    picture: Picture,
    *,
    key: str,
    packs_key: str,
    on_choose: Callable[[str], None] = lambda _parcel: None,
    on_draw: Callable[[object], None] | None = None,
) -> None:
    """Show the map; ``on_choose`` gets the id of a parcel that is clicked. ``packs_key`` names the scan's parcels.

    With ``on_draw`` a click is a corner instead; it gets the corners of what was drawn, [[x, y], ...] in EPSG:28992.
    """
    area = _AREAS.get(packs_key, lambda: _area_of(scan))
    codes = picture.classes.astype(np.uint8)
    data = {
        **_not_sent_before(area.packs),
        "classes": base64_text(codes),
        "style": picture.style,
        "selected": -1 if picture.selected is None else picture.selected,
        "extent": picture.extent or area.extent,
        "look": f"{packs_key}/{picture.extent}",
        "names": area.names,
        "objects": list(picture.objects),
        "label": message("app.map.label", lang),
        "zoom_in": message("app.map.zoom_in", lang),
        "zoom_out": message("app.map.zoom_out", lang),
        "credit": "; ".join(dict.fromkeys(layer.provenance.attribution for layer in scan.layers.values())),
        "background": picture.background,
        "background_credit": message("app.map.background_credit", lang),
        "height": picture.height,
        "drawing": None if on_draw is None else _drawing_words(lang),
        "turn": hashlib.sha256(codes.tobytes() + repr(picture.style).encode()).hexdigest()[:16],
    }
    ids, parcels = scan.parcels.ids, area.packs["parcels"]["key"]

    def clicked() -> None:
        click = st.session_state[key]["clicked"]
        if click["of"] == parcels:  # not a click on the map of another area that came late
            on_choose(str(ids[int(click["index"])]))

    def lacking() -> None:
        sent: set[str] = st.session_state[_SENT]
        sent.difference_update(st.session_state[key]["lacking"])

    def drawn() -> None:
        if on_draw is not None:
            on_draw(st.session_state[key]["drawn"]["corners"])

    _component()(data=data, key=key, on_clicked_change=clicked, on_lacking_change=lacking, on_drawn_change=drawn)


def _drawing_words(lang: Lang) -> dict[str, str]:
    """Return the texts for drawing a place on the map; the browser fills in the number of corners."""
    words = {name: message(f"app.draw.{name}", lang) for name in ("start", "done", "point", "undo", "drop")}
    return {**words, "corners": message("app.draw.corners", lang, n="{n}")}


def _not_sent_before(packs: dict[str, Pack]) -> dict[str, Any]:
    """Return the packs; of those that this session sent before only the key, and a page that lacks one asks for it."""
    sent: set[str] = st.session_state.setdefault(_SENT, set())
    shown: dict[str, Any] = {}
    for name, pack in packs.items():
        shown[name] = {"key": pack["key"]} if pack["key"] in sent else pack
        sent.add(pack["key"])
    return shown


def class_style(hidden: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return colour, hatching, opacity and visibility per verdict class, in the order of the legend."""
    return [
        {
            "colour": COLOURS[name],
            "hatch": HATCHES[name],
            "opacity": OPACITY[name],
            "shown": name not in hidden,
        }
        for name in CLASSES
    ]
