"""Ctrl-C at a bad moment: it gets through all the same, and nothing of the command is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.moments import HANG_S, Moment, environment_for
from tests.partitions.town import make_town
from tests.paths import ROOT
from tests.skins.test_cli import heed_interrupts

if TYPE_CHECKING:
    from pathlib import Path

_BEGIN = """
import os, signal, sys, threading, time
from suitability.cli import main as cli
from suitability.cli.interrupt import Stop, leave

@cli.app.command("work")
def work() -> None:
{work}

sys.argv = ["suitability", "work"]
cli.main()
"""
_PRESS = "os.kill(os.getpid(), signal.SIGINT)"


def stopped(work: str) -> subprocess.CompletedProcess[str]:
    """Run a command with a body of our own in a process of its own."""
    script = _BEGIN.format(work="\n".join(f"    {line}" for line in work.strip().splitlines()))
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=heed_interrupts,
    )


def assert_stopped(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """Check the code of a stop, its sentence and nothing else on standard error, and the earlier output."""
    assert done.returncode == 130, done.stderr
    assert done.stderr == "Gestopt. Er staan geen halve bestanden; een eerdere uitkomst is bewaard gebleven.\n"
    assert done.stdout.split() == list(said)


def test_an_interruption_lost_in_a_destructor_or_numpy_comes_again() -> None:
    """In a destructor, and in methods that NumPy calls on an object, the interruption is lost: it comes again."""
    destructor = f"""
class Thing:
    def __del__(self):
        {_PRESS}
        time.sleep(0.01)
Thing()
print("on", flush=True)
time.sleep(50)
"""
    assert_stopped(stopped(destructor), "on")
    asked = f"""
import numpy as np
class Meta(type):
    def __getattr__(cls, name):
        {_PRESS}
        time.sleep(0.01)
class Thing(metaclass=Meta):
    pass
np.zeros(3) == Thing()
print("on", flush=True)
time.sleep(50)
"""
    assert_stopped(stopped(asked), "on")


def test_an_interruption_that_surfaces_as_another_error() -> None:
    """Whatever went wrong because of it, the command was stopped."""
    work = f"""
try:
    {_PRESS}
    time.sleep(50)
except KeyboardInterrupt:
    raise ImportError("numba._devicearray failed to import") from None
"""
    assert_stopped(stopped(work))


def test_not_within_an_import_nor_the_compiler(tmp_path: Path) -> None:
    """It waits until they are done: a module is whole, or not there."""
    slow = f"import os, signal, time\n{_PRESS}\ntime.sleep(0.5)\nprint('whole', flush=True)"
    (tmp_path / "slow.py").write_text(slow, encoding="utf-8")
    work = f"""
sys.path.append({str(tmp_path)!r})
import slow
time.sleep(50)
"""
    assert_stopped(stopped(work), "whole")
    work = f"""
exec({slow!r}, {{"__name__": "numba.core.compiler"}})
time.sleep(50)
"""
    assert_stopped(stopped(work), "whole")


def test_cleaning_up_is_left_in_peace() -> None:
    """Cleaning up after the stop is not interrupted by repeating it; a second press does interrupt."""
    work = f"""
try:
    {_PRESS}
    time.sleep(50)
finally:
    time.sleep(0.5)
    print("clean", flush=True)
"""
    assert_stopped(stopped(work), "clean")
    work = f"""
try:
    {_PRESS}
    time.sleep(50)
finally:
    {_PRESS}
    time.sleep(50)
    print("clean", flush=True)
"""
    assert_stopped(stopped(work))


def test_threads_that_live_on_do_not_hold_it_and_the_end_of_a_process_is_still_kept() -> None:
    """Nothing waits for a thread; functions registered for the exit run, and the output arrives."""
    work = f"""
import atexit
atexit.register(print, "registered")
threading.Thread(target=time.sleep, args=(500,)).start()
print("said")
{_PRESS}
time.sleep(50)
"""
    assert_stopped(stopped(work), "said", "registered")


def test_a_command_that_was_done_already_is_done() -> None:
    """The unheard interruption came too late: the result is there, and the code says so."""
    work = f"""
