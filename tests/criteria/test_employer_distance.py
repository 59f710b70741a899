"""Employer distance: straight line from boundary to boundary, in metres."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import MultiPolygon, box

from suitability.criteria import REGISTRY
from tests.tiny import COVERAGE, at, measure, outcomes, point, polygon, square, vector


def employers(*places: tuple[object, int], coverage: object = COVERAGE) -> object:
    """Return employers of (shape, jobs)."""
    return vector(
        "employers", [shape for shape, _ in places], coverage,
        name=[f"Kas {i}" for i in range(len(places))], jobs=[jobs for _, jobs in places],
    )  # fmt: skip


def distance(shapes: list[object], layer: object, min_jobs: int = 10) -> object:
    """Return the measured distance."""
    return measure("employer_distance", shapes, layer, min_jobs=min_jobs)


def test_known_answers_boundary_to_boundary() -> None:
    """From boundary to boundary, along the diagonal where that is nearest, 0 where they touch or overlap."""
    layer = employers((square(100, 0), 50))
    found = distance([square(0, 0), square(50, 60), square(80, 0), square(110, 5)], layer)
    assert found.value == pytest.approx([80, 50, 0, 0])  # second: 30 m east, 40 m north
    assert REGISTRY["employer_distance"].unit == "m"


def test_parcel_on_limit() -> None:
    """Exactly on the limit passes, 1 mm beyond fails; the margin says by how much."""
    on, beyond = (distance([square(0, 0)], employers((point(x, 10), 50))) for x in (1020, 1020.001))
    assert outcomes(on, at_most=1000) == ["pass"]
    assert outcomes(beyond, at_most=1000) == ["fail"]


def test_small_employers_are_left_out_and_rows_stay() -> None:
    """Exactly min_jobs counts, one fewer does not; the evidence is the row in the whole layer."""
    layer = employers((point(30, 10), 9), (point(120, 10), 10), (point(500, 10), 99))
    found = distance([square(0, 0)], layer)
    assert found.value == pytest.approx([100])
    assert list(found.evidence) == [1]
    assert list(distance([square(0, 0)], layer, 1).evidence) == [0]


def test_of_equally_near_employers_the_first_is_named() -> None:
    """A tie has one answer, whatever the order in which the index finds them."""
    layer = employers((point(120, 10), 50), (point(-100, 10), 50), (point(10, 120), 50))
    found = distance([square(0, 0), square(0, 0)], layer)
    assert list(found.evidence) == [0, 0]


def test_outside_coverage() -> None:
    """Too far is unknown when the edge of the data is nearer than the limit; near enough stands."""
    coverage = box(*at(-100, -100), *at(500, 500))
    far, near = employers((point(480, 10), 50), coverage=coverage), employers((point(60, 10), 50), coverage=coverage)
    shapes = [square(0, 0), square(200, 200), square(900, 0)]
    assert outcomes(distance(shapes, far), at_most=150) == ["unknown", "fail", "unknown"]
    assert outcomes(distance(shapes, near), at_most=150) == ["pass", "fail", "unknown"]


def test_no_employer_at_all() -> None:
    """In complete data none found is a fact: infinitely far, a fail; near the edge it is unknown."""
    found = distance([square(0, 0)], employers())
    assert np.isposinf(found.value[0])
    assert list(found.evidence) == [-1]
    assert outcomes(found, at_most=15_000) == ["fail"]
    assert outcomes(found, at_most=25_000) == ["unknown"]  # the data ends at 20 km


def test_parcel_with_hole() -> None:
    """An employer inside the hole is as far as the ring of the hole."""
    ring = polygon((0, 0), (60, 0), (60, 60), (0, 60), holes=[[(10, 10), (50, 10), (50, 50), (10, 50)]])
    assert distance([ring], employers((point(30, 25), 50))).value == pytest.approx([15])


def test_parcel_in_parts() -> None:
    """The nearest part counts."""
    parts = MultiPolygon([square(0, 0), square(300, 0)])
    assert distance([parts], employers((point(400, 10), 50))).value == pytest.approx([80])
