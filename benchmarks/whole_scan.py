"""The whole process: Python start, imports, reading, scanning, writing; with nothing measured before, and with all."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import spread, whole_process

RUNS = 5


def run() -> None:
    """Print wall time and peak memory of ``suitability scan``, cold and cached."""
    print("Whole process: suitability scan, embedded municipality, five files written")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        command = [sys.executable, "-m", "suitability", "scan", "--out", str(out)]
        whole_process(command, {"SUITABILITY_CACHE": str(Path(folder, "warm"))})  # compiled code and file cache
        cold = [whole_process(command, {"SUITABILITY_CACHE": str(Path(folder, f"cold-{i}"))}) for i in range(RUNS)]
        cached = [whole_process(command, {"SUITABILITY_CACHE": str(Path(folder, "warm"))}) for _ in range(RUNS)]
    for name, runs in (("nothing measured", cold), ("all measured", cached)):
        print(f"  {name:18s} {spread([wall for wall, _ in runs])}  peak {max(peak for _, peak in runs):.0f} MB")
    ratio = statistics.median(w for w, _ in cold) / statistics.median(w for w, _ in cached)
    print(f"  cold / cached      {ratio:8.2f} x")
