"""The command line in this process: its real entry point, without the seconds that a process of its own takes to start.

For tests of what a command says, writes and ends with. What is about the process itself, and each command once, is
tested in a process of its own: ``tests.skins.test_cli.run``.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING
from unittest.mock import patch

from suitability.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def run_here(*arguments: str, cache: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``suitability`` and return what a process would have: exit code, standard output and standard error."""
    command = ["suitability", *arguments]
    own = {"COLUMNS": "140", **environment, **({"SUITABILITY_CACHE": str(cache)} if cache else {})}
    out, error, code = io.StringIO(), io.StringIO(), 0
    process = (_as_it_was(), patch.object(sys, "argv", command), patch.dict(os.environ, own))
    with contextlib.ExitStack() as stack:
        for part in (*process, contextlib.redirect_stdout(out), contextlib.redirect_stderr(error)):
            stack.enter_context(part)
        try:
            main()
        except SystemExit as leaving:
            code = int(leaving.code or 0)
    return subprocess.CompletedProcess(command, code, out.getvalue(), error.getvalue())


@contextlib.contextmanager
def _as_it_was() -> Iterator[None]:
    """Take back what the entry point does to a process: a command is its whole life, a test is not."""
    handler, hook = signal.getsignal(signal.SIGINT), sys.unraisablehook
    try:
        yield
    finally:
        gc.unfreeze()
        gc.enable()
        signal.signal(signal.SIGINT, handler)
        sys.unraisablehook = hook
