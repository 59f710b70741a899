"""Resources of a large scan: processes, memory and scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import psutil

from suitability.core.errors import Problem, SourceError

#: What a process that scans pieces takes, in GB: measured with the largest pieces (benchmarks/growth.py), with room.
_PROCESS_GB: Final = 2.0
#: The process that gives out the pieces.
_BESIDES_GB: Final = 0.4
#: The part of what is free that is taken when nobody says how much.
_SHARE: Final = 0.75


@dataclass(frozen=True)
class Resources:
    """Resources of a large scan. ``scheduler``: of a Dask cluster; None = processes on this machine.

    ``memory_gb``: of all processes on this machine together; None = three quarters of what is free. ``copies``: whether
    they may be copies of this one, as may be made of a command, in which nothing else goes on.
    """

    workers: int = 1
    memory_gb: float | None = None
    scheduler: str | None = None
    copies: bool = False

    def affordable(self) -> int:
        """Return how many processes fit in the memory; raises ``SourceError`` when not one does."""
        room = free_bytes() / 1e9 * _SHARE if self.memory_gb is None else self.memory_gb
        fitting = int((room - _BESIDES_GB) / _PROCESS_GB)
        if fitting < 1:
            fields = {"found": f"{room:.1f}", "expected": f"{_PROCESS_GB + _BESIDES_GB:.1f}"}
            raise SourceError(Problem("--memory", "pieces_memory", fields))
        return min(self.workers, fitting)


def free_bytes() -> int:
    """Return the memory available to processes, in bytes."""
    return int(psutil.virtual_memory().available)
