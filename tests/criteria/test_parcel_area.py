"""Parcel area: net area after a setback, in m2."""

from __future__ import annotations

import math

import pytest
from shapely.geometry import MultiPolygon

from suitability.criteria import REGISTRY
from tests.tiny import measure, outcomes, polygon, square

RING = polygon((0, 0), (30, 0), (30, 30), (0, 30), holes=[[(10, 10), (20, 10), (20, 20), (10, 20)]])


def area(*shapes: object, setback_m: float = 0) -> object:
    """Return the measured net area."""
    return measure("parcel_area", shapes, setback_m=setback_m)


def test_known_answers() -> None:
    """Without setback the area itself; with 3 m all around a square of 20 m leaves 14 by 14 m."""
    assert area(square(0, 0), square(0, 0, 5)).value == pytest.approx([400, 25])
    assert area(square(0, 0), setback_m=3).value == pytest.approx([196])
    assert REGISTRY["parcel_area"].unit == "m2"


def test_parcel_on_limit() -> None:
    """Exactly 100 m2 passes, 1 mm narrower fails."""
    shapes = [polygon((0, 0), (10, 0), (10, 10), (0, 10)), polygon((0, 0), (9.999, 0), (9.999, 10), (0, 10))]
    assert outcomes(area(*shapes), at_least=100) == ["pass", "fail"]
    assert outcomes(area(*shapes), between=(99.99, 100)) == ["pass", "pass"]


def test_nothing_left_is_zero_not_unknown() -> None:
    """A strip narrower than twice the setback keeps nothing; that is known."""
    narrow = polygon((0, 0), (100, 0), (100, 6), (0, 6))
    found = area(narrow, setback_m=3)
    assert list(found.value) == [0]
    assert outcomes(found, at_least=1) == ["fail"]


def test_parcel_with_hole() -> None:
    """The hole is no area, and the setback runs along it too, with a rounded corner outside each of its corners."""
    assert area(RING).value == pytest.approx([800])
    # outer 24 x 24, minus the hole of 10 x 10 grown by 3 m
    grown = 100 + 4 * 10 * 3 + math.pi * 9
    assert area(RING, setback_m=3).value == pytest.approx([24 * 24 - grown], abs=0.01)


def test_parcel_in_parts() -> None:
    """Each part has its own setback."""
    assert area(MultiPolygon([square(0, 0), square(50, 0)]), setback_m=3).value == pytest.approx([392])


def test_always_known_without_any_layer() -> None:
    """It needs no layer, and has no evidence."""
    found = area(square(0, 0))
    assert REGISTRY["parcel_area"].needs == ()
    assert list(found.evidence) == [-1]
    assert (found.lower == found.value).all()
    assert (found.upper == found.value).all()
