"""The longlist and its funnel, counted against the obvious count over sets of parcels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from suitability.core.measurement import Measurement, Outcome
from suitability.scan.judge import judge, judge_parcels
from suitability.scan.longlist import Longlist, make_longlist
from suitability.scan.run import Scan
from tests.scan.test_judge import TEXT, policy, rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.policy.model import Policy

NAN = np.nan


def scanned(chosen: Policy, values: dict[str, list[float]]) -> Scan:
    """Return a scan in which each rule measured the values given."""
    by_id = {r.id: r for r in chosen.rules}
    found = {name: judge(Measurement.exact(np.array(v, dtype=float)), by_id[name].limit) for name, v in values.items()}
    nothing: Any = None
    verdicts = judge_parcels(chosen, found)
    return Scan(chosen, nothing, nothing, nothing, {}, found, verdicts, nothing)


def check_sums(longlist: Longlist) -> None:
    """The funnel adds up: what goes in, minus each step, is what is left."""
    left = longlist.start
    for step in longlist.funnel:
        left -= step.in_turn
        assert left == step.remaining
        assert step.only_this <= longlist.start - int(longlist.kept.sum())
    assert left == int(longlist.kept.sum()) == longlist.n_pass + longlist.n_unknown


def test_funnel_by_hand() -> None:
    """Five parcels, three rules: removed in turn, alone, only by this one, and still to look at."""
    chosen = policy(rule("a"), rule("b", effect="score"), rule("c"), rule("d"))
    longlist = make_longlist(
        scanned(chosen, {"a": [12, 12, 8, 8, 8], "b": [12] * 5, "c": [12, 8, 12, NAN, 8], "d": [8, 8, 8, 8, 8]})
    )
    steps = {step.rule_id: step for step in longlist.funnel}
    assert list(steps) == ["a", "c", "d"]
    a, c, d = steps.values()
    assert (a.in_turn, a.remaining, a.alone, a.only_this, a.to_look_at) == (2, 3, 2, 1, 0)
    assert (c.in_turn, c.remaining, c.alone, c.only_this, c.to_look_at) == (1, 2, 2, 1, 1)
    assert (d.in_turn, d.remaining, d.alone, d.only_this, d.to_look_at) == (0, 2, 0, 0, 0)
    assert list(longlist.kept) == [False, False, False, True, True]
    assert (longlist.n_pass, longlist.n_unknown) == (1, 1)
    assert longlist.tightest == a
    check_sums(longlist)


def test_funnel_with_location_types() -> None:
    """A parcel is removed only when its last type is; a rule for one type removes nobody alone."""
    chosen = policy(rule("a", applies_to=("x",)), rule("b", applies_to=("y",)), rule("c"), types=("x", "y"))
    longlist = make_longlist(scanned(chosen, {"a": [12, 12, 8, 12], "b": [12, 8, 12, 12], "c": [8, 8, 12, 12]}))
    a, b, c = longlist.funnel
    assert (a.in_turn, a.alone, a.only_this) == (0, 0, 1)
    assert (b.in_turn, b.alone, b.only_this) == (2, 0, 1)
    assert (c.in_turn, c.alone, c.only_this) == (1, 2, 1)
    assert list(longlist.kept) == [False, True, False, False]
    check_sums(longlist)


def test_no_rule_alone_is_the_cause() -> None:
    """When every removed parcel fails twice, dropping one rule brings none back."""
    chosen = policy(rule("a"), rule("b"))
    assert make_longlist(scanned(chosen, {"a": [12, 12], "b": [12, 12]})).tightest is None


def test_restricted_counts_only_what_passes() -> None:
    """A restriction on a parcel that is out is not counted."""
    chosen = policy(rule("a"), rule("b", effect="restrict", consequence=TEXT))
    longlist = make_longlist(scanned(chosen, {"a": [8, 12, 8], "b": [12, 12, 8]}))
    assert (longlist.n_pass, longlist.n_restricted) == (2, 1)


@pytest.mark.parametrize("seed", range(25))
def test_funnel_equals_dropping_rules_one_by_one(seed: int) -> None:
    """Counting alone and only_this gives what a scan with only that rule removes, and what one without it brings back."""
    random = np.random.default_rng(seed)
    types = ("x", "y", "z")[: int(random.integers(0, 4))]
    names = "abcde"
    rules = [
        rule(name, applies_to=tuple(t for t in types if random.random() < 0.4), on_unknown=random.choice(["review", "fail"]),
             **({"effect": "restrict", "consequence": TEXT} if name == "e" else {}))
        for name in names
    ]  # fmt: skip
    values = {name: list(random.choice([8.0, 10.0, 12.0, NAN], 40, p=[0.5, 0.1, 0.2, 0.2])) for name in names}

    def out(kept_rules: list[Any]) -> np.ndarray:
        chosen = policy(*kept_rules, types=types)
        return scanned(chosen, {r.id: values[r.id] for r in kept_rules}).verdicts.best == Outcome.FAIL

    longlist = make_longlist(scanned(policy(*rules, types=types), values))
    check_sums(longlist)
    assert list(longlist.kept) == list(~out(rules))
    hard = [r for r in rules if r.effect == "exclude"]
    for i, (step, chosen) in enumerate(zip(longlist.funnel, hard, strict=True)):
        assert step.alone == out([chosen]).sum()
        assert step.remaining == (~out(hard[: i + 1])).sum()
        assert step.only_this == (out(rules) & ~out([r for r in rules if r is not chosen])).sum()


@pytest.mark.parametrize("name", ["kadaster-scan", "hardenberg-2025", "demo-nearby"])
def test_funnel_of_the_demo_adds_up(name: str, scan_of: Callable[[str], Scan]) -> None:
    """On the demo municipality, too."""
    scan = scan_of(name)
    longlist = make_longlist(scan)
    check_sums(longlist)
    assert longlist.n_pass == scan.run.counts["pass"]
    assert longlist.start == sum(scan.run.counts[k] for k in ("pass", "unknown", "fail"))
