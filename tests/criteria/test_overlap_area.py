"""Square metres of a parcel in the features of a layer of choice, on hand-drawn cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from suitability.criteria.overlap_area import OverlapArea
from tests.tiny import COVERAGE, measure, outcomes, polygon, square, vector

if TYPE_CHECKING:
    from suitability.core.layer import Layer
    from suitability.core.measurement import Measurement

PARCEL = square(0, 0, 20)
HALF = polygon((-50, -50), (10, -50), (10, 50), (-50, 50))


def cores(*shapes: Any, names: list[str | None] | None = None, coverage: Any = COVERAGE) -> Layer:
    """Return settlements."""
    return vector("settlements", list(shapes), coverage, name=names or ["Kern"] * len(shapes))


def area(features: Layer, **params: Any) -> Measurement:
    """Return the m2 of a parcel of 20 by 20 m."""
    chosen = {"layer": "settlements", "ignore_below_m2": 0, **params}
    return measure("overlap_area", [PARCEL], features, **chosen)


def test_half_of_the_parcel() -> None:
    """A core over the western half is 200 m2, twice drawn or once; the limit itself is within."""
    found = area(cores(HALF, HALF))
    assert found.value[0] == pytest.approx(200)
    assert list(found.evidence) == [0]
    assert outcomes(found, at_most=200) == ["pass"]
    assert outcomes(found, at_most=199) == ["fail"]


def test_sliver_is_left_out_and_reported() -> None:
    """An overlap of 4 m2 is a drawing difference when 5 m2 are ignored, and counts when 4 are."""
    layer = cores(polygon((-50, 0), (0.2, 0), (0.2, 20), (-50, 20)))
    ignored, counted = area(layer, ignore_below_m2=5), area(layer, ignore_below_m2=3.99)
    assert (ignored.value[0], ignored.evidence[0]) == (0, -1)
    assert ignored.details["left_out_m2"][0] == pytest.approx(4)
    assert counted.value[0] == pytest.approx(4)
    assert counted.details["left_out_m2"][0] == 0


def test_unknown_name_may_count() -> None:
    """A core without a name could be the one that is meant: unknown, not passed."""
    found = area(cores(HALF, names=[None]), where={"name": {"in": ["De Glind"]}})
    assert (found.value[0], found.lower[0]) == (0, 0)
    assert found.upper[0] == pytest.approx(200)
    assert outcomes(found, at_most=100) == ["unknown"]


def test_a_column_that_the_source_lacks() -> None:
    """Nothing is known of an optional column that is not there: every feature may count."""
    layer = vector("building_plots", [HALF])
    found = area(layer, layer="building_plots", where={"plan_id": {"in": ["A"]}})
    assert (found.value[0], round(found.upper[0], 6)) == (0, 200)


def test_outside_coverage_is_unknown() -> None:
    """Half of the parcel lies beyond the data: there could be 200 m2 more."""
    found = area(cores(square(500, 500), coverage=polygon((-900, -900), (10, -900), (10, 900), (-900, 900))))
    assert outcomes(found, at_most=199) == ["unknown"]
    assert outcomes(found, at_most=200) == ["pass"]


def test_wrong_column_is_refused() -> None:
    """A column that the layer does not have."""
    with pytest.raises(ValueError, match="filter_column"):
        OverlapArea.model_validate({"layer": "water", "ignore_below_m2": 0, "where": {"depth": {"in": [1]}}})
