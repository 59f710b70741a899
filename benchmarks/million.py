"""A million parcels: one process, two, and two Dask workers beside each other, one of them killed; and the slow reference.

First the times of each, and that all wrote the same bytes. Then 20,000 parcels, sampled from pieces all over the million,
are measured once more by the slow and obvious reference of the tests, one parcel at a time, with NetworkX for the trips:
on how many do the written verdicts and outcomes differ?
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from benchmarks.contest import busy
from benchmarks.machine import machine
from benchmarks.tiling import tiling
from benchmarks.timing import process_tree
from benchmarks.whole_job import scan_command
from layers import open_source
from layers.folder.local import LocalSource
from layers.folder.partitions import Neighbours, Partition, PartitionSource, partitions_of
from suitability.core.layer import Area
from suitability.core.measurement import Outcome
from suitability.criteria import REGISTRY
from suitability.partitions.resources import Resources
from suitability.partitions.run import scan_in_partitions
from suitability.policy.reader import read_policy
from suitability.scan.run import run_scan
from suitability.spatial.parcels import Parcels
from tests.oracle.known import check_outcome, outcome, verdict
from tests.oracle.reference import measure_all

PARCELS: Final = int(os.environ.get("SUITABILITY_MILLION", "1000000"))
SAMPLED: Final = 20_000
PIECES: Final = 4
SEED: Final = 20_261_121
_OUTCOMES: Final = {"fail": Outcome.FAIL, "unknown": Outcome.UNKNOWN, "pass": Outcome.PASS}


def run() -> None:
    """Print times, whether the bytes are the same, and how many parcels the reference judges otherwise."""
    folder = tiling(PARCELS)
    print(f"{PARCELS:,} parcels, policy kadaster-scan, nothing measured before{busy()}")
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        home, seconds = Path(name), {}
        for means in (("--workers", "1"), ("--workers", "2"), ("--scheduler", "local:2")):
            out = home / "-".join(means).replace(":", "-")
            done = process_tree(scan_command(folder, out, *means))
            if done.code:
                raise RuntimeError(f"{means} ended with {done.code}")
            seconds[means] = done.wall_s
            same = _content(out) == _content(home / "--workers-1")
            print(
                f"  {' '.join(means):22s} {done.wall_s:8.1f} s  peak of all processes {done.peak_mb:6.0f} MB  "
                f"same bytes as one process: {'yes' if same else 'NO'}",
                flush=True,
            )
        ratio = seconds["--scheduler", "local:2"] / seconds["--workers", "2"]
        print(f"  two Dask workers / two processes {ratio:5.2f} x")
        _killed(folder, home)
        _reference(folder, home / "--workers-2")


def _content(out: Path) -> list[tuple[str, str]]:
    return [(path.name, sha256(path.read_bytes()).hexdigest()) for path in sorted((out / "parcels").iterdir())]


def _killed(folder: Path, home: Path) -> None:
    """Scan on a cluster of two workers of which one is killed when a third of the pieces is done."""
    import distributed  # noqa: PLC0415 (an extra)

    out = home / "killed"
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        victim = next(iter(cluster.workers.values())).pid
        third = len(partitions_of(_folder(folder))) // 3

        def kill() -> None:
            while len(list(out.glob(".pieces/*/done/*.json"))) < third:
                time.sleep(0.05)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        began = time.perf_counter()
        policy, means = read_policy("kadaster-scan", REGISTRY), Resources(scheduler=cluster.scheduler_address)
        scan_in_partitions(policy, f"dir:{folder}", out, "nl", means, area=None, progress=lambda *_: None)
        took = time.perf_counter() - began
        killer.join()
    same = _content(out) == _content(home / "--workers-1")
    print(
        f"  one of two workers killed {took:5.1f} s  same bytes as one process: {'yes' if same else 'NO'}", flush=True
    )


def _folder(folder: Path) -> LocalSource:
    source = open_source(f"dir:{folder}")
    assert isinstance(source, LocalSource)  # noqa: S101 (as asked for)
    return source


def _reference(folder: Path, out: Path) -> None:
    source = _folder(folder)
    pieces = partitions_of(source)
    chosen = [pieces[round(i)] for i in np.linspace(0, len(pieces) - 1, min(PIECES, len(pieces)))]
    began, differing, tested = time.perf_counter(), 0, 0
    rng = np.random.default_rng(SEED)
    for piece in chosen:
        n, wrong = _piece(source, piece, out, rng)
        tested, differing = tested + n, differing + wrong
        print(
            f"    reference: {tested:6,d} parcels, {differing} differ, {time.perf_counter() - began:6.0f} s", flush=True
        )
    print(f"  of {tested:,} sampled parcels the reference judges {differing} otherwise")


def _piece(source: LocalSource, piece: Partition, out: Path, rng: np.random.Generator) -> tuple[int, int]:
    """Return how many parcels of a piece were measured once more, and on how many any outcome or the verdict differs."""
    policy, here = read_policy("kadaster-scan", REGISTRY), PartitionSource(Neighbours(source), piece)
    scan = run_scan(policy, here, Area("piece", here.around()), context=False)
    written = pd.read_parquet(out / "parcels" / f"part-{piece.number:05d}.parquet")
    rows = np.sort(rng.choice(len(scan.parcels), min(SAMPLED // PIECES, len(scan.parcels)), replace=False))
    sample = replace(scan, parcels=Parcels(scan.parcels.ids[rows], scan.parcels.geometry[rows]))
    leaves = {
        check.id: [outcome(known, check.limit) for known in measure_all(sample, check)]
        for check in policy.checks()
        if check.limit is not None
    }
    told = written.iloc[rows]
    wrong = np.zeros(len(rows), dtype=bool)
    for i in range(len(rows)):
        of_rule = {r.id: check_outcome(r, {leaf.id: leaves[leaf.id][i] for leaf in r.leaves()}) for r in policy.rules}
        row = told.iloc[i]
        same = all(_OUTCOMES[row[f"{rule}_outcome"]] == found for rule, found in of_rule.items())
        wrong[i] = not same or _OUTCOMES[row["verdict"]] != verdict(policy, of_rule)
    return len(rows), int(wrong.sum())


if __name__ == "__main__":
    run()
