"""The shortlist: the best set of sites under the rules, with how good it is, or why there is none.

Nothing is loosened silently: either a set keeps every rule that is no wish, checked again by ``check_sites``, or a
``Conflict`` names the conditions that cannot hold together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from suitability.core.measurement import Outcome
from suitability.policy.portfolio import STAYS
from suitability.selection.portfolio import Breach, check_sites
from suitability.selection.shortlist.conflicts import Conflict, find_conflict
from suitability.selection.shortlist.demands import inside
from suitability.selection.shortlist.model import NoSolution, make_model, solve
from suitability.selection.shortlist.rules import most_by_rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from suitability.policy.portfolio import PortfolioRule
    from suitability.selection.shortlist.candidates import Candidates
    from suitability.selection.shortlist.choice import Demand, Preferences, Wanted
    from suitability.selection.shortlist.model import Model, Solution

_NO_GAP: Final = 1e-6

Status = Literal["optimal", "within_gap", "stopped"]


@dataclass(frozen=True)
class ChosenSite:
    """A site of the set: its beds, of those that fit there, and how they are divided by stay where stays were asked for.

    ``at_most``: the largest number that the rule with id ``limited_by`` lets a set propose here, where more would fit.
    """

    site_id: str
    beds: int
    capacity: int
    by_stay: Mapping[str, int]
    stays: tuple[str, ...]
    suitability: float
    at_most: int | None = None
    limited_by: str = ""


@dataclass(frozen=True)
class DemandMet:
    """A demand and the beds that the set has for it."""

    demand: Demand
    found: int

    @property
    def shortfall(self) -> int:
        """Beds short; 0 when met."""
        return 0 if self.demand.at_most else max(0, self.demand.beds - self.found)


@dataclass(frozen=True)
class Wish:
    """An ambition of the policy: met (PASS), not met or unknown, and where."""

    rule_id: str
    outcome: Outcome
    breaches: tuple[Breach, ...]


@dataclass(frozen=True)
class Shortlist:
    """A set of sites that keeps every rule.

    ``objective``: what the set costs; ``bound``: no set costs less; ``gap``: the difference as a share of the cost.
    ``status``: the best there is, within the gap that was asked for, or the best that was found when time was up.
    ``unknown``: rules of which nobody can say whether the set keeps them. ``there_known``: whether existing and
    permitted sites are in the data; without them caps and spacing count only what is chosen.
    """

    chosen: tuple[ChosenSite, ...]
    demands: tuple[DemandMet, ...]
    wishes: tuple[Wish, ...]
    unknown: tuple[Breach, ...]
    objective: float
    bound: float
    gap: float
    seconds: float
    nodes: int
    status: Status
    there_known: bool
    beds_unknown: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the chosen sites, in order."""
        return tuple(site.site_id for site in self.chosen)

    @property
    def beds(self) -> int:
        """All beds of the set."""
        return sum(site.beds for site in self.chosen)

    @property
    def mean_suitability(self) -> float:
        """Suitability per bed; NaN for an empty set."""
        return sum(site.beds * site.suitability for site in self.chosen) / self.beds if self.beds else float("nan")


@dataclass(frozen=True)
class NotFound:
    """No set was found in time, and none was proven impossible: look longer, or ask for less precision."""

    seconds: float


def choose(
    candidates: Candidates, rules: Sequence[PortfolioRule], wanted: Wanted, preferences: Preferences
) -> Shortlist | Conflict | NotFound:
    """Return the best set of sites, the conflict that makes every set impossible, or that time was up.

    The same input gives the same set, in whatever order the sites come, unless the clock stopped the search.
    Raises ``SubmissionError`` for locks on sites that are not there.
    """
    model = make_model(candidates, rules, wanted, preferences)
    solution = solve(model, gap=preferences.gap, seconds=preferences.seconds)
    if isinstance(solution, NoSolution):
        if solution.reason == "infeasible":
            return find_conflict(model, seconds=preferences.seconds)
        return NotFound(solution.seconds)
    return make_shortlist(model, rules, wanted, solution)


