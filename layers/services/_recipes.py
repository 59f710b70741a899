"""Recipes for layers from features of the national services, with their roles as columns.

Every recipe gets a frame with a column of text per role (null where a service does not say) and returns one with the
columns of the layer's specification; the rows keep their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd
import shapely

from layers.formats import _plan_areas
from layers.formats.bag import BUILDING_KINDS
from layers.formats.brk import parcel_ids
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SEVERAL_USES, _SEVERAL_HOMES, _UNDER_CONSTRUCTION = "mixed", "apartments", "construction"
_BEGUN: Final = "bouw gestart"
_CODE_PREFIX: Final = "GM"


@dataclass(frozen=True)
class Recipe:
    """``roles`` that must be known, and how to ``make`` the layer of them; ``beside`` is a layer whose rows it needs.

    ``make`` gets the rows, the values of the table, and the rows of ``beside`` (null where it has none).
    """

    roles: tuple[str, ...]
    make: Callable[[gpd.GeoDataFrame, Mapping[str, str], gpd.GeoDataFrame | None], gpd.GeoDataFrame]
    beside: str | None = None


def _parcels(rows: gpd.GeoDataFrame, _values: Mapping[str, str], _beside: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    names = {"municipality_code": "municipality_code", "section": "section", "number": "number"}
    return _frame(rows, {"parcel_id": parcel_ids(rows, names)})


def _buildings(
    rows: gpd.GeoDataFrame, _values: Mapping[str, str], _beside: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    uses = rows["uses"].str.split(",").map(lambda parts: [part.strip() for part in parts], na_action="ignore")
    single = uses.str[0].map(BUILDING_KINDS)
    homes = single.eq("house") & (pd.to_numeric(rows["units"], errors="coerce") > 1)
    kinds = single.mask(homes, _SEVERAL_HOMES).mask(uses.str.len() > 1, _SEVERAL_USES)
    kinds = kinds.mask(rows["status"].str.lower().eq(_BEGUN), _UNDER_CONSTRUCTION)
    return _frame(rows, {"building_kind": kinds, "bag_id": rows["bag_id"]})


def _settlements(
    rows: gpd.GeoDataFrame, _values: Mapping[str, str], _beside: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    return _frame(rows, {"name": rows["name"]})


def _municipality(
    rows: gpd.GeoDataFrame, _values: Mapping[str, str], _beside: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    bare = rows["code"].str.fullmatch(r"\d+").fillna(value=False).astype(bool)
    return _frame(rows, {"name": rows["name"], "code": rows["code"].mask(bare, _CODE_PREFIX + rows["code"])})


def _recreation_parks(
    rows: gpd.GeoDataFrame, values: Mapping[str, str], _beside: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    rows = rows[rows["kind"].isin(list(values)).to_numpy(dtype=bool)]
    return _frame(rows, {"name": rows["name"], "park_kind": rows["kind"].map(values)})


def _water(rows: gpd.GeoDataFrame, _values: Mapping[str, str], _beside: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    return _frame(rows, {"name": rows["name"]})


def _public_roads(
    rows: gpd.GeoDataFrame, _values: Mapping[str, str], _beside: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """Return the edges of the road surfaces: along an edge the road begins, so its width around it is 0."""
    frame = _frame(rows, {"name": _nothing(rows), "width_m": 0.0, "road_class": rows["road_class"]})
    return frame.set_geometry(shapely.boundary(frame.geometry.to_numpy()), crs=CRS)


def _zoning(rows: gpd.GeoDataFrame, _values: Mapping[str, str], _beside: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    return _plan_areas.zoning(rows)


def _building_plots(
    rows: gpd.GeoDataFrame, _values: Mapping[str, str], _beside: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    return _frame(rows, {"plan_id": rows["plan_id"], "name": rows["name"]})


def _businesses(
    rows: gpd.GeoDataFrame, _values: Mapping[str, str], beside: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    return _plan_areas.businesses(rows, rows.iloc[:0].assign(group=None) if beside is None else beside)


def _frame(rows: gpd.GeoDataFrame, columns: Mapping[str, pd.Series | float]) -> gpd.GeoDataFrame:
    """Return the columns, of texts with plain nulls, and the shapes."""
    plain = {
        name: column.astype("object").where(column.notna(), None) if isinstance(column, pd.Series) else column
        for name, column in columns.items()
    }
    return gpd.GeoDataFrame(plain, geometry=rows.geometry, index=rows.index, crs=CRS)


def _nothing(rows: gpd.GeoDataFrame) -> pd.Series:
    return pd.Series(None, index=rows.index, dtype="object")


RECIPES: Final[dict[str, Recipe]] = {
    "parcels": Recipe(("municipality_code", "section", "number"), _parcels),
    "buildings": Recipe(("bag_id", "uses", "units", "status"), _buildings),
    "settlements": Recipe(("name",), _settlements),
    "municipality": Recipe(("name", "code"), _municipality),
    "recreation_parks": Recipe(("name", "kind"), _recreation_parks),
    "water": Recipe(("name",), _water),
    "public_roads": Recipe(("road_class",), _public_roads),
    "zoning": Recipe(("group", "name", "plan_id"), _zoning),
    "building_plots": Recipe(("name", "plan_id"), _building_plots, beside="zoning"),
    "businesses": Recipe(("name",), _businesses, beside="zoning"),
}
