"""Ranking: weigh the rules, see the order and what each contributes, and how firm it is."""

from __future__ import annotations

import streamlit as st

from suitability.core.messages import message
from suitability.ui import ranking_view, weights
from suitability.ui.ranking_cache import ranking_of
from suitability.ui.state import app_state


def page() -> None:
    """Show the weights beside the map, and the ranking below."""
    state = app_state()
    st.title(message("app.page.ranking", state.lang))
    ranking = ranking_of(state)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.markdown(message("app.ranking.what", state.lang))
        weights.controls(state, ranking)
        top = ranking_view.top_of(state)
    with right:
        ranking_view.ranking_map(state, ranking, top)
    ranking_view.table(state, ranking, top)
    ranking_view.firmness(state, ranking, top)


page()
