"""Comparison of two policies and of two scans: the changes, in words, and the parcels gained and lost by cause."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suitability.core.measurement import Outcome
from suitability.core.messages import LANGS, catalogue
from suitability.core.types import Citation
from suitability.criteria import REGISTRY
from suitability.policy.compare import Change, compare_policies
from suitability.policy.model import Check, LocationType, Permit, Policy, Rule, SomeOf
from suitability.policy.portfolio import Cap, Need, Spacing
from suitability.policy.reader import policy_names, read_policy
from suitability.report.wording.changes import change_text, difference_lines
from suitability.scan.compare import compare_scans
from tests.paths import CONFIG
from tests.policy.edits import make_config
from tests.properties.towns import scan_town, small_town_policy, towns
from tests.skins.small import area_rule, both, small_scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from suitability.core.layer import Layers
    from suitability.scan.run import Scan

SHIPPED = policy_names(CONFIG)
CITED = Citation(document="plan-2025", article="2")
DOCUMENTS: dict[str, dict[str, object]] = {"plan-2025": {"title": {"nl": "Het plan", "en": "The plan"}}}


@pytest.fixture
def good(tmp_path: Path) -> Policy:
    """Return a policy with a rule on distance, one on businesses and one with parts."""
    return read_policy("good", REGISTRY, make_config(tmp_path))


def with_rule(policy: Policy, name: str, **changes: Any) -> Policy:
    """Return the policy with fields of one rule replaced."""
    rules = tuple(rule.model_copy(update=changes) if rule.id == name else rule for rule in policy.rules)
    return policy.model_copy(update={"rules": rules})


def said(a: Policy, b: Policy) -> list[str]:
    """Return the English sentences; the Dutch ones must be as many and different."""
    english, dutch = ([change_text(c, DOCUMENTS, lang) for c in compare_policies(a, b)] for lang in LANGS[::-1])
    assert len(english) == len(dutch)
    assert all(one.endswith(".") and one != other for one, other in zip(english, dutch, strict=True))
    return english


def test_the_same_policy_has_no_difference(good: Policy) -> None:
    """Nor when it stands in a file of another name."""
    assert compare_policies(good, good.model_copy(update={"id": "other"})) == []


def limit_of(policy: Policy, **kinds: Any) -> Any:
    """Return the first rule's limit replaced."""
    return policy.rules[0].limit.model_validate({"unit": "m", **kinds})


#: What is changed in the rule `near_work`, and the sentence.
OF_A_RULE: dict[str, tuple[dict[str, Any], str]] = {
    "tighter": ({"limit": {"at_most": 2000}}, "Work: the limit is tighter, at most 2 km instead of at most 15 km."),
    "looser": ({"limit": {"at_most": 20_000}}, "Work: the limit is looser, at most 20 km instead of at most 15 km."),
    "other_kind": ({"limit": {"at_least": 500}}, "Work: the limit differs, at least 500 m instead of at most 15 km."),
    "near_miss": ({"near_miss": 250.5}, "Work: near-miss band is '250.5 m' instead of '500 m'."),
    "no_near_miss": ({"near_miss": None}, "Work: near-miss band is gone; was '500 m'."),
    "effect": ({"effect": "note"}, "Work: effect is 'for information' instead of 'excludes'."),
    "on_unknown": ({"on_unknown": "fail"}, "Work: when unknown is 'refuse' instead of 'to be assessed'."),
    "everywhere": ({"applies_to": ()}, "Work: now holds for every location type, first for park."),
    "weight": ({"weight": 0.25}, "Work: weight is new: '0.25'."),
    "source": ({"source": CITED}, "Work: source is 'The plan, 2' instead of 'The plan'."),
    "caution": ({"caution": both("Look out")}, "Work: caution is new: 'Look out'."),
    "label": ({"label": both("Job")}, "Job: name is 'Job' instead of 'Work'."),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(OF_A_RULE))
