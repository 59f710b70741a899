"""Where the processes of a large scan come from: one that has loaded everything and makes copies of itself.

It holds no threads, so its copies are safe beside Arrow and GDAL, and it loads while the command itself still does.
"""

from __future__ import annotations

import multiprocessing
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

_LOADED: Final = ["suitability.pieces.ready", "typer", "rich.progress"]


def context() -> BaseContext:
    """Return how processes are made."""
    if os.name != "posix":
        return multiprocessing.get_context("spawn")
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(_LOADED)
    return made


def begin() -> None:
    """Let the first process load now: it takes as long as the command takes to load."""
    if os.name == "posix":
        from multiprocessing import forkserver  # noqa: PLC0415 (not there on other systems)

        context()
        forkserver.ensure_running()
