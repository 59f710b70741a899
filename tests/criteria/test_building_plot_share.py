"""Building plot share: the share of the parcel inside a building plot."""

from __future__ import annotations

import pytest
from shapely.geometry import box

from suitability.criteria import REGISTRY
from tests.tiny import COVERAGE, at, measure, outcomes, polygon, square, vector

HALF = {"at_least": 0.5}


def plots(*areas: object, coverage: object = COVERAGE) -> object:
    """Return a layer of building plots."""
    return vector("building_plots", areas, coverage)


def test_known_answers() -> None:
    """Inside, a quarter inside, outside: 1, 0.25, 0; evidence is the plot with most of the parcel."""
    found = measure("building_plot_share", [square(0, 0), square(35, 0), square(90, 0)], plots(square(-5, -5, 45)))
    assert found.value == pytest.approx([1, 0.25, 0])
    assert list(found.evidence) == [0, 0, -1]
    assert REGISTRY["building_plot_share"].unit == "1"


def test_parcel_on_limit() -> None:
    """Exactly half passes, 1 mm less fails."""
    on, short = (plots(polygon((-5, -5), (x, -5), (x, 25), (-5, 25))) for x in (10, 9.999))
    assert outcomes(measure("building_plot_share", [square(0, 0)], on), **HALF) == ["pass"]
    assert outcomes(measure("building_plot_share", [square(0, 0)], short), **HALF) == ["fail"]


def test_plots_over_each_other_count_once() -> None:
    """A plot of an old plan under that of a new one does not make the share grow."""
    found = measure("building_plot_share", [square(0, 0)], plots(square(-5, -5, 15), square(-5, -5, 20)))
    assert found.value == pytest.approx([15 * 15 / 400])
    assert list(found.evidence) == [1]


def test_outside_coverage() -> None:
    """Too little plot is unknown where the plan map ends; enough plot stands."""
    coverage = box(*at(0, -50), *at(12, 50))
    shapes = [square(0, 0), square(100, 0), square(1, 1, 5)]
    assert outcomes(measure("building_plot_share", shapes, plots(coverage=coverage)), **HALF) == [
        "fail", "unknown", "fail",  # 8 of 20 metres without data cannot make half
    ]  # fmt: skip
    enough = plots(polygon((0, 0), (11, 0), (11, 20), (0, 20)), coverage=coverage)
    assert outcomes(measure("building_plot_share", shapes[:1], enough), **HALF) == ["pass"]


def test_parcel_with_hole() -> None:
    """The hole is no land of the parcel: neither in what is covered nor in what it is divided by."""
    ring = polygon((0, 0), (30, 0), (30, 30), (0, 30), holes=[[(10, 10), (20, 10), (20, 20), (10, 20)]])
    assert measure("building_plot_share", [ring], plots(square(0, 0, 20))).value == pytest.approx([300 / 800])
