"""The ground on which the demo is built: water, streets with their width, settlements, municipalities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from layers.demo_data._extract import CRS, GRID
from layers.osm.buildings import buildings_of
from layers.osm.land import built_up_of, roads_of, settlements_of, water_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from layers.demo_data._extract import Extract

RAILWAY_WIDTH_M: Final = 12.0
#: What crosses the edge of the box lost its outer nodes, so near the edge buildings, water and streets are missing or
#: maimed. The last node inside lies at most 142 m from the edge for buildings and 138 m for water, and dead ends of
#: streets pile up within 75 m of it; beyond this margin the data is complete.
EDGE_MARGIN_M: Final = 150.0
_MUNICIPALITIES: Final = {
    "166": ("Kampen", "GM0166"),
    "303": ("Dronten", "GM0303"),
    "1896": ("Zwartewaterland", "GM1896"),
}


@dataclass(frozen=True)
class Land:
    """The ground: single geometries in EPSG:28992, and the tables drawn from them."""

    box: BaseGeometry
    coverage: BaseGeometry
    water: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    rails: gpd.GeoDataFrame
    corridors: BaseGeometry
    settlements: gpd.GeoDataFrame
    municipalities: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    addresses: gpd.GeoDataFrame


def make_land(extract: Extract) -> Land:
    """Return the ground of the demo."""
    roads = roads_of(extract.lines)
    rails = extract.lines[(extract.lines["railway"] == "rail") & extract.lines["tunnel"].isna()]
    corridors = shapely.union_all(
        np.concatenate(
            [
                shapely.buffer(roads.geometry.to_numpy(), roads["width_m"].to_numpy() / 2, quad_segs=3),
                shapely.buffer(rails.geometry.to_numpy(), RAILWAY_WIDTH_M / 2, quad_segs=3),
            ]
        ),
        grid_size=GRID,
    )
    buildings = buildings_of(extract.areas)
    points = extract.points
    addresses = points[points["addr:street"].notna() & points["addr:housenumber"].notna()].reset_index(drop=True)
    return Land(
        box=extract.box,
        coverage=shapely.buffer(extract.box, -EDGE_MARGIN_M, join_style="mitre"),
        water=water_of(extract.areas, extract.box),
        roads=roads,
        rails=rails,
        corridors=corridors,
        settlements=settlements_of(built_up_of(extract.areas, buildings, extract.box), addresses),
        municipalities=read_municipalities(extract),
        buildings=buildings,
        addresses=addresses,
    )


def read_municipalities(extract: Extract) -> gpd.GeoDataFrame:
    """Return the municipalities within the box, Kampen first: ``name`` and ``code``."""
    lines = extract.lines.set_index("osm_id").geometry
    used = sorted({way for ways in extract.boundary_members.values() for way in ways})
    edge = extract.box.exterior
    pieces = [_to_edge(lines[way], edge) for way in used if way in lines.index]
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all([edge, *pieces], grid_size=GRID))))
    names = []
    for face in faces:
        ring = shapely.buffer(face.exterior, 1.0)
        touching = {code for code, ways in extract.boundary_members.items() for way in ways if ring.covers(lines[way])}
        names.append(touching)
    return _name_faces(faces, names)


def _name_faces(faces: np.ndarray, touching: list[set[str]]) -> gpd.GeoDataFrame:
    """Name each face: Kampen touches every boundary, its neighbours only their own."""
    main = int(np.argmax(shapely.area(faces)))
    codes = ["166" if i == main else next(iter(sorted(t - {"166"})), "166") for i, t in enumerate(touching)]
    table = gpd.GeoDataFrame({"ref": codes}, geometry=list(faces), crs=CRS).dissolve("ref")
    table = table.loc[[code for code in _MUNICIPALITIES if code in table.index]]
    table["name"] = [_MUNICIPALITIES[code][0] for code in table.index]
    table["code"] = [_MUNICIPALITIES[code][1] for code in table.index]
    return table.reset_index(drop=True)[["name", "code", "geometry"]]


def _to_edge(line: BaseGeometry, edge: BaseGeometry) -> BaseGeometry:
    """Return a line whose ends near the box are carried on to its edge."""
    ends = np.asarray(line.coords)
    reach = 300.0
    for end in (0, -1):
        tip = shapely.Point(ends[end])
        if tip.distance(edge) < reach:
            target = np.asarray(edge.interpolate(edge.project(tip)).coords)
            ends = np.vstack([target, ends]) if end == 0 else np.vstack([ends, target])
    return shapely.LineString(ends)
