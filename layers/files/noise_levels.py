"""Noise levels in dB from a GeoTIFF, checked: levels below 0 or above 120 dB do not exist outdoors.

Such values are no data, whatever the file declares.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from layers.files._geotiff import outside, read_grid
from suitability.core.errors import LayerError, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from layers.files._geotiff import Bounds
    from suitability.core.layer import Raster

QUIETEST_DB: Final = 0.0
LOUDEST_DB: Final = 120.0
#: A map whose values are few small whole numbers holds classes of a legend, not levels.
_MOST_CLASSES: Final = 15


def read_noise(path: Path, bounds: Bounds | None = None) -> Raster:
    """Return the levels of a GeoTIFF in EPSG:28992, or the part of it that touches ``bounds``; NaN = not known.

    A file in another coordinate system is refused: converting it would move levels from one parcel to the next.
    Raises ``LayerError`` for a grid that is not of this kind or holds no level, ``SourceError`` for an unreadable file.
    """
    found = read_grid(path, str(path), bounds)
    known = found.values[np.isfinite(found.values)]
    levels = plausible(found)
    if np.isnan(levels.values).all():
        told = f"{known.min():g} … {known.max():g}" if len(known) else "-"
        raise LayerError(Problem(str(path), "noise_no_levels", {"found": told}))
    if 0 < known.max() <= _MOST_CLASSES and (known == np.floor(known)).all():
        raise LayerError(Problem(str(path), "noise_classes", {"found": f"{known.min():g} … {known.max():g}"}))
    return levels


def plausible(raster: Raster) -> Raster:
    """Return the levels that can be; all other cells are not known."""
    wrong = outside(raster.values, QUIETEST_DB, LOUDEST_DB)
    return replace(raster, values=np.where(wrong, np.float32(np.nan), raster.values))
