"""How a kernel is compiled: by numba, once, and kept beside its source for the processes that come after."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from numba import njit
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.runtime.nrt import rtsys

if TYPE_CHECKING:
    from collections.abc import Callable

    from numba.core.dispatcher import Dispatcher

_Work = TypeVar("_Work", bound="Callable[..., object]")
_ErrorModel = Literal["python", "numpy"]


def kernel(work: _Work) -> Dispatcher[_Work]:
    """Return ``work``, a function of arrays and numbers, compiled; other threads of Python go on while it runs."""
    return _kept(work, "python")


def kernel_as_numpy(work: _Work) -> Dispatcher[_Work]:
    """Return ``work`` compiled as ``kernel`` does; dividing by zero gives what NumPy gives, where a kernel raises."""
    return _kept(work, "numpy")


def step(work: _Work) -> Dispatcher[_Work]:
    """Return a step of kernels, compiled with each that takes it. It makes no arrays and hands none back.

    So it need not count who holds the arrays that it is given, which takes longer than a short step itself.
    """
    return _uncounted(work, "python")


def step_as_numpy(work: _Work) -> Dispatcher[_Work]:
    """Return ``work`` compiled as ``step`` does; dividing by zero gives what NumPy gives."""
    return _uncounted(work, "numpy")


def _kept(work: _Work, error_model: _ErrorModel) -> Dispatcher[_Work]:
    made = njit(nogil=True, error_model=error_model)(work)
    setattr(made, "_cache", _Kept(work))  # noqa: B010 (as its enable_caching does)
    return made


def _uncounted(work: _Work, error_model: _ErrorModel) -> Dispatcher[_Work]:
    made: Dispatcher[_Work] = njit(nogil=True, error_model=error_model, _nrt=False)(work)  # type: ignore[call-overload]
    return made


class _Kept(FunctionCache):
    """What was compiled before: read without filling numba's tables for compiling, which takes a tenth of a second.

    Where nothing is kept that fits, numba fills them before it compiles (``numba.core.compiler.CompilerBase``). What is
    kept fits as long as no file of kernels changed: numba looks at the kernel's own, and a step may stand in another.
    """

    def __init__(self, work: object) -> None:
        super().__init__(work)  # type: ignore[no-untyped-call]
        stamp = (self._impl.locator.get_source_stamp(), _stamp_of_steps())
        self._cache_file = IndexDataCacheFile(self._cache_path, self._impl.filename_base, stamp)  # type: ignore[no-untyped-call]

    def load_overload(self, sig: object, target_context: Any) -> object:  # noqa: ANN401 (numba says no more)
        rtsys.initialize(target_context)  # what gives kernels their memory
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]


@cache
def _stamp_of_steps() -> tuple[tuple[str, int, int], ...]:
    """Return what tells whether any of the files beside this one changed, as numba looks at one: time and size."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)
