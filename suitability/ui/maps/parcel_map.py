"""The map of the app as a Streamlit component: all parcels in classes, water, roads, names, and the chosen parcel.

It works without internet. Shapes go to the browser once and are kept there; a browser that lacks some asks for them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
import streamlit as st

from suitability.core.messages import Lang, message
from suitability.report.style import COLOURS
from suitability.report.table import CLASSES
from suitability.ui.lru_cache import Shelf
from suitability.ui.maps.packing import Pack, pack_shapes, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamlit.components.v2.types import ComponentRenderer

    from suitability.core.types import GeometryArray, IntArray
    from suitability.scan.run import Scan

#: Class -> hatching over the colour, so that no class is told by colour alone.
HATCHES: Final = {"pass": "", "pass_restricted": "dots", "unknown": "up", "near_miss": "cross", "fail": ""}
_OPACITY: Final = {"fail": 0.45}
_SIMPLIFY_M: Final = 3.0
_MOST_NAMES: Final = 30

#: Key in the session of the shapes that its browser was sent.
_SENT: Final = "map_shapes_sent"


@dataclass(frozen=True)
class Picture:
    """Content of a map. ``classes`` (n,): per parcel its index in ``style``; beyond that it is not drawn.

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
    engine, own = files("suitability.report").joinpath("static"), files("suitability.ui.maps").joinpath("static")
    leaflet = engine.joinpath("leaflet.js").read_text(encoding="utf-8")
    script = f"const exports = {{}}, module = {{ exports }};\n{leaflet}\nconst L = exports;\n"
    script += own.joinpath("parcel_map_draw.js").read_text(encoding="utf-8")
    style = engine.joinpath("leaflet.css").read_text(encoding="utf-8")
    return st.components.v2.component(
        "parcel_map",
        html='<div class="parcel-map" tabindex="0" role="application"></div>',
        css=style + own.joinpath("parcel_map.css").read_text(encoding="utf-8"),
        js=script + own.joinpath("parcel_map.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )


@dataclass(frozen=True)
class Ground:
    """Parts of a map that do not depend on limits: packed shapes by name, place names, and the extent of all parcels."""

    packs: dict[str, Pack]
    names: list[dict[str, Any]]
    extent: tuple[float, ...]


#: The ground of areas that were shown, by the key of their parcels and layers.
_GROUNDS: Final[Shelf[Ground]] = Shelf(8)


def ground_of(scan: Scan) -> Ground:
    """Return what the map draws besides the classes."""
    packs = {"parcels": pack_shapes(scan.parcels.geometry)}
    for name, layer in (("water", "water"), ("border", "municipality")):
        if layer in scan.layers:
            packs[name] = pack_shapes(shapely.simplify(scan.layers[layer].frame.geometry.to_numpy(), _SIMPLIFY_M))
    roads = _roads(scan)
    if len(roads):
        packs["roads"] = pack_shapes(roads)
    extent = tuple(float(number) for number in scan.parcels.total_bounds)
    return Ground(packs, _place_names(scan), extent)


def _roads(scan: Scan) -> GeometryArray:
    """Return the roads to find one's way by: the public ones, else the streets that may be walked."""
    if "public_roads" in scan.layers:
        return np.asarray(scan.layers["public_roads"].frame.geometry, dtype=object)
    if "streets" in scan.layers:
        return next(iter(scan.layers["streets"].streets.values())).segments
    return np.empty(0, dtype=object)


def _place_names(scan: Scan) -> list[dict[str, Any]]:
    """Return the names of the largest settlements and where they stand."""
    if "settlements" not in scan.layers:
        return []
    frame = scan.layers["settlements"].frame
    frame = frame.iloc[np.argsort(-shapely.area(frame.geometry.to_numpy()), kind="stable")]
    frame = frame.drop_duplicates("name").iloc[:_MOST_NAMES]
    spots = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()))
    return [{"text": str(name), "at": spot.tolist()} for name, spot in zip(frame["name"], spots, strict=True)]


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
    ground = _GROUNDS.get(packs_key, lambda: ground_of(scan))
    codes = picture.classes.astype(np.uint8)
    data = {
        **_not_sent_before(ground.packs),
        "classes": text_of(codes),
        "style": picture.style,
        "selected": -1 if picture.selected is None else picture.selected,
        "extent": picture.extent or ground.extent,
        "look": f"{packs_key}/{picture.extent}",
        "names": ground.names,
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
    ids, parcels = scan.parcels.ids, ground.packs["parcels"]["key"]

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
    """Return what the map says while a place is drawn on it; the browser fills in how many corners there are."""
    words = {name: message(f"app.draw.{name}", lang) for name in ("start", "done", "point", "undo", "drop")}
    return {**words, "corners": message("app.draw.corners", lang, n="{n}")}


def _not_sent_before(packs: dict[str, Pack]) -> dict[str, Any]:
    """Return the packs, of those that this session sent before only the key: a page that lacks one asks for it."""
    sent: set[str] = st.session_state.setdefault(_SENT, set())
    shown: dict[str, Any] = {}
    for name, pack in packs.items():
        shown[name] = {"key": pack["key"], "n": pack["n"]} if pack["key"] in sent else pack
        sent.add(pack["key"])
    return shown


def class_style(hidden: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return how each class is drawn, in the order of the legend."""
    return [
        {
            "colour": COLOURS[name],
            "hatch": HATCHES[name],
            "opacity": _OPACITY.get(name, 0.8),
            "shown": name not in hidden,
        }
        for name in CLASSES
    ]
