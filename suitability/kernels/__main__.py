"""Compile the kernels once and keep what was compiled: ``python -m suitability.kernels``, for who installs."""

from __future__ import annotations

import numpy as np
import shapely

from suitability.kernels.flat import flat_of
from suitability.kernels.least_spare import least_to_spare
from suitability.kernels.shared_area import shared_areas


def prepare() -> None:
    """Call every kernel once, with the types that a scan calls it with."""
    flat = flat_of(np.array([shapely.box(0, 0, 1, 1)], dtype=object))
    shared_areas(flat, flat, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))
    least_to_spare(flat, flat, np.zeros(1))


if __name__ == "__main__":
    prepare()
