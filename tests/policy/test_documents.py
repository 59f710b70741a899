"""The shipped policies say what their documents say: one drawn place per sentence, with its article."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.scan.judge import applicability
from tests.paths import CONFIG
from tests.policy.drawn import falsehoods

if TYPE_CHECKING:
    from suitability.policy.model import Policy

EXAMPLES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "documents.yaml").read_text(encoding="utf-8")
)
CASES = [
    pytest.param(name, case, id=f"{name} {case['article']}: {case['says']}")
    for name in EXAMPLES
    for case in EXAMPLES[name]
]
DOCUMENTS = ("hardenberg-2025", "arnhem-nijmegen-2022", "bollenstreek-2022", "overijssel-2024")


def read(name: str) -> Policy:
    """Return a shipped policy."""
    return read_policy(name, config=CONFIG)


def hard(policy: Policy) -> Policy:
    """Return a policy with its excluding rules alone: noise and travel need layers that a drawing has not."""
    return policy.model_copy(update={"rules": policy.deciding_rules})


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_place_is_judged_as_the_document_says(name: str, case: dict[str, Any]) -> None:
    """The drawn parcel goes through the whole engine."""
    assert falsehoods(hard(read(name)), case) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_rule_that_refuses_cites_its_own_document(name: str) -> None:
    """No policy refuses a place on the article of another document."""
    assert {leaf.source.document for rule in read(name).deciding_rules for leaf in rule.leaves() if leaf.source} == {
        name
    }


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_location_type_has_a_form_and_a_rule_that_counts_its_beds(name: str) -> None:
    """A place is suitable as a type only where its form can hold people."""
    policy = read(name)
    for kind, applies in zip(policy.types, applicability(policy), strict=True):
        leaves = [
            leaf
            for rule, holds in zip(policy.rules, applies, strict=True)
            if holds and rule.effect == "exclude"
            for leaf in rule.leaves()
        ]
        assert kind.form in {REGISTRY[str(leaf.criterion)].form for leaf in leaves}, kind.id


def test_permits_without_end_are_for_room_rental_only() -> None:
    """Hardenberg 5.1.2 and 6.2.2."""
    permanent = [kind.id for kind in read("hardenberg-2025").types if kind.permit and kind.permit.permanent]
    assert permanent == ["room_rental"]


def test_parking_is_asked_of_clustered_forms_only() -> None:
    """Hardenberg, Bijlage 1: room rental and existing buildings are measured without a parking norm."""
    with_parking = [rule for rule in read("hardenberg-2025").rules if rule.criterion == "capacity"]
    assert {kind for rule in with_parking for kind in rule.applies_to} == {"employer_terrain", "business_park"}


def test_the_night_register_may_be_of_paper() -> None:
    """Hardenberg 6.2.1 and Bijlage 2 leave open whether it is digital."""
    (rule,) = [rule for rule in read("hardenberg-2025").rules if rule.id == "night_register"]
    assert "digita" not in (rule.label.nl + rule.label.en).lower()


def test_the_default_policy_refuses_by_its_five_rules() -> None:
    """Beds are measured as a note."""
    policy = read("kadaster-scan")
    assert [rule.id for rule in policy.deciding_rules] == [
        "zoning",
        "recreation_park",
        "facilities",
        "near_work",
        "environment",
    ]
    assert [rule.effect for rule in policy.rules if rule.id.startswith("beds")] == ["note", "note"]
