"""Judging: a measurement and a limit give findings; findings of rules give verdicts. No geometry here.

Three outcomes (Kleene logic): all rules together are the minimum, any of them the maximum of FAIL < UNKNOWN < PASS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.core.measurement import Findings, Measurement, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from suitability.core.types import BoolArray, CodeArray, FloatArray, IntArray
    from suitability.policy.model import Check, Limit, Policy

#: Far below any survey's accuracy and far above rounding: a value this close to its limit is on the limit.
TOLERANCE: Final = 1e-6

WITHIN: Final = 0
BEYOND: Final = 1
NOT_KNOWN: Final = 2


def judge(measurement: Measurement, limit: Limit) -> Findings:
    """Hold a measurement against a limit in the same unit; the limit itself is within.

    PASS and FAIL only where every value between the bounds gives the same answer.
    """
    low = -np.inf if limit.at_most is not None else limit.numbers[0]
    high = np.inf if limit.at_least is not None else limit.numbers[-1]
    passes = (measurement.lower >= low - TOLERANCE) & (measurement.upper <= high + TOLERANCE)
    fails = (measurement.upper < low - TOLERANCE) | (measurement.lower > high + TOLERANCE)
    outcome = np.where(passes, Outcome.PASS, np.where(fails, Outcome.FAIL, Outcome.UNKNOWN)).astype(np.int8)
    margin = np.full(len(outcome), np.inf)
    if np.isfinite(low):
        margin = measurement.value - low
    if np.isfinite(high):
        margin = np.minimum(margin, high - measurement.value)
    margin = np.where(np.abs(margin) <= TOLERANCE, 0.0, margin)
    margin = np.where(outcome == Outcome.UNKNOWN, np.nan, margin)
    reason = np.choose(outcome, [BEYOND, NOT_KNOWN, WITHIN]).astype(np.int8)
    return Findings(measurement, outcome, margin, reason, np.full(len(outcome), -1, dtype=np.int8))


def combine(findings: Sequence[Findings], scales: Sequence[FloatArray], *, needed: int) -> Findings:
    """Return, per parcel, the findings of the child that decides when ``needed`` of the children must hold.

    That is the best for any of them, the worst for all, and the k-th best for k of them. Children may differ in unit,
    so of equal outcomes the margin counts in units of each child's ``scales``, shape (n,).
    """
    outcomes = np.stack([finding.outcome for finding in findings]).astype(np.float64)
    margins = np.stack([f.margin / scale for f, scale in zip(findings, scales, strict=True)])
    rank = outcomes * 4 + _squeezed(margins)
    child = np.argsort(-rank, axis=0, kind="stable")[needed - 1].astype(np.int8)
    pick = (child, np.arange(len(child)))
    measurement = Measurement(
        value=np.stack([f.measurement.value for f in findings])[pick],
        evidence=np.stack([f.measurement.evidence for f in findings])[pick],
        lower=np.stack([f.measurement.lower for f in findings])[pick],
        upper=np.stack([f.measurement.upper for f in findings])[pick],
    )
    return Findings(
        measurement,
        np.stack([f.outcome for f in findings])[pick],
        np.stack([f.margin for f in findings])[pick],
        np.stack([f.reason for f in findings])[pick],
        child,
    )


def _squeezed(margins: FloatArray) -> FloatArray:
    """Return margins mapped in order to [-1, 1], so that they never outweigh an outcome; unknown = 0."""
    return np.asarray(np.where(np.isnan(margins), 0.0, np.arctan(margins) / (np.pi / 2)), dtype=np.float64)


def scales_of(check: Check, findings: Mapping[str, Findings]) -> FloatArray:
    """Return what margins are measured by when rules of different units are compared, shape (n,).

    The limit itself; of a limit of 0, of which there is no part, the near-miss band. Of checks inside checks: that of
    the one that decided.
    """
    return _of_deciding(
        check, findings, lambda leaf: abs(leaf.limit.largest) or leaf.near_miss or 1.0 if leaf.limit else 1.0
    )


def _of_deciding(check: Check, findings: Mapping[str, Findings], number: Callable[[Check], float]) -> FloatArray:
    """Return a number of the measuring check that decided each parcel, shape (n,)."""
    child = findings[check.id].child
    if not check.children:
        return np.full(len(child), number(check))
    inside = np.stack([_of_deciding(part, findings, number) for part in check.children])
    picked: FloatArray = inside[child, np.arange(len(child))]
    return picked


@dataclass(frozen=True)
class Verdicts:
    """The outcome per parcel and location type, and what led to it.

    ``outcome`` (n, t); ``failed`` and ``unknown`` (n, r): what each rule says, whatever its effect; ``applies`` (t, r);
    ``best_type`` (n,): the type that suits the parcel best; ``restricted`` (n, r): rules whose consequence applies.
    """

    outcome: CodeArray
    failed: BoolArray
    unknown: BoolArray
    applies: BoolArray
    best_type: IntArray
    restricted: BoolArray
    deciding: IntArray
    near_miss: BoolArray

    @property
    def best(self) -> CodeArray:
        """The verdict on each parcel: that of its best location type, shape (n,)."""
        picked: CodeArray = self.outcome[np.arange(len(self.best_type)), self.best_type]
        return picked


def judge_parcels(policy: Policy, findings: dict[str, Findings]) -> Verdicts:
    """Combine the findings of all rules to verdicts: minimum over rules, maximum over location types."""
    rules = policy.rules
    outcomes = np.stack([findings[rule.id].outcome for rule in rules], axis=1)
    strict = np.array([rule.on_unknown == "fail" and rule.effect == "exclude" for rule in rules])
    outcomes = np.where(strict & (outcomes == Outcome.UNKNOWN), np.int8(Outcome.FAIL), outcomes)
    failed, unknown = outcomes == Outcome.FAIL, outcomes == Outcome.UNKNOWN
    applies = applicability(policy)
    excludes = np.array([rule.effect == "exclude" for rule in rules])
    restricts = np.array([rule.effect == "restrict" for rule in rules])
    out = _any_rule(failed, applies & excludes)
    # An unknown restriction is not a silent pass: whether the consequence applies must be looked at.
    look = _any_rule(unknown, applies & (excludes | restricts))
    outcome = np.where(out, Outcome.FAIL, np.where(look, Outcome.UNKNOWN, Outcome.PASS)).astype(np.int8)
    n_failed = (failed[:, None, :] & (applies & excludes)[None]).sum(axis=2)
    n_restricted = (failed[:, None, :] & (applies & restricts)[None]).sum(axis=2)
    # Best: the highest outcome, then the fewest failed rules, then the fewest restrictions, then the policy's order.
    best_type = (
        np.lexsort((n_restricted.T, n_failed.T, -outcome.T), axis=0)[0]
        if len(policy.types) > 1
        else np.zeros(len(outcome), dtype=np.int64)
    )
    relevant = applies[best_type]
    deciding = _deciding(
        policy, findings, failed & relevant & excludes, unknown & relevant & (excludes | restricts), relevant & excludes
    )
    near = _near_misses(policy, findings, failed & relevant & excludes)
    return Verdicts(
        outcome, failed, unknown, applies, best_type.astype(np.int64), failed & relevant & restricts, deciding, near
    )


def applicability(policy: Policy) -> BoolArray:
    """Return which rule applies to which location type, shape (t, r)."""
    return np.array(
        [[not rule.applies_to or kind.id in rule.applies_to for rule in policy.rules] for kind in policy.types]
    )


def _any_rule(flags: BoolArray, applies: BoolArray) -> BoolArray:
    """Return per parcel and type whether any applying rule is flagged, shape (n, t)."""
    return np.asarray(flags.astype(np.int32) @ applies.T.astype(np.int32) > 0)


def _deciding(
    policy: Policy, findings: dict[str, Findings], failed: BoolArray, unknown: BoolArray, relevant: BoolArray
) -> IntArray:
    """Return per parcel the rule that decided, shape (n,); -1 = no rule.

    The first that fails in the order of the policy; else the first that is unknown; else the one with least to spare.
    """
    spare = np.stack([findings[rule.id].margin / scales_of(rule, findings) for rule in policy.rules], axis=1)
    spare = np.where(relevant & ~np.isnan(spare), spare, np.inf)
    tightest = np.where(np.isfinite(spare).any(axis=1), spare.argmin(axis=1), -1)
    decided = np.where(unknown.any(axis=1), unknown.argmax(axis=1), tightest)
    return np.where(failed.any(axis=1), failed.argmax(axis=1), decided).astype(np.int64)


def _near_misses(policy: Policy, findings: dict[str, Findings], failed: BoolArray) -> BoolArray:
    """Return which parcels fail exactly one rule, and by no more than its near-miss band, shape (n,)."""
    close = np.zeros_like(failed)
    for j, rule in enumerate(policy.rules):
        finding = findings[rule.id]
        bands = _of_deciding(rule, findings, lambda leaf: -1.0 if leaf.near_miss is None else leaf.near_miss)
        close[:, j] = failed[:, j] & (finding.margin < 0) & (-finding.margin <= bands + TOLERANCE)
    return np.asarray((failed.sum(axis=1) == 1) & close.any(axis=1))
