"""Timing in one process and of whole processes."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    import psutil

_SAMPLE_S: Final = 0.05
_LONGEST_S: Final = 1.0
_REST: Final = 20.0  # times as long as a look takes, so that looking takes 5 % of one processor at most
_MB: Final = 1024 * 1024
#: Linux counts the largest memory of a process in kB, macOS in bytes.
_MAXRSS_PER_MB: Final = _MB if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class ProcessRun:
    """Cost of one command with all processes that it started. ``said``: its standard output; ``code``: its exit code.

    ``peak_mb``: most memory of all processes together at one moment, shared memory counted once where the system
    reports it. ``sampled``: whether it was looked at while it ran; else it is that of the largest process as the system counted
    it, which is never less than what the process that started it held.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    sampled: bool
    code: int
    said: str


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
    return time.perf_counter() - began, usage.ru_maxrss / _MAXRSS_PER_MB


def process_tree(command: list[str], environment: dict[str, str] | None = None) -> ProcessRun:
    """Run a command to its end and measure it and all it starts; how it ended is for the caller to judge."""
    began = time.perf_counter()
    told: list[bytes] = []
    with subprocess.Popen(
        command, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        output = process.stdout
        if output is None:
            raise RuntimeError("the output of a process was asked for and is not there")
        reader = threading.Thread(target=lambda: told.append(output.read()), daemon=True)
        reader.start()
        sampler = _Sampler(process.pid)
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        sampler.stop()
        reader.join(timeout=10.0)
    return ProcessRun(
        wall_s=wall,
        cpu_s=max(usage.ru_utime + usage.ru_stime, sampler.cpu_s),
        peak_mb=sampler.peak_mb or usage.ru_maxrss / _MAXRSS_PER_MB,
        sampled=sampler.peak_mb > 0,
        code=process.returncode,
        said=b"".join(told).decode(errors="replace"),
    )


class _Sampler(threading.Thread):
    """Adds up the memory of a process and its descendants, again and again. Without psutil it sees nothing.

    Their processor time too: at the end the system reports it only for processes that were waited for.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak_mb = 0.0
        self._cpu_s: dict[int, float] = {}
        self._pid = pid
        self._over = threading.Event()

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time of all processes, as far as they were seen."""
        return sum(self._cpu_s.values())

    def stop(self) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        try:
            import psutil  # noqa: PLC0415 (only benchmarks of many processes need it)
        except ImportError:
            return
        while not self._over.is_set():
            began = time.perf_counter()
            try:
                top = psutil.Process(self._pid)
                processes = [top, *top.children(recursive=True)]
                self._cpu_s |= _processor_times(processes)
                total = _memory(processes)
            except psutil.Error:  # it has just ended
                total = 0
            self.peak_mb = max(self.peak_mb, total / _MB)
            self._over.wait(min(max(_SAMPLE_S, _REST * (time.perf_counter() - began)), _LONGEST_S))


def _processor_times(processes: list[psutil.Process]) -> dict[int, float]:
    """Return the seconds of processor time of each process so far."""
    import psutil  # noqa: PLC0415 (as above)

    seconds = {}
    for process in processes:
        with contextlib.suppress(psutil.Error):  # it has just ended
            spent = process.cpu_times()
            seconds[process.pid] = spent.user + spent.system
    return seconds


def _memory(processes: list[psutil.Process]) -> int:
    """Return the bytes of processes together; shared memory counts once where the system reports it.

    For that the system walks through all pages of a process, which waits meanwhile: one process is asked for less.
    """
    import psutil  # noqa: PLC0415 (as above)

    total = 0
    for process in processes:
        try:
            if len(processes) == 1:
                total += _most_so_far(process)
            else:
                counted = process.memory_full_info()
                total += int(getattr(counted, "pss", counted.rss))
        except psutil.AccessDenied:
            total += int(process.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return total


def _most_so_far(process: psutil.Process) -> int:
    """Return the peak bytes of one process where the system reports them, else its current bytes."""
    try:
        for line in Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:  # no such table on this system, or the process has just ended
        return int(process.memory_info().rss)
    return int(process.memory_info().rss)


def summary(runs: list[ProcessRun]) -> str:
    """Return of one command run several times the clock, the processor time and the memory as text."""
    processor, peak = statistics.median(one.cpu_s for one in runs), max(one.peak_mb for one in runs)
    return f"{spread([one.wall_s for one in runs])}  processor {processor:6.2f} s  peak {peak:6.0f} MB"


def spread(times: list[float]) -> str:
    """Return median and range as text."""
    return f"{statistics.median(times):8.3f} s  ({min(times):.3f} to {max(times):.3f}, n={len(times)})"
