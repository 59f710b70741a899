"""Built share: how much of the parcel is covered by buildings."""

from __future__ import annotations

from typing import Any

import pytest
from shapely.geometry import box

from suitability.criteria import REGISTRY
from tests.tiny import COVERAGE, at, measure, outcomes, square, vector


def share(*buildings: Any, parcel: Any = None, coverage: Any = COVERAGE, ignore_below_m2: float = 5) -> Any:
    """Return the measured share of a parcel of 20 by 20 m."""
    layer = vector("buildings", buildings, coverage, use=[None] * len(buildings))
    return measure("built_share", [parcel or square(0, 0)], layer, ignore_below_m2=ignore_below_m2)


def test_known_answers() -> None:
    """A house of 10 by 10 m covers a quarter; two that cover each other count once; what lies outside does not count."""
    assert share(square(5, 5, 10)).value == pytest.approx([0.25])
    assert share(square(5, 5, 10), square(5, 5, 10)).value == pytest.approx([0.25])
    assert share(square(-10, -10, 20)).value == pytest.approx([0.25])
    assert list(share(square(0, 0, 5), square(5, 5, 10)).evidence) == [1]
    assert REGISTRY["built_share"].unit == "1"


def test_slivers_are_left_out_and_reported() -> None:
    """A neighbour's wall that stands 0.2 m over the line is 4 m2; with a lower number it counts."""
    neighbour = box(*at(19.8, 0), *at(30, 20))
    found = share(neighbour)
    assert list(found.value) == [0]
    assert found.details["left_out_m2"] == pytest.approx([4])
    assert share(neighbour, ignore_below_m2=1).value == pytest.approx([0.01])


def test_parcel_on_limit() -> None:
    """Exactly a quarter passes at most 25%."""
    assert outcomes(share(square(5, 5, 10)), at_most=0.25) == ["pass"]
    assert outcomes(share(square(5, 5, 10.01)), at_most=0.25) == ["fail"]


def test_outside_coverage() -> None:
    """On the half that is not covered there could be buildings."""
    found = share(square(0, 0, 8), coverage=box(*at(-50, -50), *at(10, 50)))
    assert (found.lower[0], found.upper[0]) == pytest.approx((0.16, 0.66))
    assert outcomes(found, at_most=0.5) == ["unknown"]
    assert outcomes(found, at_most=0.1) == ["fail"]
