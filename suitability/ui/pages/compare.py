"""Compare: two policies, rule by rule and parcel by parcel, or two runs."""

from __future__ import annotations

import streamlit as st

from suitability.core.messages import message
from suitability.ui import comparison as difference
from suitability.ui.state import app_state


def page() -> None:
    """Show what changes from one policy, or run, to another."""
    state = app_state()
    st.title(message("app.page.compare", state.lang))
    other = difference.choose(state)
    if other is None:
        st.info(message("app.compare.choose", state.lang))
    elif isinstance(other, str):
        difference.show_policies(state, other)
    else:
        difference.show_runs(state, other)


page()
