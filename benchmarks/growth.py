"""Growth: scanning a whole folder in pieces, beside reading the GeoParquet of its parcels with geopandas.

The scan is a process of its own that begins with nothing loaded. Reading is measured both ways: the call alone, in a
process that has done it before, and as a process of its own, as the scan is. ``SUITABILITY_SIZES=50000,1000000,8500000``
says how many parcels.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np

from benchmarks.contest import busy, contest, enter
from benchmarks.machine import machine
from benchmarks.tiling import tiling
from benchmarks.timing import process_tree, summary
from benchmarks.whole_job import scan_command

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.timing import ProcessRun

SIZES: Final = (50_000, 200_000, 1_000_000)
RUNS: Final = 3
_MANY: Final = 2_000_000  # of more parcels than this a scan is made once: a minute and a half
_READ: Final = "geopandas read_parquet"
_READING: Final = "import sys, geopandas; geopandas.read_parquet(sys.argv[1])"


def run() -> None:
    """Print seconds, microseconds per parcel and peak memory for each size."""
    sizes = [int(each) for each in os.environ.get("SUITABILITY_SIZES", "").split(",") if each] or list(SIZES)
    print(f"Growth: policy kadaster-scan, nothing measured before{busy()}")
    for n in sizes:
        folder, runs = tiling(n), 1 if n > _MANY else RUNS
        print(f" {n} parcels")
        print(machine())
        call = contest("benchmarks.growth", [_READ], folder, RUNS)[0].seconds
        reading = [process_tree([sys.executable, "-c", _READING, str(folder / "parcels.parquet")]) for _ in range(runs)]
        _print("a process that reads them", reading, n)
        scans = [_scan(folder) for _ in range(runs)]
        times = statistics.median(scan.wall_s for scan in scans)
        of_call = f"{times / statistics.median(call):.1f} x the call that reads, " if call else ""
        of_process = f"{times / statistics.median(each.wall_s for each in reading):.1f} x the process that reads"
        _print(f"suitability scan --workers {os.cpu_count()}", scans, n, of_call + of_process)
        print(machine())


def _scan(folder: Path) -> ProcessRun:
    with tempfile.TemporaryDirectory() as out:
        done = process_tree(scan_command(folder, Path(out, "out"), "--workers", str(os.cpu_count() or 1)))
    if done.code:
        raise RuntimeError(f"the scan of {folder} ended with {done.code}")
    return done


def _print(name: str, runs: list[ProcessRun], n: int, ratio: str = "") -> None:
    each = statistics.median(one.wall_s for one in runs) / n * 1e6
    print(f"  {name:34s} {summary(runs)}  {each:5.1f} µs per parcel  {ratio}")


def _read(folder: Path) -> Callable[[], np.ndarray]:
    return lambda: np.array([len(gpd.read_parquet(folder / "parcels.parquet"))])


ENTRANTS: Final = {_READ: _read}

if __name__ == "__main__":
    enter(ENTRANTS)
