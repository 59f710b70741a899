"""Land on a parcel that can be used: free of its boundary, of buildings, water and roads, and wide enough throughout.

Of a parcel falls away: a strip along its boundary, what lies within a margin of a building, of water or of a road, and
what is narrower than the least width (a morphological opening: a place counts when a circle of that diameter fits over
it). What is left falls apart where a circle cannot pass; the largest piece counts.

Shapes are never opened as such. Of every parcel the places are found where the centre of the circle may stand: the parcel
shrunk by strip and radius, minus what stands there grown by margin and radius. A piece is one connected part of these
places, grown by the radius. That is the same, and costs one subtraction.

Buffers round corners off with straight edges, and are true to within 1% of their distance. All coordinates in EPSG:28992,
all lengths in metres, all areas in m2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from suitability.core.ground import NOWHERE
from suitability.core.memo import once
from suitability.spatial.distances import WIDEST_HALF_ROAD_M, inscribed_radius
from suitability.spatial.kernels.coordinate_arrays import straight_pieces
from suitability.spatial.overlaps import subdivided
from suitability.spatial.shapes import Shapes, shapes_of
from suitability.spatial.touching_boxes import box_tree, touching

if TYPE_CHECKING:
    from suitability.core.layer import Layer, Layers
    from suitability.core.types import BoolArray, FloatArray, GeometryArray, IntArray
    from suitability.spatial.parcels import Parcels

#: Layers of what stands on land.
STANDING: Final = ("buildings", "water", "public_roads")
_QUADRANT_SEGMENTS: Final = 8
_MOST_VERTICES: Final = 128  # of a building or a water before it is cut in pieces
#: A place within this of the least width may be wide enough and may not.
LEAST_WIDTH_IS_SURE_TO_M: Final = 0.002
#: Metres of edge that go when the circle grows by that: corners lose less, a neck or a tail loses more.
_EDGE_LOST_M: Final = 0.1
_WIDTH_TOLERANCE_M: Final = 0.001


@dataclass(frozen=True)
class Margins:
    """Strips that stay free, in metres: along the boundary, around buildings, water and roads; and the least width."""

    setback_m: float
    building_m: float
    water_m: float
    road_m: float
    least_width_m: float

    @property
    def radius_m(self) -> float:
        """Radius of the circle that must fit: that of the least width, less what that is sure to."""
        return (self.least_width_m - LEAST_WIDTH_IS_SURE_TO_M) / 2


@dataclass(frozen=True)
class UsableLand:
    """The largest usable piece of every parcel; all arrays (n,) in parcel order.

    ``area_m2``: with nothing but what is known to stand there; ``lower_m2``: as little as it may be, where a layer does not
    reach or the least width is only just met. ``unsure``: parcels of which the piece may be another one, as large or of
    what is left, or not there.
    ``centres``: where the centre of a circle of the least width may stand; ``core``: those of the largest piece. Both are
    empty where nothing is usable.
    """

    margins: Margins
    area_m2: FloatArray
    lower_m2: FloatArray
    unsure: BoolArray
    centres: GeometryArray
    core: GeometryArray

    @property
    def found(self) -> IntArray:
        """Parcels with a usable piece."""
        return np.flatnonzero(self.area_m2 > 0)

    def outlines(self, rows: IntArray) -> GeometryArray:
        """Return the outlines of the largest usable piece of some parcels; an empty polygon where there is none."""
        return _grown(self.core[rows], self.margins.radius_m)

    def widths(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the diameter of the largest circle in the piece, and its bounds, (n,) each; 0 without a piece."""
        n, margins = len(self.area_m2), self.margins
        value, lower, upper = np.zeros(n), np.zeros(n), np.zeros(n)
        found, unsure = self.found, np.flatnonzero(self.unsure & (self.area_m2 > 0))
        radius = inscribed_radius(Shapes(self.core[found]), _WIDTH_TOLERANCE_M)
        value[found] = 2 * (margins.radius_m + radius)
        lower[:], upper[found] = value, value[found] + LEAST_WIDTH_IS_SURE_TO_M
        widest = inscribed_radius(Shapes(self.centres[unsure]), _WIDTH_TOLERANCE_M) + _WIDTH_TOLERANCE_M
        upper[unsure] = np.maximum(2 * (margins.radius_m + widest), upper[unsure])
        lower[unsure] = np.where(self.lower_m2[unsure] > 0, 2 * margins.radius_m, 0.0)
        return value, np.minimum(lower, value), upper


