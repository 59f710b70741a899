"""Shortlist: the set of sites that covers the need best, or what cannot hold together."""

from __future__ import annotations

import streamlit as st

from suitability.core.messages import message
from suitability.ui import shortlist_view
from suitability.ui.state import app_state


def page() -> None:
    """Show what is asked, and the set."""
    state = app_state()
    st.title(message("app.page.shortlist", state.lang))
    st.markdown(message("app.shortlist.what", state.lang))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        wanted = shortlist_view.question(state)
    with right:
        outcome = shortlist_view.search(state, wanted)
    if outcome is not None:
        shortlist_view.show(state, outcome)


page()
