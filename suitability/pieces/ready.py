"""Imported by the process that makes the others: what it has loaded and compiled, its copies need not load again."""

from __future__ import annotations

import gc

import suitability.pieces.job
from suitability.compile_kernels import compile_kernels

compile_kernels()
gc.freeze()  # copies share what is there: looking through it for garbage would copy it

__all__ = ["suitability"]
