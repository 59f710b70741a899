"""The layers that follow from areas of zoning plans, whichever service or file gave these.

Areas come with ``name`` (the plan's own words), ``group`` (the main group, null where the plan does not say) and
``plan_id``, all text. Plans may overlap: none is left out, ``plan_id`` distinguishes them.
"""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from layers.designations import designation_of, environmental_categories, states_category
from suitability.core.types import CRS

#: Zones for business, of whatever category.
_FOR_BUSINESS: Final = ("bedrijf", "bedrijventerrein")
#: What is left of a zone below this is a difference in drawing.
_SLIVER_M2: Final = 1.0


def zoning(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return ``designation`` (null where it cannot be mapped), ``designation_code`` and ``plan_id``."""
    columns = {
        "designation": designation_of(zones["group"], zones["name"]),
        "designation_code": zones["name"],
        "plan_id": zones["plan_id"],
    }
    return gpd.GeoDataFrame(columns, geometry=zones.geometry, crs=CRS)


def businesses(parts: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return ``name`` and ``environmental_category`` of areas that state one, and of zones for business that do not.

    ``parts`` are function designations. A zone for business counts, with its category unknown, as far as no stated
    category lies over it: a business of any category may be there.
    """
    both = pd.concat([frame[["name", "geometry"]] for frame in (parts, zones)], ignore_index=True)
    stated = _sound(both[states_category(both["name"]).to_numpy(dtype=bool)])
    for_business = designation_of(zones["group"], zones["name"]).isin(_FOR_BUSINESS) & ~states_category(zones["name"])
    silent = _sound(zones.loc[for_business.to_numpy(dtype=bool), ["name", "geometry"]])
    if len(stated) and len(silent):
        silent = gpd.overlay(silent, stated[["geometry"]], how="difference")
        silent = silent[silent.area > _SLIVER_M2]
    frame = pd.concat(
        [
            stated.assign(environmental_category=environmental_categories(stated["name"])),
            silent.assign(environmental_category=None),
        ],
        ignore_index=True,
    )
    return gpd.GeoDataFrame(frame[["name", "environmental_category"]], geometry=frame["geometry"], crs=CRS)


def _sound(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = shapely.make_valid(areas.geometry.to_numpy())
    return gpd.GeoDataFrame({"name": areas["name"].to_numpy()}, geometry=shapes, crs=CRS)
