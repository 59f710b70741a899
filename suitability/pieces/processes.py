"""Where the processes of a large scan come from: one that has loaded everything and makes copies of itself.

It holds no threads, so its copies are safe beside Arrow and GDAL, and it loads while the command itself still does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

_LOADED: Final = ["suitability.pieces.ready"]


def context() -> BaseContext:
    """Return how processes are made."""
    if os.name != "posix":
        return multiprocessing.get_context("spawn")
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(_LOADED)
    return made


def begin() -> None:
    """Let the first process load now: it takes as long as the command takes to load. To be called by the main thread.

    Neither it nor its copies heed Ctrl-C, which would only show where they were: ``stop`` ends them.
    """
    if os.name == "posix":
        from multiprocessing import forkserver  # noqa: PLC0415 (not there on other systems)

        context()
        heeded = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            forkserver.ensure_running()
        finally:
            signal.signal(signal.SIGINT, heeded)


def stop() -> None:
    """End the first process and all copies at once. One that still loads would begin with what it was asked after we are gone."""
    forkserver = sys.modules.get("multiprocessing.forkserver")
    first = None if forkserver is None else forkserver._forkserver._forkserver_pid  # noqa: SLF001 (nobody else tells)
    if first is not None:
        os.kill(first, signal.SIGKILL)
    for child in multiprocessing.active_children():
        child.terminate()
