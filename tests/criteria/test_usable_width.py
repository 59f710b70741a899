"""Usable width: the diameter of the largest circle in the largest usable piece."""

from __future__ import annotations

from typing import Any

import pytest
from shapely.geometry import box

from suitability.criteria import REGISTRY
from tests.tiny import COVERAGE, at, measure, outcomes, polygon, square, vector

NORMS = {"setback_m": 2, "building_margin_m": 3, "water_margin_m": 5, "road_margin_m": 1, "least_width_m": 6}


def width(*shapes: Any, buildings: Any = (), coverage: Any = COVERAGE) -> Any:
    """Return the measured width of parcels."""
    layers = (
        vector("buildings", buildings, coverage, use=["dwelling"] * len(buildings)),
        vector("water", [], coverage),
        vector("public_roads", [], coverage, name=[], width_m=[]),
    )
    return measure("usable_width", shapes, *layers, **NORMS)


def test_known_answers() -> None:
    """Of 20 m the strip on both sides leaves 16 m; of 9 m it leaves 5 m, which is too narrow for any piece."""
    found = width(square(0, 0), polygon((0, 0), (9, 0), (9, 40), (0, 40)))
    assert found.value == pytest.approx([16, 0], abs=0.003)
    assert (found.upper - found.value).max() <= 0.003
    assert found.evidence.tolist() == [-1, -1]
    assert REGISTRY["usable_width"].unit == "m"


def test_the_largest_piece_counts_and_not_the_widest() -> None:
    """A building leaves a strip of 10 by 96 m and a piece of 20 by 22 m behind it: the strip is larger."""
    parcel = polygon((0, 0), (100, 0), (100, 14), (0, 14)).union(box(*at(0, 14), *at(24, 50)))
    barn = box(*at(-1, 15), *at(25, 23))
    assert width(parcel, buildings=[barn]).value == pytest.approx([10], abs=0.003)


def test_what_is_not_known_may_make_another_piece_the_largest() -> None:
    """Near the edge of the data the width lies between the least width and the widest place, or is not there."""
    found = width(square(0, 0, 40), square(-200, 0, 40), coverage=box(*at(-500, -500), *at(72, 500)))
    assert found.value == pytest.approx([36, 36], abs=0.003)
    assert found.lower == pytest.approx([6, 36], abs=0.003)
    assert outcomes(found, at_least=20) == ["unknown", "pass"]
    assert outcomes(found, at_least=40) == ["fail", "fail"]
