"""Areas read from well-known binary as flat arrays, without an object per shape.

Polygons and multipolygons of two dimensions, little-endian, as GeoParquet holds them. Anything else is left to Shapely, which
is also the slow twin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.spatial.kernels.bounds import bounds_of_corners, put_row
from suitability.spatial.kernels.jit import kernel, step
from suitability.spatial.kernels.rings import turns
from suitability.spatial.kernels.types import Flat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from suitability.core.types import IntArray

    #: Shapes after each other as bytes, and where each begins, and the end.
    Binary = tuple[NDArray[np.uint8], IntArray]

_POLYGON: Final = 3
_MULTIPOLYGON: Final = 6
_HEAD: Final = 5  # the byte that tells the order of bytes, and the kind
_COUNT: Final = 4
_CORNER: Final = 16


def flat_areas(chunks: Sequence[Binary]) -> Flat | None:
    """Return areas as flat arrays; None when one of them is no area in two dimensions, or cut short.

    ``chunks``: each all its shapes after each other, ``data``, and where they begin and end: shape i of a chunk is
    ``data[offsets[i]:offsets[i + 1]]``.
    """
    sizes = [_sizes(data, offsets) for data, offsets in chunks]
    if any(rings < 0 for rings, _ in sizes):
        return None
    shape_at, ring_at, corner_at = (
        np.cumsum([0, *counts]) for counts in ([len(offsets) - 1 for _, offsets in chunks], *zip(*sizes, strict=True))
    )
    raw = np.empty(corner_at[-1] * _CORNER, dtype=np.uint8)
    path_start, first_path = np.empty(ring_at[-1] + 1, dtype=np.int64), np.empty(shape_at[-1] + 1, dtype=np.int64)
    is_hole = np.empty(ring_at[-1], dtype=np.bool_)
    for (data, offsets), shape, ring, corner in zip(chunks, shape_at, ring_at, corner_at, strict=False):
        _fill(data, offsets, shape, ring, corner, raw, path_start, first_path, is_hole)
    xy, n = raw.view(np.float64).reshape(-1, 2), int(shape_at[-1])
    bounds = _bounds(xy, path_start, first_path)
    return Flat(xy, path_start, first_path, turns(xy, path_start, is_hole), np.ones(n, dtype=np.bool_), bounds)


@step
def _number(data: NDArray[np.uint8], at: int) -> int:  # pragma: no cover (compiled)
    """Return the whole number in four bytes."""
    return int(
        np.int64(data[at]) | np.int64(data[at + 1]) << 8 | np.int64(data[at + 2]) << 16 | np.int64(data[at + 3]) << 24
    )


@kernel
def _sizes(  # noqa: PLR0911 (compiled code raises nothing: it says that something is not as expected)
    data: NDArray[np.uint8], offsets: IntArray
) -> tuple[int, int]:  # pragma: no cover (compiled)
    """Return how many rings and corners there are; -1, -1 when anything is not as expected."""
    rings, corners = 0, 0
    for i in range(len(offsets) - 1):
        at, end = offsets[i], offsets[i + 1]
        if end - at < _HEAD + _COUNT or data[at] != 1:
            return -1, -1
        kind, polygons = _number(data, at + 1), 1
        if kind == _MULTIPOLYGON:
            polygons = _number(data, at + _HEAD)
            at += _HEAD + _COUNT
        elif kind != _POLYGON:
            return -1, -1
        for _ in range(polygons):
            if end - at < _HEAD + _COUNT or data[at] != 1 or _number(data, at + 1) != _POLYGON:
                return -1, -1
            count = _number(data, at + _HEAD)
            at += _HEAD + _COUNT
            for _ in range(count):
                if end - at < _COUNT:
                    return -1, -1
                n = _number(data, at)
                if n <= 0 or (end - at - _COUNT) // _CORNER < n:
                    return -1, -1
                at += _COUNT + n * _CORNER
                rings += 1
                corners += n
        if at != end:
            return -1, -1
    return rings, corners


@kernel
def _fill(
    data: NDArray[np.uint8],
    offsets: IntArray,
    shape: int,
    ring: int,
    corner: int,
    raw: NDArray[np.uint8],
    path_start: IntArray,
    first_path: IntArray,
    is_hole: NDArray[np.bool_],
) -> None:  # pragma: no cover (compiled)
    """Copy the corners of all rings after each other, and note where each ring and each shape begins, from the given ones on."""
    for i in range(len(offsets) - 1):
        first_path[shape + i] = ring
        at, polygons = offsets[i], 1
        if _number(data, at + 1) == _MULTIPOLYGON:
            polygons = _number(data, at + _HEAD)
            at += _HEAD + _COUNT
        for _ in range(polygons):
            count = _number(data, at + _HEAD)
            at += _HEAD + _COUNT
            for j in range(count):
                n = _number(data, at)
                at += _COUNT
                size = n * _CORNER
                here, there = data[at : at + size], raw[corner * _CORNER : (corner + n) * _CORNER]
                for k in range(size):  # from nought on, which is compiled to a copy of many bytes at once
                    there[k] = here[k]
                path_start[ring], is_hole[ring] = corner, j > 0
                at += size
                corner += n
                ring += 1
    first_path[shape + len(offsets) - 1], path_start[ring] = ring, corner


@kernel
def _bounds(
    xy: NDArray[np.float64], path_start: IntArray, first_path: IntArray
) -> NDArray[np.float64]:  # pragma: no cover (compiled)
    """Return the bounds of each shape, (n, 4); NaN for one without corners."""
    bounds = np.full((len(first_path) - 1, 4), np.nan)
    for i in range(len(bounds)):
        begin, end = path_start[first_path[i]], path_start[first_path[i + 1]]
        if begin < end:
            put_row(bounds, i, bounds_of_corners(xy, begin, end))
    return bounds
