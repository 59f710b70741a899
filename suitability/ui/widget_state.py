"""Controls that stand where the state of the app says, whatever page one comes from."""

from __future__ import annotations

import streamlit as st


def stand_at(key: str, value: object) -> None:
    """Let the control of that key stand at a value; an assignment that changes nothing would make it jump back."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def begin_at(key: str, value: object) -> None:
    """Let the control of that key begin at a value when it comes on the screen; then it stands where a person puts it.

    What is moved quickly is served by two runs at once, of which the older would put it back.
    """
    if key not in st.session_state:
        st.session_state[key] = value
