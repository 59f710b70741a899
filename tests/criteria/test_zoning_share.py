"""Zoning share: the share of the parcel inside zoning areas with an allowed designation."""

from __future__ import annotations

import pytest
from shapely.geometry import MultiPolygon, box

from suitability.criteria import REGISTRY
from tests.tiny import COVERAGE, at, measure, outcomes, polygon, square, vector

HALF = {"at_least": 0.5}


def zones(*areas: tuple[str | None, object], coverage: object = COVERAGE) -> object:
    """Return a zoning layer of (designation, polygon)."""
    return vector(
        "zoning", [shape for _, shape in areas], coverage,
        designation=[name for name, _ in areas], designation_code=[f"plan {name}" for name, _ in areas],
    )  # fmt: skip


def share(shapes: list[object], layer: object, *allowed: str) -> object:
    """Return the measured share for the allowed designations."""
    return measure("zoning_share", shapes, layer, allowed=allowed or ("agrarisch",))


def test_known_answers() -> None:
    """A parcel wholly inside, for a quarter inside and outside an allowed zone has share 1, 0.25 and 0, in order."""
    layer = zones(("agrarisch", square(0, 0, 100)), ("wonen", square(100, 0, 100)))
    found = share([square(10, 10), square(95, 10), square(150, 10)], layer)
    assert found.value == pytest.approx([1, 0.25, 0], abs=1e-12)
    assert outcomes(found, **HALF) == ["pass", "fail", "fail"]
    assert REGISTRY["zoning_share"].unit == "1"


def test_parcel_on_limit() -> None:
    """Exactly half allowed passes; a zone that ends 1 mm earlier does not."""
    shapes = [square(0, 0)]
    on = zones(("agrarisch", polygon((-5, -5), (10, -5), (10, 25), (-5, 25))))
    short = zones(("agrarisch", polygon((-5, -5), (9.999, -5), (9.999, 25), (-5, 25))))
    assert outcomes(share(shapes, on), **HALF) == ["pass"]
    assert outcomes(share(shapes, short), **HALF) == ["fail"]


def test_zone_sliver() -> None:
    """A strip of 1 mm of another zone neither saves nor fails a parcel, and is not the zone that is named."""
    strip = polygon((19.999, -5), (30, -5), (30, 25), (19.999, 25))
    rest = polygon((-5, -5), (19.999, -5), (19.999, 25), (-5, 25))
    mostly = share([square(0, 0)], zones(("wonen", strip), ("agrarisch", rest)))
    hardly = share([square(0, 0)], zones(("agrarisch", strip), ("wonen", rest)))
    assert mostly.value == pytest.approx([1 - 0.001 / 20], abs=1e-9)
    assert hardly.value == pytest.approx([0.001 / 20], abs=1e-9)
    assert list(mostly.evidence) == list(hardly.evidence) == [1]
    assert outcomes(mostly, **HALF) == ["pass"]
    assert outcomes(hardly, **HALF) == ["fail"]


def test_overlapping_zones_count_once() -> None:
    """Two allowed zones on the same land give its share once, also for three of them."""
    layer = zones(*[("agrarisch", polygon((-5, -5), (x, -5), (x, 25), (-5, 25))) for x in (8, 6, 4)])
    assert share([square(0, 0)], layer).value == pytest.approx([0.4], abs=1e-12)


def test_several_designations_are_added() -> None:
    """Land in different allowed zones is added up; a designation that is not allowed is not."""
    columns = [polygon((x, -5), (x + 5, -5), (x + 5, 25), (x, 25)) for x in (0, 5, 10, 15)]
    layer = zones(*zip(["agrarisch", "wonen", "bedrijf", "natuur"], columns, strict=True))
    assert share([square(0, 0)], layer, "agrarisch", "bedrijf", "wonen").value == pytest.approx([0.75])


def test_evidence_is_the_largest_part_allowed_or_not() -> None:
    """The zone named is the one with most of the parcel; its row number survives filtering."""
    layer = zones(("wonen", square(500, 500)), ("natuur", square(-5, -5, 18)), ("agrarisch", square(13, -5, 30)))
    layer = layer.where(layer.frame["designation"].ne("wonen").to_numpy())
    assert list(share([square(0, 0), square(900, 900)], layer).evidence) == [1, -1]


def test_unmapped_designation_is_unknown_not_refused() -> None:
    """Land whose designation could not be mapped may be allowed: unknown, unless the rest is enough already."""
    left, right = polygon((-5, -5), (8, -5), (8, 25), (-5, 25)), polygon((8, -5), (25, -5), (25, 25), (8, 25))
    unknown = share([square(0, 0)], zones(("agrarisch", left), (None, right)))
    assert unknown.value == pytest.approx([0.4])
    assert unknown.upper == pytest.approx([1.0])
    assert outcomes(unknown, **HALF) == ["unknown"]
    assert outcomes(share([square(0, 0)], zones((None, left), ("agrarisch", right))), **HALF) == ["pass"]
    assert outcomes(share([square(0, 0)], zones((None, left), ("natuur", right))), **HALF) == ["fail"]


def test_outside_coverage() -> None:
    """A negative answer on land beyond the data is unknown; a positive one stands."""
    coverage = box(*at(0, -50), *at(12, 50))
    layer = zones(("agrarisch", polygon((0, -5), (11, -5), (11, 25), (0, 25))), coverage=coverage)
    none = zones(coverage=coverage)
    shapes = [square(0, 0), square(-100, 0), square(1, 0, 10)]
    assert outcomes(share(shapes, layer), **HALF) == ["pass", "unknown", "pass"]
    assert outcomes(share(shapes, none), **HALF) == ["fail", "unknown", "fail"]
    assert outcomes(share([square(3, 0)], none), **HALF) == ["unknown"]  # 11 of 20 metres have no data


def test_parcel_with_hole() -> None:
    """A zone inside the hole of a parcel covers nothing of it."""
    ring = polygon((0, 0), (30, 0), (30, 30), (0, 30), holes=[[(10, 10), (20, 10), (20, 20), (10, 20)]])
    found = share([ring], zones(("agrarisch", square(11, 11, 8))))
    assert list(found.value) == [0]
    assert share([ring], zones(("agrarisch", square(0, 0, 30)))).value == pytest.approx([1])


def test_parcel_in_parts() -> None:
    """Of a parcel in two parts both count, each with its own area."""
    parts = MultiPolygon([square(0, 0, 10), square(100, 0, 20)])
    assert share([parts], zones(("agrarisch", square(-5, -5, 30)))).value == pytest.approx([0.2])
    assert share([parts], zones(("agrarisch", MultiPolygon([square(-5, -5, 30), square(95, -5, 30)])))).value[0] == 1


def test_touching_is_not_overlapping() -> None:
    """A zone that shares only an edge or a corner gives share 0 and no evidence."""
    found = share([square(0, 0)], zones(("agrarisch", square(20, 0)), ("agrarisch", square(20, 20))))
    assert list(found.value) == [0]
    assert list(found.evidence) == [-1]