def usable_land(parcels: Parcels, layers: Layers, margins: Margins) -> UsableLand:
    """Return the usable land of every parcel; rules with the same margins share the work."""
    key = ("usable land", repr((margins, [layers[name].fingerprint for name in STANDING])))
    return once(parcels.shared, key, lambda: _usable_land(parcels, layers, margins))


def _usable_land(parcels: Parcels, layers: Layers, margins: Margins) -> UsableLand:
    n, radius = len(parcels), margins.radius_m
    area, lower, unsure = np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool)
    centres, core = np.full(n, NOWHERE, dtype=object), np.full(n, NOWHERE, dtype=object)
    rows = _wide_enough(parcels, margins.setback_m + radius)
    inside = shapely.buffer(parcels.at(rows), -(margins.setback_m + radius), quad_segs=_QUADRANT_SEGMENTS)
    rows, inside = _there(rows, inside)
    rows, inside = _there(rows, _without(inside, *_standing(layers, margins), radius))
    centres[rows] = inside
    core[rows], area[rows], second = _largest(inside, radius)
    known, less_known = _where_known(inside, layers, margins)
    narrower = shapely.buffer(known, -LEAST_WIDTH_IS_SURE_TO_M, quad_segs=1)
    doubtful = np.flatnonzero(less_known | _breaks(known, narrower))
    at_least = area[rows]
    at_least[doubtful] = _largest(narrower[doubtful], radius + LEAST_WIDTH_IS_SURE_TO_M)[1]
    same_m2 = _EDGE_LOST_M * margins.least_width_m  # a piece that loses less is the same piece
    less = less_known | (area[rows] - at_least > same_m2)
    lower[rows] = np.where(less, np.minimum(at_least, area[rows]), area[rows])
    unsure[rows] = less | (area[rows] - second <= same_m2)
    return UsableLand(margins, area, lower, unsure, centres, core)


def _wide_enough(parcels: Parcels, radius: float) -> IntArray:
    """Return the parcels in which a circle may fit, by their area and their bounds."""
    left, bottom, right, top = parcels.flat.bounds.T
    side = np.minimum(right - left, top - bottom)
    return np.flatnonzero((side > 2 * radius) & (parcels.areas > np.pi * radius**2))


def _there(rows: IntArray, shapes: GeometryArray) -> tuple[IntArray, GeometryArray]:
    """Return the rows of which something is left, and what."""
    left = ~shapely.is_empty(shapes)
    return rows[left], shapes[left]


def _pieces(layer: Layer) -> GeometryArray:
    """Return the features of a layer of areas, the large ones in pieces: what is near a parcel is then small."""
    return once(layer.shared, "small pieces", lambda: subdivided(shapes_of(layer).geometry, _MOST_VERTICES)[0])


def _stretches(layer: Layer) -> tuple[GeometryArray, FloatArray]:
    """Return the straight stretches of roads, and half the width of each; NaN where it is not known."""

    def make() -> tuple[GeometryArray, FloatArray]:
        pieces, road = straight_pieces(shapes_of(layer).geometry)
        half = layer.table["width_m"].to_numpy(dtype=np.float64) / 2
        return np.asarray(shapely.linestrings(pieces), dtype=object), half[road]

    return once(layer.shared, "stretches", make)


def _standing(layers: Layers, margins: Margins) -> tuple[GeometryArray, FloatArray]:
    """Return all that stands there, and how far around each must stay free; a road of unknown width is its line."""
    buildings, water = _pieces(layers["buildings"]), _pieces(layers["water"])
    roads, half = _stretches(layers["public_roads"])
    free_m = [
        np.full(len(buildings), margins.building_m),
        np.full(len(water), margins.water_m),
        np.nan_to_num(half) + margins.road_m,
    ]
    return np.concatenate([buildings, water, roads]), np.concatenate(free_m)


