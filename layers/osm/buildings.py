"""Buildings from OpenStreetMap: what they are used for, their floor area, and how many dwellings they hold.

In the Netherlands buildings and addresses on OpenStreetMap came from the register (BAG). There ``house`` and
``apartments`` are lived in; a ``yes`` with an address has several uses or one without a word of its own, and one without
an address is a shed, a barn or another building without a unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.building_uses import assumed_storeys, first_uses, tagged_uses, use_table, uses_of
from suitability.core.types import CRS

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.types import BoolArray, FloatArray

_TAGS: Final = (
    "building", "ref:bag", "construction", "building:levels", "start_date", "addr:street", "addr:housenumber", "addr:postcode",
)  # fmt: skip
_UNDER_CONSTRUCTION: Final = "Bouw gestart"
_KIND_NOT_SAID: Final = "yes"
_SHED: Final = "other"
#: A larger building without an address can be a hall, a barn or a greenhouse as well: its use is not known.
_LARGEST_SHED_M2: Final = 400.0
#: Uses of which no tag from the register says that nobody lives there too.
_MAYBE_LIVED_IN: Final = ("farm", "greenhouse")
_YEAR: Final = r"^(\d{4})"
_LEVELS: Final = r"^(\d+(?:\.\d+)?)$"


def building_tags() -> tuple[str, ...]:
    """Return the keys that say something of a building, or of a point in one."""
    return tuple(dict.fromkeys((*_TAGS, *use_table().openstreetmap_tags)))


def buildings_of(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return all buildings with their tags, and ``bag_id`` of 16 digits, or null."""
    found = areas[areas["building"].notna() & (areas["building"] != "no")].reset_index(drop=True)
    found["bag_id"] = found["ref:bag"].str.split(";").str[0].str.zfill(16)
    return found


def described(buildings: gpd.GeoDataFrame, points: gpd.GeoDataFrame, known: BaseGeometry) -> gpd.GeoDataFrame:
    """Return the layer ``buildings`` from tagged buildings and tagged points.

    ``known``: where the points are complete; of a building beyond it, it is not known how many addresses it has.
    ``use`` is that of its tags, else of what is in it. ``n_dwellings`` is the number of addresses in a building that is
    lived in, businesses not counted, at least one. Without ``floor_area_m2``, which follows from ``use``: ``with_floor_area``.
    """
    shapes = buildings.geometry.to_numpy()
    building, point = shapely.STRtree(points.geometry.to_numpy()).query(shapes, predicate="intersects")
    inside = tagged_uses(points).iloc[point]
    homes, addressed = _addresses(buildings, points.iloc[point], building, inside.notna().to_numpy())
    said = buildings["building"].where(buildings["building"] != "construction", buildings["construction"])
    by_kind = uses_of(said, "openstreetmap")
    of_points = pd.Series(first_uses(inside, building, len(buildings)), index=buildings.index, dtype="object")
    use = by_kind.where(by_kind.notna(), tagged_uses(buildings)).astype("object")
    use = use.where(use.notna(), of_points)
    inside_known = shapely.covers(known, shapes)
    without_unit = said.eq(_KIND_NOT_SAID).to_numpy(dtype=bool) & ~addressed & inside_known
    is_shed = without_unit & (shapely.area(shapes) <= _LARGEST_SHED_M2)
    use = use.where(use.notna() | ~is_shed, _SHED)
    maybe_lived_in = by_kind.isin(_MAYBE_LIVED_IN).to_numpy(dtype=bool)
    lived_in = by_kind.eq("dwelling").to_numpy(dtype=bool)
    dwellings = np.full(len(buildings), np.nan)
    dwellings[without_unit | (maybe_lived_in & ~addressed & inside_known)] = 0
    dwellings[by_kind.notna().to_numpy(dtype=bool) & ~maybe_lived_in] = 0
    dwellings[lived_in] = np.where(inside_known, np.maximum(homes, 1), np.nan)[lived_in]
    begun = buildings["building"].eq("construction").to_numpy(dtype=bool)
    dwellings[begun] = 0
    year = pd.to_numeric(buildings["start_date"].astype("string").str.extract(_YEAR, expand=False), errors="coerce")
    return gpd.GeoDataFrame(
        {
            "use": use.where(use.notna(), None),
            "bag_id": buildings["bag_id"],
            "n_dwellings": dwellings,
            "year": year.to_numpy(dtype=float, na_value=np.nan),
            "status": pd.Series(
                [_UNDER_CONSTRUCTION if one else None for one in begun], index=buildings.index, dtype="object"
            ),
        },
        geometry=shapes,
        crs=CRS,
    )


def with_floor_area(table: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the layer with ``floor_area_m2``: footprint times storeys, those tagged or else assumed by use.

    Null where neither is known, and of what is being built: there is no floor yet.
    """
    levels = pd.to_numeric(
        buildings["building:levels"].astype("string").str.extract(_LEVELS, expand=False), errors="coerce"
    ).to_numpy(dtype=float, na_value=np.nan)
    storeys = np.where(levels >= 1, levels, assumed_storeys(table["use"]).to_numpy(dtype=float, na_value=np.nan))
    storeys[table["status"].eq(_UNDER_CONSTRUCTION).to_numpy(dtype=bool)] = np.nan
    return table.assign(floor_area_m2=table.area.to_numpy() * storeys)


def _addresses(
    buildings: gpd.GeoDataFrame, inside: gpd.GeoDataFrame, building: np.ndarray, is_business: np.ndarray
) -> tuple[FloatArray, BoolArray]:
    """Return how many addresses in each building are no business, and whether it has any address.

    ``inside``: a row per point and building it lies in, ``building`` that building. A business and the register may both give an address a point.
    """
    own = _texts(buildings).to_numpy(dtype=object)
    text = np.concatenate([_texts(inside).to_numpy(dtype=object), own])
    row = np.concatenate([building, np.arange(len(buildings))])
    business = np.concatenate([is_business, np.zeros(len(buildings), dtype=bool)])
    table = pd.DataFrame({"row": row, "text": text, "business": business}).dropna(subset="text")
    at = table.groupby(["row", "text"])["business"].any().reset_index()
    addressed = np.bincount(at["row"], minlength=len(buildings)) > 0
    homes = np.bincount(at["row"][~at["business"]], minlength=len(buildings)).astype(float)
    return homes, addressed


def _texts(objects: gpd.GeoDataFrame) -> pd.Series:
    """Return the address of each object; null without a house number."""
    parts = [objects[key].astype("string").fillna("") for key in ("addr:postcode", "addr:street", "addr:housenumber")]
    text: pd.Series = (parts[0] + " " + parts[1] + " " + parts[2]).astype("object")
    return text.where(objects["addr:housenumber"].notna(), None)
