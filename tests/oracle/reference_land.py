"""What a place can hold, slow and obvious: one parcel at a time, whole shapes, each building looked at by itself.

Erosion and dilation are GEOS buffers with the corners that the engine documents; the tolerance of the comparison is
0.01 m2, 0.01 m and no bed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from tests.oracle.known import Known
from tests.oracle.reference_areas import largest_radius, parcel_area, says

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layers
    from tests.oracle.known import MeasureOne

_NECK = 0.002
_RADIUS = 0.001
_FLAT = {"join_style": "mitre", "cap_style": "flat"}


@dataclass(frozen=True)
class Piece:
    """The largest piece for discs of a radius: m2, its outline, and what the middle of a disc can reach."""

    area: float
    outline: BaseGeometry
    core: BaseGeometry
    radius: float

    def width(self) -> float:
        """Return the diameter of the largest circle in it."""
        return 2 * (self.radius + largest_radius(self.core)) if self.area else 0.0


NONE = Piece(0.0, shapely.Polygon(), shapely.Polygon(), 0.0)


@dataclass(frozen=True)
class Land:
    """The largest usable piece of a parcel: found, and at least and at most."""

    found: Piece
    less: Piece
    more: Piece

    def area(self) -> Known:
        """Return the m2."""
        found = self.found.area
        return Known(found, min(self.less.area, found), max(self.more.area, found))

    def width(self) -> Known:
        """Return the metres of the largest circle; the engine searches it to within a millimetre of its radius."""
        found = self.found.width()
        less = found if self.less is self.found else self.less.width()
        more = found if self.more is self.found else self.more.width()
        return Known(found, min(less, found), max(more, found) + (2 * _RADIUS if self.more.area else 0))


class Grounds:
    """What usable land is cut from: every feature with its margin, found by its bounding box."""

    def __init__(self, layers: Layers, norms: Any) -> None:
        self.norms = norms
        margins = {
            "buildings": norms.building_margin_m,
            "water": norms.water_margin_m,
            "public_roads": norms.road_margin_m,
        }
        self.taken = []
        for name, margin in margins.items():
            frame = layers[name].frame
            half = frame["width_m"].fillna(0.0) / 2 if "width_m" in frame else np.zeros(len(frame))
            self.taken += [s.buffer(margin + float(h), **_FLAT) for s, h in zip(frame.geometry, half, strict=True)]
        self.tree = shapely.STRtree(self.taken)
        self.known = layers["buildings"].coverage
        for name in ("water", "public_roads"):
            self.known = self.known.intersection(layers[name].coverage)
        self.surely = self.known.buffer(-max(margins.values()))
        shapely.prepare(self.known)
        self.found: dict[str, Land] = {}

    def land(self, parcel_id: str, parcel: BaseGeometry) -> Land:
        """Return the usable land of a parcel."""
        if parcel_id not in self.found:
            self.found[parcel_id] = self._land(parcel)
        return self.found[parcel_id]

    def _land(self, parcel: BaseGeometry) -> Land:
        free = parcel.buffer(-self.norms.setback_m, quad_segs=8) if self.norms.setback_m else parcel
        radius = self.norms.least_width_m / 2
        if free.buffer(-(radius - _NECK)).is_empty:
            return Land(NONE, NONE, NONE)
        for i in sorted(self.tree.query(parcel)):
            free = free.difference(self.taken[i])
        value, less, more = (_largest(free, radius, step) for step in (0.0, _NECK / 2, -_NECK / 2))
        if _parts(free, radius, _NECK / 2) == _parts(free, radius, -_NECK / 2):
            less = more = value
        if not self.known.covers(parcel):
            less = _largest(free.intersection(self.surely), radius, _NECK / 2)
        return Land(value, less, more)


def _parts(free: BaseGeometry, radius: float, step: float) -> int:
    return len(shapely.get_parts(_core(free, radius, step)))


def _core(free: BaseGeometry, radius: float, step: float) -> BaseGeometry:
    """Return what the middle of a disc can reach."""
    return free.buffer(-(radius - _NECK / 2), quad_segs=8).buffer(-(step + _NECK / 2), join_style="mitre")


def _largest(free: BaseGeometry, radius: float, step: float) -> Piece:
    """Return the largest piece for discs wider by twice ``step``."""
    best = NONE
    for part in shapely.get_parts(_core(free, radius, step)):
        if part.area > 0:
            outline = part.buffer(radius + step, quad_segs=8).intersection(free)
            if outline.area > best.area:
                best = Piece(outline.area, outline, part, radius + step)
    return best


_MADE: dict[tuple[object, ...], Grounds] = {}


def grounds(layers: Layers, norms: Any) -> Grounds:
    """Return the grounds of usable land; those made last are used again."""
    fields = ("setback_m", "building_margin_m", "water_margin_m", "road_margin_m", "least_width_m")
    used = (layers[name].fingerprint for name in ("buildings", "water", "public_roads"))
    key = (*used, *(getattr(norms, field) for field in fields))
    if key not in _MADE:
        if len(_MADE) > 3:
            _MADE.clear()
        _MADE[key] = Grounds(layers, norms)
    return _MADE[key]


def usable_land(layers: Layers, params: Any) -> MeasureOne:
    """Return the square metres of the largest usable piece."""
    ground = grounds(layers, params)
    return lambda parcel_id, parcel: ground.land(parcel_id, parcel).area()


def usable_width(layers: Layers, params: Any) -> MeasureOne:
    """Return the diameter of the largest circle in the largest usable piece."""
    ground = grounds(layers, params)
    return lambda parcel_id, parcel: ground.land(parcel_id, parcel).width()


def road_access(layers: Layers, params: Any) -> MeasureOne:
    """Return the metres from the usable piece to the edge of the nearest road of a class that counts."""
    ground, layer = grounds(layers, params), layers["public_roads"]
    rows = []
    for row in layer.frame.itertuples():
        known = getattr(row, "road_class", None)
        counts = params.road_classes is None or known in params.road_classes
        unknown = params.road_classes is not None and (known is None or known != known)  # noqa: PLR0124 (NaN)
        if counts or unknown:
            width = 0.0 if math.isnan(row.width_m) else row.width_m
            rows.append((row.geometry, width / 2, counts))

    def measure(parcel_id: str, parcel: BaseGeometry) -> Known:
        land = ground.land(parcel_id, parcel)
        piece, area = land.found.outline, land.area()
        if piece.is_empty:
            return Known(math.inf, 0.0 if area.highest > 0 else math.inf, math.inf)
        metres = [(max(piece.distance(road) - half, 0.0), counts) for road, half, counts in rows]
        value = min([d for d, counts in metres if counts], default=math.inf)
        edge = layer.coverage.boundary.distance(piece) if layer.coverage.covers(piece) else 0.0
        lower = min([d for d, _ in metres] + [edge])
        if area.lowest != area.highest:
            return Known(value, 0.0, math.inf)
        return Known(value, min(lower, value), value)

    return measure


def capacity(layers: Layers, params: Any) -> MeasureOne:
    """Return the beds on the usable land, or on the net area where the rule does not say what is usable."""
    net = usable_land(layers, params.land) if params.land else parcel_area(layers, params)

    def measure(parcel_id: str, parcel: BaseGeometry) -> Known:
        return Known(*(_beds(area, params) for area in net(parcel_id, parcel)))

    return measure


def _beds(net: float, params: Any) -> float:
    """Add one bed after another as long as building, parking and green fit."""
    footprint, parking = params.floor_area_per_bed_m2 / params.storeys, params.spaces_per_bed * params.space_m2
    beds, hair = 0, 1e-6
    while (
        (beds + 1 - hair) * footprint <= net * params.built_share
        and (beds + 1 - hair) * (footprint + parking) <= net * (1 - params.green_share)
        and (params.max_beds is None or beds < params.max_beds)
    ):
        beds += 1
    return float(beds)


class Buildings:
    """Buildings as rows, found by their bounding box."""

    def __init__(self, layers: Layers) -> None:
        self.rows = list(layers["buildings"].frame.itertuples())
        self.tree = shapely.STRtree([row.geometry for row in self.rows])
        self.coverage = layers["buildings"].coverage

    def on(self, parcel: BaseGeometry) -> list[tuple[Any, float]]:
        """Return the buildings that share ground with a parcel, each with its part."""
        parts = [
            (row, row.geometry.intersection(parcel).area) for row in (self.rows[i] for i in self.tree.query(parcel))
        ]
        return [(row, min(area / row.geometry.area, 1.0)) for row, area in parts if area > 1e-6]

    def is_cut_off(self, parcel: BaseGeometry) -> bool:
        """Return whether a parcel has ground of which the buildings are not known."""
        return bool(parcel.difference(self.coverage).area > 0.01)


def built_share(layers: Layers, params: Any) -> MeasureOne:
    """Return the part of a parcel under buildings."""
    buildings = Buildings(layers)

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        parts = [row.geometry.intersection(parcel) for row, _ in buildings.on(parcel)]
        built = shapely.union_all([part for part in parts if part.area >= params.ignore_below_m2]).area
        share = min(built / parcel.area, 1)
        return Known(
            share, share, max(share, min((built + parcel.difference(buildings.coverage).area) / parcel.area, 1))
        )

    return measure


def floor_area(layers: Layers, params: Any) -> MeasureOne:
    """Return the floor area of the buildings of a use that counts, each for its part on the parcel."""
    buildings = Buildings(layers)
    wanted = None if params.uses is None else {"use": type("Filter", (), {"one_of": params.uses})}

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        least, most = 0.0, math.inf if buildings.is_cut_off(parcel) else 0.0
        for row, part in buildings.on(parcel):
            answer = says(wanted, row)
            if row.geometry.area < params.least_building_m2 or answer == "no":
                continue
            known = getattr(row, "floor_area_m2", math.nan)
            most += math.inf if math.isnan(known) else known * part
            least += 0.0 if math.isnan(known) or answer == "maybe" else known * part
        return Known(least, least, max(least, most))

    return measure


def building_capacity(layers: Layers, params: Any) -> MeasureOne:
    """Return the whole beds in that floor area."""
    floor = floor_area(layers, params)

    def beds(area: float) -> float:
        whole = (
            area
            if math.isinf(area)
            else float((area + 1e-6 * params.floor_area_per_bed_m2) // params.floor_area_per_bed_m2)
        )
        return min(whole, params.max_beds or math.inf)

    return lambda parcel_id, parcel: Known(*(beds(area) for area in floor(parcel_id, parcel)))


def dwellings(layers: Layers, _params: Any) -> MeasureOne:
    """Return the dwellings in buildings that stand on the parcel for at least half of their footprint."""
    buildings = Buildings(layers)

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        least, most = 0.0, math.inf if buildings.is_cut_off(parcel) else 0.0
        for row, part in buildings.on(parcel):
            number = getattr(row, "n_dwellings", math.nan)
            if part >= 0.5:
                most += math.inf if math.isnan(number) else number
                least += float(row.use == "dwelling") if math.isnan(number) else number
        return Known(least, least, max(least, most))

    return measure


def room_capacity(layers: Layers, params: Any) -> MeasureOne:
    """Return the persons in those dwellings."""
    of = dwellings(layers, params)

    def persons(number: float) -> float:
        return min(number * params.persons_per_dwelling, params.max_beds or math.inf)

    return lambda parcel_id, parcel: Known(*(persons(number) for number in of(parcel_id, parcel)))