def test_a_change_of_a_rule_is_one_sentence(name: str, good: Policy) -> None:
    """The sentence states the change, with both values and their units."""
    changes, sentence = OF_A_RULE[name]
    if "limit" in changes:
        changes = {"limit": limit_of(good, **changes["limit"])}
    assert said(good, with_rule(good, "near_work", **changes)) == [sentence]


def test_params_are_compared_one_by_one(good: Policy) -> None:
    """A number in a table of numbers is reported separately."""
    params = good.rules[1].params.model_copy(update={"guideline_m": {"1": 10, "2": 50}})
    assert said(good, with_rule(good, "clear", params=params)) == ["Clear: 'guideline_m 2' is 50 instead of 30."]


def test_rules_come_go_and_are_repealed(good: Policy) -> None:
    """A rule that a later policy repeals is called so; order is compared only among the rules that stay."""
    fewer = good.model_copy(update={"rules": good.rules[1:]})
    assert said(good, fewer) == ["Rule gone: Work (at most 15 km; excludes)."]
    assert said(fewer, good) == ["New rule: Work (at most 15 km; excludes)."]
    repealing = fewer.model_copy(update={"repeals": ("near_work",)})
    assert said(good, repealing) == ["Rule repealed: Work (at most 15 km; excludes)."]
    turned = good.model_copy(update={"rules": (*good.rules[1:], good.rules[0])})
    assert said(good, turned) == ["The rules are in another order: Clear, Shop and Work."]


def test_parts_of_a_rule(good: Policy) -> None:
    """The parts of a rule, and how many must hold, are compared as well."""
    zone, area = good.rules[2].children
    looser = area.model_copy(update={"limit": area.limit.model_validate({"between": (50, 200), "unit": "m2"})})
    assert said(good, with_rule(good, "shop", any_of=(zone, looser))) == [
        "Area: the limit is looser, between 50 m² and 200 m² instead of between 100 m² and 200 m²."
    ]
    some = {"any_of": (), "some_of": SomeOf(at_least=2, checks=(zone, area))}
    assert said(good, with_rule(good, "shop", **some)) == [
        "Shop: now at least 2 of the parts must be met, first one of the parts is enough."
    ]
    third = Check(**{**area.model_dump(), "id": "third", "label": both("Third")})
    assert said(good, with_rule(good, "shop", any_of=(zone, area, third))) == [
        "New part of a rule: Third (between 100 m² and 200 m²)."
    ]


def test_location_types_sets_need_and_date(good: Policy) -> None:
    """All fields of a policy besides its rules."""
    kind = LocationType(id="farm", label=both("farm"), permit=Permit(years=10), source=CITED)
    longer = kind.model_copy(update={"permit": Permit(years=5, extension_years=5)})
    gap = Spacing(id="gap", label=both("Gap"), kind="spacing", at_least_m=500, source=CITED)
    cap = Cap(id="gap", label=both("Gap"), kind="cap", per="street", counts="beds", at_most=20, source=CITED)
    need = Need(area="Town", year=2030, counted="total", low=100, high=12_000, source=CITED)
    of = good.location_types
    a = good.model_copy(update={"location_types": (*of, kind), "portfolio": (gap,), "need": (need,)})
    b = good.model_copy(
        update={
            "location_types": (*of, longer), "in_force": date(2026, 1, 1), "portfolio": (cap,),
            "need": (need.model_copy(update={"high": 13_000}),),
        }
    )  # fmt: skip
    sentences = said(a, b)
    assert "The policy: date in force is '1 January 2026' instead of '8 July 2025'." in sentences
    assert "farm: permit years is '5' instead of '10'." in sentences
    assert "farm: permit years of extension is '5' instead of '0'." in sentences
    assert "Gap: kind is 'cap' instead of 'spacing'." in sentences
    assert "Gap: at most is new: '20'." in sentences
    assert "Town 2030: high is '13,000' instead of '12,000'." in sentences
    assert said(good, a) == [
        "New location type: farm.",
        "New rule on sites together: Gap (kind: spacing; at least, in metres: 500).",
        "New need: Town 2030 (area: Town; year: 2030; counted as: in total; low: 100; high: 12,000).",
    ]


