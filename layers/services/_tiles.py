"""A region covered by squares of a fixed grid in EPSG:28992, so that a service is asked in pieces and can be resumed.

The grid does not depend on the region: two areas that overlap have the tiles of their overlap in common.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Bounds = tuple[float, float, float, float]

#: A quarter smaller than this is not cut further: what has more features than a service gives here is a mistake.
SMALLEST_M: Final = 50.0


@dataclass(frozen=True)
class Tile:
    """A square by its lower left corner and side, in metres."""

    left: float
    bottom: float
    side: float

    @property
    def bounds(self) -> Bounds:
        """(min x, min y, max x, max y)."""
        return self.left, self.bottom, self.left + self.side, self.bottom + self.side

    def quarters(self) -> tuple[Tile, ...]:
        """Return the four quarters, or nothing when they would be too small to be of use."""
        half = self.side / 2
        if half < SMALLEST_M:
            return ()
        return tuple(Tile(self.left + x, self.bottom + y, half) for y in (0.0, half) for x in (0.0, half))


def cover(region: BaseGeometry, side: float) -> tuple[Tile, ...]:
    """Return the squares of the grid that meet the region, row by row from the south-west."""
    left, bottom, right, top = region.bounds
    columns = range(math.floor(left / side), math.floor(right / side) + 1)
    rows = range(math.floor(bottom / side), math.floor(top / side) + 1)
    return meeting([Tile(column * side, row * side, side) for row in rows for column in columns], region)


def meeting(tiles: list[Tile] | tuple[Tile, ...], region: BaseGeometry) -> tuple[Tile, ...]:
    """Return those tiles that meet the region, in their order."""
    boxes = shapely.box(*np.array([tile.bounds for tile in tiles], dtype=np.float64).reshape(-1, 4).T)
    shapely.prepare(region)
    return tuple(tiles[row] for row in np.flatnonzero(shapely.intersects(region, boxes)))
