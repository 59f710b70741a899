"""Timing in one process and of whole processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def seconds(work: Callable[[], object], runs: int) -> list[float]:
    """Return the wall time of each of ``runs`` calls, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return times


def whole_process(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a command to its end; return wall seconds and peak memory in MB, as the system counted them."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def spread(times: list[float]) -> str:
    """Return median and range as text."""
    return f"{statistics.median(times):8.3f} s  ({min(times):.3f} to {max(times):.3f}, n={len(times)})"
