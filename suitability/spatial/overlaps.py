"""Overlaps of parcels with features of a layer, as areas, without constructing the intersections.

All coordinates in EPSG:28992, all areas in m2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from suitability.core.measurement import Measurement
from suitability.core.memo import once
from suitability.spatial import kernels
from suitability.spatial.kernels.coordinate_arrays import flat_of, outline_of
from suitability.spatial.shapes import shapes_of
from suitability.spatial.touching_boxes import box_tree, touching

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layer
    from suitability.core.types import BoolArray, FloatArray, GeometryArray, IntArray
    from suitability.spatial.kernels.coordinate_arrays import Outline
    from suitability.spatial.kernels.types import Flat
    from suitability.spatial.parcels import Parcels
    from suitability.spatial.shapes import Shapes

_POLYGON: Final = int(shapely.GeometryType.POLYGON)
_MOST_VERTICES: Final = 1024  # of a polygon before it is cut in pieces
#: Shapes that share less only touch: two ways of computing one area differ by less than this, a square millimetre.
LEAST_SHARED_M2: Final = 1e-6


@dataclass(frozen=True)
class Overlaps:
    """Pairs of a parcel and a feature that share area. All arrays but the last two have one length.

    ``piece``: which of ``pieces`` (of features, cut up) the parcel shares area with; ``whole``: whether that piece covers
    all of the parcel; ``crowded``: whether it may share ground with another piece
    that covers part of the same parcel. ``parcels``: all parcels.
    """

    parcel: IntArray
    feature: IntArray
    area_m2: FloatArray
    piece: IntArray
    whole: BoolArray
    crowded: BoolArray
    parcels: Parcels
    pieces: Shapes

    def of(self, features: BoolArray) -> Overlaps:
        """Return the pairs whose feature is marked in ``features``, shape (number of features,)."""
        return self.at(features[self.feature])

    def at(self, keep: BoolArray) -> Overlaps:
        """Return some of the pairs, shape (number of pairs,)."""
        return Overlaps(
            self.parcel[keep], self.feature[keep], self.area_m2[keep], self.piece[keep], self.whole[keep],
            self.crowded[keep], self.parcels, self.pieces,
        )  # fmt: skip

    def by_feature(self) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
        """Return each parcel and feature that share ground once: both, their m2 over all pieces, and the place of each pair."""
        both, found = np.unique(np.column_stack([self.parcel, self.feature]), axis=0, return_inverse=True)
        place = found.ravel().astype(np.int64)
        area_m2 = np.bincount(place, weights=self.area_m2, minlength=len(both)).astype(np.float64)
        return both[:, 0], both[:, 1], area_m2, place

    def shapes(self, pairs: IntArray) -> GeometryArray:
        """Return the shapes that some pairs share, in the shape of ``pairs``."""
        shared: GeometryArray = shapely.intersection(
            self.parcels.at(self.parcel[pairs]), self.pieces.at(self.piece[pairs])
        )
        return shared


def overlaps(parcels: Parcels, layer: Layer) -> Overlaps:
    """Return all pairs of a parcel and a feature of the layer that share more than ``LEAST_SHARED_M2``.

    A large feature is cut into pieces first, so one pair can stand in several rows; their areas add up. Rules that ask
    for other features of the same layer share the work.
    """

    def make() -> Overlaps:
        return _overlaps(parcels, once(layer.shared, "cut up", lambda: _cut_up(shapes_of(layer))))

    return once(parcels.shared, ("overlaps", layer.fingerprint), make)


@dataclass(frozen=True)
class _Part:
    """Some of the pieces as arrays, piece ``first`` and those after it; of them ``rows`` count, whose bounds ``tree`` holds."""

    flat: Flat
    first: int
    rows: IntArray
    tree: shapely.STRtree
    outline: Outline

    @classmethod
    def of(cls, flat: Flat, first: int, rows: IntArray) -> _Part:
        """Return part of the pieces, ready for search."""
        return cls(flat, first, rows, box_tree(flat.bounds[rows]), outline_of(flat))


@dataclass(frozen=True)
class _CutUp:
    """The features of a layer, and then what the large ones were cut in: ``pieces``; ``owner``: the feature that each is of.

    ``parts``: the features, of which the large ones do not count, and the cuts.
    """

    pieces: Shapes
    owner: IntArray
    parts: tuple[_Part, ...]


def _cut_up(features: Shapes) -> _CutUp:
    """Return the features of a layer cut up."""
    n, large = len(features), _large(features)
    parts = [_Part.of(features.flat, 0, np.delete(np.arange(n), large))]
    cut, of_cut = subdivided(features.at(large))
    if len(cut):
        parts.append(_Part.of(flat_of(cut), n, np.arange(len(cut))))
    owner = np.concatenate([np.arange(n), large[of_cut]])
    return _CutUp(features.followed_by(cut), owner, tuple(parts))


def _large(features: Shapes) -> IntArray:
    """Return the rows of features that are cut up: of many corners, or of several parts."""
    corners = np.diff(features.flat.path_start[features.flat.first_path])
    return np.flatnonzero((corners > _MOST_VERTICES) | (kernels.rings.parts_of(features.flat) > 1))


def _overlaps(parcels: Parcels, features: _CutUp) -> Overlaps:
    found = [_sharing(parcels, part) for part in features.parts]
    parcel, piece, area = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((piece, parcel))
    parcel, piece, area = parcel[order], piece[order], area[order]
    whole = area >= parcels.areas[parcel] - LEAST_SHARED_M2
    area = np.where(whole, parcels.areas[parcel], area)
    crowded = np.zeros(len(features.pieces), dtype=bool)
    one, other = _on_one_parcel(parcel[~whole], piece[~whole])
    few, pair = np.unique(np.concatenate([one, other]), return_inverse=True)
    flat = flat_of(features.pieces.at(few))
    meet = kernels.intersection_area.shared_areas(flat, flat, pair[: len(one)], pair[len(one) :]) > LEAST_SHARED_M2
    crowded[one[meet]], crowded[other[meet]] = True, True
    return Overlaps(parcel, features.owner[piece], area, piece, whole, crowded[piece], parcels, features.pieces)


def _sharing(parcels: Parcels, part: _Part) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the pairs of a parcel and a piece that share more than ``LEAST_SHARED_M2``, and the m2."""
    parcel, place = touching(part.tree, parcels.flat.bounds)
    row = part.rows[place]
    area = kernels.intersection_area.shared_areas(parcels.flat, part.flat, parcel, row, part.outline)
    share = area > LEAST_SHARED_M2
    return parcel[share], part.first + row[share], area[share]