class Thing:
    def __del__(self):
        {_PRESS}
        time.sleep(0.01)
Thing()
"""
    done = stopped(work)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_pipe_ends_as_python_ends() -> None:
    """A reader that went away, as ``head`` does, is reported by the exit code: nobody is left to read a message."""
    script = "from suitability.cli.interrupt import end; print('said'); end({code})"
    for code, expected in ((0, 120), (3, 3)):
        with subprocess.Popen(
            [sys.executable, "-c", script.format(code=code)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""},
        ) as process:  # fmt: skip
            assert process.stdout is not None
            process.stdout.close()
            assert process.wait() == expected


#: While the command line loads, when the scan loads, while layers are looked at, when its folder is made, while it gets
#: ready to make processes, when the first is made, and when all are done and the record is written.
MOMENTS = (
    Moment("import", "suitability.partitions.run"),
    Moment("import", "concurrent.futures.process"),
    Moment("open", "sources.yaml"),
    Moment("open", "parcels.parquet"),
    Moment("os.mkdir", ".pieces"),
    Moment("import", "multiprocessing.popen_fork"),
    Moment("os.fork"),
    Moment("os.rename", ".pieces"),
)


@pytest.mark.skipif(os.name != "posix", reason="groups of processes")
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_while_a_large_scan_is_at_work(tmp_path: Path, moment: Moment) -> None:
    """Ctrl-C in a terminal reaches all processes: none says more than the one sentence, and none is left."""
    town = make_town(tmp_path / "town")
    command = [sys.executable, "-m", "suitability", "scan", "--source", f"dir:{town}", "--workers", "2"]
    with subprocess.Popen(
        [*command, "--out", str(tmp_path / "out")], env=environment_for(moment, tmp_path / "site", whole_group=True),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=heed_interrupts,
    ) as process:  # fmt: skip
        _, error = process.communicate()
    assert process.returncode == 130, error
    assert error.strip() == "Gestopt. Er staan geen halve bestanden; een eerdere uitkomst is bewaard gebleven."
    assert_nobody_left(process.pid)
    assert not (tmp_path / "out" / "run.json").exists()


@pytest.mark.skipif(os.name != "posix", reason="groups of processes")
def test_before_anything_has_begun(tmp_path: Path) -> None:
    """While Python loads the command line there is nothing to say."""
    done = subprocess.run(
        [sys.executable, "-m", "suitability", "--help"],
        env=environment_for(Moment("import", "suitability.cli.main"), tmp_path / "site"),
        cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=heed_interrupts,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def assert_nobody_left(group: int) -> None:
    """Check that every process of a group ends."""
    in_group = [each for each in psutil.process_iter() if _group_of(each.pid) == group]
    _, left = psutil.wait_procs(in_group, timeout=HANG_S)
    assert not left


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return -1


@pytest.mark.skipif(os.name != "posix", reason="groups of processes")
@pytest.mark.parametrize("whom", ["the group, as a terminal does", "the parent only"])
def test_processes_of_a_large_scan_end_with_it(tmp_path: Path, whom: str) -> None:
    """Stopped while pieces are at work, a scan in pieces leaves no process behind, and says one sentence."""
    town, out = make_town(tmp_path / "town"), tmp_path / "out"
    mark = {"SUITABILITY_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "suitability", "scan", "--source", f"dir:{town}", "--out", str(out)]
    with subprocess.Popen(
        [*command, "--workers", "2"], env={**os.environ, **mark, "PYTHONPATH": str(ROOT)}, cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=heed_interrupts,
    ) as process:  # fmt: skip
        while not (out / ".pieces").exists() and process.poll() is None:
            time.sleep(0.01)
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2
        (os.killpg if whom.startswith("the group") else os.kill)(process.pid, signal.SIGINT)
        _, error = process.communicate()
    assert process.returncode == 130, error
    assert error.strip() == "Gestopt. Er staan geen halve bestanden; een eerdere uitkomst is bewaard gebleven."
    _, left = psutil.wait_procs(children, timeout=HANG_S)
    assert not left
    assert not (out / "run.json").exists()
