"""The figures that a benchmark prints per entrant are those of that entrant, also when it is absent or crashes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest

from benchmarks import contest as contests
from benchmarks import timing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


MODULE = """
    import os, signal
    import numpy as np
    from benchmarks.contest import enter

    def ours(folder):
        return lambda: np.arange(3)

    def missing(folder):
        import no_such_library

    def crashing(folder):
        return lambda: os.kill(os.getpid(), signal.SIGSEGV)

    def wrong(folder):
        return lambda: 1 / 0

    if __name__ == "__main__":
        enter({"this package": ours, "missing": missing, "crashing": crashing, "wrong": wrong})
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "entrants_drawn_by_hand.py").write_text(textwrap.dedent(MODULE), encoding="utf-8")
    monkeypatch.chdir(tmp_path)  # a module is looked for where Python is started
    return "entrants_drawn_by_hand"


def test_each_entrant_has_its_times_and_its_answer(module: str, tmp_path: Path) -> None:
    (entry,) = contests.contest(module, ["this package"], tmp_path, runs=3)
    assert len(entry.seconds) == len(entry.processor) == 3
    assert entry.peak_mb > 1
    assert entry.answer is not None
    assert entry.answer.tolist() == [0, 1, 2]


def test_a_library_that_is_not_installed_is_named_and_stops_nothing(
    module: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = contests.contest(module, ["this package", "missing", "crashing", "wrong"], tmp_path, runs=1)
    assert [bool(entry.seconds) for entry in entries] == [True, False, False, False]
    told = capsys.readouterr().out.splitlines()
    assert "no_such_library is not installed" in told[1]
    assert "SIGSEGV" in told[2]
    assert "ended with 1" in told[3]


def test_a_slow_entrant_runs_once(module: str, tmp_path: Path) -> None:
    (entry,) = contests.contest(module, ["this package"], tmp_path, runs=3, once=["this package"])
    assert len(entry.seconds) == 1


@contextlib.contextmanager
def holding() -> Iterator[psutil.Process]:
    """Give a process that holds 150 MB and waits."""
    code = "import sys; x = b'x' * 150_000_000; print('ready', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"ready"
        yield psutil.Process(process.pid)
        process.kill()


def test_memory_of_several_processes_adds_up() -> None:
    with holding() as one, holding() as other:
        alone, both = timing._memory([one]), timing._memory([one, other])
    assert 150_000_000 < alone < 250_000_000
    assert both > 300_000_000


def test_a_process_is_looked_at_while_it_runs() -> None:
    held = np.ones(60_000_000)  # memory of this process is not counted for the one it starts
    done = timing.process_tree([sys.executable, "-c", "x = b'x' * 150_000_000; import time; time.sleep(1)"])
    assert held.all()
    assert done.sampled
    assert 140 < done.peak_mb < 250


def test_exit_code_and_output_of_a_process_are_kept() -> None:
    done = timing.process_tree([sys.executable, "-c", "print('so far'); raise SystemExit(7)"])
    assert (done.code, done.said.strip()) == (7, "so far")


def test_ratios_are_to_the_first() -> None:
    first = contests.Entry(contests.FIRST, (1.0, 2.0, 3.0), (1.0,), 10.0, np.empty(0))
    other = contests.Entry("other", (4.0, 5.0, 60.0), (8.0,), 10.0, np.empty(0))
    line = contests._line(other, first)
    assert "2.5 x" in line
    assert "8.0 x" in line
    assert "4.000 to 60.000" in line
