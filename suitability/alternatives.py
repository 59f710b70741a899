"""Other sets beside the best one: the next best that really differ, and what more beds would do to the suitability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from suitability.choice_rows import one_row
from suitability.shortlist import make_shortlist
from suitability.shortlist_model import NoSolution, Solution, make_model, solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.candidates import Candidates
    from suitability.choice import Preferences, Wanted
    from suitability.choice_rows import Rows
    from suitability.portfolio_rules import PortfolioRule
    from suitability.shortlist import Shortlist

#: So many different sets, and so many points of beds against suitability, unless told otherwise.
SETS = 3
POINTS = 5


@dataclass(frozen=True)
class Point:
    """A set that is the best for so many beds in all; its mean suitability is that of the set."""

    wanted_beds: int
    shortlist: Shortlist


def best_sets(
    candidates: Candidates,
    rules: Sequence[PortfolioRule],
    wanted: Wanted,
    preferences: Preferences,
    count: int = SETS,
) -> tuple[Shortlist, ...]:
    """Return the best set and the next best ones, each without at least ``different_share`` of the sites of every other.

    Fewer than ``count`` when there are no more, or none was found in time; empty when there is no set at all.
    """
    model = make_model(candidates, rules, wanted, preferences)
    cuts: list[Rows] = []
    found: list[Shortlist] = []
    while len(found) < count:
        solution = solve(model, more=cuts, gap=preferences.gap, seconds=preferences.seconds)
        if isinstance(solution, NoSolution):
            break
        found.append(make_shortlist(model, rules, wanted, solution))
        chosen = np.flatnonzero(solution.chosen)
        if not len(chosen):
            break
        left_out = max(1, math.ceil(preferences.different_share / 100 * len(chosen)))
        cuts.append(one_row(chosen, 1.0, len(chosen) - left_out))
    return tuple(found)


def frontier(
    candidates: Candidates,
    rules: Sequence[PortfolioRule],
    wanted: Wanted,
    preferences: Preferences,
    points: int = POINTS,
) -> tuple[Point, ...]:
    """Return the best sets for evenly rising numbers of beds, up to all that the rules allow.

    The number asked for in all is replaced; demands by area or stay, locks and rules stay.
    """
    kept = tuple(d for d in wanted.demands if d.level != "all" or d.stay is not None or d.at_most)
    asked = type(wanted)(kept, wanted.min_sites, wanted.max_sites, wanted.lock_in, wanted.lock_out)
    model = make_model(candidates, rules, asked, preferences)
    n = len(candidates)
    every_bed = np.zeros(model.width)
    every_bed[n : 2 * n] = -1.0
    fullest = solve(model, cost=every_bed, loose={}, gap=preferences.gap, seconds=preferences.seconds)
    if isinstance(fullest, NoSolution):
        return ()
    highest = int(fullest.beds.sum())
    found: list[Point] = []
    for number in sorted({round(highest * (i + 1) / points) for i in range(points)} - {0}):
        more = one_row(np.arange(n, 2 * n), -1.0, -number)
        solution = solve(model, more=[more], gap=preferences.gap, seconds=preferences.seconds)
        if isinstance(solution, Solution):
            found.append(Point(number, make_shortlist(model, rules, asked, solution)))
    return tuple(found)