def _without(inside: GeometryArray, standing: GeometryArray, free_m: FloatArray, radius: float) -> GeometryArray:
    """Return shapes minus what lies within ``free_m`` (m,) plus a radius of what stands there (m,)."""
    reach = free_m + radius
    if not len(standing) or not len(inside):
        return inside
    grown_by = np.column_stack([-reach, -reach, reach, reach])
    one, other = touching(box_tree(shapely.bounds(standing) + grown_by), shapely.bounds(inside))
    near = shapely.dwithin(inside[one], standing[other], reach[other])  # type: ignore[call-overload]
    one, other = one[near], other[near]
    order = np.lexsort((other, reach[other], one))
    one, other = one[order], other[order]
    begins = np.flatnonzero(np.r_[True, (one[1:] != one[:-1]) | (reach[other[1:]] != reach[other[:-1]])][: len(one)])
    group = np.repeat(np.arange(len(begins)), np.diff(np.r_[begins, len(one)]))
    together = shapely.geometrycollections(standing[other], indices=group)
    grown = shapely.buffer(together, reach[other[begins]], quad_segs=_QUADRANT_SEGMENTS)
    owner, left = one[begins], inside.copy()
    turn = np.arange(len(owner)) - np.searchsorted(owner, owner)
    for k in range(int(turn.max(initial=-1)) + 1):  # one call per kind of margin, not per parcel
        now = turn == k
        left[owner[now]] = shapely.difference(left[owner[now]], grown[now])
    return left


def _where_known(inside: GeometryArray, layers: Layers, margins: Margins) -> tuple[GeometryArray, BoolArray]:
    """Return the shapes as far as nothing that is not known may stand there, and which of them lose anything.

    A building beyond the coverage may stand right behind its edge; a road there, or one whose width is not known, may be
    as wide as a motorway.
    """
    known, beyond = inside.copy(), np.zeros(len(inside), dtype=bool)
    road_m = margins.road_m + WIDEST_HALF_ROAD_M
    for name, free_m in (("buildings", margins.building_m), ("water", margins.water_m), ("public_roads", road_m)):
        sure = shapely.buffer(layers[name].coverage, -(free_m + margins.radius_m), quad_segs=_QUADRANT_SEGMENTS)
        shapely.prepare(sure)
        outside = ~shapely.covers(sure, known)
        known[outside] = _areas_of(shapely.intersection(known[outside], sure))
        beyond |= outside
    roads, half = _stretches(layers["public_roads"])
    unknown = roads[np.isnan(half)]
    if len(unknown):
        left = _without(known, unknown, np.full(len(unknown), road_m), margins.radius_m)
        beyond |= shapely.area(left) < shapely.area(known)
        known = left
    return known, beyond


def _areas_of(shapes: GeometryArray) -> GeometryArray:
    """Return of each shape the parts that have area."""
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    clean = shapes.copy()
    clean[mixed] = shapely.buffer(shapes[mixed], 0)
    clean[shapely.get_dimensions(clean) < 2] = NOWHERE  # noqa: PLR2004 (lines and points)
    return clean


def _breaks(wide: GeometryArray, narrower: GeometryArray) -> BoolArray:
    """Return of which shapes a part, a neck or a tail is gone in the narrower ones."""
    lost = shapely.length(wide) - shapely.length(narrower)
    parts = shapely.get_num_geometries(wide) != shapely.get_num_geometries(narrower)
    return np.asarray(parts | (lost > _EDGE_LOST_M) | (shapely.is_empty(wide) != shapely.is_empty(narrower)))


def _largest(centres: GeometryArray, radius: float) -> tuple[GeometryArray, FloatArray, FloatArray]:
    """Return of each shape the connected part that has the largest area when grown by a radius, that area, and the second.

    The grown area of a part lies between those of a circle of its area and of a part that bends nowhere: only parts that
    may be the largest are grown. Of equals the most western counts, then the most southern.
    """
    n = len(centres)
    core, area, second = np.full(n, NOWHERE, dtype=object), np.zeros(n), np.zeros(n)
    parts, owner = shapely.get_parts(centres, return_index=True)
    own = shapely.area(parts)
    most = own + radius * shapely.length(parts) + np.pi * radius**2
    least = (np.sqrt(own) + np.sqrt(np.pi) * radius) ** 2
    best = np.zeros(n)
    np.maximum.at(best, owner, least)
    may = most >= best[owner] * (1 - 0.01)  # buffers are a little smaller than they should be
    parts, owner = parts[may], owner[may]
    grown = shapely.area(_grown(parts, radius))
    west, south = np.round(shapely.bounds(parts)[:, :2], 2).T
    order = np.lexsort((-south, -west, np.round(grown, 2), owner))  # last write wins
    before = order[:-1][owner[order][:-1] == owner[order][1:]]
    second[owner[before]] = grown[before]
    core[owner[order]], area[owner[order]] = parts[order], grown[order]
    return core, area, second


def _grown(shapes: GeometryArray, radius: float) -> GeometryArray:
    grown: GeometryArray = shapely.buffer(shapes, radius, quad_segs=_QUADRANT_SEGMENTS)
    return grown
