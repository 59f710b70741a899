"""The parcels that are scanned, as shapes or as they stand in a file."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from suitability.kernels.flat import Flat
    from suitability.types import FloatArray, GeometryArray, IntArray


class Parcels:
    """The scanned units: ``ids`` (n,) unique texts and ``geometry`` (n,) polygons in EPSG:28992, in one order. Not to be changed.

    ``binary``: the same polygons as an Arrow array of well-known binary, where they were read so; then shapes are made
    only when something asks for them. ``shared``: work on these parcels that several criteria share; what is in it
    follows from the parcels and the layers.
    """

    def __init__(self, ids: NDArray[np.object_], geometry: GeometryArray) -> None:
        """Take ids and shapes, one of each per parcel."""
        self.ids = ids
        self.binary: pa.BinaryArray | None = None
        self.shared: dict[tuple[str, str], object] = {}
        self.__dict__["geometry"] = geometry

    @classmethod
    def from_binary(cls, ids: NDArray[np.object_], binary: pa.BinaryArray, flat: Flat) -> Parcels:
        """Return parcels as they were read: valid polygons in an Arrow array of binary, and the same as flat arrays."""
        parcels = cls(ids, np.empty(0, dtype=object))
        parcels.binary = binary
        del parcels.__dict__["geometry"]
        parcels.__dict__["flat"] = flat
        return parcels

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def geometry(self) -> GeometryArray:
        """The polygons, shape (n,)."""
        return self.shapes(np.arange(len(self)))

    def shapes(self, rows: IntArray) -> GeometryArray:
        """Return the polygons of some parcels, in the order of ``rows``; no others are made."""
        if self.binary is None or "geometry" in self.__dict__:
            return self.geometry[rows]
        made: GeometryArray = shapely.from_wkb(self.binary.take(rows).to_numpy(zero_copy_only=False))
        return made

    @cached_property
    def flat(self) -> Flat:
        """The polygons as flat arrays."""
        from suitability.kernels.flat import flat_of  # noqa: PLC0415 (types load before kernels)

        return flat_of(self.geometry)

    @cached_property
    def areas(self) -> FloatArray:
        """Areas in m2, shape (n,)."""
        if self.binary is None:
            return np.asarray(shapely.area(self.geometry), dtype=np.float64)
        from suitability.kernels.rings import areas_of  # noqa: PLC0415 (compiled: slow to load, and kept measurements need none)

        return areas_of(self.flat)

    @cached_property
    def inner_xy(self) -> FloatArray:
        """A place inside each polygon, (n, 2): the centroid where it lies inside, else a point on the surface."""
        if self.binary is None:
            return np.asarray(shapely.get_coordinates(inner_points(self.geometry)), dtype=np.float64)
        from suitability.kernels.rings import middles_of  # noqa: PLC0415 (compiled, as above)

        xy, inside = middles_of(self.flat)
        unsure = np.flatnonzero(~inside)
        xy[unsure] = shapely.get_coordinates(inner_points(self.shapes(unsure)))
        return xy

    @cached_property
    def total_bounds(self) -> FloatArray:
        """The bounds around all of them, (4,): min x, min y, max x, max y; NaN without any."""
        if self.binary is None:
            return np.asarray(shapely.total_bounds(self.geometry), dtype=np.float64)
        low, high = self.flat.bounds[:, :2].min(axis=0), self.flat.bounds[:, 2:].max(axis=0)
        return np.concatenate([low, high])

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index over the parcels."""
        return shapely.STRtree(self.geometry)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of ids and geometries in their order."""
        digest = hashlib.sha256("\n".join(self.ids).encode())
        if self.binary is None:
            digest.update(b"".join(shapely.to_wkb(self.geometry, output_dimension=2)))
        else:
            digest.update(b"".join(self.binary.to_numpy(zero_copy_only=False)))
        return digest.hexdigest()


def inner_points(geometry: GeometryArray) -> GeometryArray:
    """Return a point inside each polygon: the centroid where it lies inside, else a point on the surface."""
    points: GeometryArray = shapely.centroid(geometry)
    outside = ~shapely.contains(geometry, points)
    points[outside] = shapely.point_on_surface(geometry[outside])
    return points
