"""Dwellings: how many are in the buildings that stand on the parcel."""

from __future__ import annotations

from typing import Any

import numpy as np

from suitability.criteria import REGISTRY
from tests.tiny import measure, outcomes, square, vector


def dwellings(*rows: tuple[Any, str | None, float | None]) -> Any:
    """Return the measured dwellings of a parcel of 40 by 40 m, with buildings of (shape, use, number)."""
    shapes, uses, numbers = zip(*rows, strict=True)
    layer = vector("buildings", shapes, use=uses, n_dwellings=np.array(numbers, dtype=np.float64))
    return measure("dwellings", [square(0, 0, 40)], layer)


def test_known_answers() -> None:
    """A house and a block of six make seven; a shop without dwellings adds none."""
    found = dwellings(
        (square(2, 2, 8), "dwelling", 1), (square(15, 15, 20), "dwelling", 6), (square(2, 20, 5), "shop", 0)
    )
    assert list(found.value) == list(found.lower) == list(found.upper) == [7]
    assert list(found.evidence) == [1]
    assert outcomes(found, at_most=7) == ["pass"]
    assert REGISTRY["dwellings"].unit == "count"


def test_a_building_stands_where_half_of_it_stands() -> None:
    """With exactly half on the parcel it counts, with less it does not."""
    assert list(dwellings((square(30, 0, 20), "dwelling", 2)).value) == [2]
    assert list(dwellings((square(31, 0, 20), "dwelling", 2)).value) == [0]


def test_an_unknown_number_is_unknown_but_a_dwelling_holds_one() -> None:
    """So a house fails "none", and a building without a use may pass and may fail."""
    assert outcomes(dwellings((square(2, 2, 8), "dwelling", None)), at_most=0) == ["fail"]
    assert outcomes(dwellings((square(2, 2, 8), None, None)), at_most=0) == ["unknown"]
    assert outcomes(dwellings((square(60, 2, 8), None, None)), at_most=0) == ["pass"]
