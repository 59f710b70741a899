"""Verdict map: parcels by verdict class, with a legend and a switch per class; a click chooses a parcel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from suitability.core.messages import message, number
from suitability.report.table import CLASSES, classes_of
from suitability.ui.maps.legend import legend
from suitability.ui.maps.parcel_map import Picture, class_style, parcel_map
from suitability.ui.scan_cache import packs_key
from suitability.ui.widget_state import stand_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from suitability.core.types import IntArray
    from suitability.scan.run import Scan
    from suitability.ui.state import AppState

_CLOSE_M: Final = 150.0
_BACKGROUND: Final = "https://service.pdok.nl/brt/achtergrondkaart/wmts/v2_0/grijs/EPSG:28992/{z}/{x}/{y}.png"  # asked for only on request

Extent = tuple[float, float, float, float]


def verdict_map(  # noqa: PLR0913 (all that a map may show)
    state: AppState,
    scan: Scan,
    *,
    key: str,
    rows: IntArray | None = None,
    close_to: int | None = None,
    objects: Sequence[dict[str, Any]] = (),
    height: int = 560,
    on_draw: Callable[[object], None] | None = None,
) -> None:
    """Show the map with its legend. ``rows``: only these are coloured; None = all. ``close_to``: the parcel to zoom to.

    With ``on_draw`` one draws on it instead of choosing a parcel.
    """
    codes = classes_of(scan)
    if rows is not None:
        drawn = np.full(len(codes), len(CLASSES))
        drawn[rows] = codes[rows]
        codes = drawn
    hidden = _legend(state, codes, key)
    extent = None if close_to is None else extent_around(scan, close_to, objects)
    picture = Picture(
        codes, class_style(hidden), scan.index_of(state.parcel) if state.parcel else None, extent, objects,
        background_url(state), height,
    )  # fmt: skip
    parcel_map(
        scan,
        state.lang,
        picture,
        key=key,
        packs_key=packs_key(state, scan),
        on_choose=state.choose_parcel,
        on_draw=on_draw,
    )
    st.caption(message("app.map.hint" if on_draw is None else "app.draw.hint", state.lang))


def background_url(state: AppState) -> str:
    """Return the URL template of the background map; "" while it is switched off."""
    return _BACKGROUND if state.online_map else ""


def extent_around(scan: Scan, index: int, objects: Sequence[dict[str, Any]]) -> Extent:
    """Return the extent of a parcel and of the objects to point out, with a margin, in EPSG:28992."""
    corners = [scan.parcels.geometry[index].bounds]
    places = [place for shown in objects for part in shown["parts"] for place in part]
    if places:
        xy = np.array(places)
        corners.append((*xy.min(axis=0), *xy.max(axis=0)))
    box = np.array(corners)
    low, high = box[:, :2].min(axis=0) - _CLOSE_M, box[:, 2:].max(axis=0) + _CLOSE_M
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _legend(state: AppState, codes: IntArray, key: str) -> list[str]:
    """Show the classes that occur, with a switch for each; return those that are switched off."""
    lang, counts = state.lang, np.bincount(codes, minlength=len(CLASSES))
    there = [name for i, name in enumerate(CLASSES) if counts[i]]
    names = {
        name: f"{message(f'outcome.{name}', lang)} ({number(int(counts[CLASSES.index(name)]), lang)})" for name in there
    }
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.html(
            legend([(names[name], style) for name, style in zip(CLASSES, class_style(), strict=True) if name in names])
        )
        with st.popover(message("app.map.legend", lang), icon=":material/layers:", key=f"{key}_layers"):
            shown = [
                name for name in there if _class_switch(message(f"outcome.{name}", lang), key=f"{key}_shown_{name}")
            ]
            _background_switch(state, key)
    return [name for name in there if name not in shown]


def _background_switch(state: AppState, key: str) -> None:
    """Show the switch of the background map."""
    lang, key = state.lang, f"{key}_online"

    def switch() -> None:
        state.online_map = st.session_state[key]

    stand_at(key, state.online_map)
    st.toggle(message("app.map.online", lang), key=key, on_change=switch, help=message("app.map.online.help", lang))


def _class_switch(label: str, key: str) -> bool:
    return st.checkbox(label, value=True, key=key, persist_state="session")
