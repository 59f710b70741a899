"""Reading files of any usual kind: vector files, tables, grids, archives and XML, each safely.

The reader of noise levels is loaded at its first use: rasterio takes 60 ms, and most scans read no grid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.core.lazy_modules import lazy_modules

if TYPE_CHECKING:
    from layers.files import noise_levels

__all__ = ["noise_levels"]

__getattr__ = lazy_modules(__name__, __all__)
