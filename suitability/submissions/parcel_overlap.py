"""Overlaps of drawn sites with parcels, also for sites with thousands of corners.

Cutting costs the corners of the site once per parcel. So a site of many corners is cut in pieces first, and only parcels
through which the boundary of a piece runs are cut with it; of the others the area is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from suitability.spatial.overlaps import subdivided

if TYPE_CHECKING:
    from suitability.core.types import FloatArray, GeometryArray, IntArray
    from suitability.spatial.parcels import Parcels

_MOST_CORNERS: Final = 128  # of a piece: fewer makes more pieces, and no faster


@dataclass(frozen=True)
class SharedGround:
    """Pairs of a site and a parcel that touch, by site and then row, and the m2 they share; 0 on a boundary."""

    site: IntArray
    row: IntArray
    area_m2: FloatArray


def shared_ground(sites: GeometryArray, parcels: Parcels) -> SharedGround:
    """Return every pair of a site (n,) and a parcel that touch, in EPSG:28992."""
    many = shapely.get_num_coordinates(sites) > _MOST_CORNERS
    cut, of_cut = subdivided(sites[many], _MOST_CORNERS)
    pieces = np.concatenate([sites[~many], cut])
    owner = np.concatenate([np.flatnonzero(~many), np.flatnonzero(many)[of_cut]])
    piece, row = parcels.tree.query(pieces, predicate="intersects")
    ground = parcels.geometry[row]
    shapely.prepare(pieces)
    area = np.where(shapely.contains_properly(pieces[piece], ground), parcels.areas[row], np.nan)
    crossed = np.flatnonzero(np.isnan(area))
    area[crossed] = shapely.area(shapely.intersection(pieces[piece[crossed]], ground[crossed]))
    pair, which = np.unique(np.column_stack([owner[piece], row]), axis=0, return_inverse=True)
    total = np.bincount(which.ravel(), weights=area, minlength=len(pair)).astype(np.float64)
    return SharedGround(pair[:, 0], pair[:, 1], total)
