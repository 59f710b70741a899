"""Sums over raster cells inside polygons, with the exact share of every cell.

Each edge of each ring adds signed area to the cells it passes and to those right of it (the running sum along a row
gives the share of every cell), with the inside of the polygon on its left; so holes take area away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.spatial.kernels.jit import kernel, step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from suitability.core.types import FloatArray

_LEAST_SHARE: Final = 1e-9  # of a cell: below it the polygon only touches the cell


@kernel
def accumulate(
    cells: FloatArray,
    ring_start: NDArray[np.int64],
    polygon_start: NDArray[np.int64],
    turn: NDArray[np.int8],
    values: NDArray[np.float32],
) -> tuple[FloatArray, FloatArray, FloatArray]:  # pragma: no cover (compiled)
    """Return highest value, sum of value x share, and sum of shares over cells with data, per polygon."""
    n = len(polygon_start) - 1
    rows, columns = values.shape
    highest = np.full(n, -np.inf)
    total = np.zeros(n)
    known = np.zeros(n)
    for i in range(n):
        first, last = ring_start[polygon_start[i]], ring_start[polygon_start[i + 1]]
        if last <= first:
            continue
        left, right_most = _first_and_last(cells, 0, first, last)
        top, lowest = _first_and_last(cells, 1, first, last)
        width, height = right_most - left + 1, lowest - top + 1
        here = np.zeros((height, width + 1))
        right = np.zeros((height, width + 1))
        for ring in range(polygon_start[i], polygon_start[i + 1]):
            for j in range(ring_start[ring], ring_start[ring + 1] - 1):
                x0, y0, x1, y1 = cells[j, 0] - left, cells[j, 1] - top, cells[j + 1, 0] - left, cells[j + 1, 1] - top
                _add_edge(here, right, x0, y0, x1, y1, float(turn[ring]))
        for row in range(height):
            running = 0.0
            for column in range(width):
                share = here[row, column] + running
                running += right[row, column]
                if share <= _LEAST_SHARE:
                    continue
                r, c = row + top, column + left
                if r < 0 or c < 0 or r >= rows or c >= columns or np.isnan(values[r, c]):
                    continue
                known[i] += share
                total[i] += share * values[r, c]
                highest[i] = max(highest[i], values[r, c])
    return highest, total, known


@step
def _first_and_last(
    cells: FloatArray, axis: int, first: int, last: int
) -> tuple[int, int]:  # pragma: no cover (compiled)
    """Return the lowest and highest column (axis 0) or row (axis 1) that corners from ``first`` up to ``last`` lie in."""
    low = high = cells[first, axis]
    for j in range(first + 1, last):
        low, high = min(low, cells[j, axis]), max(high, cells[j, axis])
    return int(np.floor(low)), int(np.floor(high))


@step
def _add_edge(
    here: FloatArray, right: FloatArray, x0: float, y0: float, x1: float, y1: float, sign: float
) -> None:  # pragma: no cover (compiled)
    """Add one edge: per cell it passes, the area to the right inside the cell, and its height for all cells right of it."""
    if y0 == y1:
        return
    if y1 < y0:
        x0, y0, x1, y1, sign = x1, y1, x0, y0, -sign
    slope = (x1 - x0) / (y1 - y0)
    row = int(np.floor(y0))
    y = y0
    x = x0
    while y < y1:
        y_next = min(float(row + 1), y1)
        x_next = x1 if y_next == y1 else x0 + (y_next - y0) * slope
        _add_piece(here, right, row, x, x_next, (y_next - y) * sign)
        y = y_next
        x = x_next
        row += 1


@step
def _add_piece(
    here: FloatArray, right: FloatArray, row: int, x0: float, x1: float, rise: float
) -> None:  # pragma: no cover (compiled)
    """Add an edge piece inside one row, of signed height ``rise``, split at the columns it passes."""
    if x1 < x0:
        x0, x1 = x1, x0
    column = int(np.floor(x0))
    if x1 <= column + 1:
        here[row, column] += rise * (column + 1 - (x0 + x1) / 2)
        right[row, column] += rise
        return
    per_column = rise / (x1 - x0)
    x = x0
    while x < x1:
        x_next = min(float(column + 1), x1)
        part = (x_next - x) * per_column
        here[row, column] += part * (column + 1 - (x + x_next) / 2)
        right[row, column] += part
        x = x_next
        column += 1
