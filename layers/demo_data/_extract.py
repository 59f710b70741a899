"""Read the OpenStreetMap extract into flat tables in EPSG:28992; ``layers.osm.rings`` closes what its box has cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pyproj
import shapely
from shapely.geometry import LineString, Polygon

from layers.osm.land import GRID
from layers.osm.rings import AREA_KEYS, Repairs, assemble, is_area

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

CRS: Final = "EPSG:28992"
#: Tags that become columns; all others are dropped.
KEYS: Final = (
    "building", "landuse", "natural", "leisure", "amenity", "tourism", "shop", "office", "craft", "industrial",
    "man_made", "highway", "railway", "waterway", "water", "place", "boundary", "admin_level", "name", "brand", "operator",
    "ref", "ref:bag", "ref:gemeentecode", "addr:street", "addr:housenumber", "addr:city", "healthcare", "access",
    "tunnel", "layer", "service", "lanes", "width", "oneway", "maxspeed", "crop", "religion", "power", "wetland", "motor_vehicle",
    "operator:type", "construction", "area", "building:levels", "start_date", "addr:postcode",
    "embankment", "protection_title", "voltage", "line",
)  # fmt: skip
_RELATION_KEYS: Final = (*AREA_KEYS, "boundary", "place")
_LINE_KEYS: Final = ("highway", "railway", "waterway", "boundary", "power", "man_made", "embankment")


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
        if is_area(tags, raw.ways[way_id]):
            areas.append((f"w{way_id}", tags, assemble([coordinates], [], lonlat_box, repairs)))
    for relation_id, tags, members in raw.relations:
        if tags["type"] == "multipolygon" and any(key in tags for key in _RELATION_KEYS):
            outer = [raw.chain(ref) for ref, role in members if role != "inner" and ref in raw.ways]
            inner = [raw.chain(ref) for ref, role in members if role == "inner" and ref in raw.ways]
            areas.append((f"r{relation_id}", tags, assemble(outer, inner, lonlat_box, repairs)))
    repairs.skipped = [osm_id for osm_id, _, shape in areas if shape is None]
    areas = [area for area in areas if area[2] is not None]
    boundaries = {
        tags["ref:gemeentecode"]: tuple(f"w{ref}" for ref, _ in members if ref in raw.ways)
        for _, tags, members in raw.relations
        if "ref:gemeentecode" in tags
    }
    return Extract(box, points, _projected(lines), _projected(areas), boundaries, repairs)


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
