"""The parcels that are scanned, as shapes or as they stand in a file."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

from suitability.spatial import kernels
from suitability.spatial.shapes import Shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from suitability.core.types import FloatArray, GeometryArray


class Parcels(Shapes):
    """The scanned units: ``ids`` (n,) unique texts and ``geometry`` (n,) polygons in EPSG:28992, in one order. Not to be changed.

    ``shared``: work on these parcels that several criteria share; what is in it follows from the parcels and the layers.
    """

    def __init__(self, ids: NDArray[np.object_], geometry: GeometryArray | Shapes) -> None:
        """Take ids and shapes, one of each per parcel."""
        if isinstance(geometry, Shapes):
            self.__dict__.update(geometry.__dict__)
        else:
            super().__init__(geometry)
        self.ids = ids
        self.shared: dict[tuple[str, str], object] = {}

    @cached_property
    def areas(self) -> FloatArray:
        """Areas in m2, shape (n,)."""
        if self.binary is None:
            return np.asarray(shapely.area(self.geometry), dtype=np.float64)
        return kernels.rings.areas_of(self.flat)

    @cached_property
    def inner_xy(self) -> FloatArray:
        """A place inside each polygon, (n, 2): the centroid where it lies inside, else a point on the surface."""
        if self.binary is None:
            return np.asarray(shapely.get_coordinates(inner_points(self.geometry)), dtype=np.float64)
        xy, inside = kernels.rings.middles_of(self.flat)
        unsure = np.flatnonzero(~inside)
        xy[unsure] = shapely.get_coordinates(inner_points(self.at(unsure)))
        return xy

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index over the parcels."""
        return shapely.STRtree(self.geometry)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of ids and geometries in their order."""
        digest = hashlib.sha256("\n".join(self.ids).encode())
        digest.update(b"".join(self.as_binary()))
        return digest.hexdigest()


def inner_points(geometry: GeometryArray) -> GeometryArray:
    """Return a point inside each polygon: the centroid where it lies inside, else a point on the surface."""
    points: GeometryArray = shapely.centroid(geometry)
    outside = ~shapely.contains(geometry, points)
    points[outside] = shapely.point_on_surface(geometry[outside])
    return points
