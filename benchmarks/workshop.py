"""The workshop store: thirty people voting at once, a screen that follows along, minutes and a spreadsheet."""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from suitability.workshop.events import Event, SessionOpened, SiteVoted
from suitability.workshop.minutes.content import make_minutes
from suitability.workshop.minutes.pdf import to_pdf
from suitability.workshop.spreadsheet.exchange import export_xlsx
from suitability.workshop.spreadsheet.layout import Subject
from suitability.workshop.state import State, fold
from suitability.workshop.store import Store, open_store

if TYPE_CHECKING:
    from uuid import UUID

PEOPLE, SITES = 30, 40


def run() -> None:
    """Print how long an evening takes the store."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"{folder}/workshop.db")
        opened = store.open_session(SessionOpened(title="evening", policy_id="none"), party="chair")
        code = store.participant_code(opened.session)
        people = [store.join(code, party=f"party {i % 6}").participant for i in range(PEOPLE)]
        begun = time.perf_counter()
        with ThreadPoolExecutor(PEOPLE) as pool:
            list(pool.map(lambda who: _vote(store, opened.session, who), people))
        voted = time.perf_counter() - begun
        print(
            f"{PEOPLE} people, {PEOPLE * SITES} votes at once: {voted:.1f} s, {PEOPLE * SITES / voted:.0f} votes a second"
        )
        begun = time.perf_counter()
        records = store.events_since(opened.session)
        read = time.perf_counter() - begun
        state = fold(State(), records)
        folded = time.perf_counter() - begun - read
        print(f"reading {len(records)} events: {read:.3f} s; folding them: {folded:.3f} s")
        begun = time.perf_counter()
        fold(fold(State(), records[:-5]), store.events_since(opened.session, state.sequence - 5))
        print(f"the last 5 events on a screen that follows along: {time.perf_counter() - begun - folded:.3f} s")
        for name, make in (("spreadsheet", _sheet), ("minutes as PDF", _pdf)):
            begun = time.perf_counter()
            size = make(state)
            print(f"{name}: {time.perf_counter() - begun:.2f} s, {size / 1000:.0f} kB")
        store.close()


def _vote(store: Store, session: UUID, who: UUID) -> None:
    for i in range(SITES):
        store.append(session, Event(by=who, act=SiteVoted(site=f"site {i}", choice="for", reason="close to work")))


def _sheet(state: State) -> int:
    return len(export_xlsx(state, Subject(), "nl"))


def _pdf(state: State) -> int:
    now = datetime.now(UTC)
    return len(to_pdf(make_minutes(state, Subject(), "nl", now, public=False), now))
