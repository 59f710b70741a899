"""Shapes as they stand in a file, against the same as objects: whatever is asked of them, and what shares ground with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers import open_source
from suitability.core.layer import Area, Layer
from suitability.core.layer_specs import LAYERS
from suitability.spatial.kernels.coordinate_arrays import flat_of, taken
from suitability.spatial.kernels.wkb import flat_areas
from suitability.spatial.overlaps import overlaps
from suitability.spatial.parcels import Parcels
from suitability.spatial.shapes import Shapes, shapes_of
from tests.spatial.kernels.shapes import areas, array

if TYPE_CHECKING:
    from suitability.core.types import GeometryArray
    from suitability.spatial.kernels.types import Flat


def as_in_a_file(shapes: GeometryArray, rows_in_chunk: int) -> Shapes:
    """Return areas as they would be read, so many of them in each chunk."""
    parts = [shapely.to_wkb(shapes[i : i + rows_in_chunk]) for i in range(0, len(shapes), rows_in_chunk)]
    chunks = [(np.frombuffer(b"".join(part), dtype=np.uint8), np.cumsum([0, *map(len, part)])) for part in parts]
    flat = flat_areas(chunks)
    assert flat is not None
    return Shapes.from_binary(pa.chunked_array([pa.array(part, type=pa.binary()) for part in parts]), flat)


def same(one: Flat, other: Flat) -> bool:
    """Return whether two sets of flat arrays are equal in every bit."""
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@given(st.lists(areas, min_size=1, max_size=12), st.integers(1, 5), st.data())
def test_whatever_is_asked_is_the_same(shapes: list[shapely.Geometry], rows_in_chunk: int, data: st.DataObject) -> None:
    """Rows in any order and more than once, rows after others, bounds, binary: from one chunk or many."""
    objects = array(shapes)
    plain, stored = Shapes(objects), as_in_a_file(objects, rows_in_chunk)
    rows = np.array(data.draw(st.lists(st.integers(0, len(shapes) - 1), max_size=9)), dtype=np.int64)
    assert len(stored) == len(plain)
    assert same(stored.flat, plain.flat)
    assert shapely.equals_exact(stored.at(rows), plain.at(rows)).all()
    assert stored.at(rows.reshape(1, -1)).shape == (1, len(rows))
    assert stored.as_binary().tolist() == plain.as_binary().tolist()
    assert stored.total_bounds.tolist() == plain.total_bounds.tolist()
    some, others = stored.take(rows), objects[rows]
    assert same(some.flat, flat_of(others))
    assert same(some.flat, taken(plain.flat, rows))
    assert shapely.equals_exact(some.geometry, others).all()
    longer = stored.followed_by(others)
    assert len(longer) == len(shapes) + len(rows)
    assert shapely.equals_exact(longer.geometry, np.concatenate([objects, others])).all()


def from_demo(name: str) -> Layer:
    """Return a layer of the embedded municipality."""
    return open_source("demo").load(LAYERS[name], Area.everywhere())


def test_what_shares_ground_does_not_depend_on_how_it_was_read() -> None:
    """All zones of Kampen, streets of thousands of corners among them, and parcels among which some are shared by many."""
    rows = from_demo("parcels").frame.iloc[:6000]
    parcels = Parcels(rows["parcel_id"].to_numpy(dtype=object), rows.geometry.to_numpy())
    layer = from_demo("zoning")
    table = layer.frame.drop(columns="geometry")
    stored = replace(layer, data=table, areas=as_in_a_file(layer.frame.geometry.to_numpy(), 500))
    one = overlaps(parcels, layer)
    parcels.shared.clear()
    other = overlaps(parcels, stored)
    assert len(one.pieces) > len(table), "some zones are cut up"
    for name in ("parcel", "feature", "area_m2", "piece", "whole", "crowded"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert stored.frame.columns.tolist() == layer.frame.columns.tolist()
    assert shapely.equals_exact(stored.frame.geometry.to_numpy(), layer.frame.geometry.to_numpy()).all()
    keep = np.arange(len(table)) % 3 == 0
    assert stored.where(keep).frame.equals(layer.where(keep).frame)
    assert shapes_of(stored) is stored.areas
