"""The process that makes the others: it is there soon, and what it has loaded is what a piece needs, no more and no less."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from suitability.partitions.partition import write_beside
from tests.pieces.town import make_town
from tests.skins.test_cli import ROOT, assert_sentences, run

if TYPE_CHECKING:
    from pathlib import Path

_SCAN = """
import gc, sys
import suitability.partitions.preload
loaded = sorted({"osmium", "folium", "matplotlib", "streamlit", "rasterio"} & set(sys.modules))
print("loaded", *loaded)
from numba.core.dispatcher import Dispatcher
kernels = [each for each in gc.get_objects() if isinstance(each, Dispatcher)]
before = {each: len(each.overloads) for each in kernels}
from suitability.criteria import REGISTRY
from suitability.partitions.partition import Job, scan_pieces
from suitability.policy.reader import read_policy
from pathlib import Path
town, work = sys.argv[1:]
scan_pieces(Job(read_policy("kadaster-scan", REGISTRY), f"dir:{town}", "town", None, Path(work), None, "nl"), [0, 1])
print("called", sum(len(each.overloads) > 0 for each in kernels) > 10)
print("compiled", *(each.__name__ for each in kernels if len(each.overloads) > before[each]))
"""


def test_a_piece_compiles_nothing_and_its_first_process_loads_nothing_that_is_not_needed(tmp_path: Path) -> None:
    """Else each process would compile it again, or wait for what few scans use."""
    town = make_town(tmp_path / "town")
    done = subprocess.run(
        [sys.executable, "-c", _SCAN, str(town), str(tmp_path / "work")],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["loaded", "called True", "compiled"]


@pytest.mark.parametrize("threads", ["none", "one more"])
def test_processes_end_with_the_one_that_asked_for_them(tmp_path: Path, threads: str) -> None:
    """Killed so that it can do nothing any more, as by the system for want of memory, it leaves nobody waiting for work."""
    script = _WAITING.format(thread=threads != "none")
    with subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path,
        stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        kinds = process.stdout.readline().split()
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert kinds == (["ForkProcess"] if threads == "none" else ["ForkServerProcess"])
    assert len(children) >= 2
    _, left = psutil.wait_procs(children, timeout=20)
    assert not left


_WAITING = """
import multiprocessing, threading, time
from suitability.partitions.processes import pool
if {thread}:
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
made = pool(2, copies=True)
assert sum(made.map(abs, range(-9, 9))) == 81
print(*{{type(child).__name__ for child in multiprocessing.active_children()}}, flush=True)
time.sleep(600)
"""


def test_each_form_of_the_options_is_taken_as_the_command_line_takes_it(tmp_path: Path) -> None:
    """A mistake in an option is one sentence and code 2, before any process has begun."""
    for wrong in (["--workers"], ["--workers", "many"], ["--workers=0"]):
        assert_sentences(run("scan", "--out", str(tmp_path / "out"), *wrong, cache=tmp_path, timeout=60), "--workers")


def test_what_is_half_written_is_not_in_the_folder_that_becomes_the_result(tmp_path: Path) -> None:
    """A process that is killed while it writes leaves nothing there; one that fails leaves nothing at all."""
    rows = tmp_path / "work" / "parcels" / "part-00000.parquet"

    def write(path: Path) -> None:
        path.write_text("half", encoding="utf-8")
        assert list(rows.parent.iterdir()) == []
        raise OSError("killed")

    with pytest.raises(OSError, match="killed"):
        write_beside(rows, write)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
