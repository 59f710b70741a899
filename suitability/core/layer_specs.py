"""Specifications of all layers: the contract between sources and criteria.

Column types: text, int, float. Every vector layer is in EPSG:28992; a source brings it there. A layer has a
``kind_column`` where every rule asks for rows of one kind, so that sources can each know kinds of their own: supermarkets
of one, bus stops of another. Zones, parks, businesses and buildings are asked for as a whole, and filtered by the policy.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from suitability.core.layer import LayerSpec

_POLYGONS: Final = ("Polygon", "MultiPolygon")
_POINTS: Final = ("Point",)
_LINES: Final = ("LineString", "MultiLineString")

#: Use of a building, in the column ``use`` of the layer ``buildings``.
BuildingUse = Literal["dwelling", "office", "industry", "lodging", "shop", "school", "farm", "greenhouse", "other"]
BUILDING_USES: Final[tuple[BuildingUse, ...]] = get_args(BuildingUse)

#: Layer of areas with which a rule may measure overlap.
AreaLayer = Literal[
    "zoning", "building_plots", "recreation_parks", "buildings", "municipality", "settlements", "water",
    "flood_defences", "floodplains", "nature_areas", "orchards",
]  # fmt: skip

_SPECS: Final = (
    # The scanned units. label: nearest address, for people; settlement: name of the settlement, null = outlying area.
    LayerSpec(
        "parcels",
        "vector",
        _POLYGONS,
        {"parcel_id": "text"},
        {"label": "text", "settlement": "text"},
        unique="parcel_id",
    ),
    # Zoning plan areas. designation: mapped class (IMRO bestemmingshoofdgroep), null = could not be mapped;
    # designation_code: the plan's own words.
    LayerSpec("zoning", "vector", _POLYGONS, {"designation": "text", "designation_code": "text"}, {"plan_id": "text"}),
    LayerSpec("building_plots", "vector", _POLYGONS, {}, {"plan_id": "text", "name": "text"}),
    LayerSpec("recreation_parks", "vector", _POLYGONS, {"name": "text", "park_kind": "text"}),
    LayerSpec(
        "facilities",
        "vector",
        _POINTS,
        {"facility_kind": "text", "name": "text"},
        {"source_id": "text"},
        kind_column="facility_kind",
    ),
    LayerSpec("employers", "vector", _POLYGONS + _POINTS, {"name": "text", "jobs": "int"}, {"sector": "text"}),
    # Business plots. environmental_category: 1, 2, 3.1 … 6 as text; null = not known.
    LayerSpec("businesses", "vector", _POLYGONS + _POINTS, {"name": "text", "environmental_category": "text"}),
    LayerSpec("noise", "raster", unit="dB"),
    LayerSpec("streets", "graph"),
    # Buildings that stand, or are being built. use: one of BUILDING_USES; of several uses in one building the first in the
    # order of config/sources/building_uses.yaml (dwelling before all others); null = not known. floor_area_m2: usable
    # floor area of the whole building, all storeys together; n_dwellings: a whole number, 0 = people live in none;
    # year: of construction; status: in the words of the register, "Bouw gestart" for what is being built.
    LayerSpec(
        "buildings",
        "vector",
        _POLYGONS,
        {"use": "text"},
        {"bag_id": "text", "floor_area_m2": "float", "n_dwellings": "float", "year": "float", "status": "text"},
    ),
    # Road edges or centre lines. width_m: full width of the road around the line, 0 where the line is its edge.
    LayerSpec("public_roads", "vector", _LINES, {"name": "text", "width_m": "float"}, {"road_class": "text"}),
    LayerSpec("municipality", "vector", _POLYGONS, {"name": "text", "code": "text"}),
    LayerSpec("settlements", "vector", _POLYGONS, {"name": "text"}),
    LayerSpec("water", "vector", _POLYGONS, {}, {"name": "text"}),
    # Dikes and other defences against flooding, with their slopes and, where a source has it, their protection zone.
    # kind: as the source says, for example dijk or kade.
    LayerSpec("flood_defences", "vector", _POLYGONS, {"name": "text"}, {"kind": "text"}),
    # Ground between a river and its winter dike, which the river may flood.
    LayerSpec("floodplains", "vector", _POLYGONS, {"name": "text"}),
    # Protected nature. kind: under which regime, for example Natura 2000 or the nature network.
    LayerSpec("nature_areas", "vector", _POLYGONS, {"name": "text"}, {"kind": "text"}),
    # Overhead power lines, the wires themselves; cables under the ground are not in it. voltage_kv: the highest.
    LayerSpec("power_lines", "vector", _LINES, {}, {"voltage_kv": "float", "name": "text"}),
    # Ground with fruit trees, from which spray may drift.
    LayerSpec("orchards", "vector", _POLYGONS, {}, {"name": "text"}),
    # Sites there are and sites with a permit. standing: existing or permitted; null = not known, for what has none.
    LayerSpec(
        "housing_sites",
        "vector",
        _POLYGONS + _POINTS,
        {"standing": "text", "beds": "float"},
        {
            "location_type": "text",
            "address": "text",
            "street": "text",
            "settlement": "text",
            "municipality": "text",
            "name": "text",
            "dwellings": "float",
        },
    ),
    # Answers given by a person. answer: 1 = yes, 0 = no; or the whole number that the question asks for.
    LayerSpec(
        "declarations",
        "table",
        (),
        {"parcel_id": "text", "question": "text", "answer": "int"},
        kind_column="question",
    ),
)

LAYERS: Final[dict[str, LayerSpec]] = {spec.name: spec for spec in _SPECS}
