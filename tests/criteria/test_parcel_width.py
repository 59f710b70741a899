"""Parcel width: the largest circle that fits, in metres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from shapely.geometry import MultiPolygon

from suitability.criteria import REGISTRY
from tests.tiny import measure, outcomes, polygon, square

if TYPE_CHECKING:
    from suitability.core.measurement import Measurement


def width(*shapes: Any, setback_m: float = 0) -> Measurement:
    """Return the measured width."""
    return measure("parcel_width", shapes, setback_m=setback_m)


def test_known_answers() -> None:
    """A square is as wide as its side, a strip as its short side; a setback of 3 m takes 6 m."""
    strip = polygon((0, 0), (100, 0), (100, 8), (0, 8))
    assert width(square(0, 0), strip).value == pytest.approx([20, 8], abs=0.002)
    assert width(square(0, 0), strip, setback_m=3).value == pytest.approx([14, 2], abs=0.002)
    assert REGISTRY["parcel_width"].unit == "m"


def test_true_width_lies_between_the_bounds() -> None:
    """A triangle of sides 30, 40 and 50 has an inscribed circle of radius 10: between the bounds, 2 mm apart."""
    found = width(polygon((0, 0), (40, 0), (0, 30)))
    assert found.lower[0] <= 20 <= found.upper[0]
    assert found.upper[0] - found.lower[0] == pytest.approx(0.002)
    assert outcomes(found, at_least=19.99) == ["pass"]
    assert outcomes(found, at_least=20.01) == ["fail"]
    within = (found.lower[0] + found.upper[0]) / 2
    assert outcomes(found, at_least=within) == ["unknown"]


def test_nothing_left_is_zero_not_unknown() -> None:
    """A strip narrower than twice the setback keeps nothing; that is known."""
    found = width(polygon((0, 0), (100, 0), (100, 6), (0, 6)), setback_m=4)
    assert (found.value[0], found.upper[0]) == (0, 0)
    assert outcomes(found, at_least=1) == ["fail"]


def test_hole_and_parts() -> None:
    """A hole in the middle leaves the ring around it; of parts the widest counts."""
    ring = polygon((0, 0), (30, 0), (30, 30), (0, 30), holes=[[(10, 10), (20, 10), (20, 20), (10, 20)]])
    corner = 2 * 10 / (1 + 0.5**0.5)  # touches two outer sides and the near corner of the hole
    assert width(ring).value == pytest.approx([corner], abs=0.002)
    assert width(MultiPolygon([square(0, 0, 5), square(50, 0, 20)])).value == pytest.approx([20], abs=0.002)
