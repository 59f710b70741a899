"""Derived parcels: a mosaic of the municipality without overlap or gap, in which streets and water are left out.

Built-up ground and yards are divided by the tessellation of principal buildings within blocks (momepy), all other
ground by land use, streets and water, and fields of more than ten hectares in strips.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import momepy
import numpy as np
import pandas as pd
import shapely

from layers.demo_data._extract import CRS, GRID
from layers.demo_data._mosaic import (
    TILES,
    absorb_slivers,
    dissolve,
    faces_of,
    owner_of,
    shared_edges,
    simplify_mosaic,
    tile_lines,
    tile_of,
)
from layers.osm import land as osm_land
from layers.osm.streets import morton_order

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from layers.demo_data._extract import Extract
    from layers.demo_data._land import Land

#: Land uses that divide open ground into parcels.
DIVIDING_LANDUSE: Final = (
    "grass", "meadow", "farmland", "forest", "orchard", "allotments", "cemetery", "construction", "plant_nursery",
    "static_caravan",
)  # fmt: skip
_DIVIDING_NATURAL: Final = ("wetland", "scrub", "grassland", "sand", "beach")
_DIVIDING_LEISURE: Final = ("sports_centre", "park", "marina", "horse_riding")
#: Built of these kinds never have ground of their own.
_SHED_KINDS: Final = (
    "yes",
    "garage",
    "shed",
    "roof",
    "service",
    "tech_cab",
    "bicycle shed",
    "houseboat",
    "storage_tank",
)
_MIN_PRINCIPAL_M2: Final = 60.0
_MIN_BUILDING_M2: Final = 15.0
_MIN_USE_M2: Final = 300.0
_YARD_M: Final = 30.0
_SLIVER_M2: Final = 60.0
_MIN_FACE_M2: Final = 40.0
_LARGE_FIELD_M2: Final = 100_000.0
_STRIP_M2: Final = 40_000.0
_SIMPLIFY_M: Final = 0.75
_WITHIN_SHARE: Final = 0.9
_TRAFFIC_ISLAND_M2: Final = 500.0
_NEAR_ADDRESS_M: Final = 60.0
_SEGMENT_M: Final = 2.0

ROAD, WATER, OUTSIDE, FIELD, BLOCK = range(5)


@dataclass(frozen=True)
class Mosaic:
    """All ground within the box: ``cells`` (n,) polygons and ``kind`` (n,): ROAD, WATER, OUTSIDE, FIELD or BLOCK."""

    cells: np.ndarray
    kind: np.ndarray


def principal_buildings(land: Land) -> gpd.GeoDataFrame:
    """Return the buildings on land that get ground of their own: with an address inside, of a main kind, or large."""
    buildings = land.buildings
    shapes = buildings.geometry.to_numpy()
    row, _ = shapely.STRtree(land.addresses.geometry.to_numpy()).query(shapes, predicate="intersects")
    addressed = np.isin(np.arange(len(shapes)), row)
    area = shapely.area(shapes)
    is_main = ~buildings["building"].isin(_SHED_KINDS).to_numpy()
    keep = (area > _MIN_BUILDING_M2) & (addressed | is_main | (area > _MIN_PRINCIPAL_M2))
    keep &= owner_of(shapes, land.water.geometry.to_numpy()) < 0  # on the piers of a bridge
    return buildings[keep & (buildings["building"] != "houseboat").to_numpy()].reset_index(drop=True)


def make_mosaic(extract: Extract, land: Land) -> Mosaic:
    """Return the mosaic of all ground within the coverage of the demo."""
    uses = dividing_uses(extract)
    principal = principal_buildings(land)
    yards = _yards(land, principal)
    kampen = land.municipalities.geometry.iloc[0]
    tiles = tile_lines(land.coverage.bounds)
    base = faces_of([land.coverage, kampen, land.corridors, land.water.geometry.to_numpy(), uses, yards, tiles])
    base = base[shapely.contains(land.coverage.buffer(GRID), shapely.point_on_surface(base))]
    kind, use = _classify(base, land, uses, yards)
    fields, blocks = _ground(base, kind, use)
    apart = _without_overlap(principal.geometry.to_numpy())
    cells = _tessellate(blocks, apart)
    strips = np.concatenate([_strips(field) for field in fields])
    return _assemble(base, kind, np.concatenate([cells, strips]), apart)


def dividing_uses(extract: Extract) -> np.ndarray:
    """Return the polygons of land use that divide open ground, shape (n,)."""
    areas = extract.areas
    divides = (
        areas["landuse"].isin(DIVIDING_LANDUSE)
        | areas["natural"].isin(_DIVIDING_NATURAL)
        | areas["leisure"].isin(_DIVIDING_LEISURE)
        | areas["tourism"].isin(["camp_site", "caravan_site"])
    )
    shapes: np.ndarray = areas[divides & (areas.area > _MIN_USE_M2)].geometry.to_numpy()
    return shapes


def _yards(land: Land, principal: gpd.GeoDataFrame) -> np.ndarray:
    """Return the yards around buildings outside the settlements, shape (n,)."""
    built_up = shapely.union_all(land.settlements.geometry.to_numpy())
    shapely.prepare(built_up)
    shapes = principal.geometry.to_numpy()
    shapes = shapes[~shapely.intersects(built_up, shapes)]
    grown = shapely.union_all(
        shapely.buffer(shapely.oriented_envelope(shapes), _YARD_M, join_style="mitre"), grid_size=GRID
    )
    return shapely.get_parts(shapely.simplify(grown, 1.0))


def _classify(base: np.ndarray, land: Land, uses: np.ndarray, yards: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each face its kind and the row of its land use (-1 = none)."""
    inner = shapely.point_on_surface(base)
    kind = np.full(len(base), BLOCK)
    use = owner_of(base, uses)
    in_yard = owner_of(base, yards) >= 0
    kind[(use >= 0) & ~in_yard] = FIELD
    kind[owner_of(base, land.water.geometry.to_numpy()) >= 0] = WATER
    kind[_inside(inner, land.corridors)] = ROAD
    kind[~_inside(inner, land.municipalities.geometry.iloc[0])] = OUTSIDE
    return kind, use


