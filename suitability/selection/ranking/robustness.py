"""Robustness of a ranking: random weights, one weight at a time, dominance without weights, and another method.

All of it on the low ends of the points, on which sites are ranked; only dominance looks at the whole ranges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.selection.ranking.order import DECIMALS, places, totals

if TYPE_CHECKING:
    from suitability.core.types import BoolArray, FloatArray, IntArray
    from suitability.selection.ranking.order import Ranking

_SEED: Final = 20_250_708
_TIE: Final = 10.0**-DECIMALS
_AT_ONCE: Final = 4_000_000  # scores held in memory


def sample_weights(ranking: Ranking, draws: int, *, closeness: float | None = None, seed: int = _SEED) -> FloatArray:
    """Return random weights that add up to 1, shape (draws, c), the same for the same seed.

    Without ``closeness`` every set of weights is as likely as another: the Dirichlet distribution with all its
    parameters 1 is uniform over the simplex. With it they lie around the ranking's own weights w: Dirichlet with
    parameters ``closeness`` x w, of which the mean is w and the standard deviation sqrt(w (1 - w) / (closeness + 1)).
    """
    c = len(ranking.weights)
    if c == 0:
        return np.zeros((draws, 0))
    spread = np.ones(c) if closeness is None else closeness * ranking.weights
    return np.random.default_rng(seed).dirichlet(spread, size=draws)


def shares_in_top(ranking: Ranking, top: int, weights: FloatArray) -> FloatArray:
    """Return how often each site is among the first ``top`` over sets of weights (m, c), 0 to 1, shape (n,).

    A site is among them when fewer than ``top`` sites score higher, so sites that tie are all in or all out.
    """
    n, c = ranking.low.shape
    if n <= top or c == 0:
        return np.ones(n)
    rows, which = np.unique(ranking.low, axis=0, return_inverse=True)  # equal sites need no scores of their own
    copies = np.bincount(which.ravel())
    times = np.zeros(len(rows))
    step = max(_AT_ONCE // len(rows), 1)
    for start in range(0, len(weights), step):
        scores = np.round(weights[start : start + step] @ rows.T, DECIMALS)
        last = _last_in_top(scores, copies, top)
        times += (scores >= last[:, None]).sum(axis=0)
    share: FloatArray = (times / max(len(weights), 1))[which.ravel()]
    return share


def _last_in_top(scores: FloatArray, copies: IntArray, top: int) -> FloatArray:
    """Return per set of weights the lowest score that is still among the first ``top``, shape (m,)."""
    k = min(top, scores.shape[1])
    best = np.argpartition(-scores, k - 1, axis=1)[:, :k]  # k different rows hold at least k sites
    sorted_best = np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1), axis=1)
    enough = np.cumsum(copies[sorted_best], axis=1) >= top
    last = np.where(enough.any(axis=1), enough.argmax(axis=1), k - 1)
    found: FloatArray = np.take_along_axis(scores, sorted_best, axis=1)[np.arange(len(scores)), last]
    return found


@dataclass(frozen=True)
class Unseating:
    """The smallest change of one weight that puts a site out of the first ``top``, the others keeping their proportion.

    ``weight`` and ``needed``: shares of the whole, from 0 to 1; just beyond ``needed`` the site is out. ``overtaker``:
    a site that then scores higher.
    """

    site_id: str
    rule_id: str
    top: int
    weight: float
    needed: float
    overtaker: str


def unseatings(ranking: Ranking, top: int, site: int) -> tuple[Unseating, ...]:
    """Return, per rule of which the weight alone can do it, what puts a site out of the first ``top``; nearest first.

    Exact: a score changes in a straight line with one weight, so sites change places where two lines cross.
    """
    found = []
    ids = ranking.site_ids
    for k, rule in enumerate(ranking.rules):
        weight = float(ranking.weights[k])
        if weight >= 1 or ranking.place[site] > top:
            continue  # the only weight leaves nothing to shift to; a site that is out cannot be put out
        options = [
            hit for upward in (True, False) if (hit := _first_exit(ranking, top, site, k, upward=upward)) is not None
        ]
        if options:
            needed, overtaker = min(options, key=lambda hit: abs(hit[0] - weight))
            found.append(Unseating(ids[site], rule.id, top, weight, needed, ids[overtaker]))
    return tuple(sorted(found, key=lambda each: abs(each.needed - each.weight)))


def _first_exit(ranking: Ranking, top: int, site: int, k: int, *, upward: bool) -> tuple[float, int] | None:
    """Return the weight of rule k at which ``top`` sites come to score higher than this one, and the last to do so.

    With weight t the score of site i is t s_ik + (1 - t) r_i, r_i its score on the other rules.
    """
    weight, others = float(ranking.weights[k]), ranking.weights.copy()
    others[k] = 0.0
    rest = totals(ranking.low, others / others.sum())
    gap_without, gap_with = rest - rest[site], ranking.low[:, k] - ranking.low[site, k]  # at t = 0 and at t = 1
    slope = gap_with - gap_without
    now = gap_without + weight * slope
    direction = 1.0 if upward else -1.0
    moves = np.abs(slope) > _TIE
    crossing = np.where(moves, weight - now / np.where(moves, slope, 1.0), np.nan)
    above: BoolArray = now > _TIE
    tied = np.abs(now) <= _TIE
    crossing = np.where(tied & moves, weight, crossing)
    ahead = direction * (crossing - weight) >= 0
    inside = (crossing < 1 - _TIE) if upward else (crossing > _TIE)
    comes = ~above & moves & (direction * slope > 0) & ahead & inside
    goes = above & moves & (direction * slope < 0) & ahead & inside
    events = np.flatnonzero(comes | goes)
    at = np.round(crossing[events], DECIMALS)
    in_turn = np.lexsort((comes[events], direction * at))  # of one moment first who goes, then who comes
    events, at = events[in_turn], at[in_turn]
    count = int(above.sum()) + np.cumsum(np.where(comes[events], 1, -1))
    last_of_moment = np.append(at[1:] != at[:-1], True) if len(at) else np.zeros(0, dtype=bool)
    out = np.flatnonzero((count >= top) & last_of_moment)
    if not len(out):
        return None
    return float(crossing[events[out[0]]]), int(events[: out[0] + 1][comes[events[: out[0] + 1]]][-1])


def beaten_by(ranking: Ranking) -> IntArray:
    """Return for each site the row of one that is at least as good on every rule and better on one, (n,); -1 = none.

    Whatever the weights, a beaten site never comes before its better. Certain: the low end of the better one against
    the high end of the other, so that what is not known beats nobody and is beaten only where it cannot matter.
    Those with -1 are the Pareto front.
    """
    low, high = np.round(ranking.low, DECIMALS), np.round(ranking.high, DECIMALS)
    better = np.full(len(low), -1, dtype=np.int64)
    if not low.shape[1]:
        return better
    rows, first, which = np.unique(np.hstack([low, high]), axis=0, return_index=True, return_inverse=True)
    c, by_row = low.shape[1], np.full(len(rows), -1, dtype=np.int64)
    remaining = np.argsort(-rows[:, :c].sum(axis=1), kind="stable")
    while len(remaining):  # a beaten site is beaten by one on the front, and that one has the higher sum
        best, remaining = remaining[0], remaining[1:]
        least = rows[best, :c]
        beaten = (rows[remaining, c:] <= least).all(axis=1) & (rows[remaining, c:] < least).any(axis=1)
        by_row[remaining[beaten]] = first[best]
        remaining = remaining[~beaten]
    better[:] = by_row[which.ravel()]
    return better


def topsis(points: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the relative closeness to the ideal of sites by TOPSIS, 0 to 1, shape (n,): Hwang and Yoon (1981), chapter 3.

    ``points`` (n, c), n > 0: higher is better, on a common scale, so that they are not normalised again. ``weights``
    (c,). At least two sites must differ: the closeness of equal sites is undefined (NaN).
    """
    weighted = points * weights
    to_ideal, to_anti_ideal = (
        np.sqrt(((weighted - end) ** 2).sum(axis=1)) for end in (weighted.max(axis=0), weighted.min(axis=0))
    )
    closeness: FloatArray = to_anti_ideal / (to_anti_ideal + to_ideal)
    return closeness


