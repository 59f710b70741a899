"""Many at once, and processes that are killed: no vote is lost and none is counted twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import sqlalchemy as sa

from suitability.workshop.events import Event, LockChanged, SiteVoted, WeightVoted
from suitability.workshop.state import State, fold
from suitability.workshop.store import Conflict, open_store
from suitability.workshop.tables import VERSION_TABLE
from suitability.workshop.votes import tally_site, tally_weight
from tests.moments import HANG_S
from tests.paths import ROOT
from tests.workshop import crowd
from tests.workshop.evening import OPENING

if TYPE_CHECKING:
    from uuid import UUID

    from suitability.workshop.store import Store

PEOPLE, VOTES = 30, 6


def test_thirty_people_vote_at_once(address: str) -> None:
    """Each in a store of their own over a connection of their own, every vote sent twice."""
    store = open_store(address)
    opened = store.open_session(OPENING, party="gemeente")
    code = store.participant_code(opened.session)
    with ThreadPoolExecutor(PEOPLE) as pool:
        done = list(pool.map(lambda number: crowd.votes(address, code, number, VOTES), range(PEOPLE)))
    records = store.events_since(opened.session)
    voted = [r for r in records if isinstance(r.event.act, SiteVoted | WeightVoted)]
    assert sorted(str(r.event.id) for r in voted) == sorted(one for those in done for one in those)
    assert [r.sequence for r in records] == list(range(1, 2 + PEOPLE + PEOPLE * VOTES + 1))
    state = fold(State(), records)
    assert tally_site(state, "site 0").counts == {"for": PEOPLE, "against": 0, "unsure": 0}
    assert sorted(state.weights("rule 1").values()) == sorted(float(n % 11) for n in range(PEOPLE))
    assert tally_weight(state, "rule 1").n == PEOPLE
    store.close()


def test_a_screen_that_follows_along_misses_nothing(address: str) -> None:
    """Asking for what is new while everyone votes gives every event once, in order."""
    store = open_store(address)
    opened = store.open_session(OPENING, party="gemeente")
    code, followed, state = store.participant_code(opened.session), list[int](), State()
    with ThreadPoolExecutor(6) as pool:
        at_work = [pool.submit(crowd.votes, address, code, number, VOTES) for number in range(6)]
        while not all(job.done() for job in at_work) or len(followed) < 2 + 6 + 6 * VOTES:
            assert all(job.exception() is None for job in at_work if job.done())
            new = store.events_since(opened.session, state.sequence)
            followed += [r.sequence for r in new]
            state = fold(state, new)
    assert followed == list(range(1, 2 + 6 + 6 * VOTES + 1))
    assert state == fold(State(), store.events_since(opened.session))
    store.close()


@pytest.mark.parametrize("times", [3])
def test_a_killed_process_loses_no_acknowledged_vote(address: str, times: int) -> None:
    """``kill -9`` in the middle of writing: what it had said yes to is there, once, and the next one goes on."""
    store = open_store(address)
    opened = store.open_session(OPENING, party="gemeente")
    told: list[str] = []
    for count in range(times):
        told += _killed(address, opened.session, opened.chair, 15 + 7 * count)
    store.close()
    again = open_store(address)
    records = again.events_since(opened.session)
    kept = [str(r.event.id) for r in records]
    assert len(told) >= times * 15
    assert set(told) <= set(kept)
    assert len(kept) == len(set(kept))
    assert [r.sequence for r in records] == list(range(1, len(records) + 1))
    assert all(r.event.act.reason == "x" * 500 for r in records if isinstance(r.event.act, SiteVoted))
    again.append(opened.session, Event(by=opened.chair, act=SiteVoted(site="after", choice="for")))
    again.close()


def _killed(address: str, session: UUID, who: UUID, after: int) -> list[str]:
    """Return what a process acknowledged that was killed after some votes."""
    command = [sys.executable, "-m", "tests.workshop.crowd", address, str(session), str(who)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    assert server.stdout is not None
    assert server.stderr is not None
    lines = []
    for _ in range(after):
        line = server.stdout.readline()
        assert line, server.stderr.read().decode()
        lines.append(line)
    os.kill(server.pid, signal.SIGKILL)
    rest = server.stdout.read().splitlines(keepends=True)
    server.wait(HANG_S)
    server.stdout.close()
    server.stderr.close()
    return [line.decode().strip() for line in [*lines, *rest] if line.endswith(b"\n")]


def test_many_processes_that_open_at_once_migrate_once(address: str) -> None:
    """None of them fails, and the tables are made once."""
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(crowd.opens, [address] * 4)) == [0] * 4
    store = open_store(address)
    with store.engine.connect() as connection:
        assert len(connection.execute(sa.select(sa.text("*")).select_from(sa.table(VERSION_TABLE))).all()) == 1
    store.close()


def test_many_that_open_at_the_same_moment_migrate_once(address: str) -> None:
    """To the millisecond: one makes the tables, the others wait for it."""
    start = threading.Barrier(8, timeout=HANG_S)

    def opens(_: int) -> int:
        start.wait()
        return crowd.opens(address)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(opens, range(8))) == [0] * 8


def test_of_many_who_lock_at_once_one_is_first_and_all_others_see_it(address: str) -> None:
    """Nobody overwrites anybody without knowing."""
    store = open_store(address)
    opened = store.open_session(OPENING, party="gemeente")
    start = threading.Barrier(8, timeout=HANG_S)

    def locks(number: int) -> str:
        mine: Store = open_store(address)
        act = LockChanged(site="a", lock="in", reason=f"reden {number}")
        start.wait()
        try:
            mine.append(opened.session, Event(by=opened.chair, act=act), 0)
        except Conflict as conflict:
            return str(getattr(conflict.theirs.event.act, "reason", ""))
        finally:
            mine.close()
        return "first"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(locks, range(8)))
    assert said.count("first") == 1
    assert {text for text in said if text != "first"} == {f"reden {said.index('first')}"}
    store.close()


def test_the_database_keeps_two_from_following_the_same_change(address: str) -> None:
    """Also when the program would not look."""
    store = open_store(address)
    opened = store.open_session(OPENING, party="gemeente")
    store.append(opened.session, Event(by=opened.chair, act=LockChanged(site="a", lock="in", reason="r")), 0)
    query = "INSERT INTO event SELECT '{}', session_id, 99, at, by, kind, thing, follows, body FROM event WHERE thing = 'lock:a'"
    query = query.replace(" at, by,", ' "at", "by",')
    with pytest.raises(sa.exc.IntegrityError), store.engine.begin() as connection:
        connection.exec_driver_sql(query.format(uuid4()))
    store.close()
