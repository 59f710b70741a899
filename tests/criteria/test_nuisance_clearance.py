"""Nuisance clearance: spare metres to the guideline distance of the business that leaves least."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from shapely.geometry import box

from suitability.criteria import REGISTRY
from suitability.criteria.nuisance_clearance import NuisanceClearance
from tests.tiny import COVERAGE, at, measure, outcomes, point, square, vector

TABLE = {"1": 10.0, "2": 30.0, "3.1": 50.0, "4.2": 300.0, "5.1": 500.0}
FREE = {"at_least": 0}


def businesses(*places: tuple[str | None, float], coverage: object = COVERAGE) -> object:
    """Return businesses of (category, metres east of the origin), on the line y = 10."""
    return vector(
        "businesses", [point(x, 10) for _, x in places], coverage,
        name=[f"Bedrijf {i}" for i in range(len(places))], environmental_category=[name for name, _ in places],
    )  # fmt: skip


def clearance(layer: object, *shapes: object, highest: str = "4.2") -> object:
    """Return the measured clearance, by default of the parcel at the origin."""
    return measure("nuisance_clearance", shapes or [square(0, 0)], layer, guideline_m=TABLE, highest_category=highest)


def test_known_answers() -> None:
    """80 m from a business of category 2 leaves 50 m; 10 m from it is 20 m short."""
    found = clearance(businesses(("2", 100)), square(0, 0), square(70, 0), square(90, 0))
    assert found.value == pytest.approx([50, -20, -30])
    assert outcomes(found, **FREE) == ["pass", "fail", "fail"]
    assert REGISTRY["nuisance_clearance"].unit == "m"


def test_parcel_on_limit() -> None:
    """Exactly the guideline distance passes, 1 mm nearer fails."""
    assert outcomes(clearance(businesses(("2", 50))), **FREE) == ["pass"]
    assert outcomes(clearance(businesses(("2", 49.999))), **FREE) == ["fail"]


def test_the_business_that_leaves_least_counts_not_the_nearest() -> None:
    """A heavy business further off outweighs a light one nearby."""
    found = clearance(businesses(("1", 60), ("4.2", 270), ("2", 90)))
    assert found.value == pytest.approx([-50])
    assert list(found.evidence) == [1]


def test_each_category_has_its_own_distance() -> None:
    """Every category of the table is looked up under its own name; 3.1 is text, not a number."""
    for name, guideline in TABLE.items():
        assert clearance(businesses((name, 620))).value == pytest.approx([600 - guideline])


@pytest.mark.parametrize("name", [None, "9", "", "3,1"])
def test_category_unknown(name: str | None) -> None:
    """A business without a category, or one not in the table, could be the worst: unknown within its distance."""
    near, far = clearance(businesses((name, 300))), clearance(businesses((name, 321)))
    assert outcomes(near, **FREE) == ["unknown"]
    assert outcomes(far, **FREE) == ["pass"]
    assert outcomes(clearance(businesses((name, 300), ("2", 30))), **FREE) == ["fail"]  # short already
    assert outcomes(clearance(businesses((name, 300)), highest="2"), **FREE) == ["pass"]


def test_outside_coverage() -> None:
    """Near the edge a free parcel is unknown, because a business may stand beyond; a short one is a fact."""
    coverage = box(*at(-400, -400), *at(400, 400))
    shapes = [square(0, 0), square(200, 0), square(900, 0)]
    assert outcomes(clearance(businesses(coverage=coverage), *shapes), **FREE) == ["pass", "unknown", "unknown"]
    assert outcomes(clearance(businesses(("2", 230), coverage=coverage), *shapes[:2]), **FREE) == ["pass", "fail"]


def test_no_business_at_all() -> None:
    """No business in complete data leaves infinitely much room."""
    found = clearance(businesses())
    assert np.isposinf(found.value[0])
    assert list(found.evidence) == [-1]
    assert outcomes(found, **FREE) == ["pass"]


def test_all_categories_missing() -> None:
    """A layer in which no category is known at all is read as text without values, whatever its column type."""
    layer = businesses((None, 300), (None, 310))
    frame = layer.frame.assign(environmental_category=pd.array([None, None], dtype="string"))
    for data in (frame, layer.frame.assign(environmental_category=[np.nan, np.nan])):
        changed = type(layer)(layer.spec, data, layer.coverage, layer.provenance)
        assert outcomes(clearance(changed), **FREE) == ["unknown"]


def test_highest_category_must_be_in_the_table() -> None:
    """A worst case that is not in the table is an error of the policy."""
    with pytest.raises(ValidationError, match="category_not_in_table"):
        NuisanceClearance(guideline_m=TABLE, highest_category="6")


def without_own(
    layer: object, *shapes: object, set_aside: str = "same_parcel", plots: tuple[object, ...] = ()
) -> object:
    """Return the measured clearance with the own business set aside."""
    params = {"guideline_m": TABLE, "highest_category": "4.2", "set_aside": set_aside}
    return measure("nuisance_clearance", shapes, layer, vector("building_plots", plots), **params)


def test_the_business_on_the_parcel_itself_can_be_set_aside() -> None:
    """It no longer counts there; the next business does, and for the neighbour both count."""
    layer = businesses(("3.1", 10), ("2", 100))
    found = without_own(layer, square(0, 0), square(30, 0))
    assert found.value == pytest.approx([80 - 30, 20 - 50])
    assert list(found.evidence) == [1, 0]
    assert clearance(layer, square(0, 0)).value == pytest.approx([-50])


def test_a_shared_building_plot_makes_it_the_own_business() -> None:
    """The yard beside the barn is of the same plot; without the plot the barn counts."""
    layer, yard = businesses(("3.1", 10)), box(*at(-5, -5), *at(60, 40))
    assert list(without_own(layer, square(30, 0), set_aside="same_building_plot", plots=(yard,)).value) == [np.inf]
    assert without_own(layer, square(30, 0), set_aside="same_building_plot").value == pytest.approx([20 - 50])
    assert without_own(layer, square(30, 0), plots=(yard,)).value == pytest.approx([20 - 50])


def test_an_own_business_of_unknown_category_is_set_aside_too() -> None:
    """It lowers no bound; that of the neighbour does."""
    own = without_own(businesses((None, 10), ("1", 400)), square(0, 0))
    assert (own.value[0], own.lower[0]) == pytest.approx((380 - 10, 380 - 10))
    assert outcomes(without_own(businesses((None, 10), (None, 100)), square(0, 0)), **FREE) == ["unknown"]


def test_all_of_them_own_leaves_nothing() -> None:
    """No business is left, near or far."""
    assert outcomes(without_own(businesses(("4.2", 5), ("2", 10)), square(0, 0)), **FREE) == ["pass"]
