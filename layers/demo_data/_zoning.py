"""Derived zoning: a partition of the municipality in the vocabulary of Dutch zoning plans.

Streets and water are zones of their own. Ground takes the designation of the smallest mapped land use that holds it,
else of its buildings, else that of its surroundings: housing in settlements, agriculture outside. Business parks,
building land and nature reserves keep their own mapped boundary, which cuts through parcels as real plans do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
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
    tile_of,
)
from layers.demo_data._parcels import BLOCK, FIELD, OUTSIDE, ROAD, WATER

if TYPE_CHECKING:
    from layers.demo_data._extract import Extract
    from layers.demo_data._land import Land
    from layers.demo_data._parcels import Mosaic

Zone = tuple[str | None, str]
ROADS: Final[Zone] = ("verkeer", "Verkeer")
OPEN_WATER: Final[Zone] = ("water", "Water")
HOUSING: Final[Zone] = ("wonen", "Wonen")
FARMLAND: Final[Zone] = ("agrarisch", "Agrarisch")
GREEN: Final[Zone] = ("groen", "Groen")
NATURE: Final[Zone] = ("natuur", "Natuur")
FARMYARD: Final[Zone] = ("agrarisch", "Agrarisch - Agrarisch bedrijf")
GREENHOUSES: Final[Zone] = ("agrarisch", "Agrarisch - Glastuinbouw")
RURAL_HOUSING: Final[Zone] = ("wonen", "Wonen - Buitengebied")
CENTRE: Final[Zone] = ("centrum", "Centrum")
#: Land that is being built on: its new plan is not in the data, so its designation is not known.
NOT_KNOWN: Final[Zone] = (None, "Nog onbekend (nieuw plan)")
BUSINESS_PARK: Final[Zone] = ("bedrijventerrein", "Bedrijventerrein")
VERGE: Final[Zone] = ("verkeer", "Verkeer - Berm")
HORECA: Final[Zone] = ("horeca", "Horeca")
CULTURE: Final[Zone] = ("cultuur en ontspanning", "Cultuur en ontspanning")
SPORT: Final[Zone] = ("sport", "Sport")
COMMUNITY: Final[Zone] = ("maatschappelijk", "Maatschappelijk")
#: Stands for mown grass until its surroundings are known: a park or lawn in a town, pasture outside.
GRASS: Final[Zone] = ("agrarisch", "gras")

#: Zone by tag; the first line that fits an area counts.
BY_TAG: Final[tuple[tuple[str, str, Zone], ...]] = (
    ("name", "Zonnepark Kampen", ("bedrijf", "Bedrijf - Zonnepark")),
    ("man_made", "wastewater_plant", ("bedrijf", "Bedrijf - Nutsvoorziening")),
    ("name", "Camping Roggebotsluis", ("recreatie", "Recreatie - Verblijfsrecreatie")),
    ("tourism", "camp_site", ("recreatie", "Recreatie - Verblijfsrecreatie")),
    ("landuse", "construction", NOT_KNOWN),
    ("leisure", "nature_reserve", NATURE),
    ("landuse", "industrial", BUSINESS_PARK),
    ("landuse", "commercial", ("gemengd", "Gemengd")),
    ("landuse", "retail", ("detailhandel", "Detailhandel")),
    ("landuse", "education", ("maatschappelijk", "Maatschappelijk - Onderwijs")),
    ("amenity", "school", ("maatschappelijk", "Maatschappelijk - Onderwijs")),
    ("amenity", "hospital", ("maatschappelijk", "Maatschappelijk - Zorg")),
    ("amenity", "social_facility", ("maatschappelijk", "Maatschappelijk - Zorg")),
    ("amenity", "place_of_worship", ("maatschappelijk", "Maatschappelijk - Religie")),
    ("amenity", "parking", ("verkeer", "Verkeer - Verblijfsgebied")),
    ("landuse", "cemetery", ("maatschappelijk", "Maatschappelijk - Begraafplaats")),
    ("landuse", "static_caravan", ("recreatie", "Recreatie - Verblijfsrecreatie")),
    ("landuse", "allotments", ("recreatie", "Recreatie - Volkstuinen")),
    ("leisure", "marina", ("recreatie", "Recreatie - Jachthaven")),
    ("leisure", "sports_centre", SPORT),
    ("leisure", "pitch", SPORT),
    ("leisure", "horse_riding", ("sport", "Sport - Manege")),
    ("leisure", "park", GREEN),
    ("leisure", "playground", GREEN),
    ("landuse", "forest", ("bos", "Bos")),
    ("landuse", "railway", ("verkeer", "Verkeer - Railverkeer")),
    ("natural", "wetland", NATURE),
    ("natural", "scrub", NATURE),
    ("natural", "grassland", NATURE),
    ("landuse", "plant_nursery", ("agrarisch", "Agrarisch - Kwekerij")),
    ("landuse", "orchard", ("agrarisch", "Agrarisch - Fruitteelt")),
    ("landuse", "meadow", FARMLAND),
    ("landuse", "farmland", FARMLAND),
    ("landuse", "grass", GRASS),
)
BY_BUILDING: Final[dict[str, Zone]] = {
    "retail": ("detailhandel", "Detailhandel"),
    "school": ("maatschappelijk", "Maatschappelijk - Onderwijs"),
    "church": ("maatschappelijk", "Maatschappelijk - Religie"),
    "civic": COMMUNITY,
    "public": CULTURE,
    "fire_station": COMMUNITY,
    "office": ("kantoor", "Kantoor"),
    "commercial": ("gemengd", "Gemengd"),
    "industrial": ("bedrijf", "Bedrijf"),
    "factory": ("bedrijf", "Bedrijf"),
    "construction": NOT_KNOWN,
}
#: What a building is used for says more than its kind.
BY_USE: Final[tuple[tuple[str, str, Zone], ...]] = (
    ("amenity", "townhall", COMMUNITY),
    ("amenity", "police", COMMUNITY),
    ("amenity", "community_centre", COMMUNITY),
    ("amenity", "hospital", ("maatschappelijk", "Maatschappelijk - Zorg")),
    ("amenity", "social_facility", ("maatschappelijk", "Maatschappelijk - Zorg")),
    ("leisure", "sports_centre", SPORT),
)
_HORECA: Final = ("restaurant", "cafe", "pub", "bar", "fast_food", "nightclub")
_CULTURE: Final = ("theatre", "cinema")
#: A parcel with this many shops and places to eat within the distance lies in a centre.
_CENTRE_SHOPS: Final = 8
_CENTRE_M: Final = 90.0
#: A café in a larger building, or in an office or school, does not make the whole of it a place to eat.
_LARGEST_HORECA_M2: Final = 1_500.0
_HORECA_KINDS: Final = ("yes", "house", "retail", "commercial")
#: Settlements less than twice this apart make one town; what lies between, and a rim around it, is its green.
_TOWN_GAP_M: Final = 200.0
_TOWN_RIM_M: Final = 40.0
_LARGEST_TOWN_PARK_M2: Final = 600_000.0
#: Narrower ground without a building, for a good part along a street, is its verge.
_VERGE_WIDTH_M: Final = 8.0
_VERGE_SHARE: Final = 0.3
_MIN_ZONE_M2: Final = 30.0
_FARM_M2: Final = 300.0
_GREENHOUSE_SHARE: Final = 0.12
#: Boundaries that cut through parcels.
_OWN_BOUNDARY: Final = (BUSINESS_PARK, NOT_KNOWN, NATURE)
#: Zones whose own area counts even where a smaller lawn or wood is mapped in it.
_WHOLE: Final = ("recreatie", "sport", "maatschappelijk", None)
_MIN_OWN_M2: Final = 5_000.0


def make_zoning(extract: Extract, land: Land, mosaic: Mosaic, greenhouses: np.ndarray) -> gpd.GeoDataFrame:
    """Return the zones of the municipality: ``designation`` (null = not known), ``designation_code``, ``plan_id``."""
    inside = mosaic.kind != OUTSIDE
    cells, kind = mosaic.cells[inside], mosaic.kind[inside]
    zones: list[Zone] = []
    cell_zone = _intern(zones, _cell_zones(extract, land, cells, kind, greenhouses))
    uses, use_zone = tagged_areas(extract, minimum_m2=_MIN_OWN_M2, only=_OWN_BOUNDARY)
    faces = faces_of([cells, uses])
    owner, over = owner_of(faces, cells), owner_of(faces, uses)
    faces, owner, over = faces[owner >= 0], owner[owner >= 0], over[owner >= 0]
    own_zone = _intern(zones, use_zone)
    fixed = np.isin(kind[owner], (ROAD, WATER)) | np.isin(cell_zone[owner], _weaker_than_boundary(zones))
    zone = np.where((over >= 0) & ~fixed, own_zone[over], cell_zone[owner])
    tile = np.where(np.isin(kind[owner], (ROAD, WATER)), tile_of(faces), 0)
    shapes, labels = dissolve(faces, zone * TILES + tile)
    small = shapely.area(shapes) < _MIN_ZONE_M2
    shapes, labels = dissolve(shapes, labels[absorb_slivers(shapes, small, np.zeros(len(shapes)))])
    return _table(shapes, [zones[label // TILES] for label in labels])


def _weaker_than_boundary(zones: list[Zone]) -> list[int]:
    """Return the zones that a business park or reserve around them does not change."""
    keep = {"detailhandel", "sport", "recreatie", "maatschappelijk", "kantoor", "wonen", "cultuur en ontspanning"}
    return [i for i, zone in enumerate(zones) if zone[0] in keep or zone == GREENHOUSES]


def _intern(zones: list[Zone], found: list[Zone]) -> np.ndarray:
    numbers = {zone: i for i, zone in enumerate(zones)}
    for zone in found:
        if zone not in numbers:
            numbers[zone] = len(zones)
            zones.append(zone)
    return np.array([numbers[zone] for zone in found], dtype=np.int64)


def _table(shapes: np.ndarray, zones: list[Zone]) -> gpd.GeoDataFrame:
    codes = {zone: f"afgeleid-plan-{i:02d}" for i, zone in enumerate(sorted(set(zones), key=str), start=1)}
    return gpd.GeoDataFrame(
        {
            "designation": pd.array([zone[0] for zone in zones], dtype=object),
            "designation_code": [zone[1] for zone in zones],
            "plan_id": [codes[zone] for zone in zones],
        },
        geometry=shapely.set_precision(shapes, GRID, mode="pointwise"),
        crs=CRS,
    )


def tagged_areas(
    extract: Extract, minimum_m2: float = 0.0, only: tuple[Zone, ...] | None = None
) -> tuple[np.ndarray, list[Zone]]:
    """Return the mapped areas that have a zone of their own, and their zones."""
    areas = extract.areas
    zone = np.full(len(areas), -1)
    for number, (key, value, _) in reversed(list(enumerate(BY_TAG))):
        zone[(areas[key] == value).to_numpy(dtype=bool)] = number
    wanted = [number for number, line in enumerate(BY_TAG) if only is None or line[2] in only]
    keep = np.isin(zone, wanted) & (areas.area > minimum_m2).to_numpy() & areas["highway"].isna().to_numpy()
    shapes: np.ndarray = areas.geometry.to_numpy()[keep]
    return shapes, [BY_TAG[number][2] for number in zone[keep]]


def _cell_zones(
    extract: Extract, land: Land, cells: np.ndarray, kind: np.ndarray, greenhouses: np.ndarray
) -> list[Zone]:
    """Return the zone of each cell of the mosaic."""
    uses, use_zone = tagged_areas(extract)
    use = owner_of(cells, uses)
    whole = np.flatnonzero([zone[0] in _WHOLE for zone in use_zone])
    as_a_whole = owner_of(cells, uses[whole])
    use = np.where(as_a_whole >= 0, whole[as_a_whole], use)
    in_settlement = owner_of(cells, land.settlements.geometry.to_numpy()) >= 0
    in_town = owner_of(cells, _towns(land)) >= 0
    in_reserve = owner_of(cells, tagged_areas(extract, only=(NATURE,))[0]) >= 0
    in_park = owner_of(cells, tagged_areas(extract, only=(BUSINESS_PARK,))[0]) >= 0
    by_building = _building_zones(extract, land, cells, in_town)
    is_verge = _are_verges(cells, kind)
    under_glass = _share_covered(cells, greenhouses) > _GREENHOUSE_SHARE
    zones: list[Zone] = []
    for i in range(len(cells)):
        mapped = use_zone[use[i]] if use[i] >= 0 else None
        if kind[i] in (ROAD, WATER):
            zone = ROADS if kind[i] == ROAD else OPEN_WATER
        elif under_glass[i]:
            zone = GREENHOUSES
        elif kind[i] == BLOCK and by_building[i] not in (None, HOUSING) and mapped not in (BUSINESS_PARK, NOT_KNOWN):
            zone = by_building[i]
        elif (by_building[i] == HOUSING and not in_park[i]) or (in_settlement[i] and mapped is None):
            zone = HOUSING if mapped in (None, GRASS, FARMLAND) else mapped
        else:
            zone = _open_ground(mapped, is_town=in_town[i], is_reserve=in_reserve[i], is_verge=is_verge[i])
            zone = GREEN if zone == FARMLAND and in_settlement[i] else zone
        zones.append(zone)
    return zones


def _open_ground(mapped: Zone | None, *, is_town: bool, is_reserve: bool, is_verge: bool) -> Zone:
    """Return the zone of ground without a building, from its mapped land use (None = not mapped)."""
    if mapped not in (None, GRASS, FARMLAND):
        return mapped or FARMLAND
    if is_reserve:
        return NATURE
    if is_town and mapped != FARMLAND:
        return GREEN
    return VERGE if is_verge else FARMLAND


def _towns(land: Land) -> np.ndarray:
    """Return the settlements with the gaps between and within them closed, shape (n,)."""
    grown = shapely.union_all(shapely.buffer(land.settlements.geometry.to_numpy(), _TOWN_GAP_M, quad_segs=4))
    closed = shapely.get_parts(shapely.buffer(grown, _TOWN_RIM_M - _TOWN_GAP_M, quad_segs=4))
    holes = np.array([shapely.polygons(hole) for town in closed for hole in town.interiors], dtype=object)
    parks = holes[shapely.area(holes) < _LARGEST_TOWN_PARK_M2]
    return shapely.get_parts(shapely.union_all([*closed, *parks]))


def _are_verges(cells: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Return which cells are narrow ground along a street, shape (n,)."""
    edges = shared_edges(cells)
    edges = edges[kind[edges["b"]] == ROAD]
    along = np.bincount(edges["a"], weights=edges["length"], minlength=len(cells))
    length = shapely.length(cells)
    narrow: np.ndarray = 2 * shapely.area(cells) / length < _VERGE_WIDTH_M
    return narrow & (along > _VERGE_SHARE * length) & np.isin(kind, (FIELD, BLOCK))


