"""Longlist: search, filter and sort; table and map select each other."""

from __future__ import annotations

import streamlit as st

from suitability.core.messages import message
from suitability.ui import components as parts
from suitability.ui import table
from suitability.ui import table_filter as finding
from suitability.ui.maps.verdict_map import verdict_map
from suitability.ui.scan_cache import judged
from suitability.ui.state import app_state


def page() -> None:
    """Show the parcels that are left, or any others, as a table beside the map."""
    state = app_state()
    scan, longlist = judged(state)
    st.title(message("app.page.longlist", state.lang))
    rows = finding.asked_rows(scan, table.filters(state, scan))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        table.show(state, scan, rows)
        parts.empty_longlist(state, scan, longlist)
    with right:
        verdict_map(state, scan, key="longlist_map", rows=rows, height=440)
        parts.chosen_parcel(state, scan)


page()
