"""Road frontage: metres of boundary within half the road's width plus the gap of a public road."""

from __future__ import annotations

import math

import pytest
from shapely.geometry import MultiLineString, MultiPolygon, box

from suitability.criteria import REGISTRY
from tests.tiny import COVERAGE, at, line, measure, outcomes, polygon, square, vector


def roads(*lines: tuple[object, float], coverage: object = COVERAGE) -> object:
    """Return public roads of (line, width)."""
    return vector(
        "public_roads", [shape for shape, _ in lines], coverage,
        name=[f"Weg {i}" for i in range(len(lines))], width_m=[float(width) for _, width in lines],
    )  # fmt: skip


def frontage(layer: object, *shapes: object, gap_m: float = 1.5) -> object:
    """Return the measured frontage, by default of the square of 20 m at the origin."""
    return measure("road_frontage", shapes or [square(0, 0)], layer, gap_m=gap_m)


def beside(y: float, width: float = 0) -> tuple[object, float]:
    """Return a long road east to west at y."""
    return line((-100, y), (100, y)), width


def test_known_answers() -> None:
    """A road 1 m below the parcel: the side of 20 m and, at both ends, the part of the sides within reach."""
    found = frontage(roads(beside(-1)))
    assert found.value == pytest.approx([20 + 2 * 0.5])
    assert list(found.evidence) == [0]
    assert REGISTRY["road_frontage"].unit == "m"


def test_parcel_on_limit() -> None:
    """A road along exactly 10 m of the side passes 10 m, 1 mm shorter fails."""
    for end, expected in ((15.0, "pass"), (14.999, "fail")):
        road = roads((line((5 + 1.5, 0), (end - 1.5, 0)), 0))  # the rounded ends reach 1.5 m along the boundary
        found = frontage(road)
        assert found.value == pytest.approx([end - 5])
        assert outcomes(found, at_least=10) == [expected]


def test_the_reach_is_half_the_width_and_the_gap() -> None:
    """A road 6 m wide with its line 4 m off lies 1 m off; just beyond its reach there is none."""
    assert frontage(roads(beside(-4, 6))).value == pytest.approx([20 + 2 * 0.5])
    assert frontage(roads(beside(-4, 5))).value == pytest.approx([20])  # exactly 4 m
    assert frontage(roads(beside(-4.001, 5))).value == pytest.approx([0])
    assert list(frontage(roads(beside(-4.001, 5))).evidence) == [-1]


def test_two_roads_along_one_side_do_not_count_twice() -> None:
    """A cycle path beside a road along the same side adds nothing; the road along most of the side is named."""
    both = frontage(roads(beside(-0.5), beside(-1), (line((0, -1), (8, -1)), 0)))
    assert both.value == pytest.approx([20 + 2 * 1.0])
    assert list(both.evidence) == [0]


def test_roads_in_pieces_count_as_one() -> None:
    """A road cut at every metre, or drawn twice, gives the same as the whole road."""
    whole = frontage(roads(beside(-1))).value
    cut = roads(*[(line((x, -1), (x + 1, -1)), 0) for x in range(-100, 100)])
    assert frontage(cut).value == pytest.approx(whole)
    assert frontage(roads(beside(-1), beside(-1))).value == pytest.approx(whole)
    several = roads((MultiLineString([line((-100, -1), (10, -1)), line((10, -1), (100, -1))]), 0))
    assert frontage(several).value == pytest.approx(whole)


def test_short_road_reaches_round_its_ends() -> None:
    """Of a dead end pointing at the parcel only the rounded end counts: a chord of the circle."""
    found = frontage(roads((line((10, -100), (10, -1)), 0)))
    assert found.value == pytest.approx([2 * math.sqrt(1.5**2 - 1)])
    crossing = frontage(roads((line((10, -100), (10, -1)), 0)), gap_m=1.0)
    assert crossing.value == pytest.approx([0])


def test_point_like_road() -> None:
    """A road of length 0 is a circle."""
    assert frontage(roads((line((10, 0), (10, 0)), 0))).value == pytest.approx([3])


def test_slanted_road() -> None:
    """A road at an angle leaves the side where it is further off than its reach."""
    slope = 0.1
    road = roads((line((0, 0), (100, -100 * slope)), 0))
    along_bottom = 1.5 * math.sqrt(1 + slope**2) / slope  # where the distance to the line is 1.5 m
    assert frontage(road, square(0, 0, 40)).value == pytest.approx([along_bottom + 1.5])


def test_short_sides() -> None:
    """A boundary in many short pieces gives the same as one long side."""
    steps = [(x / 10, 0.0) for x in range(201)]
    jagged = polygon(*steps, (20, 20), (0, 20))
    assert frontage(roads(beside(-1)), jagged, square(0, 0)).value == pytest.approx([21, 21])


def test_road_through_the_parcel() -> None:
    """A road across a parcel counts where it crosses the boundary: its width on both sides."""
    assert frontage(roads((line((10, -50), (10, 50)), 4))).value == pytest.approx([2 * (4 + 3)])


def test_parcel_with_hole() -> None:
    """A road in the hole of a parcel lies along the inner boundary."""
    ring = polygon((0, 0), (90, 0), (90, 90), (0, 90), holes=[[(30, 30), (60, 30), (60, 60), (30, 60)]])
    assert frontage(roads((line((40, 31), (50, 31)), 0)), ring).value == pytest.approx([10 + 2 * math.sqrt(1.25)])


def test_parcel_in_parts() -> None:
    """The boundaries of all parts count."""
    parts = MultiPolygon([square(0, 0), square(50, 0)])
    assert frontage(roads(beside(0)), parts).value == pytest.approx([2 * (20 + 2 * 1.5)])


def test_every_parcel_gets_its_own() -> None:
    """Values and evidence are in the order of the parcels, and parcels do not share sides."""
    layer = roads((line((-100, 0), (25, 0)), 0), (line((200, 0), (300, 0)), 0))
    found = frontage(layer, square(210, 0), square(0, 300), square(0, 0))
    assert found.value == pytest.approx([23, 0, 23])
    assert list(found.evidence) == [1, -1, 0]


def test_outside_coverage() -> None:
    """Too little is unknown where a road beyond the data could lie along the parcel; enough stands."""
    coverage = box(*at(-300, -300), *at(21, 300))
    assert outcomes(frontage(roads(coverage=coverage)), at_least=3) == ["unknown"]
    assert outcomes(frontage(roads(beside(0), coverage=coverage)), at_least=3) == ["pass"]
    assert outcomes(frontage(roads(coverage=coverage), square(-100, 0)), at_least=3) == ["fail"]


def test_an_unseen_road_may_be_wider_than_those_seen() -> None:
    """A motorway just beyond the data has its edge further in than its line: within its half width nothing is sure."""
    coverage = box(*at(-300, -300), *at(50, 300))  # 30 m from the parcel
    assert outcomes(frontage(roads(beside(-200, 4), coverage=coverage)), at_least=3) == ["unknown"]


def test_no_road_at_all() -> None:
    """No road in complete data is 0 m, a fail and not unknown."""
    found = frontage(roads())
    assert list(found.value) == [0]
    assert outcomes(found, at_least=3) == ["fail"]
