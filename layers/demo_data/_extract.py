"""Read the OpenStreetMap extract into flat tables in EPSG:28992, and close what its box has cut.

The extract holds only the nodes inside a rectangle in WGS84. A way or ring that leaves the rectangle lost its outer
nodes, so its ring is open. Its loose ends are joined along the edge of the box, alternately inside and outside, the
shorter way round: exact for anything that covers less than half of the edge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pyproj
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

CRS: Final = "EPSG:28992"
#: Coordinates are rounded to a power of two (6.25 cm): exact in binary, so they compress well.
GRID: Final = 1 / 16
#: Tags that become columns; all others are dropped.
KEYS: Final = (
    "building", "landuse", "natural", "leisure", "amenity", "tourism", "shop", "office", "craft", "industrial",
    "man_made", "highway", "railway", "waterway", "water", "place", "boundary", "admin_level", "name", "brand", "operator",
    "ref", "ref:bag", "ref:gemeentecode", "addr:street", "addr:housenumber", "addr:city", "healthcare", "access",
    "tunnel", "layer", "service", "lanes", "width", "oneway", "maxspeed", "crop", "religion", "power", "wetland", "motor_vehicle",
    "operator:type", "construction", "area",
)  # fmt: skip
_AREA_KEYS: Final = ("building", "landuse", "natural", "leisure", "amenity", "tourism", "man_made", "shop")
_RELATION_KEYS: Final = (*_AREA_KEYS, "boundary", "place")
#: Open ways with these tags are lines, or areas too small to mend; an open way with another tag was cut at the box.
_NOT_LINES: Final = ("building", "landuse", "natural", "leisure")
#: A loose end nearer to the box than this was cut there; farther away the ring is really broken.
_CUT_WITHIN_DEG: Final = 0.006
_LINE_KEYS: Final = ("highway", "railway", "waterway", "boundary")
_RING_POINTS: Final = 4


@dataclass
class Repairs:
    """What had to be mended or left out while reading; printed by the build."""

    closed_at_box: int = 0
    mended: int = 0
    skipped: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Extract:
    """The extract as tables; ``osm_id`` is n, w or r and the number. ``box`` is the image of the WGS84 rectangle."""

    box: Polygon
    points: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    boundary_members: dict[str, tuple[str, ...]]
    repairs: Repairs


def to_rd(lonlat: np.ndarray) -> np.ndarray:
    """Return (n, 2) EPSG:28992 metres for (n, 2) WGS84 degrees."""
    transformer = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    return np.column_stack(transformer.transform(lonlat[:, 0], lonlat[:, 1]))


def read_box(path: Path) -> tuple[Polygon, Polygon]:
    """Return the box of the extract in WGS84 and, densified, in EPSG:28992.

    The rectangle is one in degrees; its image in RD is a slightly turned and bent quadrilateral, hence the extra points.
    """
    box = osmium.FileProcessor(str(path)).header.box()
    lonlat = shapely.box(box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
    dense = shapely.segmentize(lonlat, 0.01)
    return lonlat, Polygon(np.round(to_rd(shapely.get_coordinates(dense)) / GRID) * GRID)


class _Raw:
    """Everything tagged in the file, in WGS84 degrees."""

    def __init__(self, path: Path) -> None:
        self.location: dict[int, tuple[float, float]] = {}
        self.points: list[tuple[str, dict[str, str]]] = []
        self.point_at: list[tuple[float, float]] = []
        self.ways: dict[int, list[int]] = {}
        self.way_tags: dict[int, dict[str, str]] = {}
        self.relations: list[tuple[int, dict[str, str], list[tuple[int, str]]]] = []
        for item in osmium.FileProcessor(str(path)):
            if item.is_node():
                self._add_node(item)
            elif item.is_way():
                self.ways[item.id] = [node.ref for node in item.nodes]
                self.way_tags[item.id] = dict(item.tags)
            elif item.tags.get("type") in ("multipolygon", "boundary"):
                members = [(member.ref, member.role) for member in item.members if member.type == "w"]
                self.relations.append((item.id, dict(item.tags), members))

    def _add_node(self, node: osmium.osm.Node) -> None:
        self.location[node.id] = (node.location.lon, node.location.lat)
        if len(node.tags):
            self.points.append((f"n{node.id}", dict(node.tags)))
            self.point_at.append((node.location.lon, node.location.lat))

    def chain(self, way_id: int) -> np.ndarray:
        """Return the coordinates of a way, shape (k, 2)."""
        return np.array([self.location[ref] for ref in self.ways[way_id] if ref in self.location]).reshape(-1, 2)


def read_extract(path: Path) -> Extract:
    """Read the whole extract; raises ``OSError`` when the file cannot be read."""
    raw = _Raw(path)
    lonlat_box, box = read_box(path)
    repairs = Repairs()
    points = _frame(raw.points, list(shapely.points(to_rd(np.array(raw.point_at)))))
    lines, areas = [], []
    for way_id, tags in raw.way_tags.items():
        coordinates = raw.chain(way_id)
        if any(key in tags for key in _LINE_KEYS) and len(coordinates) > 1:
            lines.append((f"w{way_id}", tags, LineString(coordinates)))
        if _is_area(tags, raw.ways[way_id]):
            areas.append((f"w{way_id}", tags, _assemble([coordinates], [], lonlat_box, repairs)))
    for relation_id, tags, members in raw.relations:
        if tags["type"] == "multipolygon" and any(key in tags for key in _RELATION_KEYS):
            outer = [raw.chain(ref) for ref, role in members if role != "inner" and ref in raw.ways]
            inner = [raw.chain(ref) for ref, role in members if role == "inner" and ref in raw.ways]
            areas.append((f"r{relation_id}", tags, _assemble(outer, inner, lonlat_box, repairs)))
    repairs.skipped = [osm_id for osm_id, _, shape in areas if shape is None]
    areas = [area for area in areas if area[2] is not None]
    boundaries = {
        tags["ref:gemeentecode"]: tuple(f"w{ref}" for ref, _ in members if ref in raw.ways)
        for _, tags, members in raw.relations
        if "ref:gemeentecode" in tags
    }
    return Extract(box, points, _projected(lines), _projected(areas), boundaries, repairs)


def _is_area(tags: dict[str, str], refs: list[int]) -> bool:
    """Return whether a way is the outline of something, and not a line such as a street or a row of trees."""
    if tags.get("natural") in ("tree_row", "coastline", "cliff") or ("highway" in tags and tags.get("area") != "yes"):
        return False
    keys = _AREA_KEYS if refs[0] == refs[-1] else _NOT_LINES
    return any(key in tags for key in keys)


def _assemble(outer: list[np.ndarray], inner: list[np.ndarray], box: Polygon, repairs: Repairs) -> BaseGeometry | None:
    """Return the polygon of these chains, or None when nothing with an area is left."""
    shell = _rings(outer, box, repairs)
    if shell is None:
        return None
    holes = _rings(inner, box, repairs) if inner else None
    shape = shell if holes is None else shapely.difference(shell, holes)
    return None if shape.is_empty or shape.area == 0 else shape


def _rings(chains: list[np.ndarray], box: Polygon, repairs: Repairs) -> BaseGeometry | None:
    usable = [LineString(chain) for chain in chains if len(chain) > 1]
    if not usable:
        return None
    merged = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(usable)))
    closed = [line for line in merged if line.is_closed and len(line.coords) >= _RING_POINTS]
    loose = [np.asarray(line.coords) for line in merged if not line.is_closed]
    polygons: list[BaseGeometry] = []
    for ring in closed:
        polygon = Polygon(ring.coords)
        if not polygon.is_valid:
            repairs.mended += 1
            polygon = shapely.make_valid(polygon)
        polygons.append(polygon)
    cut = [chain for chain in loose if _ends_at(chain, box)]
    broken = [chain for chain in loose if not _ends_at(chain, box) and len(chain) > 2]  # noqa: PLR2004
    if cut:
        repairs.closed_at_box += 1
        polygons.append(_close_along(cut, box))
    for chain in broken:
        repairs.mended += 1
        polygons.append(shapely.make_valid(Polygon(chain)))
    whole = shapely.union_all([_only_polygons(polygon) for polygon in polygons])
    return None if whole.is_empty else whole


def _ends_at(chain: np.ndarray, box: Polygon) -> bool:
    return all(box.exterior.distance(shapely.Point(chain[end])) < _CUT_WITHIN_DEG for end in (0, -1))


def _only_polygons(shape: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shape)
    return MultiPolygon([part for part in parts if part.geom_type == "Polygon"])


def _close_along(chains: list[np.ndarray], box: Polygon) -> BaseGeometry:
    """Return the area enclosed by loose chains and the edge of the box."""
    edge = box.exterior
    at = sorted(
        (edge.project(shapely.Point(chain[end])), index, end) for index, chain in enumerate(chains) for end in (0, -1)
    )
    pairings = []
    for first in (0, 1):
        pairs = [(at[i], at[(i + 1) % len(at)]) for i in range(first, len(at), 2)]
        pairings.append((sum((b[0] - a[0]) % edge.length for a, b in pairs), pairs))
    _, pairs = min(pairings, key=lambda pairing: pairing[0])
    lines = [LineString(chain) for chain in chains]
    for a, b in pairs:
        start, stop = chains[a[1]][a[2]], chains[b[1]][b[2]]
        along = _edge_between(edge, a[0], b[0])
        lines.append(LineString(np.vstack([start, along, stop])))
    noded = shapely.union_all(lines)
    return shapely.union_all(list(shapely.polygonize([noded]).geoms))


def _edge_between(edge: shapely.LinearRing, start: float, stop: float) -> np.ndarray:
    """Return the points of the edge from ``start`` forward to ``stop`` (distances along it)."""
    corners = np.array([edge.project(shapely.Point(xy)) for xy in edge.coords[:-1]])
    span = (stop - start) % edge.length
    offsets = np.sort((corners - start) % edge.length)
    distances = [0.0, *offsets[(offsets > 0) & (offsets < span)], span]
    return np.array([edge.interpolate((start + d) % edge.length).coords[0] for d in distances])


def _projected(rows: list[tuple[str, dict[str, str], BaseGeometry]]) -> gpd.GeoDataFrame:
    """Return rows as a table in EPSG:28992, valid and rounded to the grid."""
    shapes = np.array([row[2] for row in rows], dtype=object)
    shapes = shapely.transform(shapes, to_rd)
    shapes = shapely.set_precision(shapely.make_valid(shapes), GRID)
    return _frame([(row[0], row[1]) for row in rows], list(shapes))


def _frame(rows: list[tuple[str, dict[str, str]]], shapes: list[BaseGeometry]) -> gpd.GeoDataFrame:
    table = pd.DataFrame([{key: tags.get(key) for key in KEYS} for _, tags in rows], columns=list(KEYS), dtype=object)
    table.insert(0, "osm_id", [osm_id for osm_id, _ in rows])
    return gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)
