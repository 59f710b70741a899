"""Recreation overlap: square metres of recreation park inside the parcel."""

from __future__ import annotations

import pytest
from shapely.geometry import box

from suitability.criteria import REGISTRY
from tests.tiny import COVERAGE, at, measure, outcomes, polygon, square, vector

LIMIT = {"at_most": 5}


def parks(*areas: object, kinds: tuple[str, ...] = (), coverage: object = COVERAGE) -> object:
    """Return a layer of parks, by default camp sites."""
    return vector(
        "recreation_parks", areas, coverage,
        name=[f"Park {i}" for i in range(len(areas))], park_kind=list(kinds) or ["camp_site"] * len(areas),
    )  # fmt: skip


def test_known_answers() -> None:
    """Inside, for 5 by 20 m inside and outside: 400, 100 and 0 m2, with the park as evidence."""
    found = measure("recreation_overlap", [square(0, 0), square(25, 0), square(200, 0)], parks(square(-10, -10, 40)))
    assert found.value == pytest.approx([400, 100, 0])
    assert list(found.evidence) == [0, 0, -1]
    assert outcomes(found, **LIMIT) == ["fail", "fail", "pass"]
    assert REGISTRY["recreation_overlap"].unit == "m2"


def test_parcel_on_limit() -> None:
    """Exactly 5 m2 passes; a park 1 mm larger does not."""
    on, beyond = (parks(polygon((-5, -5), (x, -5), (x, 25), (-5, 25))) for x in (0.25, 0.251))
    assert outcomes(measure("recreation_overlap", [square(0, 0)], on), **LIMIT) == ["pass"]
    assert outcomes(measure("recreation_overlap", [square(0, 0)], beyond), **LIMIT) == ["fail"]


def test_overlapping_parks_count_once_and_the_largest_is_named() -> None:
    """Two parks drawn over each other are not counted twice."""
    found = measure("recreation_overlap", [square(0, 0)], parks(square(-5, -5, 10), square(-5, -5, 15)))
    assert found.value == pytest.approx([100])
    assert list(found.evidence) == [1]


def test_only_the_chosen_kinds_count() -> None:
    """A policy may name kinds of park; empty means all, and row numbers stay those of the layer."""
    layer = parks(square(-5, -5, 10), square(10, 10, 50), kinds=("marina", "camp_site"))
    chosen = measure("recreation_overlap", [square(0, 0)], layer, park_kinds=["camp_site"])
    assert chosen.value == pytest.approx([100])
    assert list(chosen.evidence) == [1]
    assert measure("recreation_overlap", [square(0, 0)], layer).value == pytest.approx([125])


def test_outside_coverage() -> None:
    """No park found on land without data is unknown; a park found there is a fact."""
    coverage = box(*at(0, 0), *at(10, 100))
    clear, hit = parks(coverage=coverage), parks(square(0, 0, 3), coverage=coverage)
    shapes = [square(0, 0), square(1, 1, 9), square(500, 0)]
    assert outcomes(measure("recreation_overlap", shapes, clear), **LIMIT) == ["unknown", "pass", "unknown"]
    assert outcomes(measure("recreation_overlap", shapes[:1], hit), **LIMIT) == ["fail"]


def test_a_sliver_without_data_below_the_limit_does_not_matter() -> None:
    """When the land without data is smaller than the area allowed, the answer is known."""
    coverage = box(*at(0, 0), *at(19.8, 100))  # 4 m2 of the parcel lies beyond it
    assert outcomes(measure("recreation_overlap", [square(0, 0)], parks(coverage=coverage)), **LIMIT) == ["pass"]


def test_parcel_with_hole() -> None:
    """A park inside the hole of the parcel is not in the parcel."""
    ring = polygon((0, 0), (30, 0), (30, 30), (0, 30), holes=[[(10, 10), (20, 10), (20, 20), (10, 20)]])
    assert measure("recreation_overlap", [ring], parks(square(10, 10, 10))).value == pytest.approx([0])
    assert measure("recreation_overlap", [ring], parks(square(5, 5, 20))).value == pytest.approx([300])