@dataclass(frozen=True)
class CrossCheck:
    """The places by another method beside ours. Correlations from -1 to 1; NaN where all sites share one place."""

    place: IntArray
    spearman: float
    kendall: float


def cross_check(ranking: Ranking) -> CrossCheck:
    """Rank by TOPSIS on the same points and weights: closeness to the best values there are, distance from the worst.

    Rules on which all sites are equal are left out. TOPSIS depends on which sites there are; it is a check, never the
    ranking.
    """
    ours = ranking.place
    differs = np.ptp(ranking.low, axis=0) > _TIE if len(ranking.low) else np.zeros(0, dtype=bool)
    if not differs.any():
        return CrossCheck(np.ones(len(ours), dtype=np.int64), float("nan"), float("nan"))
    from scipy import stats  # noqa: PLC0415 (0.5 s to load, and an app starts without it)

    weights = ranking.weights[differs]
    theirs = places(topsis(ranking.low[:, differs], weights / weights.sum()))
    if len(np.unique(ours)) < 2 or len(np.unique(theirs)) < 2:  # noqa: PLR2004 (a correlation needs two places)
        return CrossCheck(theirs, float("nan"), float("nan"))
    return CrossCheck(theirs, float(stats.spearmanr(ours, theirs)[0]), float(stats.kendalltau(ours, theirs)[0]))


@dataclass(frozen=True)
class Firmness:
    """Robustness of a ranking in numbers.

    ``in_top_any``, ``in_top_near`` (n,): how often a site is among the first ``top`` over random weights, and over
    weights around the chosen ones. ``unseated``: what takes the first site from its place,
    the smallest change first. ``beaten_by`` (n,): as ``beaten_by`` returns it. ``check``: another method.
    """

    top: int
    draws: int
    seed: int
    in_top_any: FloatArray
    in_top_near: FloatArray
    unseated: tuple[Unseating, ...]
    beaten_by: IntArray
    check: CrossCheck


def assess(
    ranking: Ranking, top: int = 10, *, draws: int = 1000, closeness: float = 50.0, seed: int = _SEED
) -> Firmness:
    """Return how firm the ranking stands; ``closeness`` as in ``sample_weights``: higher stays nearer."""
    everywhere = sample_weights(ranking, draws, seed=seed)
    nearby = sample_weights(ranking, draws, closeness=closeness, seed=seed)
    return Firmness(
        top=top,
        draws=draws,
        seed=seed,
        in_top_any=shares_in_top(ranking, top, everywhere),
        in_top_near=shares_in_top(ranking, top, nearby),
        unseated=unseatings(ranking, 1, int(ranking.order[0])) if len(ranking.low) else (),
        beaten_by=beaten_by(ranking),
        check=cross_check(ranking),
    )
