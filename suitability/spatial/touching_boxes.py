"""Pairs of bounding boxes that touch, with ``shapely.STRtree``. All boxes: min x, min y, max x, max y, without NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from suitability.core.types import FloatArray, GeometryArray, IntArray


def box_tree(bounds: FloatArray) -> shapely.STRtree:
    """Return the tree over boxes (m, 4)."""
    return shapely.STRtree(_as_shapes(bounds))


def touching(tree: shapely.STRtree, bounds: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the pairs of a box in ``bounds`` (n, 4) and one of the tree that touch, sorted by the first, then the second."""
    one, other = tree.query(_as_shapes(bounds))
    order = np.lexsort((other, one))
    return one[order], other[order]


def _as_shapes(bounds: FloatArray) -> GeometryArray:
    left, bottom, right, top = bounds.T
    shapes: GeometryArray = shapely.box(left, bottom, right, top)
    return shapes
