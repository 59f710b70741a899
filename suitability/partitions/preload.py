"""Modules and compiled kernels that a partition needs; the fork server imports them once for the processes it forks."""

from __future__ import annotations

import suitability.partitions.partition  # noqa: F401 (loaded for the processes)
from suitability.spatial.precompile import load_kernels

load_kernels()
