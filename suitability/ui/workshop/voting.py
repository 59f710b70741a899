"""Voting, on one's own phone: what each wish should weigh, for or against each site, and remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from suitability.core.messages import message
from suitability.ui.markdown import plain
from suitability.ui.widget_state import begin_at, stand_at
from suitability.ui.workshop.agenda import agenda, label_of, rules_of
from suitability.ui.workshop_session import store_act
from suitability.workshop.events import SiteVoted, WeightVoted

if TYPE_CHECKING:
    from suitability.ui.state import AppState
    from suitability.workshop.events import Act, Recorded
    from suitability.workshop.state import State
    from suitability.workshop.store import Joined

_CHOICES: Final = ("for", "unsure", "against")
#: Where a slider stands before anybody moved it, and by how much it moves.
UNVOTED: Final = 5.0
STEP: Final = 0.5


def ballot(state: AppState, seat: Joined, session: State) -> None:
    """Show everything there is to vote on."""
    lang = state.lang
    if session.is_closed:
        st.info(message("meeting.is_closed", lang))
        return
    weights, sites, remarks = st.tabs(
        [message(f"meeting.tab.{name}", lang) for name in ("weights", "sites", "remarks")]
    )
    with weights:
        _weights(state, seat, session)
    with sites:
        _sites(state, seat, session)
    with remarks:
        _remark(state, seat, session)


def _weights(state: AppState, seat: Joined, session: State) -> None:
    lang, rules = state.lang, rules_of(state, session)
    if not rules:
        st.info(message("meeting.weights.nothing", lang))
        return
    st.markdown(message("meeting.weights.what", lang))
    for rule in rules:
        mine = session.newest(WeightVoted, str(seat.participant), rule.id)
        key = f"vote_weight_{seat.session}_{rule.id}"
        _place(mine, seat, key, UNVOTED if mine is None else mine[1].value)

        def vote(rule_id: str = rule.id, key: str = key) -> None:
            store_act(state, seat, {"kind": "weight_voted", "rule": rule_id, "value": st.session_state[key]})

        st.slider(plain(rule.label.in_(lang)), 0.0, 10.0, step=STEP, format="localized", key=key, on_change=vote)
        st.caption(message("meeting.weights.mine" if mine is not None else "meeting.weights.none", lang))
        if mine is None:
            st.button(message("meeting.weights.agree", lang), key=f"{key}_agree", on_click=vote)


def _place(mine: tuple[Recorded, Act] | None, seat: Joined, key: str, value: object) -> None:
    """Let a control begin at one's vote; where the chair entered another one since, let it follow."""
    if mine is not None and mine[0].event.by != seat.participant:
        stand_at(key, value)
    else:
        begin_at(key, value)


def _sites(state: AppState, seat: Joined, session: State) -> None:
    lang, sites = state.lang, agenda(session)
    if not sites:
        st.info(message("meeting.sites.none", lang))
    for site in sites:
        mine = session.newest(SiteVoted, str(seat.participant), site)
        key = f"vote_site_{seat.session}_{site}"
        with st.container(border=True):
            st.markdown(f"**{plain(label_of(state, session, site))}**")
            _place(mine, seat, key, mine[1].choice if mine else None)

            def vote(site: str = site, key: str = key) -> None:
                choice = st.session_state[key]
                if choice is not None:
                    why = st.session_state.get(f"{key}_why") or ""
                    store_act(state, seat, {"kind": "site_voted", "site": site, "choice": choice, "reason": why})

            st.segmented_control(
                message("meeting.sites.vote", lang), _CHOICES, key=key, on_change=vote,
                format_func=lambda choice: message(f"workshop.choice_{choice}", lang),
            )  # fmt: skip
            _place(mine, seat, f"{key}_why", mine[1].reason if mine else "")
            st.text_input(message("meeting.sites.why", lang), key=f"{key}_why", on_change=vote, max_chars=4000)


def _remark(state: AppState, seat: Joined, session: State) -> None:
    lang = state.lang
    subjects = ["", *agenda(session)]
    with st.form("remark", clear_on_submit=True, border=False):
        about = st.selectbox(
            message("meeting.remark.about", lang), subjects, key="remark_about",
            format_func=lambda site: label_of(state, session, site) if site else message("meeting.remark.session", lang),
        )  # fmt: skip
        text = st.text_area(message("meeting.remark.text", lang), key="remark_text", max_chars=4000)
        sent = st.form_submit_button(message("meeting.remark.send", lang))
    if sent and text.strip():
        topic = "site" if about else "session"
        store_act(state, seat, {"kind": "commented", "topic": topic, "subject": about, "text": text})
