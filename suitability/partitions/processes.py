"""Process pools of a large scan: forked, by a fork server or spawned; none of the processes outlives its parent.

A command that has loaded everything is forked while it has one thread: nothing is loaded or read twice. A fork beside
threads may hang: then, and on other systems than Linux, processes come from a fork server, which loads by itself.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from suitability.spatial.precompile import load_kernels

if sys.platform != "win32":
    from multiprocessing import forkserver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import BaseContext

_LOADED: Final = "suitability.partitions.preload"


def pool(workers: int, *, copies: bool = False) -> ProcessPoolExecutor:
    """Return so many processes that do pieces. ``copies``: of this one, when it is ``copyable``; they exist on return.

    None of them heeds Ctrl-C, which would only make it show where it was: ``stop`` ends them.
    """
    if copies and copyable():
        load_kernels()
        made = _pool(multiprocessing.get_context("fork"), workers)
        with _deaf():
            made.submit(os.getpid)  # the first task makes all of them
        return made
    if sys.platform == "win32":
        return _pool(multiprocessing.get_context("spawn"), workers)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_LOADED])
    with _deaf():
        forkserver.ensure_running()
    return _pool(context, workers)


def copyable() -> bool:
    """Return whether copies of this process can do without what else there is in it."""
    return sys.platform == "linux" and threading.active_count() == 1


@atexit.register
def stop() -> None:
    """End all of them at once. A fork server that still loads would otherwise live on until it has loaded."""
    if sys.platform != "win32":
        server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined] # noqa: SLF001 (nothing public has it)
        if server is not None:
            os.kill(server, signal.SIGKILL)
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
