"""Page for variants: move a limit and see its effect at once."""

from __future__ import annotations

import streamlit as st

from suitability.core.messages import message
from suitability.ui import components as parts
from suitability.ui import limits
from suitability.ui.maps.verdict_map import verdict_map
from suitability.ui.scan_cache import judged, prepared
from suitability.ui.state import app_state


def page() -> None:
    """Show a control for every limit, and what the limits that are tried do."""
    state = app_state()
    original = prepared(state)
    st.title(message("app.page.what_if", state.lang))
    scan, longlist = judged(state)
    parts.figures(state, longlist, against=original)
    parts.empty_longlist(state, scan, longlist)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        limits.controls(state, original)
    with right:
        verdict_map(state, scan, key="what_if_map", height=420)
        limits.outcome(state, original, scan)
        st.header(message("app.funnel", state.lang))
        parts.funnel(state, scan, longlist)


page()