def _building_zones(extract: Extract, land: Land, cells: np.ndarray, in_town: np.ndarray) -> list[Zone | None]:
    """Return the zone that the largest building of each cell, its shops and its surroundings point to, or None."""
    buildings = land.buildings[~land.buildings["building"].isin(["houseboat", "roof", "static_caravan"])]
    inner = shapely.point_on_surface(buildings.geometry.to_numpy())
    row, cell = shapely.STRtree(cells).query(inner, predicate="intersects")
    area = shapely.area(buildings.geometry.to_numpy())
    largest = (
        pd.DataFrame({"cell": cell, "row": row, "area": area[row]}).sort_values(["area", "row"]).groupby("cell").last()
    )
    zones: list[Zone | None] = [None] * len(cells)
    kinds, uses = buildings["building"].to_numpy(), _zones_by_use(buildings)
    centre = _is_central(extract, cells)
    open_to_guests = np.zeros(len(cells), dtype=bool)
    for number, building in zip(largest.index, largest["row"].to_numpy(), strict=True):
        zone = uses[building] or BY_BUILDING.get(kinds[building])
        if zone is None:
            is_farm = kinds[building] == "yes" and area[building] > _FARM_M2
            zone = HOUSING if in_town[number] else FARMYARD if is_farm else RURAL_HOUSING
        zones[number] = CENTRE if centre[number] and kinds[building] != "church" else zone
        fits = kinds[building] in _HORECA_KINDS and area[building] < _LARGEST_HORECA_M2
        open_to_guests[number] = fits and uses[building] is None and not centre[number]
    for values, zone in ((_HORECA, HORECA), (_CULTURE, CULTURE)):
        points = extract.points[extract.points["amenity"].isin(values)].geometry.to_numpy()
        for number in np.unique(shapely.STRtree(cells).query(points, predicate="intersects")[1]):
            zones[number] = zone if open_to_guests[number] else zones[number]
    return zones


