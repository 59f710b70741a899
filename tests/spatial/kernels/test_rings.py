"""Areas read from binary into arrays, their area, middle and soundness, against Shapely shape by shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers import open_source
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.spatial.kernels.coordinate_arrays import bounds_of_runs, flat_of
from suitability.spatial.kernels.rings import areas_of, middles_of, surely_sound
from suitability.spatial.kernels.wkb import flat_areas
from tests.spatial.kernels.shapes import X, Y, areas, array

if TYPE_CHECKING:
    from suitability.spatial.kernels.types import Flat


def from_binary(shapes: np.ndarray) -> Flat | None:
    """Return shapes as flat arrays, by way of their binary."""
    parts = [shapely.to_wkb(shape) for shape in shapes]
    offsets = np.cumsum([0, *map(len, parts)]).astype(np.int64)
    return flat_areas([(np.frombuffer(b"".join(parts), dtype=np.uint8), offsets)])


def same(one: Flat, other: Flat) -> bool:
    """Return whether two sets of flat arrays are equal in every bit."""
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def with_corner(number: float) -> shapely.Geometry:
    """Return a box of which the second corner is not a place."""
    box = shapely.box(X, Y, X + 9, Y + 9)
    return shapely.transform(box, lambda xy: np.where(np.arange(len(xy))[:, None] == 1, number, xy))


@given(st.lists(areas, min_size=1, max_size=12))
def test_from_binary_is_what_comes_of_the_shapes(shapes: list[shapely.Geometry]) -> None:
    """Also of parts and holes."""
    flat = from_binary(array(shapes))
    assert flat is not None
    assert same(flat, flat_of(array(shapes)))


@given(st.lists(areas, min_size=1, max_size=12))
def test_areas_and_middles_are_those_of_shapely_to_the_last_bit(shapes: list[shapely.Geometry]) -> None:
    """So no figure depends on how a parcel was read."""
    found = flat_of(array(shapes))
    assert areas_of(found).tolist() == shapely.area(shapes).tolist()
    xy, inside = middles_of(found)
    centroids = shapely.centroid(shapes)
    assert xy.tolist() == shapely.get_coordinates(centroids).tolist()
    assert shapely.contains(np.array(shapes)[inside], np.array(centroids)[inside]).all()


def test_the_parcels_of_kampen_from_binary() -> None:
    """All of them: arrays, areas, middles; hardly one is left for the slow check of soundness."""
    shapes = open_source("demo").load(LAYERS["parcels"], Area.everywhere()).frame.geometry.to_numpy()
    flat = from_binary(shapes)
    assert flat is not None
    assert same(flat, flat_of(shapes))
    assert np.array_equal(areas_of(flat), shapely.area(shapes))
    xy, inside = middles_of(flat)
    centroids = shapely.centroid(shapes)
    assert np.array_equal(xy, shapely.get_coordinates(centroids))
    assert (inside == shapely.contains(shapes, centroids)).all()
    sound = surely_sound(flat)
    assert shapely.is_valid(shapes[sound]).all()
    assert (~sound).sum() < len(shapes) / 1000


corner = st.tuples(*(st.integers(0, 6).map(lambda k, at=at: at + k) for at in (X, Y)))


@given(st.lists(st.lists(corner, min_size=3, max_size=9), min_size=1, max_size=3))
def test_what_is_surely_sound_is_valid(rings: list[list[tuple[float, float]]]) -> None:
    """Rings drawn blindly on a small grid: most of them cross, touch or lie in each other."""
    shape = shapely.Polygon(rings[0], rings[1:])
    if surely_sound(flat_of(array([shape])))[0]:
        assert shape.is_valid, shape.wkt


@pytest.mark.parametrize(
    ("name", "shape"),
    {
        "bow tie": shapely.Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)]),
        "spike": shapely.Polygon([(X, Y), (X + 9, Y), (X + 9, Y + 9), (X + 9, Y + 4), (X, Y + 9)]),
        "hole outside": shapely.Polygon(shapely.box(X, Y, X + 9, Y + 9).exterior, [shapely.box(X + 20, Y, X + 21, Y + 1).exterior]),
        "hole in a hole": shapely.Polygon(
            shapely.box(X, Y, X + 9, Y + 9).exterior,
            [shapely.box(X + 1, Y + 1, X + 8, Y + 8).exterior, shapely.box(X + 3, Y + 3, X + 4, Y + 4).exterior],
        ),
        "hole touching twice": shapely.Polygon(shapely.box(X, Y, X + 9, Y + 9).exterior, [[(X, Y + 4), (X + 4, Y), (X + 4, Y + 4)]]),
        "parts that overlap": shapely.MultiPolygon([shapely.box(X, Y, X + 5, Y + 5), shapely.box(X + 4, Y, X + 9, Y + 5)]),
        "not a number": with_corner(np.nan),
        "endless": with_corner(np.inf),
        "flat": shapely.Polygon([(X, Y), (X + 9, Y), (X + 4, Y)]),
    }.items(),
)  # fmt: skip
def test_what_is_wrong_is_never_surely_sound(name: str, shape: shapely.Geometry) -> None:
    """Each of these is left to the slow check."""
    assert not surely_sound(flat_of(array([shape])))[0], name


@pytest.mark.parametrize(
    "data",
    [
        shapely.to_wkb(shapely.Point(X, Y)),
        shapely.to_wkb(shapely.box(X, Y, X + 1, Y + 1), byte_order=0),
        shapely.to_wkb(shapely.Polygon([(0, 0, 1), (1, 0, 1), (1, 1, 1)])),
        shapely.to_wkb(shapely.box(X, Y, X + 1, Y + 1))[:-3],
        shapely.to_wkb(shapely.box(X, Y, X + 1, Y + 1)) + b"more",
        b"\x01\x03\x00\x00\x00\xff\xff\xff\x7f",
        b"\x01\x03\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\xff",
        b"\x01",
        b"",
    ],
)
def test_what_is_no_area_in_two_dimensions_is_left_to_shapely(data: bytes) -> None:
    """Points, heights, another order of bytes, and what is cut short or lies about its length."""
    good = shapely.to_wkb(shapely.box(X, Y, X + 1, Y + 1))
    joined = np.frombuffer(good + data + good, dtype=np.uint8)
    offsets = np.cumsum([0, len(good), len(data), len(good)]).astype(np.int64)
    assert flat_areas([(joined, offsets)]) is None


@given(st.lists(areas, min_size=1, max_size=6))
def test_runs_hold_their_edges(shapes: list[shapely.Geometry]) -> None:
    """Every corner lies within the bounds of the run that its edge is in."""
    flat = flat_of(array(shapes))
    first, bounds = bounds_of_runs(flat)
    assert len(bounds) == first[-1]
    for path in range(len(first) - 1):
        ring = flat.xy[flat.path_start[path] : flat.path_start[path + 1]]
        for k in range(first[path], first[path + 1]):
            begin = (k - first[path]) * 16
            some = ring[begin : begin + 17]
            assert bounds[k].tolist() == [*some.min(axis=0), *some.max(axis=0)]