def test_a_text_that_differs_in_one_language_is_shown_in_both(good: Policy) -> None:
    """Otherwise the sentence would say that a text became itself."""
    label = good.rules[0].label.model_copy(update={"nl": "Baan"})
    found = compare_policies(good, with_rule(good, "near_work", label=label))
    assert [change_text(change, DOCUMENTS, "en") for change in found] == [
        "Work: name is 'Baan / Work' instead of 'Werk / Work'."
    ]


def test_every_kind_of_change_has_its_sentences() -> None:
    """Whatever is listed can come, go and be ordered; whatever has fields can change, be given and be taken away."""
    kinds = {
        f"{what}_{how}"
        for what in ("rule", "part", "type", "portfolio", "need")
        for how in ("added", "removed", "order")
    }
    kinds |= {f"field{how}{of}" for how in ("", "_added", "_removed") for of in ("", "_of_policy")}
    kinds |= {"limit_tightened", "limit_loosened", "limit_changed", "param", "applies_to", "form", "rule_repealed"}
    assert {f"change.{kind}" for kind in kinds} <= set(catalogue("nl"))
    fields = {name for model in (Policy, Rule, LocationType, Permit, Spacing, Cap, Need) for name in model.model_fields}
    silent = {
        "id",
        "extends",
        "repeals",
        "rules",
        "portfolio",
        "need",
        "params",
        "any_of",
        "all_of",
        "some_of",
        "applies_to",
    }
    wordless = {name for name in fields - silent if f"field.{name}" not in catalogue("nl")}
    assert wordless == set()


def everything(policy: Policy) -> dict[str, Any]:
    """Return all a policy says, without the names of its file and its base."""
    return {k: v for k, v in policy.model_dump(mode="json").items() if k not in {"id", "extends", "repeals"}}


@pytest.mark.parametrize("a", SHIPPED)
@pytest.mark.parametrize("b", SHIPPED)
def test_shipped_policies_against_each_other(a: str, b: str) -> None:
    """No difference exactly when they say the same; each sentence is whole, in both languages."""
    was, now = read_policy(a, REGISTRY), read_policy(b, REGISTRY)
    changes = compare_policies(was, now)
    assert (changes == []) == (everything(was) == everything(now))
    assert all("{" not in change_text(change, DOCUMENTS, lang) for change in changes for lang in LANGS)


@given(
    st.sampled_from([rule.id for rule in small_town_policy().rules]),
    st.sampled_from(["label", "assumption", "effect", "near_miss", "applies_to"]),
)
def test_any_field_of_any_rule_is_noticed(name: str, field: str) -> None:
    """A difference is reported; nothing else is."""
    policy = small_town_policy()
    new = {
        "label": both("x"),
        "assumption": both("x"),
        "effect": "score",
        "near_miss": 12.5,
        "applies_to": ("yard", "field"),
    }
    rule = next(rule for rule in policy.rules if rule.id == name)
    other = with_rule(policy, name, **{field: new[field]})
    changes = compare_policies(policy, other)
    assert len(changes) == (getattr(rule, field) != new[field])
    assert all(change.id == name for change in changes)


