"""Coming in: with a code, or by opening a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import streamlit as st

from suitability.core.errors import SuitabilityError
from suitability.core.messages import message
from suitability.ui.markdown import plain
from suitability.ui.scan_cache import judged, known_policies
from suitability.ui.workshop.guests import is_guest, origin
from suitability.ui.workshop_session import STAGES, mistakes, state_of, store
from suitability.workshop.event_validation import act_of
from suitability.workshop.events import stamp_of
from suitability.workshop.store import Joined

if TYPE_CHECKING:
    from suitability.ui.state import AppState
    from suitability.workshop.events import SessionOpened


def doors(state: AppState) -> None:
    """Show the ways in: a code; and at the machine of the app also a new session."""
    if is_guest() or state.code:  # an invitation was followed
        _join(state)
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.header(message("meeting.join", state.lang))
        _join(state)
    with right:
        st.header(message("meeting.open", state.lang))
        _open(state)


def _join(state: AppState) -> None:
    lang = state.lang
    with st.form("join", border=False):
        code = st.text_input(message("meeting.code", lang), value=state.code or "", key="join_code")
        party = st.text_input(
            message("meeting.party", lang), key="join_party", help=message("meeting.party.help", lang)
        )
        name = st.text_input(message("meeting.name", lang), key="join_name", help=message("meeting.name.help", lang))
        st.caption(message("meeting.privacy", lang))
        sent = st.form_submit_button(message("meeting.come_in", lang), type="primary")
    if not sent:
        return
    try:
        state.seat = store().join(code, party=party, name=name, origin=origin())
        policy = state_of(state.seat.session).opened[1].policy_id
    except SuitabilityError as error:
        mistakes(state, error)
        return
    if policy in known_policies(state):  # what is weighed and the names of the sites are those of that policy
        state.choose_policy(policy)
    st.rerun()


def _open(state: AppState) -> None:
    lang = state.lang
    scan, _ = judged(state)
    with st.form("open", border=False):
        title = st.text_input(
            message("meeting.session_title", lang),
            value=message("meeting.session_default", lang, area=scan.area.name),
            key="open_title",
        )
        party = st.text_input(
            message("meeting.party", lang),
            value=message("meeting.municipality", lang, area=scan.area.name),
            key="open_party",
        )
        name = st.text_input(message("meeting.name", lang), key="open_name")
        st.caption(plain(message("meeting.about", lang, policy=scan.policy.title.in_(lang))))
        sent = st.form_submit_button(message("meeting.open_it", lang), type="primary")
    if not sent:
        return
    try:
        act = act_of({
            "kind": "session_opened", "title": title, "policy_id": scan.policy.id, "policy_sha256": scan.run.policy_sha256,
            "source": scan.run.source[:200], "area": scan.area.name, "stages": STAGES, "scan": stamp_of(scan.run),
        })  # fmt: skip
        opened = store().open_session(cast("SessionOpened", act), name=name, party=party)
    except SuitabilityError as error:
        mistakes(state, error)
        return
    state.seat = Joined(opened.session, opened.chair, "chair")
    state.chair_code = opened.chair_code
    st.rerun()


def leave(state: AppState) -> None:
    """Show who sits here, and the way out."""
    lang, seat = state.lang, state.seat
    if seat is None:
        return

    def go() -> None:
        state.seat, state.chair_code = None, None

    st.button(
        message("meeting.leave", lang), icon=":material/logout:", key="leave_session", on_click=go, type="tertiary"
    )
