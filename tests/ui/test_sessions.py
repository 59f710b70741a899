"""Concurrent sessions: a trial in one is not visible in another, and an ended session leaves nothing behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from suitability.ui.lru_cache import Shelf
from suitability.ui.state import AppState
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from streamlit.testing.v1 import AppTest

ENVIRONMENT = "limit_kadaster-scan_environment_nl"
#: A visit that kept its scan would leave 8 MB; this is 1 MB each, for memory that the allocator does not return.
MOST_GROWTH_BYTES = 20_000_000


def try_limit(at: AppTest, number: float) -> list[str]:
    """Go to What if, move a limit, and return the figures."""
    at.switch_page("suitability/ui/pages/what_if.py").run()
    at.get_by_key(ENVIRONMENT).set_value(number).run()
    assert not at.exception
    return [metric.value for metric in at.metric]


def test_two_people_do_not_see_each_others_limits(session: Callable[[], AppTest]) -> None:
    """Each sees the figures of the own limits, whoever moved last; shared data did not change."""
    one, other, third = session(), session(), session()
    untouched = [metric.value for metric in third.metric]
    first, second = try_limit(one, 10.0), try_limit(other, 30.0)
    assert len({tuple(first), tuple(second), tuple(untouched)}) == 3
    assert [metric.value for metric in one.run().metric] == first
    assert [metric.value for metric in third.run().metric] == untouched
    assert third.session_state["app_state"].limits == {}


def test_twenty_sessions_do_not_grow_the_memory(measured: Path) -> None:
    """After the shared results are there, twenty more people leave less than 10 MB behind together.

    Measured in a process of its own, where nothing else comes and goes.
    """
    # Each visit runs in a thread of its own; with a heap per thread glibc keeps freed memory, which is no leak of ours.
    one_heap = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "100000"}
    environment = {**os.environ, **one_heap, "PYTHONPATH": str(ROOT), "SUITABILITY_CACHE": str(measured)}
    command = [sys.executable, "-m", "tests.ui.visits"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) < MOST_GROWTH_BYTES


def test_a_result_is_made_once_however_many_ask() -> None:
    """Concurrent requests wait for the one that makes it; the least recently used result is removed first."""
    made = []
    shelf: Shelf[str] = Shelf(2)

    def make(key: str) -> str:
        made.append(key)
        return key.upper()

    with ThreadPoolExecutor(8) as people:
        found = list(people.map(lambda _: shelf.get("a", lambda: make("a")), range(40)))
    assert (found, made) == (["A"] * 40, ["a"])
    shelf.get("b", lambda: make("b"))
    assert shelf.known("a") == "A"
    shelf.get("c", lambda: make("c"))
    assert (len(shelf), shelf.known("b"), shelf.known("a")) == (2, None, "A")


def test_a_result_that_fails_is_asked_for_again() -> None:
    """An error on the way, or a person who stops, leaves nothing behind and nobody waiting."""
    shelf: Shelf[int] = Shelf(2)

    def stop() -> int:
        raise KeyboardInterrupt

    for _ in range(2):
        try:
            shelf.get("a", stop)
        except KeyboardInterrupt:
            continue
        raise AssertionError
    assert shelf.get("a", lambda: 1) == 1


def test_limits_of_a_session() -> None:
    """Tried, undone and put back, per policy; the same again is no step; not more steps than can be used."""
    state = AppState(policy="a")
    assert not state.can_undo
    state.try_limits({"x": (1.0,)})
    state.try_limits({"x": (1.0,)})
    state.try_limits({"x": (2.0,), "y": (3.0,)})
    state.choose_policy("b")
    assert (state.limits, state.before) == ({}, "a")
    state.choose_policy("a")
    state.undo()
    assert state.limits == {"x": (1.0,)}
    state.try_limits({})
    assert (state.limits, state.can_undo) == ({}, True)
    for _ in range(3):
        state.undo()
    assert (state.limits, state.can_undo) == ({}, False)
    for i in range(1000):
        state.try_limits({"x": (float(i),)})
    assert len(state.trials["a"]) == 200


def test_a_policy_that_is_brought_again_starts_without_limits() -> None:
    """Limits that were tried belonged to the file of before; the same file changes nothing."""
    state = AppState(policy="mine", uploads={"mine": "one"})
    state.try_limits({"x": (1.0,)})
    state.bring_policy("mine", "one")
    assert state.limits
    state.bring_policy("mine", "two")
    assert not state.limits


def test_a_session_starts_with_what_the_app_was_started_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Policy, source and area from the environment; empty = the usual ones."""
    monkeypatch.setenv("SUITABILITY_POLICY", "hardenberg-2025")
    monkeypatch.setenv("SUITABILITY_AREA", "")
    state = AppState()
    assert (state.policy, state.source, state.area) == ("hardenberg-2025", "demo", None)


def test_another_area_leaves_the_parcel_behind() -> None:
    """A parcel belongs to its area; one that was chosen elsewhere goes on top of the table."""
    state = AppState(area="A")
    state.choose_parcel("p")
    state.choose_parcel("q", in_table=True)
    assert (state.parcel, state.on_top) == ("q", "p")
    state.choose_area("A")
    assert state.parcel == "q"
    state.choose_area("B")
    assert (state.parcel, state.on_top) == (None, None)


def test_a_port_that_is_taken_is_reported_in_a_sentence() -> None:
    """Two people at one computer, or the app started twice: a sentence with the way out."""
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "suitability", "app", "--port", str(port)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert f"poort {port} is op deze computer al in gebruik" in found.stderr
