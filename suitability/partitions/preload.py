"""Imported by the process that is copied: what it has loaded and compiled, its copies need not load again."""

from __future__ import annotations

import gc
import sys
from typing import Final

#: Numba asks for it when it is loaded, which takes a tenth of a second; no kernel does linear algebra.
_NOT_NEEDED: Final = "scipy.linalg.cython_blas"


def _load() -> None:
    """Load all that a piece needs. Loading makes no garbage worth looking for, and copies must not look through what they share."""
    gc.disable()
    sys.modules[_NOT_NEEDED] = None  # type: ignore[assignment] # as Python marks what cannot be imported
    import suitability.partitions.partition  # noqa: F401, PLC0415
    from suitability.spatial.precompile import load_kernels  # noqa: PLC0415

    load_kernels()
    del sys.modules[_NOT_NEEDED]
    gc.freeze()
    gc.enable()


_load()
