"""Imported by the process that makes the others: what it has loaded and compiled, its copies need not load again."""

from __future__ import annotations

import gc


def _load() -> None:
    """Load all that a piece needs. Loading makes no garbage worth looking for, and copies must not look through what they share."""
    gc.disable()
    import suitability.pieces.job  # noqa: F401, PLC0415
    from suitability.compile_kernels import compile_kernels  # noqa: PLC0415

    compile_kernels()
    gc.freeze()
    gc.enable()


_load()
