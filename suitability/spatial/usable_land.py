"""Usable land of a parcel: what setbacks, buildings, water and roads leave, without what is too narrow.

    free   = parcel less its setback, buildings, water and roads, each with its margin
    usable = opening of the free land: what a disc as wide as the least width can reach, piece by piece

A piece is a connected part of the free land after erosion, so two yards joined by a neck narrower than the least width
are two pieces; the largest counts. All lengths in metres, all areas in m2, EPSG:28992. Margins have square corners, which
takes away a little more than a rounded margin would; discs have 32 corners, which leaves at most 0.5% of their radius.
Source of the opening: Serra, Image Analysis and Mathematical Morphology (1982).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from suitability.core.ground import common_ground
from suitability.core.memo import once
from suitability.spatial.distances import inscribed_radius
from suitability.spatial.overlaps import subdivided
from suitability.spatial.shapes import Shapes, shapes_of
from suitability.spatial.touching_boxes import box_tree, touching

if TYPE_CHECKING:
    from suitability.core.layer import Layer, Layers
    from suitability.core.types import BoolArray, FloatArray, GeometryArray, IntArray
    from suitability.spatial.kernels.types import Flat
    from suitability.spatial.parcels import Parcels

#: Layers of which usable land keeps clear.
KEPT_CLEAR: Final = ("buildings", "water", "public_roads")
_QUADRANT_SEGMENTS: Final = 8
_DIRECTIONS: Final = 12  # half a turn in steps of 15 degrees
_NECK_M: Final = 0.002  # a neck so close to the least width is not sure to join, or to part, two pieces
_RADIUS_TOLERANCE_M: Final = 0.001


@dataclass(frozen=True)
class LandRules:
    """Margins and the least width of usable land, in metres."""

    setback_m: float
    building_margin_m: float
    water_margin_m: float
    road_margin_m: float
    least_width_m: float


@dataclass(frozen=True)
class UsableLand:
    """The largest usable piece of each parcel; all arrays (n,).

    ``area``: m2, 0 without a piece; ``width``: m, diameter of its largest inscribed circle; ``piece``: its outline, None
    without one. ``least`` and ``most``: bounds of the area; ``narrowest`` and ``widest``: of the width.
    """

    area: FloatArray
    least: FloatArray
    most: FloatArray
    width: FloatArray
    narrowest: FloatArray
    widest: FloatArray
    piece: GeometryArray


def usable_land(parcels: Parcels, layers: Layers, rules: LandRules) -> UsableLand:
    """Return the largest usable piece of each parcel. Rules that ask for the same land share the work.

    Where a layer of ``KEPT_CLEAR`` is not complete, something may stand: the lower bounds count such ground as taken, the
    value and the upper bounds as free.
    """
    key = ("usable land", rules, *(layers[name].fingerprint for name in KEPT_CLEAR))
    return once(parcels.shared, key, lambda: _usable_land(parcels, layers, rules))


def _usable_land(parcels: Parcels, layers: Layers, rules: LandRules) -> UsableLand:
    radius, n = rules.least_width_m / 2, len(parcels)
    # Where no disc fits in the whole, none fits in a part: most gardens end here.
    row = np.flatnonzero(_narrowest_extents(parcels.flat) >= 2 * (rules.setback_m + radius - _NECK_M))
    shape = parcels.at(row)
    wide = ~shapely.is_empty(shapely.buffer(shape, -(rules.setback_m + radius - _NECK_M), quad_segs=1))
    row, shape = row[wide], shape[wide]
    free = _free_land(shape, layers, rules)
    found = _Pieces.of(free, radius)
    least, most = found, found
    shaky = np.flatnonzero(found.shaky)
    least = least.replaced(shaky, _Pieces.of(free[shaky], radius + _NECK_M / 2))
    most = most.replaced(shaky, _Pieces.of(free[shaky], radius - _NECK_M / 2))
    known = common_ground(layers[name].coverage for name in KEPT_CLEAR)
    shapely.prepare(known)
    edge = np.flatnonzero(~shapely.covers(known, shape))
    if edge.size:
        margin = max(rules.building_margin_m, rules.water_margin_m, rules.road_margin_m)
        sure = shapely.intersection(free[edge], shapely.buffer(known, -margin))
        least = least.replaced(edge, _Pieces.of(sure, radius + _NECK_M / 2))
    # The sure part of a cut-up outline may still have a rounding more than the whole.
    return UsableLand(
        area=_placed(n, row, found.area),
        least=_placed(n, row, np.minimum(least.area, found.area)),
        most=_placed(n, row, np.maximum(most.area, found.area)),
        width=_placed(n, row, found.width),
        narrowest=_placed(n, row, np.minimum(least.width, found.width)),
        widest=_placed(n, row, np.maximum(most.width, found.width) + 2 * _RADIUS_TOLERANCE_M * (most.area > 0)),
        piece=_placed_shapes(n, row, found.piece),
    )


def _narrowest_extents(flat: Flat) -> FloatArray:
    """Return an upper bound of the width of each shape: its least extent over some directions, (n,)."""
    first = flat.path_start[flat.first_path]
    least = np.full(len(first) - 1, np.inf)
    for turn in np.arange(_DIRECTIONS) * (np.pi / _DIRECTIONS):
        along = flat.xy @ np.array([np.cos(turn), np.sin(turn)])
        extent = np.maximum.reduceat(along, first[:-1]) - np.minimum.reduceat(along, first[:-1])
        least = np.minimum(least, extent)
    return least


def _placed(n: int, row: IntArray, values: FloatArray) -> FloatArray:
    """Return values of some rows among zeros, (n,)."""
    placed = np.zeros(n)
    placed[row] = values
    return placed


def _placed_shapes(n: int, row: IntArray, shapes: GeometryArray) -> GeometryArray:
    placed = np.full(n, None, dtype=object)
    placed[row] = shapes
    return placed


@dataclass(frozen=True)
class _Pieces:
    """The largest piece of each shape, (k,): m2, m and outline; ``shaky``: whether a neck lies close to the least width."""

    area: FloatArray
    width: FloatArray
    piece: GeometryArray
    shaky: BoolArray

    @classmethod
    def of(cls, free: GeometryArray, radius: float) -> _Pieces:
        """Return the largest piece of each free land that discs of ``radius`` metres can reach."""
        wider = _eroded(free, radius - _NECK_M / 2)
        core, narrower = (shapely.buffer(wider, -step, join_style="mitre") for step in (_NECK_M / 2, _NECK_M))
        shaky = shapely.get_num_geometries(narrower) != shapely.get_num_geometries(wider)
        part, owner = shapely.get_parts(core, return_index=True)
        whole = shapely.area(part) > 0
        part, owner = part[whole], owner[whole]
        grown = shapely.buffer(part, radius, quad_segs=_QUADRANT_SEGMENTS)
        order = np.lexsort((shapely.area(grown), owner))
        last = np.flatnonzero(np.diff(owner[order], append=-1))
        best, at = order[last], owner[order[last]]
        area, width = np.zeros(len(free)), np.zeros(len(free))
        piece = np.full(len(free), None, dtype=object)
        # Discs with corners overrun a bend by a part of a per cent of their radius.
        piece[at] = shapely.intersection(grown[best], free[at])
        area[at] = shapely.area(piece[at])
        width[at] = 2 * (radius + inscribed_radius(Shapes(part[best]), _RADIUS_TOLERANCE_M))
        return cls(area, width, piece, np.asarray(shaky))

    def replaced(self, rows: IntArray, other: _Pieces) -> _Pieces:
        """Return these pieces with those of ``other`` in some rows."""
        area, width, piece = self.area.copy(), self.width.copy(), self.piece.copy()
        area[rows], width[rows], piece[rows] = other.area, other.width, other.piece
        return _Pieces(area, width, piece, self.shaky)


def _eroded(shapes: GeometryArray, metres: float) -> GeometryArray:
    """Return the shapes without a strip along their boundary; arrays of polygons, some of several parts or empty."""
    less: GeometryArray = shapely.buffer(shapes, -metres, quad_segs=_QUADRANT_SEGMENTS)
    return less


def _free_land(shape: GeometryArray, layers: Layers, rules: LandRules) -> GeometryArray:
    """Return parcels (k,) without their setback and without what takes ground on them."""
    free = _eroded(shape, rules.setback_m) if rules.setback_m else shape
    bounds = shapely.bounds(shape)
    taken = [_taken(layers[name], margin, bounds) for name, margin in _margins(rules)]
    parcel, ground = (np.concatenate(column) for column in zip(*taken, strict=True))
    meets = shapely.intersects(ground, shape[parcel])
    parcel, ground = parcel[meets], ground[meets]
    order = np.argsort(parcel, kind="stable")
    parcel, ground = parcel[order], ground[order]
    some, start, count = np.unique(parcel, return_index=True, return_counts=True)
    cut = free.copy()
    for k in np.unique(count):  # one call per number of obstacles, not per parcel
        several = np.flatnonzero(count == k)
        together = shapely.union_all(ground[start[several][:, None] + np.arange(k)], axis=1)
        cut[some[several]] = shapely.difference(free[some[several]], together)
    return cut


def _margins(rules: LandRules) -> tuple[tuple[str, float], ...]:
    margins = (rules.building_margin_m, rules.water_margin_m, rules.road_margin_m)
    return tuple(zip(KEPT_CLEAR, margins, strict=True))


def _taken(layer: Layer, margin: float, bounds: FloatArray) -> tuple[IntArray, GeometryArray]:
    """Return the pairs of a parcel, by its bounds (k, 4), and ground that a feature of the layer takes with its margin."""
    shapes, reach = shapes_of(layer), np.full(len(layer.table), margin)
    if "width_m" in layer.table:
        # A line without a width is the edge of the road; one of an unknown width takes the margin at least.
        reach = reach + layer.table["width_m"].to_numpy(dtype=np.float64, na_value=0.0) / 2
    box = shapes.flat.bounds if shapes.binary is not None else shapely.bounds(shapes.geometry)
    grown = box + reach[:, None] * np.array([-1.0, -1.0, 1.0, 1.0])
    parcel, feature = touching(box_tree(grown), bounds)
    used, of_used = np.unique(feature, return_inverse=True)
    ground = shapely.buffer(shapes.at(used), reach[used], join_style="mitre", cap_style="flat")
    pieces, owner = subdivided(ground)
    order = np.argsort(owner, kind="stable")
    pieces, count = pieces[order], np.bincount(owner, minlength=len(used))
    shapely.prepare(pieces)
    each = np.repeat(np.arange(len(parcel)), count[of_used])
    begin = np.cumsum(count) - count
    step = np.arange(len(each)) - np.repeat(np.cumsum(count[of_used]) - count[of_used], count[of_used])
    return parcel[each], pieces[begin[of_used[each]] + step]
