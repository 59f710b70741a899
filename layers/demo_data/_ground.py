"""Ground with limits of its own: flood defences, nature areas, overhead power lines and orchards.

There are no river forelands: with so few dikes on the map, the ground between river and dike cannot be derived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from layers.demo_data._extract import CRS, GRID
from layers.osm.land import areas_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from layers.demo_data._extract import Extract
    from layers.demo_data._land import Land

_DIKES: Final = ("embankment", "dyke")
#: Assumed: so far to each side of the line of an embankment its slopes reach; the line marks one edge of its top.
DIKE_HALF_WIDTH_M: Final = 15.0
#: An embankment that lies along a main road or railway for more than this share carries that, and holds no water back.
_ROAD_SHARE: Final = 0.5
_ALONG_M: Final = 40.0
_MAIN_ROADS: Final = ("motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link")  # fmt: skip
_UNNAMED_DIKE: Final = "Waterkering zonder naam"
_UNNAMED_NATURE: Final = "Natuurgebied zonder naam"
_NATURA_2000: Final = "Natura 2000"
#: A line that the box cuts ends at its last pylon inside, up to 586 m from the edge where it crosses the river.
POWER_LINE_MARGIN_M: Final = 600.0
_VOLTS_PER_KV: Final = 1_000.0


def make_flood_defences(extract: Extract, land: Land) -> gpd.GeoDataFrame:
    """Return the flood defences: ``name`` and ``kind``; embankments as mapped, lines with an assumed width."""
    areas, lines = extract.areas, extract.lines
    mapped = areas[areas["man_made"].isin(_DIKES)]
    is_dike = lines["man_made"].isin(_DIKES) | ((lines["embankment"] == "yes") & lines["railway"].isna())
    lines = lines[is_dike & ~lines["osm_id"].isin(mapped["osm_id"])]
    main = land.roads.geometry[land.roads["road_class"].isin(_MAIN_ROADS)]
    along = shapely.union_all(
        shapely.buffer(np.concatenate([main.to_numpy(), land.rails.geometry.to_numpy()]), _ALONG_M)
    )
    shapes = lines.geometry.to_numpy()
    lines = lines[shapely.length(shapely.intersection(shapes, along)) <= _ROAD_SHARE * shapely.length(shapes)]
    wide = shapely.buffer(lines.geometry.to_numpy(), DIKE_HALF_WIDTH_M, cap_style="flat", quad_segs=4)
    names = [*mapped["name"].fillna(_UNNAMED_DIKE), *lines["name"].fillna(_UNNAMED_DIKE)]
    ground = np.concatenate([mapped.geometry.to_numpy(), wide])
    return _inside({"name": names, "kind": ["dijk"] * len(names)}, ground, land.coverage)


def make_nature_areas(extract: Extract, land: Land) -> gpd.GeoDataFrame:
    """Return the nature reserves and protected areas: ``name`` and ``kind``."""
    areas = extract.areas
    found = areas[(areas["leisure"] == "nature_reserve") | (areas["boundary"] == "protected_area")]
    is_european = found["protection_title"].str.contains(_NATURA_2000, regex=False).fillna(value=False).astype(bool)
    kinds = np.where(is_european, _NATURA_2000, "natuurgebied").tolist()
    columns = {"name": found["name"].fillna(_UNNAMED_NATURE).tolist(), "kind": kinds}
    return _inside(columns, found.geometry.to_numpy(), land.coverage)


def make_orchards(extract: Extract, land: Land) -> gpd.GeoDataFrame:
    """Return the orchards: ``name``, null for nearly all."""
    found = extract.areas[extract.areas["landuse"] == "orchard"]
    return _inside({"name": found["name"].tolist()}, found.geometry.to_numpy(), land.coverage)


def make_power_lines(extract: Extract) -> gpd.GeoDataFrame:
    """Return the overhead lines outside substations: ``voltage_kv``, the highest of a line with several."""
    lines = extract.lines[(extract.lines["power"] == "line") & extract.lines["line"].isna()]
    volts = lines["voltage"].str.split(";").explode().astype("float64").groupby(level=0).max().reindex(lines.index)
    return gpd.GeoDataFrame({"voltage_kv": volts / _VOLTS_PER_KV}, geometry=lines.geometry.to_numpy(), crs=CRS)


def power_line_coverage(extract: Extract) -> BaseGeometry:
    """Return where the overhead lines are complete."""
    inside: BaseGeometry = shapely.buffer(extract.box, -POWER_LINE_MARGIN_M, join_style="mitre")
    return inside


def _inside(columns: dict[str, list[str | None]], ground: np.ndarray, coverage: BaseGeometry) -> gpd.GeoDataFrame:
    shapes = areas_of(shapely.set_precision(ground, GRID))
    table = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
    return table[shapely.intersects(coverage, shapes)].reset_index(drop=True)
