"""Building capacity: whole beds in the floor area of the buildings that count."""

from __future__ import annotations

from typing import Any

import numpy as np

from suitability.criteria import REGISTRY
from tests.tiny import measure, outcomes, square, vector


def beds(*floors: float | None, use: str | None = "office", **params: Any) -> Any:
    """Return the measured beds of a parcel of 100 by 100 m with offices of such floor areas, 20 m2 a bed."""
    shapes = [square(1 + 12 * i, 1, 10) for i in range(len(floors))]
    layer = vector("buildings", shapes, use=[use] * len(floors), floor_area_m2=np.array(floors, dtype=np.float64))
    asked = {"uses": ("office",), "least_building_m2": 50, "floor_area_per_bed_m2": 20, **params}
    return measure("building_capacity", [square(0, 0, 100)], layer, **asked)


def test_known_answers() -> None:
    """199 m2 hold nine beds, 200 m2 ten; the floor of two buildings is counted together."""
    assert list(beds(199.0).value) == [9]
    assert list(beds(200.0).value) == [10]
    assert list(beds(110.0, 110.0).value) == [11]
    assert outcomes(beds(200.0), at_least=10) == ["pass"]
    assert (REGISTRY["building_capacity"].unit, REGISTRY["building_capacity"].form) == ("beds", "building")


def test_no_more_than_the_policy_says() -> None:
    """Also where the floor area is not known: then it is at most that."""
    assert list(beds(2000.0, max_beds=50).value) == [50]
    assert list(beds(None, max_beds=50).upper) == [50]


def test_without_a_building_that_counts_there_is_no_bed() -> None:
    """A dwelling is none; a building of unknown use may be one."""
    assert list(beds(200.0, use="dwelling").upper) == [0]
    unknown = beds(200.0, use=None)
    assert outcomes(unknown, at_least=10) == ["unknown"]
    assert outcomes(unknown, at_least=11) == ["fail"]
