"""Policies of other municipalities, as configuration alone: each allows what it should, and refuses what it should."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from suitability.core.config import config_folder, documents
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from tests.paths import CONFIG
from tests.policy.drawn import falsehoods

if TYPE_CHECKING:
    from suitability.policy.model import Policy

FOLDER = Path(__file__).parent

EXAMPLES: dict[str, list[dict[str, Any]]] = yaml.safe_load((FOLDER / "examples.yaml").read_text(encoding="utf-8"))
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem not in {"common", "examples"})
CASES = [pytest.param(name, case, id=f"{name}: {case['says']}") for name in NAMES for case in EXAMPLES[name]]


def read(name: str) -> Policy:
    """Return one of the policies of this folder."""
    return read_policy(str(FOLDER / f"{name}.yaml"), REGISTRY, CONFIG)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_policy_says_what_the_sentence_says(name: str, case: dict[str, Any]) -> None:
    """A drawn parcel goes through the whole engine, a set of sites through the rules on sets."""
    assert falsehoods(read(name), case) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_rule_of_its_own_can_be_left_out_unnoticed(name: str) -> None:
    """Without any one of the rules that the policy adds to the base, some example no longer holds."""
    policy, base = read(name), {rule.id for rule in read("common").rules}
    without = {
        rule.id: policy.model_copy(update={"rules": tuple(r for r in policy.rules if r is not rule)})
        for rule in policy.deciding_rules if rule.id not in base
    } | {
        rule.id: policy.model_copy(update={"portfolio": tuple(r for r in policy.portfolio if r is not rule)})
        for rule in policy.portfolio
    }  # fmt: skip
    for rule_id, shorter in without.items():
        assert any(falsehoods(shorter, case) for case in EXAMPLES[name]), rule_id


def test_ten_policies_each_with_an_example_either_way() -> None:
    """One that is allowed and one that is not, at least."""
    assert len(NAMES) == 10
    assert set(EXAMPLES) == set(NAMES)
    for name in NAMES:
        allowed = [case.get("outcome") == "pass" or case.get("breaks") == [] for case in EXAMPLES[name]]
        assert any(allowed), name
        assert not all(allowed), name


@pytest.mark.parametrize("name", NAMES)
def test_cites_only_documents_that_are_listed(name: str) -> None:
    """Rules on parcels, rules on sets and location types alike."""
    policy = read(name)
    cited = [part.source for part in (*policy.checks(), *policy.portfolio, *policy.location_types) if part.source]
    assert {source.document for source in cited} <= set(documents(config_folder(CONFIG)))
