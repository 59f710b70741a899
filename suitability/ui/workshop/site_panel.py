"""A site in the workshop: its stage and what follows, the checklist, whether it is kept in or out, votes and remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from suitability.core.errors import SuitabilityError
from suitability.core.messages import message, number
from suitability.ui.markdown import bullets, plain
from suitability.ui.workshop.agenda import label_of
from suitability.ui.workshop_session import mistakes, process_of, store, store_act
from suitability.workshop.events import ChecklistDone, Commented, LockChanged, StageChanged
from suitability.workshop.stages import change_stage, checklist_of, may_publish, stage_of, tick
from suitability.workshop.votes import tally_site
from suitability.workshop.wording import act_text, local_time, stage_text

if TYPE_CHECKING:
    from suitability.ui.state import AppState
    from suitability.workshop.stage_model import Process
    from suitability.workshop.stages import ChecklistState, StepState
    from suitability.workshop.state import State
    from suitability.workshop.store import Joined

_LOCKS: Final = ("in", "out", "open")


def show(state: AppState, seat: Joined, session: State, site: str) -> None:
    """Show all there is on a site; what only a chair may do is offered to a chair."""
    process = process_of(session)
    st.header(plain(label_of(state, session, site)))
    left, right = st.columns(2, gap="large")
    with left:
        if process is not None:
            _stage(state, seat, session, process, site)
        _lock(state, seat, session, site)
    with right:
        _votes(state, session, site)
        _remarks(state, session, site)
        _log(state, session, process, site)


def _stage(state: AppState, seat: Joined, session: State, process: Process, site: str) -> None:
    lang, here = state.lang, stage_of(session, site)
    said = stage_text(here, lang, process) if here else message("meeting.stage.none", lang)
    st.subheader(plain(message("meeting.stage", lang, stage=said)))
    st.caption(message("meeting.may_publish" if may_publish(process, session, site) else "meeting.not_public", lang))
    checklist = checklist_of(process, session, site, store().clock())
    if checklist is not None:
        _checklist(state, seat, session, process, site, checklist)
    if seat.role != "chair":
        return
    following = process.after(here)
    why = st.text_input(message("meeting.reason", lang), key=f"stage_why_{site}", max_chars=4000)

    def move(stage: str) -> None:
        try:
            change_stage(
                store(),
                process,
                session,
                StageChanged(site=site, stage=stage, reason=why),
                seat.session,
                seat.participant,
            )
        except SuitabilityError as error:
            mistakes(state, error)

    with st.container(horizontal=True):
        for stage in following:
            st.button(plain(stage.label.in_(lang)), key=f"to_{stage.id}_{site}", icon=":material/arrow_forward:", on_click=move,
                      args=(stage.id,))  # fmt: skip


def _checklist(
    state: AppState, seat: Joined, session: State, process: Process, site: str, checklist: ChecklistState
) -> None:
    lang = state.lang
    st.markdown(message("meeting.checklist", lang, deadline=local_time(checklist.deadline, lang)))

    def done(step: StepState, key: str) -> None:
        act = ChecklistDone(site=site, step=step.id, entry=checklist.entry, done=bool(st.session_state[key]))
        try:
            tick(store(), process, session, act, seat.session, seat.participant)
        except SuitabilityError as error:
            mistakes(state, error)

    for step in checklist.steps:
        key = f"step_{checklist.entry}_{step.id}_{step.version}"
        label = plain(step.label.in_(lang)) + (f", {local_time(step.at, lang)}" if step.at else "")
        late = f" **{message('meeting.late', lang)}**" if step.is_late else ""
        order = f" **{message('meeting.out_of_order', lang)}**" if step.is_out_of_order else ""
        st.checkbox(f"{label}{late}{order}", value=step.at is not None, key=key, on_change=done, args=(step, key),
                    disabled=seat.role != "chair")  # fmt: skip


def _lock(state: AppState, seat: Joined, session: State, site: str) -> None:
    lang, now = state.lang, session.newest(LockChanged, site)
    held = now[1].lock if now else "open"
    st.subheader(message("meeting.lock", lang))
    st.markdown(plain(act_text(now[1], lang) if now and held != "open" else message("meeting.lock.none", lang)))
    if seat.role != "chair" or session.is_closed:
        return
    why = st.text_input(message("meeting.reason_needed", lang), key=f"lock_why_{site}", max_chars=4000)
    with st.container(horizontal=True):
        for lock in _LOCKS:
            if lock == held:
                continue
            act = {"kind": "lock_changed", "site": site, "lock": lock, "reason": why}
            st.button(message(f"workshop.lock_{lock}", lang), key=f"lock_{lock}_{site}", disabled=not why.strip(), on_click=store_act,
                      args=(state, seat, act, session.version(LockChanged, site)))  # fmt: skip


def _votes(state: AppState, session: State, site: str) -> None:
    lang, tally = state.lang, tally_site(session, site)
    st.subheader(message("meeting.votes", lang))
    if not tally.n:
        st.markdown(message("meeting.votes.none", lang))
        return
    with st.container(horizontal=True, gap="large"):
        for choice in ("for", "unsure", "against"):
            st.metric(message(f"workshop.choice_{choice}", lang), number(tally.counts[choice], lang), width="content")
    reasons = [
        f"{session.participants[who].party}: {act_text(act, lang)}"
        for who, act in session.votes(site).items()
        if act.reason
    ]
    st.markdown(bullets(reasons))


def _remarks(state: AppState, session: State, site: str) -> None:
    found = [
        f"{session.participants[record.whose].party}, {local_time(record.at, state.lang)}: {act.text}"
        for record, act in session.logged(Commented)
        if act.topic == "site" and act.subject == site
    ]
    if found:
        st.subheader(message("meeting.tab.remarks", state.lang))
        st.markdown(bullets(found))


def _log(state: AppState, session: State, process: Process | None, site: str) -> None:
    """Show what was decided about the site, when and by which party."""
    acts = [(r, act) for kind in (StageChanged, LockChanged) for r, act in session.logged(kind) if act.site == site]  # type: ignore[attr-defined]
    lines = [
        f"{local_time(r.at, state.lang)}, {session.participants[r.event.by].party}: {act_text(act, state.lang, process)}"
        for r, act in sorted(acts, key=lambda pair: pair[0].sequence)
    ]
    if lines:
        st.subheader(message("meeting.log", state.lang))
        st.markdown(bullets(lines))
