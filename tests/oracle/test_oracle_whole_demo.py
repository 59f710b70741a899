"""The engine on the whole demo municipality against the slow and obvious reference: every parcel, every rule."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from suitability.core.measurement import Outcome
from suitability.criteria import REGISTRY
from suitability.policy.reader import read_policy
from suitability.scan.longlist import make_longlist
from tests.conftest import demo_scan
from tests.oracle.known import check_outcome, first_failed, funnel, outcome, type_outcome, verdict
from tests.oracle.reference import CRITERIA, measure_all
from tests.oracle.reference_travel import SHOP, Trips

if TYPE_CHECKING:
    from suitability.policy.model import Check
    from suitability.scan.run import Scan
    from tests.oracle.known import Known

POLICIES = ("kadaster-scan", "hardenberg-2025")
N_SAMPLED, N_FORWARD, SEED = 500, 100, 20_250_708
TOLERANCE = 0.01


@cache
def measured(question: str) -> list[Known]:
    """Return what the reference measures; a question that two policies ask is measured once per process."""
    scan, check = next((s, c) for s, c in _all_checks() if _question(c) == question)
    return measure_all(scan, check)


def _question(check: Check) -> str:
    return f"{check.criterion} {check.params!r}"


def _all_checks() -> list[tuple[Scan, Check]]:
    return [(demo_scan(name), check) for name in POLICIES for check in demo_scan(name).policy.checks()]


def leaves() -> list[object]:
    """Return every measuring check of the policies, once per criterion, params and limit."""
    found = {}
    for name in POLICIES:
        for check in read_policy(name, REGISTRY).checks():
            found.setdefault(
                (_question(check), repr(check.limit)), pytest.param(name, check.id, id=f"{name}-{check.id}")
            )
    return list(found.values())


def check_of(scan: Scan, check_id: str) -> Check:
    """Return a measuring check by its id."""
    return next(check for check in scan.policy.checks() if check.id == check_id)


def sample(scan: Scan, n: int) -> list[int]:
    """Return the positions of n parcels, the same in every run."""
    return sorted(np.random.default_rng(SEED).choice(len(scan.parcels), n, replace=False).tolist())


def reference_outcomes(scan: Scan) -> dict[str, list[int]]:
    """Return the outcome of every rule on every parcel, combined one by one from its checks, each tested by itself."""
    of_leaf = {check.id: scan.findings[check.id].outcome.tolist() for check in scan.policy.checks()}
    return {
        rule.id: [check_outcome(rule, {leaf.id: of_leaf[leaf.id][i] for leaf in rule.leaves()})
                  for i in range(len(scan.parcels))]
        for rule in scan.policy.rules
    }  # fmt: skip


def test_every_criterion_has_a_reference() -> None:
    """A new criterion comes with its slow and obvious twin."""
    assert set(REGISTRY) == CRITERIA


@pytest.mark.parametrize(("policy", "check_id"), leaves())
def test_same_outcome_for_every_parcel_and_same_value(policy: str, check_id: str) -> None:
    """The outcome is that of the reference on all parcels, and the value within 0.01 of its unit on a sample."""
    scan = demo_scan(policy)
    check, found = check_of(scan, check_id), scan.findings[check_id]
    reference = measured(_question(check))
    expected = np.array([outcome(known, check.limit) for known in reference])
    differs = np.flatnonzero(expected != found.outcome)
    shown = [(scan.parcels.ids[i], reference[i], float(found.value[i])) for i in differs[:5]]
    assert len(differs) == 0, f"{len(differs)} parcels differ, the first: {shown}"
    for i in sample(scan, N_SAMPLED):
        for name, number in zip(("value", "lower", "upper"), reference[i], strict=True):
            ours = float(getattr(found.measurement, name)[i])
            same = (math.isnan(ours) and math.isnan(number)) or ours == number or abs(ours - number) <= TOLERANCE
            assert same, f"{scan.parcels.ids[i]}: {name} {ours}, the reference says {number}"


@pytest.mark.parametrize("policy", POLICIES)
def test_same_outcome_of_every_rule_and_verdict_on_every_parcel(policy: str) -> None:
    """Rules of rules, location types and verdicts: combined one parcel at a time they come out the same."""
    scan = demo_scan(policy)
    of_rule = reference_outcomes(scan)
    for rule in scan.policy.rules:
        assert np.array_equal(of_rule[rule.id], scan.findings[rule.id].outcome), rule.id
    for i in range(len(scan.parcels)):
        here = {rule: outcomes[i] for rule, outcomes in of_rule.items()}
        kind = scan.policy.types[int(scan.verdicts.best_type[i])].id
        assert verdict(scan.policy, here) == type_outcome(scan.policy, kind, here) == scan.verdicts.best[i]
        if scan.verdicts.best[i] == Outcome.FAIL:
            assert first_failed(scan.policy, kind, here) == scan.policy.rules[int(scan.verdicts.deciding[i])].id


@pytest.mark.parametrize("policy", POLICIES)
def test_same_funnel(policy: str) -> None:
    """Each count of the funnel on a sample: that of scans with one rule, the rules so far, or all rules but one."""
    scan, of_rule = demo_scan(policy), reference_outcomes(demo_scan(policy))
    rows = np.array(sample(scan, 2 * N_SAMPLED))
    verdicts = replace(scan.verdicts, **{f.name: getattr(scan.verdicts, f.name)[rows] for f in fields(scan.verdicts)
                                         if f.name != "applies"})  # fmt: skip
    steps = make_longlist(replace(scan, verdicts=verdicts)).funnel
    ours = {s.rule_id: (s.in_turn, s.remaining, s.alone, s.only_this, s.to_look_at) for s in steps}
    assert ours == funnel(scan.policy, [{rule: outcomes[i] for rule, outcomes in of_rule.items()} for i in rows])


@pytest.mark.parametrize("check_id", ["facilities_bicycle", "facilities_walk"])
def test_trips_searched_forward_are_as_long(check_id: str) -> None:
    """For a sample, the parcel is put in the graph and the trip is searched from home to shop, as one travels it."""
    scan = demo_scan("kadaster-scan")
    chosen = sample(scan, N_FORWARD)
    homes = {str(scan.parcels.ids[i]): scan.parcels.geometry[i] for i in chosen}
    trips = Trips(scan.layers, check_of(scan, check_id).params, homes)
    drawn = trips.to(trips.usable)
    assert drawn.in_degree(SHOP) == len(trips.usable) > 1
    values = scan.findings[check_id].value
    for i in chosen:
        if not np.isnan(values[i]):
            minutes = trips.minutes_forward(drawn, str(scan.parcels.ids[i]))
            assert minutes == pytest.approx(values[i], abs=TOLERANCE)
