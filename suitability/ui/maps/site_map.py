"""The map of sites: those that are meant, the others, and a ring around each that would be too small to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
import streamlit as st

from suitability.core.messages import message
from suitability.spatial.parcels import inner_points
from suitability.ui.maps.legend import legend
from suitability.ui.maps.parcel_map import Picture, parcel_map
from suitability.ui.maps.verdict_map import background_of
from suitability.ui.ranking_cache import site_of_parcels
from suitability.ui.scan_cache import judged, packs_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import geopandas as gpd

    from suitability.core.types import BoolArray, IntArray
    from suitability.ui.state import AppState


class Meaning(NamedTuple):
    """Style and legend of one group of sites."""

    text: str
    style: dict[str, Any]


class Rings(NamedTuple):
    """Sites with a ring around them: their rows, and what each ring says."""

    rows: IntArray
    texts: Sequence[str]


def labels_of(sites: gpd.GeoDataFrame, rows: IntArray) -> list[str]:
    """Return what sites are called: by their label, else by their id."""
    return [str(text) for text in sites["label"].fillna(sites["site_id"]).to_numpy()[rows]]


def site_map(  # noqa: PLR0913 (all that a map may show)
    state: AppState,
    sites: gpd.GeoDataFrame,
    meant: BoolArray,
    meanings: tuple[Meaning, Meaning],
    rings: Rings,
    *,
    key: str,
    height: int,
    on_choose: Callable[[str | None], None],
) -> None:
    """Show the map with its legend. ``meant`` (sites,): which are drawn in the first way, all others in the second."""
    (scan, _), site = judged(state), site_of_parcels(state)
    nowhere = len(meanings)
    codes = np.where(site < 0, nowhere, np.where(np.append(meant, False)[site], 0, 1)).astype(np.int64)
    st.html(legend(list(meanings)))
    spots = shapely.get_coordinates(inner_points(sites.geometry.to_numpy()[rings.rows])).tolist()
    picture = Picture(
        codes, [meaning.style for meaning in meanings], scan.index_of(state.parcel) if state.parcel else None,
        objects=[{"text": text, "line": False, "parts": [[spot]]} for text, spot in zip(rings.texts, spots, strict=True)],
        background=background_of(state), height=height,
    )  # fmt: skip
    parcel_map(scan, state.lang, picture, key=key, packs_key=packs_key(state, scan), on_choose=on_choose)
    st.caption(message("app.map.hint", state.lang))
