"""Speed of two processors against one at this moment: on rented machines two may do little more than one.

Benchmarks of large scans print it beside their figures, so that these can be judged, and compared with others.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from typing import Final

_STEPS: Final = 5_000_000
_LOOP: Final = (
    f"import time; t = time.perf_counter(); sum(i & 7 for i in range({_STEPS})); print(time.perf_counter() - t)"
)


def machine() -> str:
    """Return a line: how long one processor takes for a plain loop, and how many times as much all of them do together."""
    n = os.cpu_count() or 1
    alone = min(_loops(1)[0] for _ in range(3))
    together = n * alone / statistics.mean(_loops(n))
    return f"  machine now: {_STEPS / alone / 1e6:.0f} million steps of Python a second; {n} processors do {together:.2f} x as much as one"


def _loops(n: int) -> list[float]:
    """Return the seconds of n loops that run at the same time."""
    started = [subprocess.Popen([sys.executable, "-c", _LOOP], stdout=subprocess.PIPE, text=True) for _ in range(n)]
    return [float(process.communicate()[0]) for process in started]
