"""OpenStreetMap as a source: extracts, and Overpass for an area. The reader of extracts is loaded at its first use, in 35 ms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.core.lazy_modules import lazy_modules

if TYPE_CHECKING:
    from layers.osm import source

__all__ = ["source"]

__getattr__ = lazy_modules(__name__, __all__)
