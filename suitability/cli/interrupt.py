"""Ending a command, also with Ctrl-C: at a moment when that can do no harm, and without leaving anything running.

Python raises ``KeyboardInterrupt`` between any two instructions, also inside what compiled code calls back. There it is
lost, so that the command goes on; or comes out as another error; or the process crashes, as its caller does not look.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from _thread import interrupt_main
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

STOPPED: Final = 130
_UNHEARD: Final = 120

#: Where an interruption has to wait: in the compiler of the kernels, in an import, which compiled modules do too, and where
#: processes are made and given work: half done, that would be waited for without end.
_NOT_WITHIN: Final = frozenset({"numba", "llvmlite", "importlib", "concurrent", "multiprocessing"})
_WAIT_S: Final = 0.1


class Stop:
    """Handler for Ctrl-C that repeats the interrupt until it gets through."""

    def __init__(self) -> None:
        """Nobody did so far."""
        self.asked = False
        self._repeated = False
        self._timer: threading.Timer | None = None

    def listen(self) -> None:
        """Handle Ctrl-C from here on; where it is ignored, as in the background of a script, it stays ignored."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupt)
            sys.unraisablehook = _unheard

    def no_more(self) -> None:
        """Do not repeat it again: what was to be stopped is at its end."""
        if self._timer is not None:
            self._timer.cancel()

    def _interrupt(self, _signal: int, frame: FrameType | None) -> None:
        """Raise ``KeyboardInterrupt`` if this is the moment, and come back: whoever called us may have lost it."""
        self.asked, repeated, self._repeated = True, self._repeated, False
        self._timer = threading.Timer(_WAIT_S, self._repeat)
        self._timer.daemon = True
        self._timer.start()
        if _may_interrupt(frame) and not (repeated and _is_on_its_way()):
            raise KeyboardInterrupt

    def _repeat(self) -> None:
        self._repeated = True
        if hasattr(signal, "pthread_kill"):  # a wait ends for it
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        else:
            interrupt_main()


def _may_interrupt(frame: FrameType | None) -> bool:
    """Return whether nothing is running that cannot bear it."""
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] in _NOT_WITHIN:
            return False
        frame = frame.f_back
    return True


def _is_on_its_way() -> bool:
    """Return whether what runs now runs because of an interruption: it cleans up."""
    error = sys.exception()
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _unheard(what: sys.UnraisableHookArgs) -> None:
    """Say nothing of an interruption that fell where nobody hears of errors, such as a destructor: it is repeated."""
    if not issubclass(what.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(what)


def leave(sentence: str) -> NoReturn:
    """Say a sentence and end this process at once with the code of a stop, and its child processes with it.

    Everything has been unwound by now.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr.write(f"{sentence}\n")
    end(STOPPED)


def end(code: int) -> NoReturn:
    """End this process at once with a code.

    Exit handlers run, of which one ends the child processes (``suitability.partitions.processes``), and output is flushed.
    The interpreter is not taken down: that takes a tenth of a second, and threads of compiled libraries that are still
    running make the process crash meanwhile.
    """
    atexit._run_exitfuncs()  # noqa: SLF001 (the only way to have them done and the rest left)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # nobody listens any more: as Python ends then
            code = code or _UNHEARD
    os._exit(code)
