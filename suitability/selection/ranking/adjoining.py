"""Adjacency of polygons: shared boundary lengths, and stepwise joining of neighbours.

Coordinates in EPSG:28992, lengths in metres. Neighbours drawn a few millimetres apart count as touching: both are
snapped to a grid of a centimetre first, far below what a cadastral map resolves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.types import FloatArray, GeometryArray, IntArray

_GRID_M: Final = 0.01

#: Sums of areas are off by less than this share.
_ROUNDING: Final = 1e-9

_MILLIMETRES: Final = 3  # decimals of a length by which neighbours are ordered


def shared_boundaries(geometry: GeometryArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Return every pair of polygons that share boundary: (first (k,), second (k,), metres (k,)), first < second.

    Metres are rounded to a millimetre. A single point in common is no boundary.
    """
    first, second = shapely.STRtree(geometry).query(geometry, predicate="dwithin", distance=_GRID_M)
    once = first < second
    first, second = first[once], second[once]
    boundary = shapely.boundary(geometry)
    common = shapely.intersection(boundary[first], boundary[second], grid_size=_GRID_M)
    metres = np.round(shapely.length(common), _MILLIMETRES)
    shared = metres > 0
    return first[shared].astype(np.int64), second[shared].astype(np.int64), metres[shared]


def longest_first(first: IntArray, second: IntArray, metres: FloatArray) -> IntArray:
    """Return the order of pairs in which they are joined: longest shared boundary first, then by position, (k,)."""
    return np.lexsort((second, first, -metres))


@dataclass(frozen=True)
class Growth:
    """Every step by which n polygons grow together. Step k makes place ``n + k`` out of ``left[k]`` and ``right[k]``.

    ``members[k]``: the polygons in that place, rising. ``tops``: the places that are part of no other, rising.
    """

    left: tuple[int, ...]
    right: tuple[int, ...]
    members: tuple[tuple[int, ...], ...]
    tops: tuple[int, ...]


def grow(first: IntArray, second: IntArray, amounts: FloatArray, at_most: FloatArray) -> Growth:
    """Join pairs in their order, as long as no total of ``amounts`` (n, c) exceeds ``at_most`` (c,).

    An amount that is not known (NaN) keeps a polygon single, unless its bound is infinite.
    """
    n = len(amounts)
    totals = [tuple(row) for row in np.where(np.isinf(at_most), 0.0, amounts)]
    bounds = tuple(at_most * (1 + _ROUNDING))
    place = list(range(n))  # union-find: the place on top of each place
    left: list[int] = []
    right: list[int] = []
    members: list[tuple[int, ...]] = [(i,) for i in range(n)]
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        a, b = _top(place, one), _top(place, other)
        total = tuple(x + y for x, y in zip(totals[a], totals[b], strict=True))
        if a == b or not all(amount <= bound for amount, bound in zip(total, bounds, strict=True)):
            continue
        place[a] = place[b] = len(place)
        place.append(len(place))
        totals.append(total)
        members.append(tuple(sorted(members[a] + members[b])))
        left.append(a)
        right.append(b)
    tops = tuple(i for i, top in enumerate(place) if top == i)
    return Growth(tuple(left), tuple(right), tuple(members[n:]), tops)


def _top(place: list[int], i: int) -> int:
    """Return the place that ``i`` is part of, and shorten the way to it."""
    while place[i] != i:
        place[i] = place[place[i]]
        i = place[i]
    return i


def joined(geometry: GeometryArray, members: tuple[tuple[int, ...], ...]) -> GeometryArray:
    """Return the polygon that each group of ``geometry`` forms together, hair-thin gaps closed."""
    places = np.empty(len(members), dtype=object)
    for k, group in enumerate(members):
        place: BaseGeometry = shapely.union_all(geometry[list(group)], grid_size=_GRID_M)
        places[k] = place
    return places
