"""Steps of kernels on bounding boxes: min x, min y, max x, max y."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.spatial.kernels.jit import step

if TYPE_CHECKING:
    from suitability.core.types import FloatArray


@step
def bounds_of_corners(
    xy: FloatArray, begin: int, end: int
) -> tuple[float, float, float, float]:  # pragma: no cover (compiled)
    """Return min x, min y, max x and max y of the corners from ``begin`` up to ``end``, of which there is at least one."""
    left, bottom, right, top = xy[begin, 0], xy[begin, 1], xy[begin, 0], xy[begin, 1]
    for c in range(begin + 1, end):
        left, right = min(left, xy[c, 0]), max(right, xy[c, 0])
        bottom, top = min(bottom, xy[c, 1]), max(top, xy[c, 1])
    return left, bottom, right, top


@step
def put_row(
    table: FloatArray, row: int, four: tuple[float, float, float, float]
) -> None:  # pragma: no cover (compiled)
    """Write four numbers into a row of a table (n, 4), one by one: given as they are, they would become an array first."""
    table[row, 0], table[row, 1], table[row, 2], table[row, 3] = four
