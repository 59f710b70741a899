"""Share of a parcel in the features of a layer of choice, on hand-drawn cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from suitability.criteria.overlap_share import OverlapShare
from tests.tiny import COVERAGE, measure, outcomes, polygon, square, vector

if TYPE_CHECKING:
    from suitability.core.layer import Layer
    from suitability.core.measurement import Measurement

PARCEL = square(0, 0, 20)


def cores(*shapes: Any, names: list[str | None] | None = None, coverage: Any = COVERAGE) -> Layer:
    """Return settlements."""
    return vector("settlements", list(shapes), coverage, name=names or ["Kern"] * len(shapes))


def share(layer: Layer, **params: Any) -> Measurement:
    """Return the share of a parcel of 20 by 20 m."""
    return measure("overlap_share", [PARCEL], layer, **{"layer": "settlements", "ignore_below_m2": 0, **params})


def test_half_of_the_parcel() -> None:
    """A core over the western half; the limit itself is within."""
    found = share(cores(polygon((-50, -50), (10, -50), (10, 50), (-50, 50))))
    assert found.value[0] == pytest.approx(0.5)
    assert list(found.evidence) == [0]
    assert outcomes(found, at_most=0.5) == ["pass"]
    assert outcomes(found, at_most=0.49) == ["fail"]


def test_features_over_each_other_count_once() -> None:
    """Two cores on the same half are half."""
    half = polygon((-50, -50), (10, -50), (10, 50), (-50, 50))
    assert share(cores(half, half)).value[0] == pytest.approx(0.5)


def test_sliver_is_left_out_and_reported() -> None:
    """An overlap of 4 m2 is a drawing difference when 5 m2 are ignored, and counts when 4 are."""
    layer = cores(polygon((-50, 0), (0.2, 0), (0.2, 20), (-50, 20)))
    ignored, counted = share(layer, ignore_below_m2=5), share(layer, ignore_below_m2=4)
    assert ignored.value[0] == 0
    assert ignored.details["left_out_m2"][0] == pytest.approx(4)
    assert counted.value[0] == pytest.approx(0.01)
    assert counted.details["left_out_m2"][0] == 0


def test_filter_by_name() -> None:
    """Only the named area counts; none of the named ones likewise."""
    layer = cores(square(0, 0, 20), names=["De Glind"])
    assert share(layer, where={"name": {"in": ["De Glind", "Kootwijk"]}}).value[0] == 1
    assert share(layer, where={"name": {"not_in": ["De Glind"]}}).value[0] == 0


def test_unknown_name_may_count() -> None:
    """A core without a name could be the one that is meant: unknown, not passed."""
    found = share(cores(square(0, 0, 20), names=[None]), where={"name": {"in": ["De Glind"]}})
    assert (found.value[0], found.lower[0], found.upper[0]) == (0, 0, 1)
    assert outcomes(found, at_most=0.5) == ["unknown"]


def test_outside_coverage_is_unknown() -> None:
    """Half of the parcel lies beyond the data: there could be a core."""
    found = share(cores(square(500, 500), coverage=polygon((-900, -900), (10, -900), (10, 900), (-900, 900))))
    assert outcomes(found, at_most=0.4) == ["unknown"]
    assert outcomes(found, at_most=0.5) == ["pass"]


def test_zone_in_two_pieces_is_one_feature() -> None:
    """Two pieces of 3 m2 of one feature are 6 m2, more than the sliver of 5."""
    left, right = polygon((0, 0), (0.15, 0), (0.15, 20), (0, 20)), polygon((19.85, 0), (20, 0), (20, 20), (19.85, 20))
    found = share(cores(left.union(right)), ignore_below_m2=5)
    assert found.value[0] == pytest.approx(6 / 400)


@pytest.mark.parametrize("where", [{"nmae": {"in": ["x"]}}, {"name": {"in": ["x"], "not_in": ["y"]}}, {"name": {}}])
def test_wrong_filter_is_refused(where: dict[str, Any]) -> None:
    """A column that is not there, two kinds of filter at once, or none."""
    with pytest.raises(ValueError, match="filter_"):
        OverlapShare.model_validate({"layer": "settlements", "ignore_below_m2": 0, "where": where})
