"""Vectorised geometry kernels: overlap, nearest distance, frontage, net area, and what the coverage lets us know.

All coordinates in EPSG:28992, all lengths in metres, all areas in m2. No kernel approximates with a buffer:
a buffered polygon is inscribed and silently drops what lies near the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import shapely

from suitability.kernels.flat import bounds_of_runs, flat_of, flat_pieces, flat_places, straight_pieces
from suitability.types import BoolArray, FloatArray, GeometryArray, IntArray, Measurement

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.kernels.boxes import BoxTree
    from suitability.kernels.flat import Flat
    from suitability.parcels import Parcels
    from suitability.types import Layer

_POLYGON: Final = int(shapely.GeometryType.POLYGON)
_MOST_VERTICES: Final = 1024  # of a polygon before it is cut in pieces
#: Two ways of computing one distance differ by less than this.
ROUNDING_M: Final = 1e-6
#: Shapes that share less only touch: two ways of computing one area differ by less than this, a square millimetre.
LEAST_SHARED_M2: Final = 1e-6
_MOST_PAIRS: Final = 2_000_000  # held at one time
_RING_QUADRANT_SEGMENTS: Final = 64  # keeps the rounded corners of a setback within 0.01 m2 at 10 m


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
    pieces: GeometryArray

    def of(self, features: BoolArray) -> Overlaps:
        """Return the pairs whose feature is marked in ``features``, shape (number of features,)."""
        return self.at(features[self.feature])

    def at(self, keep: BoolArray) -> Overlaps:
        """Return some of the pairs, shape (number of pairs,)."""
        return Overlaps(
            self.parcel[keep], self.feature[keep], self.area_m2[keep], self.piece[keep], self.whole[keep],
            self.crowded[keep], self.parcels, self.pieces,
        )  # fmt: skip

    def shapes(self, pairs: IntArray) -> GeometryArray:
        """Return the shapes that some pairs share, in the shape of ``pairs``."""
        shared: GeometryArray = shapely.intersection(
            self.parcels.shapes(self.parcel[pairs].ravel()).reshape(pairs.shape), self.pieces[self.piece[pairs]]
        )
        return shared


def overlaps(parcels: Parcels, layer: Layer) -> Overlaps:
    """Return all pairs of a parcel and a feature of the layer that share more than ``LEAST_SHARED_M2``.

    A large feature is cut into pieces first, so one pair can stand in several rows; their areas add up. Rules that ask
    for other features of the same layer share the work.
    """
    key = ("overlaps", layer.fingerprint)
    if key not in parcels.shared:
        parcels.shared[key] = _overlaps(parcels, _cut_up(layer))
    return cast("Overlaps", parcels.shared[key])


@dataclass(frozen=True)
class _CutUp:
    """The features of a layer in ``pieces`` of few corners, and the row of the feature (``owner``) that each is of."""

    pieces: GeometryArray
    owner: IntArray
    flat: Flat
    runs: tuple[IntArray, FloatArray]
    tree: BoxTree


def _cut_up(layer: Layer) -> _CutUp:
    """Return the features of a layer cut up; worked out once."""
    from suitability.kernels.boxes import box_tree  # noqa: PLC0415 (compiled, as below)

    if "cut up" not in layer.shared:
        pieces, owner = subdivided(layer.frame.geometry.to_numpy())
        flat = flat_of(pieces)
        layer.shared["cut up"] = _CutUp(pieces, owner, flat, bounds_of_runs(flat), box_tree(flat.bounds))
    return cast("_CutUp", layer.shared["cut up"])


def _overlaps(parcels: Parcels, features: _CutUp) -> Overlaps:
    from suitability.kernels.boxes import touching  # noqa: PLC0415 (compiled, as below)
    from suitability.kernels.shared_area import shared_areas  # noqa: PLC0415 (compiled: slow to load, and kept measurements need none)

    parcel, piece = touching(features.tree, parcels.flat.bounds)
    area = shared_areas(parcels.flat, features.flat, parcel, piece, features.runs)
    whole = area >= parcels.areas[parcel] - LEAST_SHARED_M2
    area = np.where(whole, parcels.areas[parcel], area)
    share = area > LEAST_SHARED_M2
    piece, parcel = piece[share], parcel[share]
    whole, area = whole[share], area[share]
    crowded = np.zeros(len(features.pieces), dtype=bool)
    one, other = _on_one_parcel(parcel[~whole], piece[~whole])
    meet = shared_areas(features.flat, features.flat, one, other, features.runs) > LEAST_SHARED_M2
    crowded[one[meet]], crowded[other[meet]] = True, True
    owner = features.owner[piece]
    return Overlaps(parcel, owner, area, piece, whole, crowded[piece], parcels, features.pieces)


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
    joined, owners = np.concatenate(done), np.concatenate(done_owner)
    order = np.argsort(owners, kind="stable")
    return joined[order], owners[order].astype(np.int64)


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
    pair, index = np.unique(np.column_stack([pairs.parcel, pairs.feature]), axis=0, return_inverse=True)
    area = np.bincount(index.ravel(), weights=pairs.area_m2, minlength=len(pair))
    order = np.lexsort((-pair[:, 1], area))  # last write wins: most area, then the lowest feature
    evidence[pair[order, 0]] = rows[pair[order, 1]]
    return evidence


def without_slivers(pairs: Overlaps, n: int, least_m2: float) -> tuple[Overlaps, FloatArray]:
    """Return the pairs of which parcel and feature share at least ``least_m2``, and per parcel the m2 left out, (n,)."""
    both, pair = np.unique(np.column_stack([pairs.parcel, pairs.feature]), axis=0, return_inverse=True)
    whole = np.bincount(pair.ravel(), weights=pairs.area_m2, minlength=len(both))[pair.ravel()]
    small = whole < least_m2
    left_out = np.bincount(pairs.parcel[small], weights=pairs.area_m2[small], minlength=n).astype(np.float64)
    return pairs.at(~small), left_out


def _flat(shapes: Parcels | GeometryArray | FloatArray) -> Flat:
    """Return parcels, shapes or places (n, 2) as flat arrays."""
    if not isinstance(shapes, np.ndarray):
        return shapes.flat
    if shapes.dtype == object:
        return flat_of(cast("GeometryArray", shapes))
    return flat_places(cast("FloatArray", shapes))


def spare_distance(shapes: Parcels | GeometryArray | FloatArray, coverage: BaseGeometry) -> FloatArray:
    """Return how far around each shape, or place (n, 2), the data is complete, in metres, (n,); 0 where not inside."""
    from suitability.kernels.least_spare import least_to_spare  # noqa: PLC0415 (compiled, as above)

    flat = _flat(shapes)
    edge = flat_pieces(straight_pieces(np.array([coverage.boundary], dtype=object))[0])
    spare, nearest_edge = least_to_spare(flat, edge, np.zeros(edge.n))
    # Of a path that stays clear of the edge, one corner tells on which side it lies.
    owner = np.repeat(np.arange(flat.n), np.diff(flat.first_path))
    shapely.prepare(coverage)
    outside = owner[~shapely.contains_xy(coverage, flat.xy[flat.path_start[:-1]])]
    spare[nearest_edge < 0], spare[outside] = 0.0, 0.0
    return spare


def uncovered_area(parcels: Parcels, coverage: BaseGeometry) -> FloatArray:
    """Return the area of each parcel on which the layer has no data, in m2, shape (n,)."""
    missing = np.zeros(len(parcels))
    shapely.prepare(coverage)
    if len(parcels) and shapely.covers(coverage, shapely.box(*parcels.total_bounds)):
        return missing
    outside = ~shapely.covers(coverage, parcels.geometry)
    missing[outside] = shapely.area(shapely.difference(parcels.geometry[outside], coverage))
    return missing


def nearest(parcels: Parcels, features: GeometryArray, rows: IntArray, coverage: BaseGeometry) -> Measurement:
    """Return the distance to the nearest feature, boundary to boundary, 0 where they touch.

    A feature beyond the coverage may be nearer than the one found: ``lower`` is how near it could be.
    """
    value, evidence = least_spare(parcels, features, np.zeros(len(features)), rows)
    lower = np.minimum(value, spare_distance(parcels, coverage))
    return Measurement(value=value, evidence=evidence, lower=lower, upper=value)


def least_spare(
    parcels: Parcels, features: GeometryArray, claim_m: FloatArray, rows: IntArray, most: float = np.inf
) -> tuple[FloatArray, IntArray]:
    """Return per parcel the least of (distance to feature j - ``claim_m[j]``) and the feature that leaves it.

    Boundary to boundary and exact; of equals the lowest. Nothing there that leaves ``most`` or less: +inf and -1.
    """
    from suitability.kernels.least_spare import least_to_spare  # noqa: PLC0415 (compiled, as above)

    value, which = least_to_spare(parcels.flat, flat_of(features), claim_m, most)
    return value, np.append(rows, -1)[which]


def sums_within(parcels: Parcels, features: GeometryArray, amounts: FloatArray, radius_m: float) -> FloatArray:
    """Return per parcel the sums of ``amounts`` (m, c) of the features within a radius, boundary to boundary, (n, c).

    Bounding boxes decide most pairs: only those that the circle's edge may part are measured. Parcels are taken in
    blocks, so that the pairs of one block fit in memory.
    """
    n, width = len(parcels), amounts.shape[1]
    sums = np.zeros((n, width))
    counts = np.flatnonzero((amounts != 0).any(axis=1))
    features, amounts = features[counts], amounts[counts]
    if len(features) == 0:
        return sums
    tree, boxes, feature_boxes = shapely.STRtree(features), shapely.bounds(parcels.geometry), shapely.bounds(features)
    reach = radius_m + ROUNDING_M
    step = max(_MOST_PAIRS // len(features), 1)
    for start in range(0, n, step):
        x0, y0, x1, y1 = boxes[start : start + step].T
        parcel, feature = tree.query(shapely.box(x0 - reach, y0 - reach, x1 + reach, y1 + reach))
        nearest_m, furthest_m = _box_distances(boxes[start + parcel], feature_boxes[feature])
        within = furthest_m <= reach
        edge = np.flatnonzero(~within & (nearest_m <= reach))
        metres = shapely.distance(parcels.geometry[start + parcel[edge]], features[feature[edge]])
        within[edge] = metres <= reach
        parcel, feature = parcel[within], feature[within]
        for column in range(width):
            block = np.bincount(parcel, weights=amounts[feature, column], minlength=len(x0))
            sums[start : start + step, column] = block
    return sums


def _box_distances(one: FloatArray, other: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return between which two distances those of what lies in two rows of boxes must be, (m, 4) each."""
    gap = np.maximum(np.maximum(one[:, :2] - other[:, 2:], other[:, :2] - one[:, 2:]), 0.0)
    span = np.maximum(one[:, 2:] - other[:, :2], other[:, 2:] - one[:, :2])
    return np.hypot(*gap.T), np.hypot(*span.T)


