"""Derived and assumed objects: greenhouses, employers, businesses, recreation parks, building plots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.demo_data._extract import CRS, GRID
from layers.demo_data._parcels import nearest_address
from layers.osm.buildings import described, with_floor_area
from layers.osm.land import clusters

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from layers.demo_data._extract import Extract
    from layers.demo_data._land import Land

#: Large buildings of unknown kind here are greenhouses: the Koekoekspolder, as (left, bottom, right, top) in RD metres.
KOEKOEKSPOLDER: Final = (192_400.0, 509_250.0, 195_900.0, 510_900.0)
_GREENHOUSE_M2: Final = 2_500.0
_MIN_EMPLOYER_M2: Final = 200.0
_FARM_M2: Final = 400.0
_WORK_KINDS: Final = ("industrial", "factory", "commercial", "retail", "office")
#: Assumed ground floor in m2 per job.
M2_PER_JOB: Final = {
    "industrie": 120.0,
    "detailhandel": 60.0,
    "zakelijk": 40.0,
    "glastuinbouw": 1_400.0,
    "landbouw": 600.0,
}
SECTOR: Final = {
    "industrial": "industrie", "factory": "industrie", "yes": "industrie", "commercial": "zakelijk", "office": "zakelijk",
    "retail": "detailhandel", "greenhouse": "glastuinbouw", "farm": "landbouw",
}  # fmt: skip
_MAX_FARM_JOBS: Final = 4
#: Assumed environmental category of industry by ground floor: up to this many m2.
_INDUSTRY_STEPS_M2: Final = (1_000.0, 5_000.0)
_INDUSTRY_CATEGORIES: Final = ("3.1", "3.2", "4.1")
CATEGORY: Final = {"zakelijk": "2", "detailhandel": "1", "glastuinbouw": "2", "landbouw": "3.2"}

#: Assumed: within this many metres of the extract's box there are no supermarkets but those in the extract. From what is
#: publicly known, not from data: the villages there have none, and the nearest, in the west of Zwolle, are 4.4 km off.
SUPERMARKETS_KNOWN_M: Final = 3_500.0


def supermarket_coverage(extract: Extract) -> BaseGeometry:
    """Return where the supermarkets are taken to be all known: the box and what lies around it."""
    around: BaseGeometry = shapely.buffer(extract.box, SUPERMARKETS_KNOWN_M, quad_segs=8)
    return shapely.set_precision(around, GRID)


def greenhouses_of(land: Land, extract: Extract) -> np.ndarray:
    """Return which rows of the buildings are greenhouses, shape (n,): tagged so, or large in the Koekoekspolder."""
    buildings = land.buildings
    in_polder = shapely.intersects(
        shapely.box(*KOEKOEKSPOLDER), shapely.point_on_surface(buildings.geometry.to_numpy())
    )
    unknown = (buildings["building"] == "yes").to_numpy() & (buildings.area > _GREENHOUSE_M2).to_numpy()
    tagged = (buildings["building"] == "greenhouse").to_numpy()
    found: np.ndarray = tagged | (unknown & in_polder & ~in_business_park(land, extract))
    return found


def farms_of(land: Land, extract: Extract) -> np.ndarray:
    """Return which rows of the buildings are taken for farms, shape (n,): of unknown kind, large, and outlying."""
    buildings = land.buildings
    unknown = (buildings["building"] == "yes").to_numpy() & (buildings.area > _FARM_M2).to_numpy()
    outlying = ~in_business_park(land, extract) & ~_within(land, land.settlements.geometry.to_numpy())
    found: np.ndarray = unknown & outlying & ~greenhouses_of(land, extract)
    return found


def in_business_park(land: Land, extract: Extract) -> np.ndarray:
    """Return which rows of the buildings lie on ground that is mapped as industrial, shape (n,)."""
    return _within(land, extract.areas[extract.areas["landuse"] == "industrial"].geometry.to_numpy())


def _within(land: Land, areas: np.ndarray) -> np.ndarray:
    inner = shapely.point_on_surface(land.buildings.geometry.to_numpy())
    return np.isin(np.arange(len(inner)), shapely.STRtree(inner).query(areas, predicate="contains")[1])


def make_buildings(extract: Extract, land: Land) -> gpd.GeoDataFrame:
    """Return the buildings with what is known of their use; greenhouses and farms are those of the workplaces."""
    buildings = land.buildings
    found = described(buildings, extract.points, land.coverage)
    is_farm = farms_of(land, extract) & found["use"].isna().to_numpy()
    use = found["use"].to_numpy(dtype=object, copy=True)
    use[is_farm], use[greenhouses_of(land, extract)] = "farm", "greenhouse"
    return with_floor_area(found.assign(use=use), buildings)


def make_workplaces(extract: Extract, land: Land) -> gpd.GeoDataFrame:
    """Return all buildings in which people work: ``name``, ``kind``, ``sector``, ``area_m2``, ``is_certain``."""
    buildings = land.buildings
    is_glass, is_farm, in_park = greenhouses_of(land, extract), farms_of(land, extract), in_business_park(land, extract)
    kind = buildings["building"].to_numpy(dtype=object).copy()
    large = shapely.area(buildings.geometry.to_numpy()) > _MIN_EMPLOYER_M2
    unknown = kind == "yes"
    kind[is_glass], kind[is_farm] = "greenhouse", "farm"
    keep = large & (np.isin(kind, (*_WORK_KINDS, "greenhouse", "farm")) | (unknown & in_park))
    table = gpd.GeoDataFrame(
        {
            "name": _work_names(extract, land, buildings)[keep],
            "kind": kind[keep],
            "sector": [SECTOR[value] for value in kind[keep]],
            "area_m2": buildings.area[keep].to_numpy(),
            "is_certain": ~unknown[keep] | is_glass[keep] | is_farm[keep],
        },
        geometry=buildings.geometry[keep].to_numpy(),
        crs=CRS,
    )
    return table[shapely.intersects(land.coverage, table.geometry.to_numpy())].reset_index(drop=True)


def _work_names(extract: Extract, land: Land, buildings: gpd.GeoDataFrame) -> np.ndarray:
    """Return a name for every building: its own, that of a shop or office inside, or its nearest address."""
    points = extract.points
    named = points[
        points["name"].notna() & (points["shop"].notna() | points["office"].notna() | points["craft"].notna())
    ]
    names = buildings["name"].to_numpy(dtype=object).copy()
    row, point = shapely.STRtree(named.geometry.to_numpy()).query(buildings.geometry.to_numpy(), predicate="intersects")
    for building, label in zip(row[::-1], named["name"].to_numpy()[point[::-1]], strict=True):
        names[building] = names[building] if isinstance(names[building], str) else label
    addresses = nearest_address(buildings.geometry.to_numpy(), land.addresses, 150.0)
    fallback = [f"Bedrijf {text}" if isinstance(text, str) else "Bedrijf zonder naam" for text in addresses]
    return np.array(
        [name if isinstance(name, str) else other for name, other in zip(names, fallback, strict=True)], dtype=object
    )


def make_employers(work: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the employers: ``name``, ``jobs`` (assumed: ground floor divided by m2 per job, at least 1), ``sector``."""
    jobs = np.maximum(1, np.round(work["area_m2"] / work["sector"].map(M2_PER_JOB))).astype("int64")
    jobs = jobs.where(work["kind"] != "farm", np.minimum(jobs, _MAX_FARM_JOBS))
    return gpd.GeoDataFrame(
        {"name": work["name"], "jobs": jobs, "sector": work["sector"]}, geometry=work.geometry, crs=CRS
    )