def _on_one_parcel(parcel: IntArray, piece: IntArray) -> tuple[IntArray, IntArray]:
    """Return all different pairs of pieces that stand with the same parcel; ``parcel`` ascends, and ``piece`` within it."""
    pairs, apart = [np.zeros((0, 2), dtype=np.int64)], 1
    while (same := np.flatnonzero(parcel[apart:] == parcel[:-apart])).size:
        pairs.append(np.column_stack([piece[same], piece[same + apart]]))
        apart += 1
    one, other = np.unique(np.concatenate(pairs), axis=0).T
    return one, other


def subdivided(features: GeometryArray, most: int = _MOST_VERTICES) -> tuple[GeometryArray, IntArray]:
    """Return polygons cut along their middle until none has over ``most`` vertices, and which feature each piece is of.

    Every operation on a polygon costs time in proportion to its vertices; a town's streets can be one of 50,000.
    """
    small = (shapely.get_type_id(features) == _POLYGON) & (shapely.get_num_coordinates(features) <= most)
    done, done_owner = [features[small]], [np.flatnonzero(small)]
    pieces, owner = shapely.get_parts(features[~small], return_index=True)
    owner = np.flatnonzero(~small)[owner]
    while len(pieces):
        small = shapely.get_num_coordinates(pieces) <= most
        done.append(pieces[small])
        done_owner.append(owner[small])
        pieces, owner = pieces[~small], owner[~small]
        x0, y0, x1, y1 = shapely.bounds(pieces).T
        wide, x, y = x1 - x0 > y1 - y0, (x0 + x1) / 2, (y0 + y1) / 2
        low = shapely.box(x0, y0, np.where(wide, x, x1), np.where(wide, y1, y))
        high = shapely.box(np.where(wide, x, x0), np.where(wide, y0, y), x1, y1)
        halves = shapely.intersection(np.concatenate([pieces, pieces]), np.concatenate([low, high]))
        parts, half = shapely.get_parts(halves, return_index=True)
        polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
        pieces, owner = parts[polygons], np.concatenate([owner, owner])[half[polygons]]
    return np.concatenate(done), np.concatenate(done_owner).astype(np.int64)