def net_area(geometry: GeometryArray, setback_m: float) -> FloatArray:
    """Return the area that is left when a strip of ``setback_m`` along the boundary stays free, in m2."""
    if setback_m > 0:
        geometry = shapely.buffer(geometry, -setback_m, quad_segs=_RING_QUADRANT_SEGMENTS)
    areas: FloatArray = shapely.area(geometry)
    return areas


def inscribed_radius(geometry: GeometryArray, tolerance_m: float) -> FloatArray:
    """Return the radius of the largest circle inside each polygon, in metres, at most ``tolerance_m`` too small, (n,)."""
    return np.asarray(
        shapely.length(shapely.maximum_inscribed_circle(geometry, tolerance=tolerance_m)), dtype=np.float64
    )


def boundary_near_lines(
    parcels: Parcels, lines: GeometryArray, within_m: FloatArray, rows: IntArray
) -> tuple[FloatArray, IntArray]:
    """Return per parcel the metres of boundary within ``within_m[j]`` of line j, and the line with most of them.

    Exact: along one straight boundary piece the distance to one straight line piece is convex, so the part within
    reach is one interval; intervals of the same boundary piece are united before they are summed.
    """
    side, side_parcel = straight_pieces(shapely.boundary(parcels.geometry))
    piece, piece_line = straight_pieces(lines)
    n = len(parcels)
    if len(side) == 0 or len(piece) == 0:
        return np.zeros(n), np.full(n, -1, dtype=np.int64)
    reach = within_m[piece_line]
    low, high = piece.min(axis=1) - reach[:, None], piece.max(axis=1) + reach[:, None]
    boxes = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    p, s = shapely.STRtree(np.asarray(shapely.linestrings(side), dtype=object)).query(boxes)
    begin, end = _interval_within(side[s], piece[p], reach[p])
    length = np.hypot(*(side[:, 1] - side[:, 0]).T)
    hit = end > begin
    s, p, begin, end = s[hit], p[hit], begin[hit], end[hit]
    summed = np.bincount(side_parcel, weights=_united_length(s, begin, end, len(side)) * length, minlength=n)
    total = np.asarray(summed, dtype=np.float64)
    per_line = np.unique(side_parcel[s] * len(lines) + piece_line[p], return_inverse=True)
    shared = np.bincount(per_line[1], weights=(end - begin) * length[s])
    evidence = np.full(n, -1, dtype=np.int64)
    order = np.lexsort((-per_line[0], shared))
    evidence[per_line[0][order] // len(lines)] = rows[per_line[0][order] % len(lines)]
    return total, evidence


def _interval_within(side: FloatArray, piece: FloatArray, reach: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the begin and end fractions of each ``side`` within ``reach`` of its ``piece``; begin > end = none.

    The set of points within reach of a piece is a strip with two round caps. The side crosses each of the three in
    one interval; their union is one interval, because the whole is convex.
    """
    origin, direction = side[:, 0], side[:, 1] - side[:, 0]
    start, along = piece[:, 0], piece[:, 1] - piece[:, 0]
    length = np.hypot(*along.T)
    safe = np.where(length > 0, length, 1.0)
    unit = along / safe[:, None]
    offset = origin - start
    down, down_step = (offset * unit).sum(1), (direction * unit).sum(1)
    across = offset[:, 0] * unit[:, 1] - offset[:, 1] * unit[:, 0]
    across_step = direction[:, 0] * unit[:, 1] - direction[:, 1] * unit[:, 0]
    strip = _clip(*_slab(down, down_step, np.zeros_like(reach), length), *_slab(across, across_step, -reach, reach))
    strip = np.where(length > 0, strip[0], np.inf), np.where(length > 0, strip[1], -np.inf)
    caps = [_circle(origin - end, direction, reach) for end in (start, start + along)]
    begin = np.minimum.reduce([strip[0], *(cap[0] for cap in caps)])
    end = np.maximum.reduce([strip[1], *(cap[1] for cap in caps)])
    return begin, end


def _clip(
    begin: FloatArray, end: FloatArray, other_begin: FloatArray, other_end: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the intersection of two intervals and [0, 1]; an empty one as (inf, -inf)."""
    low, high = np.maximum(np.maximum(begin, other_begin), 0.0), np.minimum(np.minimum(end, other_end), 1.0)
    empty = low > high
    return np.where(empty, np.inf, low), np.where(empty, -np.inf, high)


def _slab(at: FloatArray, step: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the t for which low <= at + t * step <= high; an empty interval as (inf, -inf)."""
    flat = step == 0
    divisor = np.where(flat, 1.0, step)
    first, second = (low - at) / divisor, (high - at) / divisor
    inside = (at >= low) & (at <= high)
    begin = np.where(flat, np.where(inside, -np.inf, np.inf), np.minimum(first, second))
    end = np.where(flat, np.where(inside, np.inf, -np.inf), np.maximum(first, second))
    return begin, end


def _circle(offset: FloatArray, direction: FloatArray, radius: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the t in [0, 1] for which |offset + t * direction| <= radius; an empty interval as (inf, -inf)."""
    a = (direction**2).sum(1)
    half_b = (offset * direction).sum(1)
    c = (offset**2).sum(1) - radius**2
    root = half_b**2 - a * c
    hit = (root >= 0) & (a > 0)
    width = np.sqrt(np.where(hit, root, 0.0))
    divisor = np.where(a > 0, a, 1.0)
    begin = np.where(hit, (-half_b - width) / divisor, np.inf)
    end = np.where(hit, (-half_b + width) / divisor, -np.inf)
    return _clip(begin, end, np.full_like(begin, -np.inf), np.full_like(end, np.inf))


def _united_length(owner: IntArray, begin: FloatArray, end: FloatArray, n: int) -> FloatArray:
    """Return the length of the union of the intervals of each owner, shape (n,)."""
    order = np.lexsort((end, begin, owner))
    owner, begin, end = owner[order], begin[order], end[order]
    count = np.bincount(owner, minlength=n)
    start = np.cumsum(count) - count
    total, reached = np.zeros(n), np.full(n, -np.inf)
    for k in range(count.max(initial=0)):  # the k-th interval of every owner at once: no sum depends on its neighbours
        who = np.flatnonzero(count > k)
        i = start[who] + k
        total[who] += np.maximum(end[i] - np.maximum(begin[i], reached[who]), 0.0)
        reached[who] = np.maximum(reached[who], end[i])
    return total