def test_gained_and_lost_by_rule() -> None:
    """Parcels of 900, 2500 and 100 m2: a stricter limit loses one, which the rule accounts for; and back."""
    loose = small_scan(texts="abc", sides=(30.0, 50.0, 10.0), rules=[area_rule("large", "Groot", 400.0)])
    strict = small_scan(texts="abc", sides=(30.0, 50.0, 10.0), rules=[area_rule("large", "Groot", 1000.0)])
    there, back = compare_scans(loose, strict), compare_scans(strict, loose)
    assert there.lost.tolist() == back.gained.tolist() == [True, False, False]
    assert not there.gained.any()
    assert not back.lost.any()
    assert [(count.rule.id, count.n) for count in there.lost_by] == [("large", 1)]
    assert [(count.rule.id, count.n) for count in back.gained_by] == [("large", 1)]
    lines = difference_lines(there, "en")
    assert "Drop off the longlist: 1." in lines
    assert "  1 because this rule now rejects them: Groot." in lines


def test_a_restriction_comes_and_goes() -> None:
    """A rule that only limits the use moves no parcel off the longlist."""
    sides = (30.0, 50.0)
    without = small_scan(sides=sides, rules=[area_rule("any", "Elk", 1.0)])
    limits = small_scan(
        sides=sides, rules=[area_rule("any", "Elk", 1.0), area_rule("big", "Groot", 1000.0, "restrict")]
    )
    difference = compare_scans(without, limits)
    assert difference.restricted_gained.tolist() == [True, False]
    assert compare_scans(limits, without).restricted_lost.tolist() == [True, False]
    assert not (difference.gained | difference.lost | difference.moved).any()


def test_parcels_are_matched_by_designation() -> None:
    """A parcel that only one of the scans has is counted apart."""
    small, large = small_scan(texts="ab"), small_scan(texts="abcd")
    difference = compare_scans(small, large)
    assert (len(difference.ids), difference.only_in_a, difference.only_in_b) == (2, 0, 2)
    assert any(
        "Niet vergeleken, alleen in de eerste toets: 0; alleen in de tweede: 2" in line
        for line in difference_lines(difference, "nl")
    )


def assert_adds_up(a: Scan, b: Scan) -> None:
    """The parts are disjoint, count as the verdicts do, each has its cause, and the way back is the mirror image."""
    there, back = compare_scans(a, b), compare_scans(b, a)
    parts = np.stack([there.gained, there.lost, there.moved, there.was == there.now])
    assert (parts.sum(axis=0) == 1).all()
    n_kept = [(scan.verdicts.best != Outcome.FAIL).sum() for scan in (a, b)]
    assert n_kept[1] - n_kept[0] == there.gained.sum() - there.lost.sum()
    for kind in ("gained", "lost", "doubted", "cleared"):
        assert sum(count.n for count in getattr(there, f"{kind}_by")) == getattr(there, kind).sum(), kind
    for one, other in (("gained", "lost"), ("doubted", "cleared")):
        assert np.array_equal(getattr(there, one), getattr(back, other))
        assert getattr(there, f"{one}_by") == getattr(back, f"{other}_by")


@given(towns())
def test_adds_up_in_any_small_town(layers: Layers) -> None:
    """One rule dropped, one moved to another location type."""
    policy = small_town_policy()
    less = with_rule(policy.model_copy(update={"rules": policy.rules[1:]}), "building_plot", applies_to=("field",))
    a, b = scan_town(layers, policy), scan_town(layers, less)
    assert_adds_up(a, b)
    unchanged = compare_scans(a, a)
    assert not (unchanged.gained | unchanged.lost | unchanged.moved).any()
    fewer = scan_town(layers, policy.model_copy(update={"rules": policy.rules[1:]}))
    assert {count.rule.id for count in compare_scans(a, fewer).gained_by} <= {policy.rules[0].id}


@pytest.mark.parametrize("b", [name for name in SHIPPED if name != "kadaster-scan"])
def test_adds_up_in_the_demo(b: str, scan_of: Callable[[str], Scan]) -> None:
    """Between policies with location types and one without."""
    assert_adds_up(scan_of("kadaster-scan"), scan_of(b))


def test_a_change_knows_nothing_of_sentences() -> None:
    """Values only: a change is equal to another with the same values."""
    assert Change("field", field="title", was=1, now=2) == Change("field", field="title", was=1, now=2)
