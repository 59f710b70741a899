"""Road access: from the edge of the largest usable piece to the edge of the nearest road that counts."""

from __future__ import annotations

import math
from typing import Any

import pytest
from shapely.geometry import box

from suitability.criteria import REGISTRY
from tests.tiny import COVERAGE, at, line, measure, outcomes, polygon, square, vector

NORMS = {"setback_m": 2, "building_margin_m": 3, "water_margin_m": 5, "road_margin_m": 1, "least_width_m": 6}


def access(*roads: Any, parcel: Any = None, coverage: Any = COVERAGE, buildings: Any = (), **params: Any) -> Any:
    """Return the measured distance for a parcel of 20 by 20 m; roads as (line, width, class)."""
    layers = (
        vector("buildings", buildings, coverage, use=["dwelling"] * len(buildings)),
        vector("water", [], coverage),
        vector("public_roads", [road[0] for road in roads], coverage, name=[f"Weg {i}" for i in range(len(roads))],
               width_m=[road[1] for road in roads], road_class=[road[2] for road in roads]),
    )  # fmt: skip
    return measure("road_access", [parcel or square(0, 0)], *layers, **{**NORMS, **params})


def beside(y: float, width: float = 6.0, road_class: str | None = "residential") -> Any:
    """Return a long road east to west at y."""
    return line((-100, y), (100, y)), width, road_class


def test_known_answers() -> None:
    """A line 10 m below, of a road 6 m wide: 7 m to the parcel, and the strip of 2 m to the usable piece."""
    found = access(beside(-40), beside(-10))
    assert found.value == pytest.approx([9], abs=0.003)
    assert list(found.evidence) == [1]
    assert REGISTRY["road_access"].unit == "m"


def test_a_building_between_piece_and_road_makes_it_further() -> None:
    """A building along the road, 10 m deep, with its margin of 3 m: the piece begins 13 m up."""
    barn = box(*at(-1, 0), *at(41, 10))
    assert access(beside(-10), parcel=square(0, 0, 40), buildings=[barn]).value == pytest.approx([20], abs=0.003)


def test_only_roads_of_the_classes_asked_for_count() -> None:
    """A cycle path nearby is no road for a fire engine; a road of a class that is not known may be one."""
    path, street, either = beside(-10, 3.0, "cycleway"), beside(-40), beside(-10, 3.0, None)
    assert access(path, street, road_classes=["residential"]).value == pytest.approx([39], abs=0.003)
    found = access(either, street, road_classes=["residential"])
    assert (found.value[0], found.lower[0]) == pytest.approx((39, 10.5), abs=0.003)
    assert outcomes(found, at_most=20) == ["unknown"]
    assert outcomes(found, at_most=40) == ["pass"]


def test_parcel_on_limit() -> None:
    """Within 9 m, and not within 8.99 m."""
    found = access(beside(-10))
    assert outcomes(found, at_most=9.01) == ["pass"]
    assert outcomes(found, at_most=8.99) == ["fail"]


def test_without_a_piece_or_a_road_nothing_is_found() -> None:
    """A garden of 9 m wide has no usable piece; a town without roads has none: known, and further than any limit."""
    garden = polygon((0, 0), (9, 0), (9, 40), (0, 40))
    for found in (access(beside(-10), parcel=garden), access()):
        assert found.lower[0] in (math.inf, pytest.approx(20_000 - 18 - 50))  # nothing, or as far as the data reaches
        assert list(found.value) == [math.inf]
        assert list(found.evidence) == [-1]
        assert outcomes(found, at_most=100) == ["fail"]


def test_where_the_piece_is_not_sure_the_whole_parcel_counts() -> None:
    """Near the edge of the data something may stand on the parcel: as near as its boundary, or no piece at all."""
    found = access(beside(-10), parcel=square(0, 0, 40), coverage=box(*at(-500, -500), *at(72, 500)))
    assert found.value == pytest.approx([9], abs=0.003)
    assert (found.lower[0], found.upper[0]) == (0, math.inf)  # and a road beyond the data may touch it
    assert outcomes(found, at_most=20) == ["unknown"]


def test_a_road_of_unknown_width_may_be_near() -> None:
    """Its line is 90 m away, its edge may be 40 m away."""
    found = access(beside(-90, math.nan))
    assert (found.value[0], found.lower[0]) == pytest.approx((92, 42), abs=0.003)
