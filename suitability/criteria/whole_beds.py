"""Rounding of beds, shared by the criteria that count them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from suitability.core.types import FloatArray

_ROUNDING: Final = 1e-6  # of a bed: areas are off by less, and must not cost a whole bed


def whole_beds(beds: FloatArray, most: int | None) -> FloatArray:
    """Return the whole beds in numbers of beds (n,), at most ``most`` where there is such a number."""
    return np.minimum(np.floor(beds + _ROUNDING), np.inf if most is None else float(most))
