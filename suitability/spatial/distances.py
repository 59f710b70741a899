"""Vectorised geometry: nearest distance, sums within a radius, frontage, net area, and what the coverage lets us know.

All coordinates in EPSG:28992, all lengths in metres, all areas in m2. No kernel approximates with a buffer:
a buffered polygon is inscribed and silently drops what lies near the limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import numpy as np
import shapely

from suitability.core.measurement import Measurement
from suitability.spatial import kernels
from suitability.spatial.kernels.coordinate_arrays import (
    flat_of,
    flat_pieces,
    flat_places,
    sides_of,
    straight_pieces,
    taken,
)
from suitability.spatial.touching_boxes import box_tree, touching

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.types import BoolArray, FloatArray, GeometryArray, IntArray
    from suitability.spatial.kernels.types import Flat
    from suitability.spatial.parcels import Parcels
    from suitability.spatial.shapes import Shapes

#: Two ways of computing one distance differ by less than this.
ROUNDING_M: Final = 1e-6
#: Half the width of the widest road, a motorway with its verges: an unseen road reaches no further than this.
WIDEST_HALF_ROAD_M: Final = 50.0
_MOST_PAIRS: Final = 2_000_000  # held at one time
_RING_QUADRANT_SEGMENTS: Final = 64  # keeps the rounded corners of a setback within 0.01 m2 at 10 m


def _flat(shapes: Shapes | GeometryArray | FloatArray) -> Flat:
    """Return shapes or places (n, 2) as flat arrays."""
    if not isinstance(shapes, np.ndarray):
        return shapes.flat
    if shapes.dtype == object:
        return flat_of(cast("GeometryArray", shapes))
    return flat_places(cast("FloatArray", shapes))


def spare_distance(shapes: Shapes | GeometryArray | FloatArray, coverage: BaseGeometry) -> FloatArray:
    """Return how far around each shape, or place (n, 2), the data is complete, in metres, (n,); 0 where not inside."""
    flat = _flat(shapes)
    if shapely.equals(coverage, shapely.envelope(coverage)):  # a box, as of most windows: the nearest side tells
        left, bottom, right, top = coverage.bounds
        x0, y0, x1, y1 = flat.bounds.T
        to_side: FloatArray = np.minimum.reduce([x0 - left, y0 - bottom, right - x1, top - y1])
        return np.fmax(to_side, 0.0)
    edge = flat_pieces(straight_pieces(np.array([coverage.boundary], dtype=object))[0])
    spare, nearest_edge = kernels.nearest_feature.least_to_spare(flat, edge, np.zeros(edge.n))
    # Of a path that stays clear of the edge, one corner tells on which side it lies.
    owner = np.repeat(np.arange(flat.n), np.diff(flat.first_path))
    shapely.prepare(coverage)
    outside = owner[~shapely.contains_xy(coverage, flat.xy[flat.path_start[:-1]])]
    spare[nearest_edge < 0], spare[outside] = 0.0, 0.0
    return spare


def nearest(
    parcels: Shapes, features: Shapes, counts: BoolArray, rows: IntArray, coverage: BaseGeometry
) -> Measurement:
    """Return the distance to the nearest feature that counts, boundary to boundary, 0 where they touch.

    ``counts``, ``rows``: which features do, and the row of each, shape (m,). A feature beyond the coverage may be nearer
    than the one found: ``lower`` is how near it could be.
    """
    value, evidence = least_spare(parcels, features, np.zeros(len(features)), counts, rows)
    lower = np.minimum(value, spare_distance(parcels, coverage))
    return Measurement(value=value, evidence=evidence, lower=lower, upper=value)


def least_spare(
    parcels: Shapes, features: Shapes, claim_m: FloatArray, counts: BoolArray, rows: IntArray, most: float = np.inf
) -> tuple[FloatArray, IntArray]:
    """Return per parcel the least of (distance to feature j - ``claim_m[j]``) and the row of the feature that leaves it.

    Of the features (m,) that count, boundary to boundary and exact; of equals the lowest. Nothing there that leaves ``most`` or less: +inf and -1.
    """
    value, which = kernels.nearest_feature.least_to_spare(parcels.flat, features.flat, claim_m, most, counts)
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


def inscribed_radius(areas: Shapes, tolerance_m: float) -> FloatArray:
    """Return the radius of the largest circle inside each area, in metres, at most ``tolerance_m`` too small, (n,)."""
    return kernels.inscribed.inscribed_radii(areas.flat, tolerance_m)


def boundary_near_lines(
    parcels: Parcels, lines: GeometryArray, within_m: FloatArray, rows: IntArray
) -> tuple[FloatArray, IntArray]:
    """Return per parcel the metres of boundary within ``within_m[j]`` of line j, and the line with most of them.

    Exact: along one straight boundary piece the distance to one straight line piece is convex, so the part within
    reach is one interval; intervals of the same boundary piece are united before they are summed.
    """
    piece, piece_line = straight_pieces(lines)
    reach, n = within_m[piece_line], len(parcels)
    tree = box_tree(np.hstack([piece.min(axis=1) - reach[:, None], piece.max(axis=1) + reach[:, None]]))
    near = np.unique(touching(tree, parcels.flat.bounds)[0])
    side, side_parcel = sides_of(taken(parcels.flat, near))
    side_parcel = near[side_parcel]
    s, p = touching(tree, np.hstack([side.min(axis=1), side.max(axis=1)]))
    begin, end = kernels.frontage.intervals_within(side, piece, reach, s, p)
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
