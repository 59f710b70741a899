"""Floor area: the floor of the buildings on the parcel, by use; of a building on two parcels each has its part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from suitability.criteria import REGISTRY
from tests.tiny import COVERAGE, measure, outcomes, square, vector


def buildings(*rows: tuple[Any, str | None, float | None], coverage: Any = COVERAGE) -> Any:
    """Return buildings of (shape, use, floor area)."""
    shapes, uses, floors = zip(*rows, strict=True)
    return vector("buildings", shapes, coverage, use=uses, floor_area_m2=np.array(floors, dtype=np.float64))


def floor(*rows: tuple[Any, str | None, float | None], uses: Any = ("farm", "office"), **params: Any) -> Any:
    """Return the measured floor area of a parcel of 40 by 40 m."""
    return measure("floor_area", [square(0, 0, 40)], buildings(*rows), uses=uses, **{"least_building_m2": 0, **params})


def test_known_answers() -> None:
    """Two storeys on 100 m2 are 200 m2; a house does not count; without uses it does."""
    barn, house = (square(5, 5, 10), "farm", 200.0), (square(20, 20, 10), "dwelling", 90.0)
    assert list(floor(barn, house).value) == [200]
    assert list(floor(barn, house).evidence) == [0]
    assert list(floor(barn, house, uses=None).value) == [290]
    assert REGISTRY["floor_area"].unit == "m2"


def test_a_building_on_two_parcels_is_shared_by_its_footprint() -> None:
    """A quarter of it stands here."""
    assert floor((square(30, 30, 20), "farm", 400.0)).value == pytest.approx([100])


def test_sheds_are_left_out() -> None:
    """A footprint of 36 m2 is less than 50, one of exactly 100 m2 is not less than 100."""
    assert list(floor((square(5, 5, 6), "farm", 36.0), least_building_m2=50).value) == [0]
    assert list(floor((square(5, 5, 10), "farm", 100.0), least_building_m2=100).value) == [100]


def test_what_is_not_known_is_unknown() -> None:
    """Use unknown: it may count. Floor unknown: there is no upper bound. Neither passes or fails by itself."""
    by_use = floor((square(5, 5, 10), None, 200.0))
    assert (by_use.lower[0], by_use.upper[0]) == (0, 200)
    assert outcomes(by_use, at_least=100) == ["unknown"]
    assert outcomes(by_use, at_least=300) == ["fail"]
    by_floor = floor((square(5, 5, 10), "farm", None))
    assert outcomes(by_floor, at_least=1e9) == ["unknown"]


def test_beyond_the_data_more_may_stand() -> None:
    """Half of the parcel is not covered."""
    layer = buildings((square(5, 5, 10), "farm", 200.0), coverage=square(0, 0, 20))
    found = measure("floor_area", [square(0, 0, 40)], layer, uses=("farm",), least_building_m2=0)
    assert outcomes(found, at_least=100) == ["pass"]
    assert outcomes(found, at_least=300) == ["unknown"]
