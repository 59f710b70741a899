"""Room capacity: persons in the dwellings on the parcel."""

from __future__ import annotations

from typing import Any

import numpy as np

from suitability.criteria import REGISTRY
from tests.tiny import measure, outcomes, square, vector


def beds(*numbers: float | None, use: str | None = "dwelling", **params: Any) -> Any:
    """Return the measured beds of a parcel of 100 by 100 m with buildings of so many dwellings, 4 persons in each."""
    shapes = [square(1 + 12 * i, 1, 10) for i in range(len(numbers))]
    layer = vector("buildings", shapes, use=[use] * len(numbers), n_dwellings=np.array(numbers, dtype=np.float64))
    return measure("room_capacity", [square(0, 0, 100)], layer, **{"persons_per_dwelling": 4, **params})


def test_known_answers() -> None:
    """Four persons in a house, twelve in three homes, at most ten where the policy says so, none in a shop."""
    assert list(beds(1).value) == [4]
    assert list(beds(1, 2).value) == [12]
    assert list(beds(1, 2, max_beds=10).value) == [10]
    assert (REGISTRY["room_capacity"].unit, REGISTRY["room_capacity"].form) == ("beds", "rooms")


def test_without_a_dwelling_there_is_no_room() -> None:
    """A shop holds none, also where it is large."""
    assert outcomes(beds(0, use="shop"), at_least=2) == ["fail"]


def test_an_unknown_number_is_unknown() -> None:
    """A house holds one dwelling at least; of another building it is not known whether it holds any."""
    assert outcomes(beds(None), at_least=4) == ["pass"]
    assert outcomes(beds(None), at_least=8) == ["unknown"]
    assert outcomes(beds(None, use=None), at_least=2) == ["unknown"]
