"""Controls that stand where the state of the app says, whatever page one comes from."""

from __future__ import annotations

import streamlit as st


def stand_at(key: str, value: object) -> None:
    """Let the control of that key stand at a value; an assignment that changes nothing would make it jump back."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value
