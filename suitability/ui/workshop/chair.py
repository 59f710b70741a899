"""The chair's table: agree on weights after the votes, take the session out and in, write the minutes, close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from suitability.core.errors import SuitabilityError
from suitability.core.messages import message
from suitability.ui.markdown import bullets, plain
from suitability.ui.widget_state import stand_at
from suitability.ui.workshop.agenda import rules_of, subject_of
from suitability.ui.workshop.voting import STEP, UNVOTED
from suitability.ui.workshop_session import mistakes, store, store_act
from suitability.workshop.events import WeightSet
from suitability.workshop.minutes.export import export_minutes
from suitability.workshop.spreadsheet.exchange import export_xlsx, read_back
from suitability.workshop.votes import tally_weight
from suitability.workshop.wording import weight_text

if TYPE_CHECKING:
    from typing import Literal

    from suitability.ui.state import AppState
    from suitability.workshop.state import State
    from suitability.workshop.store import Joined

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MIME: Final = {"pdf": "application/pdf", "html": "text/html"}
_LARGEST_MB: Final = 20

#: The middle of an even number of votes may lie between two steps.
_STEP: Final = STEP / 2


def table(state: AppState, seat: Joined, session: State) -> None:
    """Show what only the chair does."""
    if state.chair_code:
        st.info(message("meeting.chair_code", state.lang, code=state.chair_code))
    if rules_of(state, session) and not session.is_closed:
        _agree(state, seat, session)
    _paper(state, seat, session)
    _close(state, seat, session)


def _agree(state: AppState, seat: Joined, session: State) -> None:
    """Offer to take the middle vote as the weight that holds, or another one with a reason."""
    lang = state.lang
    with st.expander(message("meeting.agree", lang), expanded=True):
        for rule in rules_of(state, session):
            tally, agreed = tally_weight(session, rule.id), session.newest(WeightSet, rule.id)
            key = f"agreed_{seat.session}_{rule.id}"
            start, seen = agreed[1].value if agreed else tally.median, session.version(WeightSet, rule.id)
            moved = f"{key}_moved_{seen}"
            if not st.session_state.get(moved):  # else it would jump back while the chair looks for a number
                stand_at(key, UNVOTED if start is None else start)
            value = st.slider(plain(rule.label.in_(lang)), 0.0, 10.0, step=_STEP, format="localized", key=key,
                              on_change=st.session_state.__setitem__, args=(moved, True))  # fmt: skip
            why = st.text_input(message("meeting.reason", lang), key=f"{key}_why", max_chars=4000)
            said = message("meeting.agreed", lang, weight=weight_text(agreed[1].value, lang)) if agreed else ""
            st.caption(said or message("meeting.not_agreed", lang))
            st.button(message("meeting.agree_it", lang), key=f"{key}_do", on_click=store_act,
                      args=(state, seat, {"kind": "weight_set", "rule": rule.id, "value": value, "reason": why}, seen))  # fmt: skip
        st.button(message("meeting.use_weights", lang), key="use_weights", icon=":material/leaderboard:", on_click=_use,
                  args=(state, session))  # fmt: skip


def _use(state: AppState, session: State) -> None:
    """Let the ranking count with the weights that were agreed."""
    state.choose_policy(session.opened[1].policy_id)
    state.weigh({act.rule: act.value for _, act in session.all_of(WeightSet)})


def _paper(state: AppState, seat: Joined, session: State) -> None:
    """Offer the session as a spreadsheet and as minutes, and take a spreadsheet back."""
    lang = state.lang
    with st.expander(message("meeting.paper", lang)):
        st.markdown(message("meeting.paper.what", lang))
        st.download_button(
            message("meeting.xlsx", lang), lambda: export_xlsx(session, subject_of(state, session), lang), on_click="ignore",
            file_name="werksessie.xlsx", mime=_XLSX, icon=":material/download:", key="session_xlsx",
        )  # fmt: skip
        _read_back(state, seat, session)
        public = st.toggle(
            message("meeting.public", lang), key="minutes_public", help=message("meeting.public.help", lang)
        )
        for form in ("pdf", "html"):
            _minutes(state, seat, session, form, public=public)


def _minutes(state: AppState, seat: Joined, session: State, form: Literal["pdf", "html"], *, public: bool) -> None:
    st.download_button(
        message(f"meeting.minutes.{form}", state.lang),
        lambda: export_minutes(
            store(), seat.session, subject_of(state, session), by=seat.participant, form=form, lang=state.lang, public=public
        ),
        on_click="ignore", file_name=f"verslag.{form}", mime=_MIME[form], icon=":material/download:", key=f"minutes_{form}",
    )  # fmt: skip


def _read_back(state: AppState, seat: Joined, session: State) -> None:
    lang = state.lang
    file = st.file_uploader(
        message("meeting.read_back", lang), type="xlsx", key="session_back", max_upload_size=_LARGEST_MB
    )
    whole = st.checkbox(message("meeting.all_or_nothing", lang), key="all_or_nothing")
    if file is None or not st.button(message("meeting.read_it", lang), key="read_back"):
        return
    try:
        receipt = read_back(
            store(), seat.session, file.getvalue(), by=seat.participant, subject=subject_of(state, session), lang=lang,
            name=file.name, all_or_nothing=whole,
        )  # fmt: skip
    except SuitabilityError as error:
        mistakes(state, error)
        return
    counts = ", ".join(f"{message(f'workshop.row_{name}', lang)}: {n}" for name, n in receipt.counts().items())
    st.success(plain(message("meeting.receipt", lang, counts=counts)))
    st.markdown(bullets(receipt.sentences(lang)))


def _close(state: AppState, seat: Joined, session: State) -> None:
    lang = state.lang
    if session.is_closed:
        st.info(message("meeting.is_closed", lang))
        return
    with st.expander(message("meeting.close", lang)):
        why = st.text_input(message("meeting.reason", lang), key="close_why", max_chars=4000)
        st.button(message("meeting.close_it", lang), key="close_session", icon=":material/lock:", on_click=store_act,
                  args=(state, seat, {"kind": "session_closed", "reason": why}, 0))  # fmt: skip
