"""Parcel: why here, or why not; every rule with its article, value, limit, margin and the object that decided."""

from __future__ import annotations

import streamlit as st

from suitability.core.messages import message
from suitability.ui import parcel_card as card
from suitability.ui.maps.verdict_map import verdict_map
from suitability.ui.scan_cache import judged
from suitability.ui.state import app_state


def page() -> None:
    """Show the card of one parcel beside the map."""
    state = app_state()
    scan, _ = judged(state)
    st.title(message("app.page.parcel", state.lang))
    card.search(state, scan)
    left, right = st.columns([2, 3], gap="medium")
    index = scan.index_of(state.parcel) if state.parcel else None
    with right:
        verdict_map(state, scan, key="parcel_map", close_to=index, objects=card.objects(state, scan, index))
        if index is not None:
            st.caption(message("app.map.objects", state.lang))
    with left:
        if index is None:
            st.info(message("app.parcel.choose", state.lang))
        else:
            card.show(state, scan, index)


page()