def make_businesses(work: gpd.GeoDataFrame, extract: Extract, land: Land) -> gpd.GeoDataFrame:
    """Return the businesses: ``name`` and ``environmental_category`` (assumed; null = not known)."""
    step = np.searchsorted(_INDUSTRY_STEPS_M2, work["area_m2"].to_numpy())
    industry = np.array(_INDUSTRY_CATEGORIES, dtype=object)[step]
    category = np.where(work["sector"] == "industrie", industry, work["sector"].map(CATEGORY).to_numpy(dtype=object))
    category = np.where(work["is_certain"], category, None)
    areas, points = extract.areas, extract.points
    plants, fuel = areas[areas["man_made"] == "wastewater_plant"], points[points["amenity"] == "fuel"]
    stations = shapely.buffer(fuel.geometry.to_numpy(), 12.0, quad_segs=2)
    table = gpd.GeoDataFrame(
        {
            "name": [
                *work["name"],
                *plants["name"].fillna("Rioolwaterzuivering"),
                *fuel["name"].fillna(fuel["brand"]).fillna("Tankstation"),
            ],
            "environmental_category": [*category, *["4.2"] * len(plants), *["2"] * len(fuel)],
        },
        geometry=[*work.geometry, *plants.geometry, *shapely.set_precision(stations, GRID)],
        crs=CRS,
    )
    return table[shapely.intersects(land.coverage, table.geometry.to_numpy())].reset_index(drop=True)


