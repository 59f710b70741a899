"""The grid of copies that a tiling consists of: how many, where, and in which order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: From one copy to the next, in metres: more than all that is drawn of Kampen, whole cells of the noise raster, and
#: on the grid of its coordinates, so that a shift is exact.
STEP_M: Final = (10_100, 6_760)
#: How much longer than wide the whole may be, or the other way round.
_LONGEST: Final = 2.2


@dataclass(frozen=True)
class Grid:
    """``columns`` by ``rows`` copies around the place of the embedded municipality; ``cells`` (n, 2) in their order.

    The order follows a Hilbert curve, so that copies that follow each other lie near each other.
    """

    columns: int
    rows: int

    @property
    def cells(self) -> NDArray[np.int64]:
        """Column and row of each copy, shape (n, 2), along the curve."""
        across = np.array([(i, j) for i in range(self.columns) for j in range(self.rows)], dtype=np.int64)
        middles = gpd.GeoSeries.from_xy(*(across * np.array(STEP_M)).T.astype(np.float64))
        side = float(max(self.columns * STEP_M[0], self.rows * STEP_M[1]))
        return across[np.argsort(middles.hilbert_distance(total_bounds=(0.0, 0.0, side, side)), kind="stable")]

    @property
    def shifts(self) -> NDArray[np.float64]:
        """Metres by which each copy is moved, shape (n, 2), along the curve; the middle copy stays where it is."""
        middle = np.array([self.columns // 2, self.rows // 2])
        return ((self.cells - middle) * np.array(STEP_M)).astype(np.float64)


def grid_for(copies: int) -> Grid:
    """Return the grid of at least this many copies with fewest to spare that is not too long; the squarest of those."""
    grids = [Grid(columns, math.ceil(copies / columns)) for columns in range(1, copies + 1)]
    stretch = [abs(math.log(g.columns * STEP_M[0] / (g.rows * STEP_M[1]))) for g in grids]
    kept = [i for i, s in enumerate(stretch) if s <= math.log(_LONGEST)] or [int(np.argmin(stretch))]
    return grids[min(kept, key=lambda i: (grids[i].columns * grids[i].rows, stretch[i]))]
