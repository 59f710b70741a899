"""Workshop session of this browser: participant, session and events. One store serves all sessions."""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from suitability.core.errors import SuitabilityError
from suitability.core.messages import message
from suitability.ui.markdown import plain
from suitability.workshop.event_validation import act_of
from suitability.workshop.events import Event
from suitability.workshop.stages import read_process
from suitability.workshop.state import State, fold
from suitability.workshop.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from suitability.ui.state import AppState
    from suitability.workshop.stage_model import Process
    from suitability.workshop.store import Joined

#: Name of the file in ``config/stages`` that a new session follows.
STAGES: Final = "hardenberg"

#: Kinds of acts of which the newest of a person replaces the one before.
_REPLACED: Final = ("weight_voted", "site_voted")

_KEPT: Final = 16
_STATES: Final[dict[UUID, State]] = {}
_LOCK: Final = threading.Lock()


@lru_cache(maxsize=1)
def _store(address: str | None) -> Store:
    return open_store(address)


def store() -> Store:
    """Return the store: at SUITABILITY_STORE, or in the user's data folder. Raises ``StoreError``."""
    return _store(os.environ.get("SUITABILITY_STORE") or None)


def state_of(session: UUID) -> State:
    """Return the session as it is now; only what is new is read."""
    with _LOCK:
        known = _STATES.get(session, State())
    now = fold(known, store().events_since(session, known.sequence))
    with _LOCK:
        if now.sequence >= _STATES.get(session, State()).sequence:
            _STATES.pop(session, None)
            _STATES[session] = now
        while len(_STATES) > _KEPT:
            del _STATES[next(iter(_STATES))]
    return now


def process_of(state: State) -> Process | None:
    """Return the stages that sites of a session go through."""
    name = state.opened[1].stages
    return read_process(name) if name else None


def store_act(state: AppState, seat: Joined, content: Mapping[str, Any], seen: int | None = None) -> None:
    """Store what the person at this screen does, and say so; or say why not, for example that another was first."""
    replaces = content["kind"] in _REPLACED
    with state.turns.turn(f"{content['kind']} {content.get('rule', content.get('site'))}") as is_latest:
        if replaces and not is_latest:
            return
        try:
            store().append(seat.session, Event(by=seat.participant, act=act_of(content)), seen)
        except SuitabilityError as error:
            mistakes(state, error)
        else:
            st.toast(message("meeting.stored", state.lang), icon=":material/check:")


def mistakes(state: AppState, error: SuitabilityError) -> None:
    """Tell what could not be done."""
    for sentence in error.sentences(state.lang):
        st.error(plain(sentence))
