"""Site map: parcels of sites in two groups, with a ring around each site that is pointed out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
import streamlit as st

from suitability.core.messages import message
from suitability.spatial.parcels import inner_points
from suitability.ui.maps.legend import legend
from suitability.ui.maps.parcel_map import Picture, parcel_map
from suitability.ui.maps.verdict_map import background_url
from suitability.ui.ranking_cache import site_of_parcels
from suitability.ui.scan_cache import judged, packs_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import geopandas as gpd

    from suitability.core.types import BoolArray, IntArray
    from suitability.ui.state import AppState


class SiteGroup(NamedTuple):
    """A group of sites: its text in the legend and its style on the map."""

    text: str
    style: dict[str, Any]


class Rings(NamedTuple):
    """Sites with a ring around them: their rows, and the text of each ring."""

    rows: IntArray
    texts: Sequence[str]


def labels_of(sites: gpd.GeoDataFrame, rows: IntArray) -> list[str]:
    """Return the names of sites: the label, else the id."""
    return [str(text) for text in sites["label"].fillna(sites["site_id"]).to_numpy()[rows]]


def site_map(  # noqa: PLR0913 (all that a map may show)
    state: AppState,
    sites: gpd.GeoDataFrame,
    first: BoolArray,
    groups: tuple[SiteGroup, SiteGroup],
    rings: Rings,
    *,
    key: str,
    height: int,
    on_choose: Callable[[str | None], None],
) -> None:
    """Show the map with its legend. ``first`` (sites,): whether a site is in the first group."""
    (scan, _), site = judged(state), site_of_parcels(state)
    nowhere = len(groups)
    codes = np.where(site < 0, nowhere, np.where(np.append(first, False)[site], 0, 1)).astype(np.int64)
    st.html(legend(list(groups)))
    spots = shapely.get_coordinates(inner_points(sites.geometry.to_numpy()[rings.rows])).tolist()
    picture = Picture(
        codes, [group.style for group in groups], scan.index_of(state.parcel) if state.parcel else None,
        objects=[{"text": text, "line": False, "parts": [[spot]]} for text, spot in zip(rings.texts, spots, strict=True)],
        background=background_url(state), height=height,
    )  # fmt: skip
    parcel_map(scan, state.lang, picture, key=key, packs_key=packs_key(state, scan), on_choose=on_choose)
    st.caption(message("app.map.hint", state.lang))
