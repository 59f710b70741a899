"""Beds: one answer for cards, key figures, ranking and shortlist, also with a capacity rule per location type."""

from __future__ import annotations

from typing import Any

import numpy as np

from suitability.core.types import FORMS
from suitability.policy.model import Rule
from suitability.scan.beds import NO_FORM, beds_of, form_of
from suitability.selection.ranking.order import rank
from suitability.selection.ranking.sites import make_sites
from suitability.selection.shortlist.from_scan import candidates_of
from suitability.submissions.comparison import outlook_of
from suitability.ui.key_figures import beds_that_fit
from tests.selection.ranking.scored import WORDS, policy_of, scan_of, typed
from tests.tiny import square, vector

SIDES = (20.0, 25.0, 40.0, 60.0)
HOUSE = {"floor_area_per_bed_m2": 25, "storeys": 1, "built_share": 0.5, "green_share": 0, "spaces_per_bed": 0, "space_m2": 0, "setback_m": 0}  # fmt: skip
LODGE = HOUSE | {"floor_area_per_bed_m2": 10, "storeys": 2}


def rule(name: str, criterion: str, kind: str, limit: dict[str, Any], **params: Any) -> Rule:
    """Return a rule that excludes, for one location type."""
    return Rule.model_validate(
        {
            "id": name,
            "label": WORDS,
            "criterion": criterion,
            "params": typed(criterion, **params),
            "limit": limit,
            "effect": "exclude",
            "applies_to": [kind],
            "assumption": WORDS,
        }
    )


def test_the_beds_of_a_place_are_those_of_its_location_type_everywhere() -> None:
    """Plots below 1,000 m2 are houses at 25 m2 a bed, larger ones lodges of two storeys at 10 m2: worked out by hand."""
    rules = (
        rule("house_size", "parcel_area", "house", {"at_most": 1000, "unit": "m2"}, setback_m=0),
        rule("house_beds", "capacity", "house", {"at_least": 1, "unit": "beds"}, **HOUSE),
        rule("lodge_size", "parcel_area", "lodge", {"at_least": 1000, "unit": "m2"}, setback_m=0),
        rule("lodge_beds", "capacity", "lodge", {"at_least": 1, "unit": "beds"}, **LODGE),
    )
    shapes = [square(100 * i, 0, side) for i, side in enumerate(SIDES)]
    scan = scan_of(policy_of(*rules, types=("house", "lodge")), shapes)
    by_hand = [400 * 0.5 // 25, 625 * 0.5 // 25, 1600 * 0.5 * 2 // 10, 3600 * 0.5 * 2 // 10]
    sites = make_sites(scan)
    candidates = candidates_of(rank(sites), None)
    figures = beds_that_fit(scan)
    assert beds_of(scan).tolist() == by_hand == [8, 12, 160, 360]
    assert outlook_of(scan, scan).beds.tolist() == by_hand  # what a card says
    assert figures is not None
    assert (figures.suitable, figures.to_look_at) == (sum(by_hand), 0)
    assert sites.frame["beds"].tolist() == by_hand
    assert candidates.most.tolist() == by_hand


def test_a_location_type_without_a_capacity_rule_has_no_known_beds() -> None:
    """Not the beds of another type, and not zero."""
    rules = (
        rule("house_beds", "capacity", "house", {"at_least": 10, "unit": "beds"}, **HOUSE),
        rule("lodge_size", "parcel_area", "lodge", {"at_least": 100, "unit": "m2"}, setback_m=0),
    )
    scan = scan_of(policy_of(*rules, types=("house", "lodge")), [square(0, 0, 20), square(100, 0, 25)])
    beds = beds_of(scan)
    assert np.isnan(beds[0])
    assert beds[1] == 12
    assert np.isnan(make_sites(scan).frame["beds"].to_numpy()[0])


FARM = {"uses": ("farm",), "least_building_m2": 0, "floor_area_per_bed_m2": 20}


def barns() -> Any:
    """Return a barn of 1,000 m2 of floor on the first of two plots of 40 by 40 m."""
    return vector("buildings", [square(5, 5, 30)], use=["farm"], floor_area_m2=[1000.0])


def test_of_several_forms_the_one_with_most_beds_counts() -> None:
    """A plot of 1,600 m2 holds 32 beds on land; with a barn it holds 50 in the barn. The form comes with the beds."""
    rules = (
        rule("on_land", "capacity", "place", {"at_least": 1, "unit": "beds"}, **HOUSE),
        rule("in_barn", "building_capacity", "place", {"at_least": 0, "unit": "beds"}, **FARM),
    )
    scan = scan_of(policy_of(*rules, types=("place",)), [square(0, 0, 40), square(100, 0, 40)], barns())
    assert beds_of(scan).tolist() == [50, 32]
    assert [FORMS[code] for code in form_of(scan)] == ["building", "units"]


def test_a_location_type_with_a_form_counts_that_form_alone() -> None:
    """The same plots as a place for units, and as one for conversion: without a barn there is no bed, and no form."""
    rules = (
        rule("on_land", "capacity", "place", {"at_least": 1, "unit": "beds"}, **HOUSE),
        rule("in_barn", "building_capacity", "place", {"at_least": 0, "unit": "beds"}, **FARM),
    )
    policy = policy_of(*rules, types=("place",))
    for form, beds, forms in (("units", [32, 32], [0, 0]), ("building", [50, 0], [1, NO_FORM])):
        kinds = tuple(kind.model_copy(update={"form": form}) for kind in policy.location_types)
        scan = scan_of(
            policy.model_copy(update={"location_types": kinds}), [square(0, 0, 40), square(100, 0, 40)], barns()
        )
        assert beds_of(scan).tolist() == beds
        assert form_of(scan).tolist() == forms
