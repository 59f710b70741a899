"""Data: each layer with its source, date, age, coverage and licence; bring a policy of your own."""

from __future__ import annotations

import streamlit as st

from suitability.core.messages import message
from suitability.ui import layer_upload, provenance
from suitability.ui import policy_upload as uploads
from suitability.ui.scan_cache import judged
from suitability.ui.state import app_state


def page() -> None:
    """Show what the scan was made of, and take what a person brings."""
    state = app_state()
    scan, _ = judged(state)
    st.title(message("app.page.data", state.lang))
    provenance.layers(state, scan)
    provenance.coverage(state, scan)
    uploads.policy(state)
    layer_upload.layers(state)


page()
