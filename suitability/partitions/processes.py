"""Worker processes of a large scan; none outlives the process that started it.

A command that has loaded everything makes copies of itself while it holds no threads: nothing is loaded or read twice.
Beside threads a copy may hang: then, and elsewhere than on Linux, they come from a process of their own that loads by itself.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import BaseContext

_LOADED: Final = "suitability.partitions.preload"


def pool(workers: int, *, copies: bool = False) -> ProcessPoolExecutor:
    """Return so many processes that do pieces. ``copies``: of this one, when it is ``copyable``; they exist on return.

    None of them heeds Ctrl-C, which would only make it show where it was: ``stop`` ends them.
    """
    if copies and copyable():
        import suitability.partitions.preload  # noqa: F401, PLC0415 (slow to load)

        gc.freeze()  # copies must not look through what they share
        made = _pool(multiprocessing.get_context("fork"), workers)
        with _deaf():
            made.submit(os.getpid)  # the first task makes all of them
        return made
    if os.name != "posix":
        return _pool(multiprocessing.get_context("spawn"), workers)
    from multiprocessing import forkserver  # noqa: PLC0415 (not there on other systems)

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_LOADED])
    with _deaf():
        forkserver.ensure_running()
    return _pool(context, workers)


def copyable() -> bool:
    """Return whether copies of this process can do without what else there is in it."""
    return sys.platform == "linux" and threading.active_count() == 1


def stop() -> None:
    """End all of them at once. One that still loads would begin with what it was asked after we are gone."""
    forkserver = sys.modules.get("multiprocessing.forkserver")
    first = None if forkserver is None else forkserver._forkserver._forkserver_pid  # noqa: SLF001 (nobody else tells)
    if first is not None:
        os.kill(first, signal.SIGKILL)
    for child in multiprocessing.active_children():
        child.kill()


def _pool(context: BaseContext, workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_follow)


def _follow() -> None:
    """Leave Ctrl-C to the parent process, and end when it ends: a worker would wait for work for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _deaf() -> Iterator[None]:
    """Keep Ctrl-C waiting; processes that are made meanwhile never hear it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
