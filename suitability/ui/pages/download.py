"""Download: everything that the command line writes."""

from __future__ import annotations

import streamlit as st

from suitability.core.messages import message
from suitability.ui import downloads
from suitability.ui.scan_cache import judged
from suitability.ui.state import app_state


def page() -> None:
    """Show the files of the scan as it stands, with the limits that are tried."""
    state = app_state()
    scan, longlist = judged(state)
    st.title(message("app.page.download", state.lang))
    downloads.show(state, scan, longlist)


page()
