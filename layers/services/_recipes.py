"""Recipes for layers from features of the national services, with their roles as columns.

Every recipe gets a frame with a column of text per role (null where a service does not say) and returns one with the
columns of the layer's specification; the rows keep their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pandas.api import types as dtypes

from layers.building_uses import uses_of
from layers.formats import _plan_areas
from layers.formats._bag_units import per_building
from layers.formats.brk import parcel_ids
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CODE_PREFIX: Final = "GM"


@dataclass(frozen=True)
class Recipe:
    """``roles`` that must be known, and how to ``make`` the layer of them; ``beside`` are rows that it needs as well.

    ``make`` gets the rows, the values of the table, and the rows of ``beside`` (null where it has none). Those are of
    another layer, or of ``SUPPORTS``. ``is_optional``: the layer can be made without them too.
    """

    roles: tuple[str, ...]
    make: Callable[[gpd.GeoDataFrame, Mapping[str, str], gpd.GeoDataFrame | None], gpd.GeoDataFrame]
    beside: str | None = None
    is_optional: bool = False


#: What is fetched for another layer only, and is none itself: roles by name.
SUPPORTS: Final[dict[str, tuple[str, ...]]] = {"building_units": ("uses", "floor_area", "status")}


def _parcels(rows: gpd.GeoDataFrame, _values: Mapping[str, str], _beside: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    names = {"municipality_code": "municipality_code", "section": "section", "number": "number"}
    return _frame(rows, {"parcel_id": parcel_ids(rows, names)})


def _buildings(rows: gpd.GeoDataFrame, _values: Mapping[str, str], beside: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Return the buildings with what their units say, which belong to the building in which their point lies.

    The building says itself how many units it has and for what they are used. Where fewer are found, as at the edge of
    what was fetched, floor area and dwellings are not known.
    """
    units = rows.iloc[:0].assign(floor_area=None) if beside is None else beside
    unit, building = _building_of(rows, units)
    stated = pd.to_numeric(rows["units"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    complete = np.bincount(building, minlength=len(rows)) >= np.where(np.isnan(stated), np.inf, stated)
    found = per_building(units.iloc[unit], building, len(rows), complete).set_index(rows.index)
    said = uses_of(rows["uses"], "bag")
    columns = {
        "use": said.where(said.notna(), found["use"]),
        "floor_area_m2": found["floor_area_m2"],
        "n_dwellings": found["n_dwellings"],
        "bag_id": rows["bag_id"],
        "year": pd.to_numeric(rows["year"], errors="coerce").astype(float),
        "status": rows["status"],
    }
    return _frame(rows, columns)


def _building_of(rows: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the units that lie in a building, and the row of that building.

    Of buildings above each other it is one that says to have units, the smallest of them.
    """
    shapes = rows.geometry.to_numpy()
    unit, building = shapely.STRtree(shapes).query(units.geometry.to_numpy(), predicate="intersects")
    without = rows["uses"].isna().to_numpy(dtype=bool)
    order = np.lexsort((building, shapely.area(shapes)[building], without[building], unit))
    unit, building = unit[order], building[order]
    _, first = np.unique(unit, return_index=True)
    return unit[first], building[first]


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
        name: column.astype("object").where(column.notna(), None)
        if isinstance(column, pd.Series) and not dtypes.is_float_dtype(column)
        else column
        for name, column in columns.items()
    }
    return gpd.GeoDataFrame(plain, geometry=rows.geometry, index=rows.index, crs=CRS)


def _nothing(rows: gpd.GeoDataFrame) -> pd.Series:
    return pd.Series(None, index=rows.index, dtype="object")


RECIPES: Final[dict[str, Recipe]] = {
    "parcels": Recipe(("municipality_code", "section", "number"), _parcels),
    "buildings": Recipe(
        ("bag_id", "uses", "units", "status", "year"), _buildings, beside="building_units", is_optional=True
    ),
    "settlements": Recipe(("name",), _settlements),
    "municipality": Recipe(("name", "code"), _municipality),
    "recreation_parks": Recipe(("name", "kind"), _recreation_parks),
    "water": Recipe(("name",), _water),
    "public_roads": Recipe(("road_class",), _public_roads),
    "zoning": Recipe(("group", "name", "plan_id"), _zoning),
    "building_plots": Recipe(("name", "plan_id"), _building_plots, beside="zoning"),
    "businesses": Recipe(("name",), _businesses, beside="zoning"),
}