def make_shortlist(model: Model, rules: Sequence[PortfolioRule], wanted: Wanted, solution: Solution) -> Shortlist:
    """Return a solution as a shortlist; raises ``RuntimeError`` when it does not keep what it must."""
    candidates = model.candidates
    sites = chosen_beside_there(candidates, solution)
    breaches = check_sites(rules, sites, candidates.areas)
    wishes = {rule.id for rule in rules if rule.ambition}
    hard = [breach for breach in breaches if breach.rule_id not in wishes]
    broken = [breach for breach in hard if breach.outcome == Outcome.FAIL]
    by_stay = _divided(model, solution)
    demands = tuple(DemandMet(demand, _found(demand, model, solution, by_stay)) for demand in wanted.demands)
    short = [met for met in demands if met.shortfall or (met.demand.at_most and met.found > met.demand.beds)]
    if broken or short:
        raise RuntimeError(f"the solver's set does not keep: {broken or short}")
    return Shortlist(
        chosen=_chosen(candidates, rules, solution, by_stay),
        demands=demands,
        wishes=tuple(_wish(rule.id, [b for b in breaches if b.rule_id == rule.id]) for rule in rules if rule.ambition),
        unknown=tuple(breach for breach in hard if breach.outcome == Outcome.UNKNOWN),
        objective=solution.objective,
        bound=solution.bound,
        gap=solution.gap,
        seconds=solution.seconds,
        nodes=solution.nodes,
        status="stopped" if solution.stopped else "optimal" if solution.gap <= _NO_GAP else "within_gap",
        there_known=candidates.there is not None,
        beds_unknown=candidates.beds_unknown,
    )


def chosen_beside_there(candidates: Candidates, solution: Solution) -> gpd.GeoDataFrame:
    """Return the chosen sites with their beds, and existing and permitted ones, as ``check_sites`` takes them."""
    rows = np.flatnonzero(solution.chosen)
    chosen = candidates.frame.iloc[rows].assign(standing="chosen", beds=solution.beds[rows].astype(np.float64))
    if candidates.there is None or candidates.there.empty:
        return chosen.reset_index(drop=True)
    return pd.concat([chosen, candidates.there.reindex(columns=chosen.columns)], ignore_index=True)


def _wish(rule_id: str, breaches: list[Breach]) -> Wish:
    outcome = min((breach.outcome for breach in breaches), default=Outcome.PASS)
    return Wish(rule_id, outcome, tuple(breaches))


def _divided(model: Model, solution: Solution) -> np.ndarray:
    """Return the beds per site and stay (n, 3): within a cell the sites take their part in order, short stay first."""
    divided = np.zeros((len(model.candidates), len(STAYS)), dtype=np.int64)
    for cell in model.cells:
        room = solution.beds[cell.sites].copy()
        for s, column in enumerate(cell.column):
            if column < 0:
                continue
            wanted = int(np.round(solution.columns[column]))
            before = np.cumsum(room) - room
            taken = np.clip(wanted - before, 0, room)
            divided[cell.sites, s] = taken
            room -= taken
    return divided


def _found(demand: Demand, model: Model, solution: Solution, by_stay: np.ndarray) -> int:
    here = inside(demand, model.candidates)
    if demand.stay is None:
        return int(solution.beds[here].sum())
    return int(by_stay[here, STAYS.index(demand.stay)].sum())


def _chosen(
    candidates: Candidates, rules: Sequence[PortfolioRule], solution: Solution, by_stay: np.ndarray
) -> tuple[ChosenSite, ...]:
    asked = bool(by_stay.any())
    most, by = most_by_rule(rules, candidates)
    return tuple(
        ChosenSite(
            site_id=candidates.ids[i],
            beds=int(solution.beds[i]),
            capacity=int(candidates.most[i]),
            by_stay={stay: int(by_stay[i, s]) for s, stay in enumerate(STAYS)} if asked else {},
            stays=tuple(stay for s, stay in enumerate(STAYS) if candidates.stays[i, s]),
            suitability=float(candidates.suitability[i]),
            at_most=int(most[i]) if by[i] >= 0 else None,
            limited_by=rules[by[i]].id if by[i] >= 0 else "",
        )
        for i in np.flatnonzero(solution.chosen)
    )
