"""The criteria that measure area, slow and obvious: one parcel at a time, whole shapes, no pieces, no shortcuts."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.ops import unary_union

from tests.oracle.known import NOTHING, Known, exactly, spare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layers, Raster
    from tests.oracle.known import MeasureOne

_TOUCHES = 1e-9  # of a cell: less than that is touching
_ROUNDING = 1e-6  # of a parcel


class Shapes:
    """Some rows of a layer; the index only finds the ones whose bounding box touches."""

    def __init__(self, shapes: Iterable[BaseGeometry]) -> None:
        self.shapes = list(shapes)
        self.tree = shapely.STRtree(self.shapes)

    def covered(self, parcel: BaseGeometry) -> BaseGeometry:
        """Return the part of a parcel that lies in any of the shapes."""
        parts = [parcel.intersection(self.shapes[i]) for i in self.tree.query(parcel)]
        return shapely.union_all(parts) if len(parts) > 1 else parts[0] if parts else shapely.Polygon()


def zoning_share(layers: Layers, params: Any) -> MeasureOne:
    """Return the share of a parcel in zones of an allowed designation; unmapped or unseen land could be allowed."""
    zones, coverage = layers["zoning"].frame, layers["zoning"].coverage
    allowed = Shapes(s for s, d in zip(zones.geometry, zones["designation"], strict=True) if d in params.allowed)
    unmapped = Shapes(zones.geometry[zones["designation"].isna()])

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        share = allowed.covered(parcel).area / parcel.area
        unsure = unmapped.covered(parcel).area + parcel.difference(coverage).area
        return Known(min(share, 1), min(share, 1), min(share + unsure / parcel.area, 1))

    return measure


def building_plot_share(layers: Layers, _params: Any) -> MeasureOne:
    """Return the share of a parcel in building plots; there could be one on unseen land."""
    plots, coverage = Shapes(layers["building_plots"].frame.geometry), layers["building_plots"].coverage

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        share = min(plots.covered(parcel).area / parcel.area, 1)
        return Known(share, share, min(share + parcel.difference(coverage).area / parcel.area, 1))

    return measure


def recreation_overlap(layers: Layers, params: Any) -> MeasureOne:
    """Return the square metres of recreation park on a parcel; there could be one on unseen land."""
    rows, coverage = layers["recreation_parks"].frame, layers["recreation_parks"].coverage
    kinds = params.park_kinds
    parks = Shapes(s for s, k in zip(rows.geometry, rows["park_kind"], strict=True) if not kinds or k in kinds)

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        area = parks.covered(parcel).area
        return Known(area, area, area + parcel.difference(coverage).area)

    return measure


def says(where: Any, row: Any) -> str:
    """Return whether a row passes the filters of a policy: yes, no or maybe."""
    answers = []
    for name, wanted in (where or {}).items():
        value = getattr(row, name)
        if value is None or value != value:  # noqa: PLR0124 (NaN)
            answers.append("maybe")
        elif wanted.one_of is not None:
            answers.append("yes" if value in wanted.one_of else "no")
        elif wanted.not_in is not None:
            answers.append("no" if value in wanted.not_in else "yes")
        else:
            answers.append("yes" if wanted.between[0] <= value <= wanted.between[1] else "no")
    return "no" if "no" in answers else "maybe" if "maybe" in answers else "yes"


def overlap_share(layers: Layers, params: Any) -> MeasureOne:
    """Return the share of a parcel in the features that count; those of which a column is not known may count."""
    rows, coverage = layers[params.layer].frame, layers[params.layer].coverage

    shapes = [(row.geometry, says(params.where, row)) for row in rows.itertuples()]

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        parts = [(shape.intersection(parcel), answer) for shape, answer in shapes if shape.intersects(parcel)]
        parts = [(part, answer) for part, answer in parts if part.area >= params.ignore_below_m2]
        sure = unary_union([part for part, answer in parts if answer == "yes"]).area
        most = unary_union([part for part, answer in parts if answer != "no"]).area + parcel.difference(coverage).area
        share = min(sure / parcel.area, 1)
        return Known(share, share, max(share, min(most / parcel.area, 1)))

    return measure


def overlap_area(layers: Layers, params: Any) -> MeasureOne:
    """Return the square metres of a parcel in the features that count: its share of the parcel, times the parcel."""
    rows, coverage = layers[params.layer].frame, layers[params.layer].coverage
    shapes = [(row.geometry, says(params.where, row)) for row in rows.itertuples()]
    tree = shapely.STRtree([shape for shape, _ in shapes])

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        parts = [(shapes[i][0].intersection(parcel), shapes[i][1]) for i in sorted(tree.query(parcel))]
        parts = [(part, answer) for part, answer in parts if part.area >= params.ignore_below_m2]
        sure = unary_union([part for part, answer in parts if answer == "yes"]).area
        most = unary_union([part for part, answer in parts if answer != "no"]).area + parcel.difference(coverage).area
        return Known(sure, sure, max(sure, most))

    return measure


def parcel_width(_layers: Layers, params: Any) -> MeasureOne:
    """Return the diameter of the largest circle that stays a setback from the boundary; to within 1 mm of its radius."""

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        radius = shapely.maximum_inscribed_circle(parcel, tolerance=0.001).length
        width = max(2 * (radius - params.setback_m), 0)
        return Known(width, width, max(2 * (radius + 0.001 - params.setback_m), 0))

    return measure


def largest_radius(parcel: BaseGeometry) -> float:
    """Return the radius of the largest inscribed circle, in metres: GEOS's, moved uphill while it grows.

    The search of GEOS can end 1.2 mm early, whatever tolerance it is given.
    """
    start = shapely.maximum_inscribed_circle(parcel, tolerance=0.0001)
    centre, radius, stride_m = shapely.get_coordinates(start)[0], start.length, 1.0
    turns = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    while stride_m > 1e-6:
        around = centre + stride_m * np.column_stack([np.cos(turns), np.sin(turns)])
        spots = shapely.points(around)
        room = np.where(shapely.contains(parcel, spots), shapely.distance(parcel.boundary, spots), 0.0)
        if room.max() > radius:
            centre, radius = around[room.argmax()], float(room.max())
        else:
            stride_m /= 2
    return radius


def parcel_area(_layers: Layers, params: Any) -> MeasureOne:
    """Return the area that is left of a parcel when a strip along its boundary stays free."""

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        return exactly((parcel.buffer(-params.setback_m, quad_segs=64) if params.setback_m else parcel).area)

    return measure


class Land:
    """Usable land under norms: a parcel shrunk, minus each thing that stands there grown, one after another."""

    def __init__(self, layers: Layers, norms: Any) -> None:
        self.norms, frames = norms, {name: layers[name].frame for name in ("buildings", "water", "public_roads")}
        self.free = [(shape, norms.building_margin_m) for shape in frames["buildings"].geometry]
        self.free += [(shape, norms.water_margin_m) for shape in frames["water"].geometry]
        roads = frames["public_roads"]
        self.free += [
            (shape, norms.road_margin_m + width / 2)
            for shape, width in zip(roads.geometry, roads["width_m"], strict=True)
        ]
        self.tree = shapely.STRtree([shape for shape, _ in self.free])
        unseen = {"buildings": norms.building_margin_m, "water": norms.water_margin_m,
                  "public_roads": norms.road_margin_m + 50}  # fmt: skip
        self.coverage = [(layers[name].coverage, metres) for name, metres in unseen.items()]
        self.wide, self.narrow = (norms.least_width_m - 0.002) / 2, (norms.least_width_m + 0.002) / 2

    def centres(self, parcel: BaseGeometry, radius: float) -> BaseGeometry:
        """Return where the centre of a circle may stand."""
        left = parcel.buffer(-(self.norms.setback_m + radius), quad_segs=8)
        furthest = max((metres for _, metres in self.free), default=0.0) + radius
        for i in self.tree.query(parcel.buffer(furthest)):
            shape, metres = self.free[i]
            left = left.difference(shape.buffer(metres + radius, quad_segs=8))
        return left

    def known(self, centres: BaseGeometry, radius: float) -> BaseGeometry:
        """Return of those places the ones that nothing unseen can make unfit."""
        for coverage, metres in self.coverage:
            centres = centres.intersection(coverage.buffer(-(metres + radius), quad_segs=8))
        return centres

    def pieces(self, centres: BaseGeometry, radius: float) -> list[BaseGeometry]:
        """Return the pieces, the largest first."""
        parts = [part for part in getattr(centres, "geoms", [centres]) if part.area > 0]
        pieces = [part.buffer(radius, quad_segs=8) for part in parts]
        return sorted(pieces, key=lambda piece: (-round(piece.area, 2), *np.round(piece.bounds[:2], 2)))

    def of(self, parcel: BaseGeometry) -> tuple[list[BaseGeometry], float, bool]:
        """Return the pieces, the m2 that the largest has at least, and whether it is sure that it is the largest."""
        centres = self.centres(parcel, self.wide)
        pieces = self.pieces(centres, self.wide)
        if not pieces:
            return [], 0.0, True
        sure = all(coverage.buffer(-(m + self.wide), quad_segs=8).covers(centres) for coverage, m in self.coverage)
        least = self.pieces(self.known(self.centres(parcel, self.narrow), self.narrow), self.narrow)
        lower = min(least[0].area if least else 0.0, pieces[0].area)
        same = 0.1 * self.norms.least_width_m
        if sure and pieces[0].area - lower <= same:
            lower = pieces[0].area
        alone = len(pieces) == 1 or pieces[0].area - pieces[1].area > same
        return pieces, lower, sure and lower == pieces[0].area and alone


def usable_land(layers: Layers, params: Any) -> MeasureOne:
    """Return the square metres of the largest usable piece."""
    land = Land(layers, params)

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        pieces, lower, _ = land.of(parcel)
        area = pieces[0].area if pieces else 0.0
        return Known(area, lower, area)

    return measure


def usable_width(layers: Layers, params: Any) -> MeasureOne:
    """Return the diameter of the largest circle in the largest usable piece; where that may be another, in any of them."""
    land = Land(layers, params)

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        pieces, lower, sure = land.of(parcel)
        widths = [2 * largest_radius(piece) for piece in pieces]
        if sure or not widths:
            return exactly(widths[0] if widths else 0.0)
        return Known(widths[0], 2 * land.wide if lower > 0 else 0.0, max(widths))

    return measure


def road_access(layers: Layers, params: Any) -> MeasureOne:
    """Return the distance of the largest usable piece to the edge of the nearest road; infinite without either."""
    land, roads, coverage = Land(layers, params), layers["public_roads"].frame, layers["public_roads"].coverage
    wanted = params.road_classes
    counted = [
        (
            line,
            width / 2,
            "yes" if wanted is None or a_class in wanted else "no" if isinstance(a_class, str) else "maybe",
        )
        for line, width, a_class in zip(roads.geometry, roads["width_m"], roads["road_class"], strict=True)
    ]

    def nearest(shape: BaseGeometry, *answers: str) -> float:
        metres = [max(shape.distance(line) - half, 0) for line, half, answer in counted if answer in answers]
        return min(metres, default=math.inf)

    def least(shape: BaseGeometry) -> float:
        return min(nearest(shape, "yes", "maybe"), max(spare(shape, coverage) - 50, 0))

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        pieces, _, sure = land.of(parcel)
        if not pieces:
            return exactly(math.inf)
        metres = nearest(pieces[0], "yes")
        return Known(metres, least(pieces[0]) if sure else least(parcel), metres if sure else math.inf)

    return measure


def built_share(layers: Layers, params: Any) -> MeasureOne:
    """Return the share of a parcel in buildings."""
    return overlap_share(layers, SimpleNamespace(layer="buildings", where=None, ignore_below_m2=params.ignore_below_m2))


def capacity(layers: Layers, params: Any) -> MeasureOne:
    """Return the beds: add one after another as long as building, parking and green fit on the land that counts."""
    land = usable_land(layers, params.land) if params.land else parcel_area(layers, params)
    footprint = params.floor_area_per_bed_m2 / params.storeys
    parking = params.spaces_per_bed * params.space_m2

    def fitting(net: float) -> float:
        beds, hair = 0, _ROUNDING
        while (
            (beds + 1 - hair) * footprint <= net * params.built_share
            and (beds + 1 - hair) * (footprint + parking) <= net * (1 - params.green_share)
            and (params.max_beds is None or beds < params.max_beds)
        ):
            beds += 1
        return float(beds)

    def measure(parcel_id: str, parcel: BaseGeometry) -> Known:
        return Known(*(fitting(net) for net in land(parcel_id, parcel)))

    return measure


def noise_level(layers: Layers, params: Any) -> MeasureOne:
    """Return the noise on a parcel, from the area of each cell of the grid inside it, one intersection per cell."""
    grid = layers["noise"].raster
    cells_db = grid.values
    rows, columns = cells_db.shape
    a_cell = grid.cell_m**2

    def level(row: int, column: int) -> float:
        return float(cells_db[row, column]) if 0 <= row < rows and 0 <= column < columns else math.nan

    def measure(_parcel_id: str, parcel: BaseGeometry) -> Known:
        left, bottom, right, top = parcel.bounds
        row_range = range(_cell(grid.top - top, grid), _cell(grid.top - bottom, grid) + 1)
        column_range = range(_cell(left - grid.left, grid), _cell(right - grid.left, grid) + 1)
        cells = [(row, column) for row in row_range for column in column_range]
        x = [grid.left + column * grid.cell_m for _, column in cells]
        y = [grid.top - row * grid.cell_m for row, _ in cells]
        squares = shapely.box(x, np.subtract(y, grid.cell_m), np.add(x, grid.cell_m), y)
        shapely.prepare(parcel)
        inside = np.where(shapely.contains(parcel, squares), a_cell, 0.0)
        edge = shapely.intersects(parcel, squares) & (inside == 0)
        inside[edge] = shapely.area(shapely.intersection(squares[edge], parcel))
        found = [(level(*cell), area) for cell, area in zip(cells, inside, strict=True) if area > _TOUCHES * a_cell]
        return _noise([(db, area) for db, area in found if not math.isnan(db)], parcel.area, params)

    return measure


def _cell(metres: float, grid: Raster) -> int:
    """Return the number of the cell so many metres from the corner of the grid."""
    return math.floor(metres / grid.cell_m)


def _noise(found: list[tuple[float, float]], area: float, params: Any) -> Known:
    """Return the highest or mean level; what is not known of the parcel lies between the quietest and the loudest."""
    if not found:
        return NOTHING
    known = sum(part for _, part in found)
    missing = 1 - known / area
    missing = missing if missing > _ROUNDING else 0
    if params.statistic == "highest":
        loudest = max(db for db, _ in found)
        return Known(loudest, loudest, max(loudest, params.loudest_db) if missing else loudest)
    mean = sum(db * part for db, part in found) / known
    low, high = (mean * (1 - missing) + bound * missing for bound in (params.quietest_db, params.loudest_db))
    return Known(mean, min(low, mean), max(high, mean))
