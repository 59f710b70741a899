"""Shapes as objects, or as they stand in a file: objects are made only where something asks for them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
import shapely

from suitability.core.memo import once
from suitability.spatial.kernels.coordinate_arrays import flat_of, taken

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from suitability.core.layer import Layer
    from suitability.core.types import FloatArray, GeometryArray, IntArray
    from suitability.spatial.kernels.types import Flat


class Shapes:
    """Shapes (n,) in EPSG:28992, in one order. Not to be changed.

    ``binary``: areas as Arrow arrays of well-known binary, where they were read so; ``flat`` is then known too.
    """

    def __init__(self, geometry: GeometryArray) -> None:
        """Take the shapes as objects."""
        self.binary: pa.ChunkedArray | None = None
        self.__dict__["geometry"] = geometry

    @classmethod
    def from_binary(cls, binary: pa.ChunkedArray, flat: Flat) -> Shapes:
        """Return areas as they were read: valid, none missing, and the same as flat arrays."""
        shapes = cls(np.empty(0, dtype=object))
        del shapes.__dict__["geometry"]
        shapes.binary = binary
        shapes.__dict__["flat"] = flat
        return shapes

    def __len__(self) -> int:
        return len(self.geometry) if self.binary is None else len(self.binary)

    @cached_property
    def geometry(self) -> GeometryArray:
        """The shapes, (n,)."""
        return self.at(np.arange(len(self)))

    def at(self, rows: IntArray) -> GeometryArray:
        """Return the shapes of some rows, in the shape of ``rows``; no others are made."""
        if self.binary is None or "geometry" in self.__dict__:
            return self.geometry[rows]
        made: GeometryArray = shapely.from_wkb(_picked(self.binary, rows.ravel()).to_numpy(zero_copy_only=False))
        return made.reshape(rows.shape)

    def as_binary(self) -> NDArray[np.object_]:
        """Return the shapes as well-known binary in two dimensions, (n,): as they were read, or made."""
        if self.binary is None:
            return np.asarray(shapely.to_wkb(self.geometry, output_dimension=2), dtype=object)
        return np.asarray(self.binary.to_numpy(zero_copy_only=False), dtype=object)

    def take(self, rows: IntArray) -> Shapes:
        """Return the shapes of some rows, in the order of ``rows``, as they are: objects, or as in a file."""
        if self.binary is None:
            return Shapes(self.geometry[rows])
        return Shapes.from_binary(_picked(self.binary, rows), taken(self.flat, rows))

    def followed_by(self, others: GeometryArray) -> Shapes:
        """Return these shapes and then others."""
        if self.binary is None:
            return Shapes(np.concatenate([self.geometry, others]))
        both = Shapes(np.empty(0, dtype=object))
        del both.__dict__["geometry"]
        more = pa.array(shapely.to_wkb(others), type=self.binary.type)
        both.binary = pa.chunked_array([*self.binary.chunks, more])
        return both

    @cached_property
    def flat(self) -> Flat:
        """The shapes as flat arrays."""
        return flat_of(self.geometry)

    @cached_property
    def total_bounds(self) -> FloatArray:
        """The bounds around all of them, (4,): min x, min y, max x, max y; NaN without any."""
        if self.binary is None or not len(self):
            return np.asarray(shapely.total_bounds(self.geometry), dtype=np.float64)
        low, high = self.flat.bounds[:, :2].min(axis=0), self.flat.bounds[:, 2:].max(axis=0)
        return np.concatenate([low, high])


def shapes_of(layer: Layer) -> Shapes:
    """Return the shapes of a vector layer, in the order of its rows; worked out once."""
    if layer.areas is not None:
        return cast("Shapes", layer.areas)
    return once(layer.shared, "shapes", lambda: Shapes(layer.frame.geometry.to_numpy()))


def _picked(binary: pa.ChunkedArray, rows: IntArray) -> pa.ChunkedArray:
    """Return some rows in their order; ``take`` of Arrow would first copy all chunks into one."""
    begin = np.cumsum([0, *(len(chunk) for chunk in binary.chunks)])
    of_chunk = np.searchsorted(begin, rows, side="right") - 1
    parts = [binary.chunk(c).take(rows[of_chunk == c] - begin[c]) for c in np.unique(of_chunk).tolist()]
    if len(parts) <= 1:
        return pa.chunked_array(parts, type=binary.type)
    return pa.chunked_array([pa.concat_arrays(parts).take(np.argsort(np.argsort(of_chunk, kind="stable")))])
