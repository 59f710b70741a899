"""Land layers from OpenStreetMap: water, public roads, settlements, and the nearest address.

The functions take tables of tagged objects in EPSG:28992, with a column per key and ``osm_id``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from suitability.core.ground import polygons_of
from suitability.core.types import CRS

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.types import GeometryArray

#: Coordinates are rounded to a power of two (6.25 cm): exact in binary, so they compress well.
GRID: Final = 1 / 16
#: Assumed full width in metres of the land a street takes, by class (carriageway, verge and pavement).
ROAD_WIDTH_M: Final = {
    "motorway": 24.0, "trunk": 20.0, "trunk_link": 10.0, "primary": 14.0, "primary_link": 8.0, "secondary": 11.0,
    "secondary_link": 8.0, "tertiary": 9.0, "tertiary_link": 7.0, "unclassified": 7.0, "residential": 8.0,
    "living_street": 7.0, "pedestrian": 7.0, "road": 7.0, "busway": 7.0, "cycleway": 3.0, "motorway_link": 10.0,
}  # fmt: skip
#: Streets that are not everybody's, or that do not lie on the ground.
_CLOSED: Final = ("private", "no")
BUILT_UP_LANDUSE: Final = ("residential", "industrial", "commercial", "retail", "education")
LIVED_IN: Final = ("house", "apartments", "retail", "commercial", "school", "church")
_MIN_SETTLEMENT_ADDRESSES: Final = 100
_CLOSING_M: Final = 40.0
_MIN_SETTLEMENT_M2: Final = 30_000.0
#: Smaller islands, such as the piers of a bridge, are no ground of their own.
_MIN_ISLAND_M2: Final = 500.0


def roads_of(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the centre lines of public streets: ``name``, ``width_m`` (assumed from the class), ``road_class``."""
    is_public = lines["highway"].isin(ROAD_WIDTH_M) & ~lines["access"].isin(_CLOSED) & lines["tunnel"].isna()
    roads = lines[is_public]
    width = roads["highway"].map(ROAD_WIDTH_M).astype("float64")
    name = roads["name"].fillna(roads["ref"]).fillna("naamloze weg")
    return gpd.GeoDataFrame(
        {"osm_id": roads["osm_id"], "name": name, "width_m": width, "road_class": roads["highway"]},
        geometry=roads.geometry,
        crs=CRS,
    ).reset_index(drop=True)


def water_of(areas: gpd.GeoDataFrame, box: BaseGeometry) -> gpd.GeoDataFrame:
    """Return open water within the box, small islands included: ``name`` or null."""
    wet = areas[(areas["natural"] == "water")].reset_index(drop=True)
    filled = np.array([_without_islands(shape) for shape in wet.geometry], dtype=object)
    shapes = areas_of(shapely.intersection(filled, box, grid_size=GRID))
    table = gpd.GeoDataFrame({"name": wet["name"]}, geometry=shapes, crs=CRS)
    return table[~table.is_empty].reset_index(drop=True)


def areas_of(shapes: GeometryArray) -> GeometryArray:
    """Return shapes without the lines and points along which they touched something or were mended."""
    found = shapes.copy()
    areas = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    for row in np.flatnonzero(~np.isin(shapely.get_type_id(shapes), areas)):
        found[row] = polygons_of(shapes[row])
    return found


def _without_islands(shape: BaseGeometry) -> BaseGeometry:
    """Return water in which islands too small to be ground are water too."""
    parts = shapely.get_parts(shape)
    holes = [shapely.polygons(hole) for part in parts for hole in part.interiors]
    small = [hole for hole in holes if hole.area < _MIN_ISLAND_M2]
    return shapely.union_all([shape, *small], grid_size=GRID) if small else shape


def built_up_of(areas: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, box: BaseGeometry) -> GeometryArray:
    """Return the built-up ground within a box: closed buffers around buildings and built-up land use."""
    built_up = areas[areas["landuse"].isin(BUILT_UP_LANDUSE)].geometry.to_numpy()
    lived_in = buildings[buildings["building"].isin(LIVED_IN)].geometry.to_numpy()
    dense = shapely.buffer(lived_in, _CLOSING_M / 2, quad_segs=2)
    grown = shapely.union_all(np.concatenate([shapely.buffer(built_up, 5.0), dense]), grid_size=GRID)
    closed = shapely.simplify(shapely.buffer(shapely.buffer(grown, _CLOSING_M / 2), -_CLOSING_M), 4.0)
    opened = shapely.buffer(shapely.buffer(closed, -_CLOSING_M, quad_segs=2), _CLOSING_M, quad_segs=2)
    parts = shapely.get_parts(shapely.set_precision(shapely.simplify(shapely.intersection(opened, box), 2.0), GRID))
    return np.asarray(parts, dtype=object)


def settlements_of(parts: GeometryArray, addresses: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the parts of built-up ground large enough and with enough addresses, named as most of these.

    The index is that of the parts.
    """
    address, part = shapely.STRtree(parts).query(addresses.geometry.to_numpy(), predicate="intersects")
    cities = pd.DataFrame({"part": part, "city": addresses["addr:city"].to_numpy()[address]}).dropna()
    counts = cities.groupby(["part", "city"]).size().rename("n").reset_index()
    largest = counts.sort_values(["part", "n", "city"], ascending=[True, False, True]).drop_duplicates("part")
    is_large = shapely.area(parts[largest["part"].to_numpy()]) > _MIN_SETTLEMENT_M2
    large = largest[is_large & (largest["n"] >= _MIN_SETTLEMENT_ADDRESSES)]
    names, rows = large["city"].to_list(), large["part"].to_numpy()
    return gpd.GeoDataFrame({"name": names}, geometry=list(parts[rows]), index=rows, crs=CRS)


def clusters(shapes: GeometryArray, gap_m: float) -> GeometryArray:
    """Return the areas in which shapes lie within twice the gap of each other, closed around them."""
    grown = shapely.union_all(shapely.buffer(shapes, gap_m, quad_segs=2))
    shrunk = shapely.simplify(shapely.buffer(grown, -gap_m / 2, join_style="mitre"), 1.0)
    parts: GeometryArray = shapely.get_parts(shapely.set_precision(shrunk, GRID))
    return parts


def nearest_address(shapes: GeometryArray, addresses: gpd.GeoDataFrame, reach_m: float) -> GeometryArray:
    """Return the first address inside each shape, else the nearest one within reach ("bij ..."), else None; shape (n,)."""
    city = (", " + addresses["addr:city"]).fillna("")
    texts = (addresses["addr:street"] + " " + addresses["addr:housenumber"] + city).to_numpy(dtype=object)
    tree = shapely.STRtree(addresses.geometry.to_numpy())
    labels = np.full(len(shapes), None, dtype=object)
    row, near = tree.query_nearest(shapes, max_distance=reach_m, all_matches=False)
    labels[row] = [f"bij {text}" for text in texts[near]]
    row, inside = tree.query(shapes, predicate="intersects")
    order = np.lexsort((-inside, row))
    labels[row[order]] = texts[inside[order]]
    return labels
