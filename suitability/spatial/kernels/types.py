"""Array types that the kernels share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from suitability.core.types import BoolArray, FloatArray, IntArray


class Flat(NamedTuple):
    """``n`` shapes as paths: the rings of areas, the lines of lines, points as paths of one corner. EPSG:28992, metres.

    Path r runs through ``xy[path_start[r]:path_start[r + 1]]``; shape i has the paths from ``first_path[i]`` up to
    ``first_path[i + 1]``. ``turn[r]``: 1 where walking along the path has the inside on the left, -1 on the right.
    ``is_area[i]``: whether the shape has an inside. ``bounds`` (n, 4): min x, min y, max x, max y.
    """

    xy: FloatArray
    path_start: IntArray
    first_path: IntArray
    turn: NDArray[np.int8]
    is_area: BoolArray
    bounds: FloatArray

    @property
    def n(self) -> int:
        """The number of shapes."""
        return len(self.is_area)