def covered_area(pairs: Overlaps, n: int) -> FloatArray:
    """Return per parcel the area covered by the features of ``pairs`` together, shape (n,); overlaps count once."""
    total = np.asarray(np.bincount(pairs.parcel, weights=pairs.area_m2, minlength=n), dtype=np.float64)
    in_part = np.ones(n, dtype=bool)
    in_part[pairs.parcel[pairs.whole]] = False
    crowd = pairs.at(pairs.crowded & in_part[pairs.parcel])
    count = np.bincount(crowd.parcel, minlength=n)
    start = np.cumsum(count) - count
    twice = np.bincount(crowd.parcel, weights=crowd.area_m2, minlength=n)
    for k in np.unique(count[count > 1]):  # one call per number of pieces, not per parcel
        several = np.flatnonzero(count == k)
        shapes = crowd.shapes(start[several][:, None] + np.arange(k))
        total[several] += shapely.area(shapely.union_all(shapes, axis=1)) - twice[several]
    total[pairs.parcel[pairs.whole]] = pairs.area_m2[pairs.whole]
    return total


def largest_overlap(pairs: Overlaps, n: int, rows: IntArray) -> IntArray:
    """Return per parcel the row of the feature that shares most area with it, shape (n,); -1 = none."""
    evidence = np.full(n, -1, dtype=np.int64)
    parcel, feature, area, _ = pairs.by_feature()
    order = np.lexsort((-feature, area))  # last write wins: most area, then the lowest feature
    evidence[parcel[order]] = rows[feature[order]]
    return evidence


def without_slivers(pairs: Overlaps, n: int, least_m2: float) -> tuple[Overlaps, FloatArray]:
    """Return the pairs of which parcel and feature share at least ``least_m2``, and per parcel the m2 left out, (n,)."""
    _, _, area, place = pairs.by_feature()
    small = area[place] < least_m2
    left_out = np.bincount(pairs.parcel[small], weights=pairs.area_m2[small], minlength=n).astype(np.float64)
    return pairs.at(~small), left_out


def covered_share(parcels: Parcels, layer: Layer, least_m2: float, sure: BoolArray, maybe: BoolArray) -> Measurement:
    """Return the share of each parcel covered by the features that surely count; those that may, and unseen ones, may add.

    ``least_m2``: overlaps with one feature that are smaller are left out, and reported in the details.
    """
    n = len(parcels)
    counted, left_out = without_slivers(overlaps(parcels, layer), n, least_m2)
    share = np.minimum(covered_area(counted.of(sure), n) / parcels.areas, 1.0)
    most = covered_area(counted.of(sure | maybe), n) + uncovered_area(parcels, layer.coverage)
    return Measurement(
        value=share,
        evidence=largest_overlap(counted.of(sure), n, layer.table.index.to_numpy(dtype=np.int64)),
        lower=share,
        upper=np.clip(most / parcels.areas, share, 1.0),
        details={"left_out_m2": left_out},
    )


def uncovered_area(parcels: Parcels, coverage: BaseGeometry) -> FloatArray:
    """Return the area of each parcel on which the layer has no data, in m2, shape (n,)."""
    missing = np.zeros(len(parcels))
    shapely.prepare(coverage)
    if len(parcels) and shapely.covers(coverage, shapely.box(*parcels.total_bounds)):
        return missing
    outside = ~shapely.covers(coverage, parcels.geometry)
    missing[outside] = shapely.area(shapely.difference(parcels.geometry[outside], coverage))
    return missing
