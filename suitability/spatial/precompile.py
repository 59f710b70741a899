"""Ahead-of-time compilation of the kernels at install: ``python -m suitability.spatial.precompile``. Otherwise the first scan compiles them."""

from __future__ import annotations

import numpy as np
import shapely

from suitability.core.layer import Raster, StreetGraph
from suitability.spatial.distances import inscribed_radius, least_spare
from suitability.spatial.kernels.coordinate_arrays import bounds_of_runs
from suitability.spatial.kernels.frontage import intervals_within
from suitability.spatial.kernels.intersection_area import shared_areas
from suitability.spatial.kernels.rings import areas_of, middles_of, parts_of, surely_sound
from suitability.spatial.kernels.wkb import flat_areas
from suitability.spatial.network import snap, travel_minutes
from suitability.spatial.parcels import Parcels
from suitability.spatial.zonal import zonal_statistics


def compile_kernels() -> None:
    """Call every kernel once, with the types that a scan calls it with: a square, and a street along it."""
    load_kernels()
    parcels = _square()
    ends = shapely.get_coordinates(parcels.geometry)[None, :2]
    first = np.zeros(1, dtype=np.int64)
    inscribed_radius(parcels, 1.0)
    intervals_within(ends, ends, np.ones(1), first, first)
    zonal_statistics(parcels.flat, Raster(np.ones((1, 1), dtype=np.float32), 0.0, 1.0, 1.0))


def _square() -> Parcels:
    return Parcels(np.array(["a"], dtype=object), np.array([shapely.box(0, 0, 1, 1)], dtype=object))


def load_kernels() -> None:
    """Call the kernels that every scan calls; if they were compiled before, they are only loaded."""
    parcels, first = _square(), np.zeros(1, dtype=np.int64)
    square = parcels.geometry
    binary = np.frombuffer(bytearray(shapely.to_wkb(square[0])), dtype=np.uint8)
    flat = flat_areas([(binary, np.array([0, len(binary)]))])
    if flat is None:
        raise TypeError("a square is an area")
    for work in (areas_of, middles_of, parts_of, surely_sound, bounds_of_runs):
        work(flat)
    shared_areas(parcels.flat, parcels.flat, first, first)
    least_spare(parcels, parcels, np.zeros(1), np.ones(1, dtype=bool), first)
    there = np.ones(1, dtype=bool)
    ends = np.array([[0.0, 0.0], [1.0, 0.0]])
    street = StreetGraph(
        ends,
        first.astype(np.int32),
        (first + 1).astype(np.int32),
        np.ones(1),
        there,
        there,
        -there.astype(np.int32),
        (),
    )
    door = snap(street, np.array([shapely.Point(0, 0)], dtype=object))
    travel_minutes(street, door, door, 5.0, 5.0, 1.0)


if __name__ == "__main__":
    compile_kernels()
