"""The ground on which the demo is built: water, streets with their width, settlements, municipalities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.demo_data._extract import CRS, GRID

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from layers.demo_data._extract import Extract

#: Assumed full width in metres of the land a street takes, by class (carriageway, verge and pavement).
ROAD_WIDTH_M: Final = {
    "motorway": 24.0, "trunk": 20.0, "trunk_link": 10.0, "primary": 14.0, "primary_link": 8.0, "secondary": 11.0,
    "secondary_link": 8.0, "tertiary": 9.0, "tertiary_link": 7.0, "unclassified": 7.0, "residential": 8.0,
    "living_street": 7.0, "pedestrian": 7.0, "road": 7.0, "busway": 7.0, "cycleway": 3.0,
}  # fmt: skip
RAILWAY_WIDTH_M: Final = 12.0
#: Streets that are not everybody's, or that do not lie on the ground.
_CLOSED: Final = ("private", "no")
#: What crosses the edge of the box lost its outer nodes, so near the edge buildings, water and streets are missing or
#: maimed. The last node inside lies at most 142 m from the edge for buildings and 138 m for water, and dead ends of
#: streets pile up within 75 m of it; beyond this margin the data is complete.
EDGE_MARGIN_M: Final = 150.0
_BUILT_UP_LANDUSE: Final = ("residential", "industrial", "commercial", "retail", "education")
_MUNICIPALITIES: Final = {
    "166": ("Kampen", "GM0166"),
    "303": ("Dronten", "GM0303"),
    "1896": ("Zwartewaterland", "GM1896"),
}
_LIVED_IN: Final = ("house", "apartments", "retail", "commercial", "school", "church")
_MIN_SETTLEMENT_ADDRESSES: Final = 100
_CLOSING_M: Final = 40.0
_MIN_SETTLEMENT_M2: Final = 30_000.0
#: Smaller islands, such as the piers of a bridge, are no ground of their own.
_MIN_ISLAND_M2: Final = 500.0


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
    roads = public_roads(extract)
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
    buildings = read_buildings(extract)
    points = extract.points
    addresses = points[points["addr:street"].notna() & points["addr:housenumber"].notna()].reset_index(drop=True)
    return Land(
        box=extract.box,
        coverage=shapely.buffer(extract.box, -EDGE_MARGIN_M, join_style="mitre"),
        water=read_water(extract),
        roads=roads,
        rails=rails,
        corridors=corridors,
        settlements=read_settlements(extract, buildings, addresses),
        municipalities=read_municipalities(extract),
        buildings=buildings,
        addresses=addresses,
    )


def public_roads(extract: Extract) -> gpd.GeoDataFrame:
    """Return the centre lines of public streets: ``name``, ``width_m`` (assumed from the class), ``road_class``."""
    lines = extract.lines
    is_public = lines["highway"].isin(ROAD_WIDTH_M) & ~lines["access"].isin(_CLOSED) & lines["tunnel"].isna()
    roads = lines[is_public]
    width = roads["highway"].map(ROAD_WIDTH_M).astype("float64")
    name = roads["name"].fillna(roads["ref"]).fillna("naamloze weg")
    return gpd.GeoDataFrame(
        {"osm_id": roads["osm_id"], "name": name, "width_m": width, "road_class": roads["highway"]},
        geometry=roads.geometry,
        crs=CRS,
    ).reset_index(drop=True)


def read_buildings(extract: Extract) -> gpd.GeoDataFrame:
    """Return all buildings: ``building_kind`` as in OpenStreetMap and ``bag_id`` of 16 digits, or null."""
    areas = extract.areas
    found = areas[areas["building"].notna() & (areas["building"] != "no")].reset_index(drop=True)
    found["building_kind"] = found["building"]
    found["bag_id"] = found["ref:bag"].str.split(";").str[0].str.zfill(16)
    return found


def read_water(extract: Extract) -> gpd.GeoDataFrame:
    """Return open water within the box, small islands included: ``name`` or null."""
    areas = extract.areas
    wet = areas[(areas["natural"] == "water")].reset_index(drop=True)
    filled = np.array([_without_islands(shape) for shape in wet.geometry], dtype=object)
    shapes = shapely.intersection(filled, extract.box, grid_size=GRID)
    table = gpd.GeoDataFrame({"name": wet["name"]}, geometry=shapes, crs=CRS)
    return table[~table.is_empty].reset_index(drop=True)


def _without_islands(shape: BaseGeometry) -> BaseGeometry:
    """Return water in which islands too small to be ground are water too."""
    parts = shapely.get_parts(shape)
    holes = [shapely.polygons(hole) for part in parts for hole in part.interiors]
    small = [hole for hole in holes if hole.area < _MIN_ISLAND_M2]
    return shapely.union_all([shape, *small], grid_size=GRID) if small else shape


def read_settlements(extract: Extract, buildings: gpd.GeoDataFrame, addresses: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the settlements: closed buffers around buildings and built-up land use, named as most addresses in them."""
    areas = extract.areas
    built_up = areas[areas["landuse"].isin(_BUILT_UP_LANDUSE)].geometry.to_numpy()
    lived_in = buildings[buildings["building_kind"].isin(_LIVED_IN)].geometry.to_numpy()
    dense = shapely.buffer(lived_in, _CLOSING_M / 2, quad_segs=2)
    grown = shapely.union_all(np.concatenate([shapely.buffer(built_up, 5.0), dense]), grid_size=GRID)
    closed = shapely.simplify(shapely.buffer(shapely.buffer(grown, _CLOSING_M / 2), -_CLOSING_M), 4.0)
    opened = shapely.buffer(shapely.buffer(closed, -_CLOSING_M, quad_segs=2), _CLOSING_M, quad_segs=2)
    parts = shapely.get_parts(
        shapely.set_precision(shapely.simplify(shapely.intersection(opened, extract.box), 2.0), GRID)
    )
    parts = parts[shapely.area(parts) > _MIN_SETTLEMENT_M2]
    address, part = shapely.STRtree(parts).query(addresses.geometry.to_numpy(), predicate="intersects")
    cities = pd.DataFrame({"part": part, "city": addresses["addr:city"].to_numpy()[address]}).dropna()
    counts = cities.groupby(["part", "city"]).size().rename("n").reset_index()
    largest = counts.sort_values(["part", "n", "city"], ascending=[True, False, True]).drop_duplicates("part")
    large = largest[largest["n"] >= _MIN_SETTLEMENT_ADDRESSES]
    return gpd.GeoDataFrame({"name": large["city"].to_list()}, geometry=list(parts[large["part"]]), crs=CRS)


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
