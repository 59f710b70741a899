"""Noise level: statistics of a raster inside the parcel, with the exact share of every cell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.affinity import rotate
from shapely.geometry import MultiPolygon, Polygon, box

from suitability.criteria import REGISTRY
from suitability.spatial.kernels.coordinate_arrays import flat_of
from suitability.spatial.zonal import zonal_statistics
from tests.tiny import ORIGIN, at, measure, outcomes, polygon, raster, square

NAN = math.nan
#: Cells of 10 m; row 0 lies between y = 30 and 40.
GRID = raster([[40, 40, 40, 70], [40, 50, 52, 40], [40, 60, 40, 40], [45, 40, 40, NAN]])
PARAMS: dict[str, Any] = {"statistic": "highest", "quietest_db": 30, "loudest_db": 90}


def noise(*shapes: object, layer: object = GRID, **changed: Any) -> object:
    """Return the measured level."""
    return measure("noise_level", shapes, layer, **{**PARAMS, **changed})


def shares(shape: Polygon | MultiPolygon, layer: object) -> np.ndarray:
    """Return the area of each cell inside a shape, in m2: one intersection per cell."""
    grid = layer.raster
    rows, columns = grid.values.shape
    found = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            left, top = grid.left + column * grid.cell_m, grid.top - row * grid.cell_m
            found[row, column] = shape.intersection(box(left, top - grid.cell_m, left + grid.cell_m, top)).area
    return found


def test_known_answers() -> None:
    """The highest cell inside counts; over 60 dB fails."""
    found = noise(square(11, 21, 8), square(11, 11, 8), square(31, 31, 8), square(1, 1, 28))
    assert list(found.value) == [50, 60, 70, 60]
    assert outcomes(found, at_most=60) == ["pass", "pass", "fail", "pass"]
    assert REGISTRY["noise_level"].unit == "dB"


def test_parcel_on_limit() -> None:
    """A parcel that reaches 1 mm into a loud cell has that level; one that touches it has not."""
    touching = polygon((5, 12), (10, 12), (10, 18), (5, 18))
    inside = polygon((5, 12), (10.001, 12), (10.001, 18), (5, 18))
    assert list(noise(touching, inside).value) == [40, 60]
    assert outcomes(noise(touching, inside), at_most=59.9) == ["pass", "fail"]


def test_mean_weighs_by_share() -> None:
    """Three quarters of 40 dB and a quarter of 60 dB give 45 dB."""
    found = noise(polygon((5, 11), (11.25, 11), (11.25, 16), (5, 16)), statistic="mean")
    assert found.value == pytest.approx([(5 * 40 + 1.25 * 60) / 6.25])


def test_parcel_with_hole() -> None:
    """A loud cell in the hole of a parcel does not count, not for the highest and not for the mean."""
    around = polygon((0, 0), (30, 0), (30, 30), (0, 30), holes=[[(10, 10), (20, 10), (20, 20), (10, 20)]])
    layer = raster([[40, 40, 40], [40, 80, 40], [40, 40, 40]], top=30)
    assert list(noise(around, layer=layer).value) == [40]
    assert noise(around, layer=layer, statistic="mean").value == pytest.approx([40])
    clockwise = shapely.orient_polygons(around, exterior_cw=True)
    assert list(noise(clockwise, layer=layer).value) == [40]


def test_parcel_in_parts() -> None:
    """Both parts count; the cells between them do not."""
    layer = raster([[40, 80, 50]], top=10)
    parts = MultiPolygon([square(1, 1, 8), square(21, 1, 8)])
    assert list(noise(parts, layer=layer).value) == [50]
    assert noise(parts, layer=layer, statistic="mean").value == pytest.approx([45])


def test_nan_cells() -> None:
    """A parcel with a cell without data is unknown, unless the rest is too loud already; wholly without it is NaN."""
    layer = raster([[40, NAN, 70]], top=10)
    found = noise(square(1, 1, 8), square(6, 1, 8), square(16, 1, 8), square(11, 1, 8), layer=layer)
    assert list(found.value[:3]) == [40, 40, 70]
    assert np.isnan(found.value[3])
    assert outcomes(found, at_most=60) == ["pass", "unknown", "fail", "unknown"]
    assert outcomes(found, at_most=90) == ["pass", "pass", "pass", "unknown"]


def test_mean_with_nan_cells_is_bounded_by_what_can_be() -> None:
    """Half at 40 dB and half unknown lies between 35 and 65 dB."""
    found = noise(square(5, 1, 10), layer=raster([[40, NAN]], top=11), statistic="mean")
    assert found.value == pytest.approx([40])
    assert found.lower == pytest.approx([35])
    assert found.upper == pytest.approx([65])


def test_outside_coverage() -> None:
    """Partly outside the raster is unknown when quiet, a fact when loud; wholly outside is unknown."""
    shapes = [square(-5, 22, 8), square(35, 33, 6), square(-100, 0), square(25, 500)]
    assert outcomes(noise(*shapes), at_most=60) == ["unknown", "fail", "unknown", "unknown"]


def test_exact_cell_boundaries() -> None:
    """A parcel of exactly one cell takes only that cell; so do rows, columns and the raster as a whole."""
    for row in range(4):
        for column in range(3):
            found = noise(square(10 * column, 30 - 10 * row, 10))
            assert found.value[0] == GRID.raster.values[row, column]
            assert found.upper[0] == found.value[0]
    assert list(noise(polygon((0, 20), (40, 20), (40, 30), (0, 30))).value) == [52]
    whole = noise(square(0, 0, 40), statistic="mean")
    assert whole.value == pytest.approx([np.nanmean(GRID.raster.values)])


def test_tiny_parcel_within_a_cell() -> None:
    """A parcel of 1 cm2 has the level of its cell, and nothing of it is missing."""
    found = noise(square(12, 22, 0.01))
    assert list(found.value) == [50]
    assert list(found.upper) == [50]


@pytest.mark.parametrize("seed", range(40))
def test_shares_equal_one_intersection_per_cell(seed: int) -> None:
    """Any star-shaped parcel, with hole, turned, on or off the cell lines: known share and mean equal the slow way."""
    random = np.random.default_rng(seed)
    layer = raster(random.uniform(40, 80, (6, 7)).round(1), top=60)
    corners = int(random.integers(3, 12))
    angle = np.sort(random.uniform(0, 2 * np.pi, corners))
    radius = random.uniform(8, 30, corners)
    around = np.column_stack([35 + radius * np.cos(angle), 30 + radius * np.sin(angle)])
    if seed % 3 == 0:
        around = (around / 10).round() * 10  # on the lines
    shape = Polygon([at(x, y) for x, y in around])
    if seed % 2:
        rest = shape.difference(square(30, 25, 9))
        shape = MultiPolygon([part for part in shapely.get_parts(rest) if part.geom_type == "Polygon"])
    if not shape.is_valid or shape.area < 1:
        shape = rotate(square(10, 10, 35), 10 * seed)
    slow = shares(shape, layer)
    stats = zonal_statistics(flat_of(np.array([shape])), layer.raster)
    assert stats.known_share[0] == pytest.approx(slow.sum() / shape.area, abs=1e-9)
    assert stats.mean[0] == pytest.approx((slow * layer.raster.values).sum() / slow.sum(), abs=1e-6)
    assert stats.highest[0] == layer.raster.values[slow > 1e-6].max()


def test_edges_that_are_all_but_vertical() -> None:
    """An edge a hair from a cell line, over many rows, loses no cell: the share stays whole."""
    layer = raster(np.full((300, 5), 50.0), top=3000)
    x, y = ORIGIN
    for step in range(1, 40):
        hair = step * 2.9103830456733704e-11  # the smallest step between two such coordinates
        for sign in (1, -1):
            shape = Polygon(
                [(x + 10, y), (x + 30, y), (x + 30 + sign * hair, y + 2990), (x + 10 + sign * hair, y + 2990)]
            )
            assert zonal_statistics(flat_of(np.array([shape])), layer.raster).known_share[0] == pytest.approx(
                1, abs=1e-9
            )
