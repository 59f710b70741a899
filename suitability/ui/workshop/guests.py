"""Detection of guests on other machines; a module of its own, so that pages need not load the workshop."""

from __future__ import annotations

from typing import Final

import streamlit as st

#: How a browser on the machine of the app is known; Streamlit names no address for it.
_HERE: Final = ("127.0.0.1", "::1")


def origin() -> str:
    """Return the address that this screen is at; empty where Streamlit names none, as on the machine of the app."""
    address = st.context.ip_address  # the other end of the connection itself, which no header can change
    return address if isinstance(address, str) else ""


def is_guest() -> bool:
    """Return whether this screen is on another machine than the app: there one sees the workshop only, until invited in."""
    return origin() not in ("", *_HERE)
