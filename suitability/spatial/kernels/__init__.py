"""Compiled inner loops of the scan. Each has a slow twin in shapely, against which the tests hold it.

A module is imported when it is first used, as ``kernels.rings``: loading numba and the kernels takes 0.4 s, and a scan whose
measurements are cached needs none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.core.lazy_modules import lazy_modules

if TYPE_CHECKING:
    from suitability.spatial.kernels import (
        cell_shares,
        frontage,
        inscribed,
        intersection_area,
        nearest_feature,
        nearest_segment,
        rings,
        shortest_path,
        wkb,
    )

__all__ = [
    "cell_shares",
    "frontage",
    "inscribed",
    "intersection_area",
    "nearest_feature",
    "nearest_segment",
    "rings",
    "shortest_path",
    "wkb",
]

__getattr__ = lazy_modules(__name__, __all__)
