"""Coverage of a layer read from files: inside, "none there" is a fact; outside, it is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from suitability.core.ground import NOWHERE, polygons_of
from suitability.core.layer import Raster

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Area

#: How much the parts may add up to more than the whole before they count as overlapping.
_ROUNDING: Final = 1e-6


def areas_of(shapes: np.ndarray) -> BaseGeometry:
    """Return the ground that the shapes cover together; lines and points cover none."""
    areas = shapes[shapely.get_dimensions(shapes) == 2]  # noqa: PLR2004 (areas)
    if not len(areas):
        return NOWHERE
    try:  # areas that share their corners join a hundred times faster; whether these do shows in the result
        together = shapely.coverage_union_all(areas)
    except shapely.errors.GEOSException:
        return polygons_of(shapely.union_all(areas))
    if not together.is_valid or not np.isclose(together.area, shapely.area(areas).sum(), rtol=_ROUNDING):
        together = shapely.union_all(areas)
    return polygons_of(together)


def box_of(data: object) -> BaseGeometry:
    """Return the box around rows, a raster (where a cell without data says so itself) or streets."""
    if isinstance(data, Raster):
        height, width = data.values.shape
        return shapely.box(data.left, data.top - height * data.cell_m, data.left + width * data.cell_m, data.top)
    if isinstance(data, dict):
        corners = np.concatenate([graph.node_xy for graph in data.values()])
        return shapely.box(*corners.min(axis=0), *corners.max(axis=0)) if len(corners) else NOWHERE
    if isinstance(data, gpd.GeoDataFrame) and len(data):
        return shapely.box(*shapely.total_bounds(data.geometry.to_numpy()))
    return NOWHERE


def touching(shapes: np.ndarray, area: Area) -> np.ndarray:
    """Return the shapes whose bounds touch those of an area, reach included."""
    bounds = area.bounds()
    if bounds is None:
        return shapes
    left, bottom, right, top = bounds
    box = shapely.bounds(shapes)
    touched: np.ndarray = shapes[
        (box[:, 0] <= right) & (box[:, 2] >= left) & (box[:, 1] <= top) & (box[:, 3] >= bottom)
    ]
    return touched
