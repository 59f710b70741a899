"""Provenance of a scan: each layer with its source, date, age, licence, rows and coverage."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
import streamlit as st

from suitability.core.layer import OTHER_KINDS
from suitability.core.messages import age, long_date, message, number
from suitability.ui.components import shortcomings
from suitability.ui.maps.parcel_map import Picture, parcel_map
from suitability.ui.maps.verdict_map import background_of
from suitability.ui.markdown import html_table
from suitability.ui.scan_cache import packs_key

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layer
    from suitability.core.messages import Lang
    from suitability.scan.run import Scan
    from suitability.ui.state import AppState

_GREY: Final = [{"colour": "#d9d9d9", "hatch": "", "opacity": 0.6, "shown": True}]
_COLUMNS: Final = ("layer", "date", "age", "standing", "rows", "source", "note")


def layers(state: AppState, scan: Scan) -> None:
    """Show a row per layer, and what in it is derived or assumed."""
    lang, today = state.lang, datetime.now(UTC).date()
    rows = []
    for name, layer in sorted(scan.layers.items(), key=lambda item: message(f"layer.{item[0]}", lang)):
        p = layer.provenance
        origin = ", ".join(dict.fromkeys((p.source, p.attribution, p.licence)))
        rows.append((
            message(f"layer.{name}", lang), long_date(p.reference_date, lang).replace(" ", "\u00a0"), age((today - p.reference_date).days, lang),
            message(f"standing.{p.standing}", lang), number(p.rows, lang), origin, p.note.get(lang, ""),
        ))  # fmt: skip
    st.html(html_table([message(f"app.data.{name}", lang) for name in _COLUMNS], rows, message("app.page.data", lang)))
    shortcomings(state, scan)


def coverage(state: AppState, scan: Scan) -> None:
    """Show on the map where a layer is complete: outside it nothing is sure."""
    lang = state.lang
    st.header(message("app.data.coverage", lang))
    grounds = dict(sorted(
        ((said, ground) for name, layer in scan.layers.items() for said, ground in _grounds(name, layer, lang).items())
    ))  # fmt: skip
    name = st.selectbox(message("app.data.coverage.of", lang), list(grounds), key="coverage_of")
    shape = grounds[name]
    outline = [shapely.get_coordinates(part.exterior).tolist() for part in shapely.get_parts(shape)]
    st.markdown(message("app.data.coverage.size", lang, km2=number(shape.area / 1e6, lang, 1)))
    left, bottom, right, top = shape.bounds
    picture = Picture(
        np.zeros(len(scan.parcels), dtype=np.int64), _GREY, extent=(left, bottom, right, top), background=background_of(state),
        objects=[{"text": name, "line": False, "parts": outline}], height=420,
    )  # fmt: skip
    parcel_map(scan, lang, picture, key="coverage_map", packs_key=packs_key(state, scan))


def _grounds(name: str, layer: Layer, lang: Lang) -> dict[str, BaseGeometry]:
    """Return where a layer is complete, and where those kinds are that are not complete in the same place."""
    title = message(f"layer.{name}", lang)
    kinds: dict[bytes, list[str]] = {}
    for kind, ground in layer.kind_coverage.items():
        if kind != OTHER_KINDS and not shapely.equals(ground, layer.coverage):
            kinds.setdefault(shapely.to_wkb(ground), []).append(kind)
    some = {
        message("layer_of_kinds", lang, layer=title, kinds=", ".join(sorted(named))): shapely.from_wkb(ground)
        for ground, named in kinds.items()
    }
    return some if some and layer.coverage.is_empty else {title: layer.coverage, **some}
