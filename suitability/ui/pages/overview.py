"""Overview: what comes out, on a map, with the funnel beside it."""

from __future__ import annotations

import streamlit as st

from suitability.core.messages import message
from suitability.ui import components as parts
from suitability.ui.maps.verdict_map import verdict_map
from suitability.ui.scan_cache import judged
from suitability.ui.state import app_state


def page() -> None:
    """Show the verdicts, the map, and which rule removes what."""
    state = app_state()
    scan, longlist = judged(state)
    parts.heading(state, scan)
    parts.figures(state, longlist)
    parts.empty_longlist(state, scan, longlist)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        verdict_map(state, scan, key="overview_map")
    with right:
        parts.more_facts(state, scan, longlist)
        st.header(message("app.funnel", state.lang))
        parts.funnel(state, scan, longlist, brief=True)
    parts.presumed(state, scan)


page()
