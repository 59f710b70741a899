"""Ranking: points per rule on the policy's fixed scales, times weights that add up to 1.

What a site scores follows from that site alone, so adding or withdrawing another never reorders the rest. A value that
is not known gives a range of points; sites are ranked on its low end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.core.measurement import Outcome
from suitability.selection.ranking.sites import make_sites
from suitability.selection.ranking.weights import checked_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from suitability.core.types import FloatArray, IntArray
    from suitability.policy.model import Check, Policy, Rule
    from suitability.scan.run import Scan
    from suitability.selection.ranking.sites import Sites

#: Two totals that differ by less are a tie; far above rounding, far below what is shown.
DECIMALS: Final = 9


@dataclass(frozen=True)
class Ranking:
    """The points of n sites on c rules, and the places that follow.

    ``weights`` (c,): above 0 and adding up to 1. ``low``, ``high`` (n, c): points from 0 to 1, equal where known.
    ``left_out``: rules that have a weight of 0. Without any weight c = 0, and every site shares the first place.
    """

    sites: Sites
    rules: tuple[Rule, ...]
    weights: FloatArray
    low: FloatArray
    high: FloatArray
    left_out: tuple[str, ...]

    @property
    def site_ids(self) -> tuple[str, ...]:
        """The names of the sites, in the order of the rows."""
        return tuple(str(name) for name in self.sites.scan.parcels.ids)

    @property
    def contributions(self) -> FloatArray:
        """Contribution of each rule to the low end of the total, shape (n, c)."""
        return np.asarray(self.low * self.weights)

    @property
    def total_low(self) -> FloatArray:
        """The score on which sites are ranked, 0 to 1, shape (n,)."""
        return totals(self.low, self.weights)

    @property
    def total_high(self) -> FloatArray:
        """The score if all that is not known turns out well, 0 to 1, shape (n,)."""
        return totals(self.high, self.weights)

    @property
    def place(self) -> IntArray:
        """The place of each site, from 1; equal scores share one, shape (n,)."""
        return places(self.total_low)

    @property
    def order(self) -> IntArray:
        """The rows from the first place to the last; of shared places by site id, shape (n,)."""
        return np.asarray(np.argsort(self.place, kind="stable"), dtype=np.int64)  # rows stand in the order of their ids


def rank_scan(
    scan: Scan, weights: Mapping[str, float] | None = None, outcomes: Sequence[Outcome] = (Outcome.PASS,)
) -> Ranking:
    """Return the ranking of the sites of a scan: suitable parcels, joined with neighbours where the policy allows it.

    ``weights``: other weights than those of the policy, by rule id. ``outcomes``: which verdicts take part; sites with an
    unknown value are ranked on the low end of their score. Scores are numbers from 0 to 1 in arrays of shape (n,).
    Raises ``SubmissionError`` for a rule that is not there, or a weight that is no number of at least 0.

    Example: ``rank_scan(scan, {"employer_present": 2}).order``
    """
    other = checked_weights(scan.policy, weights or {})
    return rank(make_sites(scan, outcomes), other)


def rank(sites: Sites, weights: Mapping[str, float] | None = None) -> Ranking:
    """Return the ranking of the sites; ``weights`` replaces those of the policy for the rules it names, by id.

    Raises ``SubmissionError`` for a rule that is not there, or a weight that is no number of at least 0.
    """
    policy = sites.scan.policy
    wanted = policy.weights | checked_weights(policy, weights or {})
    rules, shares = _shares(policy, wanted)
    low, high = _points_by_rule(sites.scan, rules)
    return Ranking(sites, rules, shares, low, high, tuple(rule.id for rule in policy.rules if wanted.get(rule.id) == 0))


def scores_of(scan: Scan) -> FloatArray:
    """Return the score of each place by the policy's weights, 0 to 1, shape (n,); NaN where the policy weighs no rule."""
    rules, shares = _shares(scan.policy, scan.policy.weights)
    return totals(_points_by_rule(scan, rules)[0], shares) if rules else np.full(len(scan.parcels), np.nan)


def _shares(policy: Policy, wanted: Mapping[str, float]) -> tuple[tuple[Rule, ...], FloatArray]:
    """Return the rules with a weight above 0, and these weights scaled to a sum of 1, shape (c,)."""
    rules = tuple(rule for rule in policy.rules if wanted.get(rule.id, 0.0) > 0)
    raw = np.array([wanted[rule.id] for rule in rules], dtype=np.float64)
    raw = raw / raw.max() if len(raw) else raw  # so that the sum cannot overflow
    total = raw.sum()
    return rules, raw / total if total else raw


def _points_by_rule(scan: Scan, rules: tuple[Rule, ...]) -> tuple[FloatArray, FloatArray]:
    """Return the least and the most points of each place under each rule, each (n, c)."""
    points = [points_of(scan, rule) for rule in rules]
    shape = (len(rules), len(scan.parcels))
    low, high = (np.array([pair[end] for pair in points], dtype=np.float64).reshape(shape).T for end in (0, 1))
    return low, high


def points_of(scan: Scan, rule: Rule) -> tuple[FloatArray, FloatArray]:
    """Return the least and the most points of each place under a rule, each (n,).

    A rule that does not hold for the location type of a place gives it none.
    """
    j = scan.policy.rules.index(rule)
    holds = scan.verdicts.applies[scan.verdicts.best_type, j]
    low, high = _points(scan, rule)
    return np.where(holds, low, 0.0), np.where(holds, high, 0.0)


def _points(scan: Scan, check: Check) -> tuple[FloatArray, FloatArray]:
    """Return the points of one check: of k of several checks those of the k-th best."""
    if check.children:
        parts = [_points(scan, child) for child in check.children]
        low, high = (np.sort([part[end] for part in parts], axis=0)[-check.needed] for end in (0, 1))
        return low, high
    finding = scan.findings[check.id]
    if check.scale is not None:
        return check.scale.points_between(finding.measurement.lower, finding.measurement.upper)
    return (finding.outcome == Outcome.PASS).astype(np.float64), (finding.outcome != Outcome.FAIL).astype(np.float64)


def totals(points: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the weighted sum of points (n, c), shape (n,); each row by itself, so that others cannot change it."""
    total = np.zeros(len(points))
    for column, weight in zip(points.T, weights, strict=True):  # a matrix product may round a row by its neighbours
        total += column * weight
    return total


def places(scores: FloatArray) -> IntArray:
    """Return the place of each score, from 1, the highest first; equal ones share a place, shape (n,)."""
    rounded = np.round(scores, DECIMALS)
    return len(rounded) - np.searchsorted(np.sort(rounded), rounded, side="right") + 1
