"""Total within a radius: jobs or features around a parcel, on hand-drawn cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from suitability.criteria.total_within import TotalWithin
from suitability.spatial.distances import sums_within
from tests.tiny import COVERAGE, measure, outcomes, parcels_of, point, square, vector

if TYPE_CHECKING:
    from suitability.core.layer import Layer
    from suitability.core.measurement import Measurement

PARCEL = square(0, 0, 20)


def employers(*places: tuple[Any, float | None], sectors: list[str | None] | None = None, **more: Any) -> Layer:
    """Return employers of (shape, jobs)."""
    columns = {"sector": sectors} if sectors else {}
    return vector(
        "employers", [shape for shape, _ in places], more.get("coverage", COVERAGE),
        name=["Kas"] * len(places), jobs=[jobs for _, jobs in places], **columns,
    )  # fmt: skip


def total(layer: Layer, **params: Any) -> Measurement:
    """Return the jobs within 100 m of a parcel of 20 by 20 m."""
    return measure(
        "total_within", [PARCEL], layer, **{"layer": "employers", "column": "jobs", "radius_m": 100, **params}
    )


def test_jobs_within_the_radius() -> None:
    """Boundary to boundary: exactly on the radius counts, 1 cm further does not; a corner is nearer than its box."""
    layer = employers((point(30, 10), 5), (point(120, 10), 20), (point(120.01, 10), 300), (square(-110, 0, 20), 7))
    found = total(layer)
    assert list(found.value) == [32]
    assert list(found.evidence) == [-1]
    assert outcomes(found, at_least=32) == ["pass"]
    assert outcomes(found, at_least=33) == ["fail"]
    assert outcomes(found, at_most=31) == ["fail"]
    assert list(total(employers((point(90, 95), 5))).value) == [0]  # 70 m east, 75 m north: 102.6 m


def test_features_are_counted_without_a_column() -> None:
    """Two of the three lie near enough; inside the parcel is near enough too."""
    layer = employers((point(30, 10), 5), (point(10, 10), 20), (point(500, 10), 3))
    assert list(total(layer, column=None).value) == [2]


def test_filter_and_unknown_sector() -> None:
    """Only farms count; one of which the sector is not known may count, so the total may be 20 more."""
    layer = employers((point(30, 10), 5), (point(40, 10), 20), (point(50, 10), 3), sectors=["farm", None, "shop"])
    found = total(layer, where={"sector": {"in": ["farm"]}})
    assert (found.value[0], found.lower[0], found.upper[0]) == (5, 5, 25)
    assert outcomes(found, at_least=10) == ["unknown"]
    assert outcomes(found, at_most=25) == ["pass"]


def test_missing_number() -> None:
    """Of an employer of unknown size the jobs may be any number."""
    found = total(employers((point(30, 10), 5), (point(40, 10), None)))
    assert (found.value[0], found.lower[0]) == (5, 5)
    assert outcomes(found, at_least=5) == ["pass"]
    assert outcomes(found, at_most=1000) == ["unknown"]


def test_outside_coverage() -> None:
    """The data ends at 50 m: what is found stands, and there may be more."""
    found = total(employers((point(30, 10), 5), coverage=square(-50, -50, 120)))
    assert outcomes(found, at_least=5) == ["pass"]
    assert outcomes(found, at_least=6) == ["unknown"]
    assert outcomes(found, at_most=10) == ["unknown"]
    assert outcomes(found, at_most=4) == ["fail"]


def test_none_at_all() -> None:
    """In complete data none is a fact: 0."""
    assert outcomes(total(employers()), at_least=1) == ["fail"]


def test_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parcels taken two at a time have the totals they have all at once."""
    shapes = [square(40 * i, 0, 20) for i in range(7)]
    layer = employers((point(30, 10), 5), (square(150, 60, 30), 20), (point(260, 10), 3))
    whole = measure("total_within", shapes, layer, layer="employers", column="jobs", radius_m=60).value
    monkeypatch.setattr(sums_within.__globals__["__spec__"].name + "._MOST_PAIRS", 6)
    again = measure("total_within", shapes, layer, layer="employers", column="jobs", radius_m=60).value
    expected = [sum(jobs for shape, jobs in zip(layer.frame.geometry, layer.frame["jobs"], strict=True)
                    if parcel.distance(shape) <= 60) for parcel in parcels_of(*shapes).geometry]  # fmt: skip
    assert list(whole) == list(again) == expected


@pytest.mark.parametrize("wrong", [{"column": "sector"}, {"column": "beds"}, {"where": {"size": {"in": [1]}}}])
def test_wrong_column_is_refused(wrong: dict[str, Any]) -> None:
    """A column of text, one that is not there, and a filter on one that is not there."""
    with pytest.raises(ValueError, match=r"total_column|filter_column"):
        TotalWithin.model_validate({"layer": "employers", "radius_m": 100, **wrong})
