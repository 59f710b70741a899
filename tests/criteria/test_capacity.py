"""Capacity: whole beds that fit by floor area, storeys, green and parking."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from shapely.affinity import rotate, translate
from shapely.geometry import box

from suitability.criteria import REGISTRY
from tests.tiny import COVERAGE, at, measure, outcomes, polygon, square, vector

NORMS: dict[str, Any] = {
    "floor_area_per_bed_m2": 20, "storeys": 2, "built_share": 0.5, "green_share": 0.2, "spaces_per_bed": 0.5,
    "space_m2": 25, "setback_m": 0, "max_beds": 50,
}  # fmt: skip


def beds(*shapes: object, **changed: Any) -> object:
    """Return the measured number of beds under the norms, some of them changed."""
    return measure("capacity", shapes, **{**NORMS, **changed})


def test_known_answers() -> None:
    """400 m2: terrain 320 / (10 + 12.5) = 14.2, building 200 / 10 = 20; the smaller, whole: 14."""
    assert list(beds(square(0, 0)).value) == [14]
    assert list(beds(square(0, 0), spaces_per_bed=0).value) == [20]  # now the building limits
    assert REGISTRY["capacity"].unit == "beds"


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"storeys": 1}, 9), ({"built_share": 0.1}, 4), ({"green_share": 0.6}, 7), ({"space_m2": 50}, 9),
     ({"floor_area_per_bed_m2": 40}, 9), ({"setback_m": 5}, 3), ({"max_beds": 12}, 12), ({"max_beds": None}, 14)],
)  # fmt: skip
def test_every_norm_counts(change: dict[str, Any], expected: int) -> None:
    """Each norm changes the answer the way the formula in the module says."""
    assert list(beds(square(0, 0), **change).value) == [expected]


def test_parcel_on_limit() -> None:
    """45 m2 is exactly enough for 2 beds without green (90 m2 at half); 1 mm narrower is not."""
    shapes = [polygon((0, 0), (9, 0), (9, 5), (0, 5)), polygon((0, 0), (8.999, 0), (8.999, 5), (0, 5))]
    found = beds(*shapes, green_share=0, built_share=1)
    assert list(found.value) == [2, 1]
    assert outcomes(found, at_least=2) == ["pass", "fail"]


def test_rounding_does_not_cost_a_bed() -> None:
    """A parcel of exactly 2 beds keeps them wherever it lies and however it is turned."""
    shape = polygon((0, 0), (9, 0), (9, 5), (0, 5))
    moved = [translate(rotate(shape, 7 * i), 1234.567 * i, 765.4321 * i) for i in range(60)]
    assert set(beds(*moved, green_share=0, built_share=1).value) == {2}


def test_no_room_is_zero() -> None:
    """A sliver fits nobody, and that is known."""
    assert list(beds(square(0, 0, 1)).value) == [0]


def test_parcel_with_hole() -> None:
    """The hole is not built on."""
    ring = polygon((0, 0), (30, 0), (30, 30), (0, 30), holes=[[(10, 10), (20, 10), (20, 20), (10, 20)]])
    assert list(beds(ring).value) == [28]  # 800 x 0.8 / 22.5 = 28.4


LAND = {"setback_m": 2, "building_margin_m": 3, "water_margin_m": 5, "road_margin_m": 1, "least_width_m": 6}


def on_usable(*shapes: object, coverage: object = COVERAGE, buildings: tuple[object, ...] = ()) -> Any:
    """Return the beds by the largest usable piece."""
    norms = {name: norm for name, norm in NORMS.items() if name != "setback_m"} | {"max_beds": None}
    layers = (
        vector("buildings", buildings, coverage, use=["farm"] * len(buildings)),
        vector("water", [], coverage),
        vector("public_roads", [], coverage, name=[], width_m=[]),
    )
    return measure("capacity", shapes, *layers, **norms, land=LAND)


def test_beds_by_the_largest_usable_piece() -> None:
    """16 by 16 m less four corners is 248.3 m2: terrain 198.6 / 22.5 = 8.8; behind a barn 36 by 21 m, 748.3 m2: 26.6."""
    barn = box(*at(199, 26), *at(241, 30))
    found = on_usable(square(0, 0), square(200, 0, 40), square(400, 0, 5), buildings=(barn,))
    assert found.value.tolist() == found.lower.tolist() == found.upper.tolist() == [8, 26, 0]


def test_beds_are_whole_in_both_bounds() -> None:
    """Near the edge of the data 36 by 19 m is sure of 36 by 36 m: 676.3 m2 and 1288.3 m2, so 24 and 45 beds."""
    found = on_usable(square(0, 0, 40), coverage=box(*at(-500, -500), *at(72, 500)))
    assert (found.lower[0], found.value[0], found.upper[0]) == (24, 45, 45)
    assert outcomes(found, at_least=30) == ["unknown"]


def test_land_is_counted_one_way() -> None:
    """Norms for usable land hold a strip of their own: a second one, or none at all, is a mistake."""
    for norms in ({**NORMS, "land": LAND}, {name: norm for name, norm in NORMS.items() if name != "setback_m"}):
        with pytest.raises(ValidationError, match="setback_or_land"):
            REGISTRY["capacity"].params.model_validate(norms)
    assert REGISTRY["capacity"].needs_of(REGISTRY["capacity"].params.model_validate(NORMS)) == ()