def make_recreation_parks(extract: Extract, land: Land) -> gpd.GeoDataFrame:
    """Return the recreation parks: ``name`` and ``park_kind`` (camping or stacaravans)."""
    areas = extract.areas
    sites = areas[areas["tourism"].isin(["camp_site", "caravan_site"]) | (areas["name"] == "Camping Roggebotsluis")]
    parks = [(name, "camping", shape) for name, shape in zip(sites["name"], sites.geometry, strict=True)]
    camping = shapely.union_all(sites.geometry.to_numpy())
    for key, gap in (("landuse", 12.0), ("building", 25.0)):
        caravans = areas[areas[key] == "static_caravan"].geometry.to_numpy()
        for cluster in clusters(caravans[~shapely.intersects(camping, caravans)], gap):
            near = nearest_address(np.array([cluster]), land.addresses, 500.0)[0]
            parks.append((f"Stacaravans {near}" if near else "Stacaravans", "stacaravans", cluster))
        camping = shapely.union_all([camping, *(park[2] for park in parks)])
    table = gpd.GeoDataFrame(
        {"name": [park[0] for park in parks], "park_kind": [park[1] for park in parks]},
        geometry=[park[2] for park in parks],
        crs=CRS,
    )
    return table[shapely.intersects(land.coverage, table.geometry.to_numpy())].reset_index(drop=True)


def make_building_plots(land: Land, work: gpd.GeoDataFrame, principal: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return building plots around outlying buildings and places of work: ``plan_id`` and ``name`` (null)."""
    built_up = shapely.union_all(land.settlements.geometry.to_numpy())
    shapely.prepare(built_up)
    outlying = principal.geometry.to_numpy()
    outlying = outlying[~shapely.intersects(built_up, outlying)]
    work_shapes = work.geometry.to_numpy()[work["sector"] != "detailhandel"]
    plots = np.concatenate([clusters(outlying, 15.0), clusters(work_shapes, 10.0)])
    merged = shapely.get_parts(
        shapely.set_precision(shapely.simplify(shapely.union_all(plots, grid_size=GRID), 0.5), GRID)
    )
    merged = merged[shapely.intersects(land.coverage, merged) & (shapely.area(merged) > 0)]
    return gpd.GeoDataFrame(
        {
            "plan_id": [f"afgeleid-bouwvlak-{number:04d}" for number in range(1, len(merged) + 1)],
            "name": pd.array([None] * len(merged), dtype=object),
        },
        geometry=merged,
        crs=CRS,
    )
