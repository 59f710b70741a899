"""The largest circle inside a polygon, against Shapely's."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers import open_source
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.spatial.kernels.coordinate_arrays import flat_of
from suitability.spatial.kernels.inscribed import inscribed_radii
from tests.spatial.kernels.shapes import X, Y, areas, array

TOLERANCE = 0.001


def radii(shapes: np.ndarray) -> np.ndarray:
    """Return what the kernel finds."""
    return inscribed_radii(flat_of(shapes), TOLERANCE)


def theirs(shapes: np.ndarray) -> np.ndarray:
    """Return what Shapely finds."""
    return np.asarray(shapely.length(shapely.maximum_inscribed_circle(shapes, tolerance=TOLERANCE / 10)))


@given(st.lists(areas, min_size=1, max_size=6))
def test_as_shapely_finds_it(shapes: list[shapely.Geometry]) -> None:
    """Of areas with holes and parts too: each is at most the tolerance too small."""
    found = array([shape for shape in shapes if not shape.is_empty])
    assert radii(found) == pytest.approx(theirs(found), abs=1.25 * TOLERANCE)


def test_where_it_is_known() -> None:
    """Squares, strips however they lie, a triangle, a long ring of one width; a finer tolerance never gives less."""
    strip = shapely.box(X, Y, X + 400, Y + 8)
    known = {
        10.0: shapely.box(X, Y, X + 20, Y + 20),
        4.0: strip,
        4.00001: shapely.affinity.rotate(shapely.box(X, Y, X + 400, Y + 8.00002), 33),
        5.0: shapely.Polygon([(X, Y), (X + 20, Y), (X, Y + 15)]),
        15.0: shapely.difference(shapely.Point(X, Y).buffer(130, 64), shapely.Point(X, Y).buffer(100, 64)),
    }
    shapes = array(list(known.values()))
    assert radii(shapes) == pytest.approx(list(known), abs=0.05)
    assert radii(shapes[:4]) == pytest.approx(list(known)[:4], abs=TOLERANCE)
    assert (inscribed_radii(flat_of(shapes), 1e-4) >= inscribed_radii(flat_of(shapes), 0.1)).all()


def test_nothing_has_no_circle() -> None:
    """An empty shape."""
    assert radii(array([shapely.Polygon()])).tolist() == [0.0]


def test_the_parcels_of_kampen() -> None:
    """A thousand of them."""
    shapes = open_source("demo").load(LAYERS["parcels"], Area.everywhere()).frame.geometry.to_numpy()[::24]
    assert radii(shapes) == pytest.approx(theirs(shapes), abs=1.25 * TOLERANCE)
