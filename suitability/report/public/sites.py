"""Sites of the workshop that may be shown, by stage; of the others nothing, or how many there are in a wide area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from suitability.core.errors import Problem, PublicationError
from suitability.core.types import CRS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.core.types import GeometryArray
    from suitability.report.public.profile import Profile
    from suitability.scan.run import Scan


@dataclass(frozen=True, eq=False)
class Sites:
    """Sites of the workshop: ``frame`` with ``site_id`` and polygons in EPSG:28992, and the stage of each.

    ``stages``: site id -> (id of its stage, whether that stage may be published). A site without one does not appear.
    """

    frame: gpd.GeoDataFrame
    stages: Mapping[str, tuple[str, bool]]


def public_sites(profile: Profile, given: Sites | None, scan: Scan) -> gpd.GeoDataFrame:
    """Return the released sites and, if the profile says so, counts of what is withheld.

    Raises ``PublicationError`` for a column that is not on the profile; ``stage`` is filled in here.
    """
    columns = profile.site_columns()
    sites = None if given is None else given.frame
    empty = gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs=CRS)
    if given is None or sites is None or sites.empty:
        return empty
    allowed = {*profile.sites.fields, "site_id", "geometry"}
    unlisted = [str(column) for column in sites.columns if column not in allowed]
    if unlisted:
        fields = {"found": ", ".join(unlisted), "expected": ", ".join(profile.sites.fields)}
        raise PublicationError(Problem("sites", "not_on_profile", fields))
    named = [given.stages.get(str(site), ("", False)) for site in sites["site_id"]]
    wanted = profile.sites.stages
    shown = np.array([may is True and (not wanted or stage in wanted) for stage, may in named], dtype=bool)
    kept = sites[shown].assign(stage=np.array([stage for stage, _ in named], dtype=object)[shown])
    shapes = np.asarray(shapely.set_precision(kept.geometry.to_numpy(), profile.grid_m), dtype=object)
    frame = gpd.GeoDataFrame(
        {name: kept[name].to_numpy() for name in profile.sites.fields if name in kept}, geometry=shapes, crs=CRS
    )
    counted = _withheld(profile, np.asarray(sites.geometry.to_numpy()[~shown], dtype=object), scan)
    if counted is None or counted.empty:
        return frame if len(frame) else empty
    return gpd.GeoDataFrame(pd.concat([frame, counted], ignore_index=True)[[*columns, "geometry"]], crs=CRS)


def _withheld(profile: Profile, shapes: GeometryArray, scan: Scan) -> gpd.GeoDataFrame | None:
    """Return how many withheld sites lie in each settlement or cell; a site outside any settlement is not counted."""
    if profile.sites.withheld == "hidden" or not len(shapes):
        return None
    spots = shapely.get_coordinates(shapely.point_on_surface(shapes))
    if profile.sites.withheld == "cell":
        side = profile.sites.cell_m
        corner, n = np.unique(np.floor(spots / side), axis=0, return_counts=True)
        x, y = corner[:, 0] * side, corner[:, 1] * side
        wide = np.asarray(shapely.box(x, y, x + side, y + side), dtype=object)
    elif "settlements" in scan.layers:
        whole = np.asarray(scan.layers["settlements"].frame.geometry.to_numpy(), dtype=object)
        _, inside = shapely.STRtree(whole).query(shapely.points(spots), predicate="within")
        which, n = np.unique(inside, return_counts=True)
        wide = np.asarray(shapely.set_precision(whole[which], profile.grid_m), dtype=object)
    else:
        return None
    columns: dict[str, object] = {name: np.full(len(wide), "", dtype=object) for name in profile.sites.fields}
    columns["n_withheld"] = n.astype(np.int64)
    return gpd.GeoDataFrame(columns, geometry=wide, crs=CRS)
