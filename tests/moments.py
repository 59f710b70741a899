"""Moments in the life of a process, named by what it does and not by the time: Ctrl-C or SIGKILL comes right there.

A process started with ``environment_for`` watches its own audit events (``sys.addaudithook``): imports, files that are
opened, folders that are made, processes that are forked. At the first event of a kind whose first argument holds a text,
it sends itself or its process group a signal, as a person at a terminal or the system would. The same on any machine.
"""

from __future__ import annotations

import os
import signal
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: Seconds after which something is taken to hang. No test is about how long anything takes.
HANG_S: Final = 240.0

#: Runs when Python starts; the variable is taken out, so that processes made by this one are left alone.
_SITE: Final = textwrap.dedent("""
    import os, signal, sys
    event, holds, what, whom = os.environ.pop("TESTS_MOMENT", "|||").split("|")
    waiting = [True]
    def look(name, arguments):
        if waiting and name == event and holds in str(arguments[0] if arguments else ""):
            waiting.clear()
            (os.killpg if whom == "group" else os.kill)(os.getpgid(0) if whom == "group" else os.getpid(), int(what))
    if event:
        sys.addaudithook(look)
""")


@dataclass(frozen=True)
class Moment:
    """The first audit event of a name whose first argument holds a text."""

    event: str
    holds: str = ""

    def __str__(self) -> str:
        """Return it as the name of a test."""
        return f"{self.event} {self.holds}".strip()


def environment_for(
    moment: Moment, folder: Path, what: signal.Signals = signal.SIGINT, *, whole_group: bool = False
) -> dict[str, str]:
    """Return the environment of a Python process that gets a signal at a moment; ``folder`` holds what it needs."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_SITE, encoding="utf-8")
    whom = "group" if whole_group else "one"
    return {
        **os.environ,
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "TESTS_MOMENT": f"{moment.event}|{moment.holds}|{int(what)}|{whom}",
    }
