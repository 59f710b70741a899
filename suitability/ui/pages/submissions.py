"""Submitted locations: a file or places on the map in, a receipt per line, a verdict per place, the answers as files."""

from __future__ import annotations

from typing import Final

import streamlit as st

from suitability.core.messages import message
from suitability.ui import submission_batch as submitted_file
from suitability.ui.maps import drawn_places
from suitability.ui.scan_cache import judged
from suitability.ui.state import app_state

_WAYS: Final = {"file": submitted_file.show, "map": drawn_places.show}


def page() -> None:
    """Take places from a file or from the map, and show what became of each."""
    state = app_state()
    scan, _ = judged(state)
    st.title(message("app.page.submissions", state.lang))
    way = st.segmented_control(
        message("app.submissions.way", state.lang), list(_WAYS), default="file", required=True, key="submission_way",
        format_func=lambda name: message(f"app.submissions.way.{name}", state.lang), persist_state="session",
    )  # fmt: skip
    st.markdown(message(f"app.submissions.what.{way}", state.lang))
    _WAYS[way](state, scan)


page()