def _zones_by_use(buildings: gpd.GeoDataFrame) -> list[Zone | None]:
    """Return the zone that the use of each building points to, or None."""
    zones: list[Zone | None] = [None] * len(buildings)
    for key, value, zone in BY_USE:
        for row in np.flatnonzero(buildings[key] == value):
            zones[row] = zone
    return zones


def _is_central(extract: Extract, cells: np.ndarray) -> np.ndarray:
    points = extract.points[
        extract.points["shop"].notna() | extract.points["amenity"].isin(_HORECA)
    ].geometry.to_numpy()
    near, _ = shapely.STRtree(points).query(shapely.point_on_surface(cells), predicate="dwithin", distance=_CENTRE_M)
    central: np.ndarray = np.bincount(near, minlength=len(cells)) >= _CENTRE_SHOPS
    return central


def _share_covered(cells: np.ndarray, covers: np.ndarray) -> np.ndarray:
    """Return which share of each cell is covered, shape (n,), 0 to 1."""
    cell, cover = shapely.STRtree(covers).query(cells, predicate="intersects")
    area = shapely.area(shapely.intersection(cells[cell], covers[cover], grid_size=GRID))
    share: np.ndarray = np.bincount(cell, weights=area, minlength=len(cells)) / shapely.area(cells)
    return share