def _inside(points: np.ndarray, area: BaseGeometry) -> np.ndarray:
    shapely.prepare(area)
    inside: np.ndarray = shapely.contains(area, points)
    return inside


def _ground(base: np.ndarray, kind: np.ndarray, use: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the fields (one per connected land use) and the blocks (connected ground between streets)."""
    is_field, is_block = kind == FIELD, kind == BLOCK
    fields, _ = dissolve(base[is_field], use[is_field])
    blocks, _ = dissolve(base[is_block], np.zeros(int(is_block.sum()), dtype=np.int64))
    return fields, blocks


def _tessellate(blocks: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Return the ground of each building within its block, and the blocks themselves; shape (n,)."""
    cells = momepy.enclosed_tessellation(
        gpd.GeoSeries(apart, crs=CRS), gpd.GeoSeries(blocks, crs=CRS), shrink=0.3, segment=_SEGMENT_M, n_jobs=1
    )
    shapes = np.asarray(cells.geometry.to_numpy(), dtype=object)
    # Blocks without a building come back as None. A whole block is larger than any cell in it, so where both hold a
    # point the cell wins, and the block remains for what no cell covers.
    return np.concatenate([shapes[~shapely.is_missing(shapes)], blocks])


def _without_overlap(shapes: np.ndarray) -> np.ndarray:
    """Leave out buildings that overlap an earlier one: the tessellation wants them apart."""
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = a < b
    a, b = a[pairs], b[pairs]
    overlap = shapely.area(shapely.intersection(shapes[a], shapes[b], grid_size=GRID)) > 1.0
    drop = np.unique(np.where(shapely.area(shapes[a]) < shapely.area(shapes[b]), a, b)[overlap])
    return np.delete(shapes, drop)


def _strips(field: BaseGeometry) -> np.ndarray:
    """Cut a large field across its longest side in strips of about four hectares, as reclaimed land is parcelled."""
    if field.area < _LARGE_FIELD_M2:
        return np.array([field], dtype=object)
    corners = shapely.get_coordinates(shapely.oriented_envelope(field))
    sides = np.hypot(*(corners[1:3] - corners[0:2]).T)
    long = int(np.argmax(sides))
    start, along = corners[long], corners[long + 1] - corners[long]
    across = corners[long + 2] - corners[long + 1]
    n = max(2, round(field.area / _STRIP_M2))
    steps = np.linspace(0.0, 1.0, n + 1)
    bands = [
        shapely.Polygon([start + along * a, start + along * b, start + along * b + across, start + along * a + across])
        for a, b in itertools.pairwise(steps)
    ]
    pieces = shapely.get_parts(shapely.intersection(field, np.array(bands, dtype=object), grid_size=GRID))
    return pieces[shapely.get_dimensions(pieces) == 2]  # noqa: PLR2004


def _assemble(base: np.ndarray, kind: np.ndarray, ground: np.ndarray, buildings: np.ndarray) -> Mosaic:
    """Node all lines together, give each face to its cell, let slivers join a neighbour, and simplify."""
    faces = faces_of([base, ground])
    face_kind = kind[owner_of(faces, base)]
    owner = _whole_buildings(faces, owner_of(faces, ground), buildings)
    is_ground = np.isin(face_kind, (FIELD, BLOCK))
    labels = np.where(is_ground & (owner >= 0), owner, len(ground) + face_kind * TILES + tile_of(faces))
    lost = is_ground & (owner < 0)
    labels[lost] = len(ground) + 10 * TILES + np.arange(int(lost.sum()))
    shapes, names = dissolve(faces, labels)
    shape_kind = pd.Series(face_kind, index=labels).groupby(level=0).first()
    shape_kind = shape_kind.reindex(names).to_numpy()
    for limit, must_match in ((_SLIVER_M2, True), (_MIN_FACE_M2, False)):
        alike = _parcel_or_not(shape_kind) if must_match else np.zeros(len(shapes), dtype=np.int64)
        shapes, first = dissolve(shapes, absorb_slivers(shapes, _is_sliver(shapes, limit), alike))
        shape_kind = shape_kind[first]
    lonely = _is_traffic_island(shapes, shape_kind, buildings)
    shapes, first = dissolve(shapes, absorb_slivers(shapes, lonely, np.zeros(len(shapes), dtype=np.int64)))
    shape_kind = shape_kind[first]
    return Mosaic(simplify_mosaic(shapes, _SIMPLIFY_M), shape_kind)


def _whole_buildings(faces: np.ndarray, owner: np.ndarray, buildings: np.ndarray) -> np.ndarray:
    """Give what lies within a building to the cell that holds most of it: no boundary runs through a building.

    The tessellation leaves holes in the middle of very large buildings.
    """
    building = owner_of(faces, buildings)
    rows = np.flatnonzero((building >= 0) & (owner >= 0))
    shared = shapely.area(shapely.intersection(faces[rows], buildings[building[rows]], grid_size=GRID))
    table = pd.DataFrame({"building": building[rows], "owner": owner[rows], "shared": shared})
    sums = table.groupby(["building", "owner"])["shared"].sum().reset_index()
    most = sums.sort_values(["building", "shared", "owner"]).groupby("building")["owner"].last()
    within = shared > _WITHIN_SHARE * shapely.area(faces[rows])
    changed = owner.copy()
    changed[rows[within]] = most.reindex(building[rows[within]]).to_numpy()
    return changed


def _is_traffic_island(shapes: np.ndarray, kind: np.ndarray, buildings: np.ndarray) -> np.ndarray:
    """Return which small parcels have only streets and water around them, and no building: they are no parcels."""
    is_parcel = np.isin(kind, (FIELD, BLOCK))
    edges = shared_edges(shapes)
    with_neighbour = np.unique(edges["a"][is_parcel[edges["b"]]])
    built = np.unique(shapely.STRtree(shapes).query(shapely.point_on_surface(buildings), predicate="intersects")[1])
    alone = is_parcel & (shapely.area(shapes) < _TRAFFIC_ISLAND_M2)
    alone[with_neighbour] = False
    alone[built] = False
    return alone


def _is_sliver(shapes: np.ndarray, limit_m2: float) -> np.ndarray:
    """Return which shapes are too small or too thin to be a parcel."""
    area = shapely.area(shapes)
    return (area < limit_m2) | (2 * area / np.maximum(shapely.length(shapes), 1e-9) < 1.0)


def _parcel_or_not(kind: np.ndarray) -> np.ndarray:
    return np.where(np.isin(kind, (FIELD, BLOCK)), BLOCK, kind)


def make_parcels(mosaic: Mosaic, land: Land) -> gpd.GeoDataFrame:
    """Return the parcels of the mosaic in a stable spatial order: ``parcel_id``, ``label``, ``settlement``."""
    is_parcel = np.isin(mosaic.kind, (FIELD, BLOCK))
    shapes = mosaic.cells[is_parcel]
    order = morton_order(shapely.get_coordinates(shapely.point_on_surface(shapes)))
    shapes = shapes[order]
    settlement = owner_of(shapes, land.settlements.geometry.to_numpy())
    names = np.append(land.settlements["name"].to_numpy(dtype=object), None)
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"afgeleid-{number:05d}" for number in range(1, len(shapes) + 1)],
            "label": nearest_address(shapes, land.addresses, _NEAR_ADDRESS_M),
            "settlement": names[settlement],
        },
        geometry=shapes,
        crs=CRS,
    )


def nearest_address(shapes: np.ndarray, addresses: gpd.GeoDataFrame, reach_m: float) -> np.ndarray:
    """Return the first address inside each shape, else the nearest one within reach ("bij ..."), else None; shape (n,)."""
    named = addresses.assign(**{"addr:city": addresses["addr:city"].fillna("Kampen")})
    labels: np.ndarray = osm_land.nearest_address(shapes, named, reach_m)
    return labels
