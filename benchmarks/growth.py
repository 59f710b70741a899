"""Growth: reading the GeoParquet of the parcels with geopandas, beside scanning the whole folder it is part of.

``SUITABILITY_SIZES=50000,1000000,8500000`` says how many parcels. A scan that would not fit in the memory that is free is
left out, with a word. Where the command can work in parts (``--workers``), it does.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np

from benchmarks.contest import busy, contest, enter
from benchmarks.machine import machine
from benchmarks.tiling import tiling
from benchmarks.timing import process_tree
from benchmarks.whole_job import scan_command

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES: Final = (50_000, 200_000, 1_000_000)
RUNS: Final = 3
_READ: Final = "geopandas read_parquet"
#: What a scan in one piece holds per parcel, measured from 50,000 to 200,000 parcels, and before the first.
_MB_PER_PARCEL, _MB_BEFORE = 0.007, 400.0
_IN_PARTS: Final = "--workers"


def run() -> None:
    """Print seconds, microseconds per parcel and peak memory for each size."""
    sizes = [int(each) for each in os.environ.get("SUITABILITY_SIZES", "").split(",") if each] or list(SIZES)
    more = (_IN_PARTS, str(os.cpu_count() or 1)) if _knows_parts() else ()
    print(f"Growth: policy kadaster-scan, nothing measured before{busy()}")
    for n in sizes:
        folder = tiling(n)
        print(f" {n} parcels")
        print(machine())
        read = contest("benchmarks.growth", [_READ], folder, RUNS)[0]
        needed = _MB_BEFORE + n * _MB_PER_PARCEL
        if not more and needed > _free_mb():
            print(f"  suitability scan: not run, in one piece it takes about {needed / 1000:.0f} GB")
            continue
        with tempfile.TemporaryDirectory() as out:
            done = process_tree(scan_command(folder, Path(out, "out"), *more))
        if done.code:
            print(f"  {' '.join(('suitability scan', *more))}: ended with {done.code}")
            continue
        ratio = f"{done.wall_s / statistics.median(read.seconds):6.1f} x reading" if read.seconds else ""
        print(
            f"  {' '.join(('suitability scan', *more)):34s} {done.wall_s:8.3f} s  (n=1, processor {done.cpu_s:.1f} s, "
            f"{done.wall_s / n * 1e6:.0f} µs per parcel)  peak {done.peak_mb:6.0f} MB  {ratio}"
        )


def _knows_parts() -> bool:
    help_text = subprocess.run(
        [sys.executable, "-m", "suitability", "scan", "--help"], capture_output=True, text=True, check=True
    ).stdout
    return _IN_PARTS in help_text


def _free_mb() -> float:
    try:
        import psutil  # noqa: PLC0415 (only benchmarks need it)
    except ImportError:
        return 0.0
    return float(psutil.virtual_memory().available / 2**20)


def _read(folder: Path) -> Callable[[], np.ndarray]:
    return lambda: np.array([len(gpd.read_parquet(folder / "parcels.parquet"))])


ENTRANTS: Final = {_READ: _read}

if __name__ == "__main__":
    enter(ENTRANTS)
