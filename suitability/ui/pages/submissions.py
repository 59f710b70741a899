"""Submitted locations: a file in, a receipt per line, a verdict per place, and the answers as files."""

from __future__ import annotations

import streamlit as st

from suitability.messages import message
from suitability.ui import submitted_file
from suitability.ui.state import app_state
from suitability.ui.work import judged


def page() -> None:
    """Take a file of places, and show what became of every line."""
    state = app_state()
    scan, _ = judged(state)
    st.title(message("app.page.submissions", state.lang))
    st.markdown(message("app.submissions.what", state.lang))
    submitted_file.show(state, scan)


page()
