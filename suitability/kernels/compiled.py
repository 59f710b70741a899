"""How a kernel is compiled: by numba, once, and kept beside its source for the processes that come after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

from numba import njit
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys

if TYPE_CHECKING:
    from collections.abc import Callable

    from numba.core.dispatcher import Dispatcher

_Work = TypeVar("_Work", bound="Callable[..., object]")


def kernel(work: _Work) -> Dispatcher[_Work]:
    """Return ``work``, a function of arrays and numbers, compiled; other threads of Python go on while it runs."""
    return _compiled(work, "python")


def kernel_as_numpy(work: _Work) -> Dispatcher[_Work]:
    """Return ``work`` compiled as ``kernel`` does; dividing by zero gives what NumPy gives, where a kernel raises."""
    return _compiled(work, "numpy")


def _compiled(work: _Work, error_model: Literal["python", "numpy"]) -> Dispatcher[_Work]:
    made = njit(nogil=True, error_model=error_model)(work)
    setattr(made, "_cache", _Kept(work))  # type: ignore[no-untyped-call] # noqa: B010 (as its enable_caching does)
    return made


class _Kept(FunctionCache):
    """What was compiled before, read without filling numba's tables for compiling, which takes a tenth of a second.

    Where nothing is kept that fits, numba fills them before it compiles (``numba.core.compiler.CompilerBase``).
    """

    def load_overload(self, sig: object, target_context: Any) -> object:  # noqa: ANN401 (numba says no more)
        rtsys.initialize(target_context)  # what gives kernels their memory
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]
