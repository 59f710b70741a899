"""Businesses on whose terrain a parcel lies.

A thing lies on an area that holds a point inside it. The terrain of a business is the parcel it lies on, its own plot
where its shape is an area, and the building plot it shares with the parcel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from suitability.spatial.parcels import inner_points

if TYPE_CHECKING:
    from suitability.core.types import GeometryArray, IntArray
    from suitability.spatial.parcels import Parcels


def own_businesses(
    parcels: Parcels, businesses: GeometryArray, building_plots: GeometryArray | None
) -> tuple[IntArray, IntArray]:
    """Return all pairs of a parcel and a business on whose terrain it lies, sorted, each once.

    ``building_plots``: None = a shared building plot does not count.
    """
    spots = np.asarray(shapely.points(parcels.inner_xy), dtype=object)
    points = inner_points(businesses)
    pairs = [_on(parcels.tree, points), _on(shapely.STRtree(businesses), spots)[::-1]]
    if building_plots is not None:
        plots = shapely.STRtree(building_plots)
        plot_of_business, business = _on(plots, points)
        plot_of_parcel, parcel = _on(plots, spots)
        inside, within = _on(parcels.tree, inner_points(building_plots))
        plot, owner = np.concatenate([plot_of_parcel, within]), np.concatenate([parcel, inside])
        pairs.append(_joined(plot, owner, plot_of_business, business))
    found = np.unique(np.concatenate([np.column_stack(pair) for pair in pairs]), axis=0)
    return found[:, 0], found[:, 1]


def _on(areas: shapely.STRtree, points: GeometryArray) -> tuple[IntArray, IntArray]:
    """Return the pairs of an area and a point in it or on its boundary."""
    point, area = areas.query(points, predicate="intersects")
    return area.astype(np.int64), point.astype(np.int64)


def _joined(key: IntArray, left: IntArray, other_key: IntArray, right: IntArray) -> tuple[IntArray, IntArray]:
    """Return the pairs of a left and a right with the same key."""
    order = np.argsort(other_key, kind="stable")
    begin, end = (np.searchsorted(other_key[order], key, side=side) for side in ("left", "right"))
    count = end - begin
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(left, count), right[order[np.repeat(begin, count) + step]]
