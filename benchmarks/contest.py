"""Contest between implementations of one job: each in its own process, which reports its times and writes its answer.

A benchmark names its entrants and what prepares each; ``contest`` runs ``python -m MODULE`` for each of them, and that
module calls ``enter``. A library that is not installed or crashes is reported in the line of its entrant.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.timing import process_tree, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.timing import ProcessRun

    #: Called with the folder of data; reads what is not counted and returns the work that is, which gives the answer.
    Prepare = Callable[[Path], Callable[[], np.ndarray]]

MISSING: Final = 3  # exit code of an entrant whose library is not installed
FIRST: Final = "this package"
_SHORTEST_S: Final = 1e-6


@dataclass(frozen=True)
class Entry:
    """Times and answer of one entrant; ``trouble``: why there are no times.

    ``seconds`` on the clock; ``processor`` seconds of all its threads, which other work on the machine stretches less.
    """

    name: str
    seconds: tuple[float, ...]
    processor: tuple[float, ...]
    peak_mb: float
    answer: np.ndarray | None
    trouble: str = ""


def enter(entrants: Mapping[str, Prepare]) -> None:
    """Do the work of the entrant that the command line names: ``NAME FOLDER RUNS ANSWER``."""
    name, folder, runs, answer = sys.argv[1:5]
    try:
        work = entrants[name](Path(folder))
        times, processor, found = [], [], np.empty(0)
        for i in range(int(runs) + (int(runs) > 1)):
            began, began_cpu = time.perf_counter(), time.process_time()
            found = work()
            if i or int(runs) == 1:  # the first of several is not counted: compilation, file cache
                times.append(time.perf_counter() - began)
                processor.append(time.process_time() - began_cpu)
    except ImportError as error:
        print(json.dumps({"missing": error.name or str(error)}))
        sys.exit(MISSING)
    np.save(answer, found)
    print(json.dumps({"seconds": times, "processor": processor}))


def contest(module: str, names: Sequence[str], folder: Path, runs: int, *, once: Sequence[str] = ()) -> list[Entry]:
    """Run each entrant of a module and print a line for each; ratios are to the first, ``this package``.

    ``once``: entrants so slow that they run once.
    """
    entries: list[Entry] = []
    with tempfile.TemporaryDirectory() as name:
        for i, entrant in enumerate(names):
            answer = Path(name, f"{i}.npy")
            times = 1 if entrant in once else runs
            command = [sys.executable, "-m", module, entrant, str(folder), str(times), str(answer)]
            run = process_tree(command, {"PYTHONWARNINGS": "ignore", "PYTHONPATH": str(Path(__file__).parent.parent)})
            entries.append(_entry(entrant, run, answer))
            print(_line(entries[-1], entries[0]), flush=True)
    return entries


def _entry(name: str, run: ProcessRun, answer: Path) -> Entry:
    lines = run.said.strip().splitlines()
    told = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    if run.code == 0 and "seconds" in told:
        return Entry(name, tuple(told["seconds"]), tuple(told["processor"]), run.peak_mb, np.load(answer))
    if run.code == MISSING:
        return Entry(
            name, (), (), run.peak_mb, None, f"{told.get('missing')} is not installed (pip install -e '.[bench]')"
        )
    if run.code < 0:
        return Entry(name, (), (), run.peak_mb, None, f"crashed: {signal.Signals(-run.code).name}")
    return Entry(name, (), (), run.peak_mb, None, f"ended with {run.code}")


def _line(entry: Entry, first: Entry) -> str:
    if not entry.seconds:
        return f"  {entry.name:34s} {entry.trouble}"
    line = f"  {entry.name:34s} {spread(list(entry.seconds))}  processor {statistics.median(entry.processor):8.3f} s"
    line += f"  peak {entry.peak_mb:6.0f} MB"
    if first.seconds:
        ratios = (
            statistics.median(mine) / max(statistics.median(ours), _SHORTEST_S)
            for mine, ours in ((entry.seconds, first.seconds), (entry.processor, first.processor))
        )
        line += "  {:7.1f} x, processor {:7.1f} x".format(*ratios)
    return line


def busy() -> str:
    """Return a warning when other work takes the processors now, else nothing."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    cores = os.cpu_count() or 1
    return f"  (other work is running: load {load:.1f} on {cores} cores; times are too long)" if load > cores else ""
