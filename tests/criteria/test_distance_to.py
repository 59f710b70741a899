"""Distance to the nearest feature of a layer of choice, on hand-drawn cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from suitability.criteria.distance_to import DistanceTo
from tests.tiny import COVERAGE, measure, outcomes, square, vector

if TYPE_CHECKING:
    from suitability.core.layer import Layer
    from suitability.core.measurement import Measurement

PARCEL = square(0, 0, 20)


def parks(*shapes: Any, kinds: list[str | None] | None = None, coverage: Any = COVERAGE) -> Layer:
    """Return recreation parks."""
    return vector(
        "recreation_parks", list(shapes), coverage, name=["Park"] * len(shapes), park_kind=kinds or ["camp_site"] * len(shapes)
    )  # fmt: skip


def distance(layer: Layer, **params: Any) -> Measurement:
    """Return the distance from a parcel of 20 by 20 m."""
    usual = {"layer": "recreation_parks", "measured_from": "boundary", "measured_to": "boundary"}
    return measure("distance_to", [PARCEL], layer, **{**usual, **params})


def test_boundary_to_boundary() -> None:
    """100 m between the boundaries, as Westland measures between cadastral boundaries; the limit itself is enough."""
    found = distance(parks(square(120, 0, 20)))
    assert found.value[0] == pytest.approx(100)
    assert list(found.evidence) == [0]
    assert outcomes(found, at_least=100) == ["pass"]
    assert outcomes(found, at_least=100.01) == ["fail"]
    assert outcomes(found, at_most=100) == ["pass"]


@pytest.mark.parametrize(
    ("start", "end", "metres"), [("boundary", "middle", 110), ("middle", "boundary", 110), ("middle", "middle", 120)]
)
def test_from_and_to_the_middle(start: str, end: str, metres: float) -> None:
    """Half a parcel and half a feature further."""
    assert distance(parks(square(120, 0, 20)), measured_from=start, measured_to=end).value[0] == pytest.approx(metres)


def test_zero_inside() -> None:
    """The distance is 0 where the shapes touch or overlap."""
    assert distance(parks(square(20, 0, 20))).value[0] == 0
    assert distance(parks(square(-50, -50, 200))).value[0] == 0


def test_only_the_filtered_features_count() -> None:
    """The nearer park of another kind is passed over."""
    layer = parks(square(30, 0), square(220, 0), kinds=["caravans", "camp_site"])
    found = distance(layer, where={"park_kind": {"in": ["camp_site"]}})
    assert found.value[0] == pytest.approx(200)
    assert list(found.evidence) == [1]


def test_feature_of_unknown_kind_may_be_the_nearest() -> None:
    """At 10 m something of which the kind is not known: "at least 100 m" is unknown, "at most 250 m" is sure."""
    found = distance(
        parks(square(30, 0), square(220, 0), kinds=[None, "camp_site"]), where={"park_kind": {"in": ["camp_site"]}}
    )
    assert found.value[0] == pytest.approx(200)
    assert found.lower[0] == pytest.approx(10)
    assert outcomes(found, at_least=100) == ["unknown"]
    assert outcomes(found, at_most=250) == ["pass"]


def test_outside_coverage() -> None:
    """The data ends 50 m away: nothing within 40 m is sure, nothing within 60 m is not."""
    found = distance(parks(square(900, 900), coverage=square(-50, -50, 120)))
    assert outcomes(found, at_least=40) == ["pass"]
    assert outcomes(found, at_least=60) == ["unknown"]


def test_none_at_all() -> None:
    """No feature anywhere, and complete data for 20 km: infinitely far as far as the data goes."""
    found = distance(parks(square(30, 0), kinds=["caravans"]), where={"park_kind": {"in": ["camp_site"]}})
    assert outcomes(found, at_least=1000) == ["pass"]
    assert list(found.evidence) == [-1]


def test_wrong_column_is_refused() -> None:
    """A column that the layer does not have."""
    with pytest.raises(ValueError, match="filter_column"):
        DistanceTo.model_validate(
            {"layer": "water", "measured_from": "middle", "measured_to": "middle", "where": {"depth": {"in": [1]}}}
        )
