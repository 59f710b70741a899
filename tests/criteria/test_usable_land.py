"""Usable land: the largest piece clear of boundary, buildings, water and roads, and wide enough throughout."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError
from shapely.geometry import MultiPolygon, box

from suitability.criteria import REGISTRY
from suitability.criteria.usable_land import UsableLand
from tests.tiny import COVERAGE, at, line, measure, outcomes, polygon, square, vector

NORMS = {"setback_m": 2, "building_margin_m": 3, "water_margin_m": 5, "road_margin_m": 1, "least_width_m": 6}
#: What a square corner loses where a circle of the least width must fit over every place: of a square of 3 m the rest of a quarter.
CORNER = 9 - math.pi * 9 / 4
#: Round corners are drawn with straight edges: four quarters of a circle of 3 m together lack this.
DRAWN_M2 = 0.2


def land(
    *shapes: Any, buildings: Any = (), water: Any = (), roads: Any = (), coverage: Any = COVERAGE, **changed: Any
) -> Any:
    """Return the measured usable land of parcels; roads as (line, width)."""
    layers = (
        vector("buildings", buildings, coverage, use=["dwelling"] * len(buildings)),
        vector("water", water, coverage),
        vector("public_roads", [shape for shape, _ in roads], coverage, name=["Weg"] * len(roads),
               width_m=[width for _, width in roads]),
    )  # fmt: skip
    return measure("usable_land", shapes, *layers, **{**NORMS, **changed})


def test_known_answers() -> None:
    """Of 20 by 20 m the strip leaves 16 by 16 m, less its four corners; of 9 by 40 m 5 m is too narrow."""
    found = land(square(0, 0), polygon((0, 0), (9, 0), (9, 40), (0, 40)))
    assert found.value == pytest.approx([256 - 4 * CORNER, 0], abs=DRAWN_M2)
    assert found.lower.tolist() == found.upper.tolist() == found.value.tolist()
    assert found.evidence.tolist() == [-1, -1]
    assert REGISTRY["usable_land"].unit == "m2"


def test_a_building_leaves_the_larger_side() -> None:
    """A wall to wall building at 26 m up, with 3 m around it: 40 by 23 m below, 40 by 7 m above it and 2 m less at the sides."""
    barn = box(*at(-1, 26), *at(41, 30))
    found = land(square(0, 0, 40), buildings=[barn])
    assert found.value == pytest.approx([36 * 21 - 4 * CORNER], abs=DRAWN_M2)


@pytest.mark.parametrize(
    ("things", "free_m"),
    [({"buildings": [box(*at(-1, 30), *at(41, 99))]}, 3), ({"water": [box(*at(-1, 30), *at(41, 99))]}, 5),
     ({"roads": [(line((-9, 34), (49, 34)), 8.0)]}, 1), ({"roads": [(line((-9, 30), (49, 30)), 0.0)]}, 1)],
    ids=["building", "water", "middle of a road", "edge of a road"],
)  # fmt: skip
def test_each_kind_keeps_its_own_distance(things: dict[str, Any], free_m: float) -> None:
    """Whatever ends at 30 m up leaves 30 m, less its own margin and the strip of 2 m below."""
    found = land(polygon((0, 0), (40, 0), (40, 36), (0, 36)), **things)
    assert found.value == pytest.approx([36 * (28 - free_m) - 4 * CORNER], abs=DRAWN_M2)


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"setback_m": 0}, 400 - 4 * CORNER), ({"least_width_m": 12}, 256 - 4 * 4 * CORNER), ({"least_width_m": 17}, 0)],
)
def test_every_norm_counts(change: dict[str, Any], expected: float) -> None:
    """Strip and least width change the answer as they should."""
    assert land(square(0, 0), **change).value == pytest.approx([expected], abs=4 * DRAWN_M2)


def test_a_narrow_neck_parts_the_land() -> None:
    """Two squares joined by a lane of 8 m, of which the strip leaves 4 m: the larger square counts, and 3 m of the lane at most."""
    two = square(0, 0, 30).union(box(*at(30, 10), *at(50, 18))).union(square(50, 0, 20))
    alone = 26 * 26 - 4 * CORNER
    assert alone < land(two).value[0] < alone + 4 * 3


def test_a_neck_of_the_least_width_is_not_sure() -> None:
    """The lane leaves exactly 6 m: with the other square and without it, both may be; 1 cm more or less is sure."""
    for more_m, sure in ((0.0, False), (0.01, True), (-0.01, True)):
        two = square(0, 0, 30).union(box(*at(30, 8), *at(50, 18 + more_m))).union(square(50, 0, 20))
        found = land(two)
        assert (found.lower[0] == found.upper[0]) == sure
        if not sure:
            assert 26 * 26 - 4 * CORNER < found.lower[0] < 26 * 26 + 6 * 5
            assert found.value[0] > 26 * 26 + 16 * 16


def test_land_exactly_as_wide_as_it_must_be_is_not_sure() -> None:
    """A parcel of 10 m leaves 6 m, which is the least width: all of it or nothing."""
    found = land(polygon((0, 0), (10, 0), (10, 40), (0, 40)))
    assert found.lower.tolist() == [0]
    assert found.upper == pytest.approx([6 * 36 - 4 * CORNER], abs=DRAWN_M2)
    assert outcomes(found, at_least=100) == ["unknown"]


def test_parcel_on_limit() -> None:
    """The measured value itself passes as a smallest value; more than that fails."""
    found = land(square(0, 0))
    assert outcomes(found, at_least=float(found.value[0])) == ["pass"]
    assert outcomes(found, at_least=float(found.value[0]) + 0.01) == ["fail"]


def test_parcel_with_hole_and_parcel_in_parts() -> None:
    """Around a hole the strip stays free too; of a parcel in parts the largest part counts."""
    ring = polygon((0, 0), (60, 0), (60, 60), (0, 60), holes=[[(20, 20), (40, 20), (40, 40), (20, 40)]])
    parts = MultiPolygon([square(0, 0), square(50, 0, 30)])
    around = 56 * 56 - 20 * 20 - 4 * 20 * 2 - math.pi * 4 - 4 * CORNER
    assert land(ring, parts).value == pytest.approx([around, 26 * 26 - 4 * CORNER], abs=4 * DRAWN_M2)


def test_near_the_edge_of_the_data_less_is_sure() -> None:
    """Beyond the data a road may lie, 50 m to either side and its margin of 1 m: 19 m of the parcel are sure."""
    found = land(square(0, 0, 40), coverage=box(*at(-500, -500), *at(72, 500)))
    assert found.value == pytest.approx([36 * 36 - 4 * CORNER], abs=DRAWN_M2)
    assert found.lower == pytest.approx([36 * 19 - 4 * CORNER], abs=DRAWN_M2)
    assert outcomes(found, at_least=800) == ["unknown"]
    assert outcomes(found, at_least=600) == ["pass"]
    assert outcomes(found, at_least=1500) == ["fail"]


def test_a_road_of_unknown_width_may_be_wide() -> None:
    """Its line with the margin is gone for sure; 51 m to either side may be."""
    found = land(
        square(0, 0, 40), roads=[(line((-60, -99), (-60, 99)), math.nan), (line((-30, -99), (-30, 99)), math.nan)]
    )
    assert found.value == pytest.approx([36 * 36 - 4 * CORNER], abs=DRAWN_M2)
    assert found.lower == pytest.approx([36 * 17 - 4 * CORNER], abs=DRAWN_M2)  # from 21 m on


def test_a_least_width_is_needed() -> None:
    """Without any width everything would count, to the last sliver."""
    with pytest.raises(ValidationError):
        UsableLand.model_validate({**NORMS, "least_width_m": 0})
