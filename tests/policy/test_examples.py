"""The examples beside each policy: sentences for council members, run against the rules they speak of."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import yaml

from suitability.core.measurement import Measurement, Outcome
from suitability.core.messages import LANGS
from suitability.criteria import REGISTRY
from suitability.policy.model import CONVERSIONS, Check, Limit, Rule
from suitability.policy.reader import policy_names, read_policy
from suitability.scan.judge import judge
from tests.paths import ROOT

EXAMPLES = ROOT / "config" / "examples"
CASES = [
    pytest.param(path.stem, example, id=f"{path.stem}: {example['says']['en']}")
    for path in sorted(EXAMPLES.glob("*.yaml"))
    for example in yaml.safe_load(path.read_text(encoding="utf-8"))
]


def find(policy: str, name: str) -> tuple[Rule, Check]:
    """Return the rule that holds a check, and the check."""
    for rule in read_policy(policy, REGISTRY, ROOT / "config").rules:
        for check in (rule, *rule.leaves()):
            if check.id == name:
                return rule, check
    raise LookupError(name)


@pytest.mark.parametrize(("policy", "example"), CASES)
def test_the_sentence_is_true(policy: str, example: dict[str, Any]) -> None:
    """Value and limit give that outcome and that margin; the rule has that effect."""
    rule, check = find(policy, example["rule"])
    criterion, limit = REGISTRY[str(check.criterion)], check.limit
    assert isinstance(limit, Limit)
    factor = 1.0 if example["unit"] == criterion.unit else CONVERSIONS[example["unit"]][1]
    found = judge(Measurement.exact(np.array([example["value"] * factor])), limit)
    assert Outcome(int(found.outcome[0])).name.lower() == example["outcome"]
    assert found.margin[0] == pytest.approx(example["margin"] * factor, abs=1e-9)
    assert rule.effect == example.get("effect", rule.effect)


@pytest.mark.parametrize(("policy", "example"), CASES)
def test_the_sentence_names_its_number(policy: str, example: dict[str, Any]) -> None:
    """In both languages the measured number stands in the sentence, unless it is none at all."""
    assert policy in policy_names(ROOT / "config")
    for lang in LANGS:
        numbers = re.findall(r"\d+(?:[.,]\d+)?", example["says"][lang])
        shown = [float(number.replace(",", ".")) for number in numbers]
        assert abs(example["value"]) in shown or example["value"] == 0


def test_every_shipped_policy_has_examples() -> None:
    """A policy with rules that decide or restrict is explained by examples."""
    missing = []
    for name in policy_names(ROOT / "config"):
        policy = read_policy(name, REGISTRY, ROOT / "config")
        own = policy.extends is None or policy.repeals or policy.location_types
        if own and not (EXAMPLES / f"{name}.yaml").is_file():
            missing.append(name)
    assert missing == []
