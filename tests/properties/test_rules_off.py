"""A rule less never costs a parcel: turning off any rule of any policy takes nothing off the longlist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from suitability.core.measurement import Outcome
from suitability.policy.reader import policy_names
from suitability.scan.run import judge_all
from tests.paths import CONFIG
from tests.properties.towns import scan_town, towns

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.core.layer import Layers
    from suitability.scan.run import Scan

#: A policy has one rule at least: base, which has one, cannot do without it.
SHIPPED = [name for name in policy_names(CONFIG) if name != "base"]


def assert_no_rule_adds(scan: Scan) -> None:
    """Leave out each rule in turn: all that was suitable stays so, and all that was on the longlist stays on it."""
    measured = {check.id: scan.findings[check.id].measurement for check in scan.policy.checks()}
    for rule in scan.policy.rules:
        fewer = tuple(other for other in scan.policy.rules if other.id != rule.id)
        _, verdicts = judge_all(scan.policy.model_copy(update={"rules": fewer}), measured)
        if rule.effect in {"exclude", "restrict"}:
            assert (verdicts.outcome >= scan.verdicts.outcome).all(), rule.id
            assert (verdicts.best >= scan.verdicts.best).all(), rule.id
        else:  # a wish or a note decides nothing
            assert (verdicts.outcome == scan.verdicts.outcome).all(), rule.id
        assert not ((scan.verdicts.best != Outcome.FAIL) & (verdicts.best == Outcome.FAIL)).any(), rule.id


@given(towns())
def test_in_any_small_town(layers: Layers) -> None:
    """Whatever the town looks like, with every criterion at work."""
    assert_no_rule_adds(scan_town(layers))


@pytest.mark.parametrize("policy", SHIPPED)
def test_in_the_demo_municipality(policy: str, scan_of: Callable[[str], Scan]) -> None:
    """Under each policy that is shipped."""
    assert_no_rule_adds(scan_of(policy))
