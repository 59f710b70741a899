"""Other sets beside the best one: the next best that really differ, and what more beds would do to the suitability."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from suitability.selection.shortlist.best_set import make_shortlist
from suitability.selection.shortlist.model import NoSolution, make_model, solve
from suitability.selection.shortlist.rows import one_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.policy.portfolio import PortfolioRule
    from suitability.selection.shortlist.best_set import Shortlist
    from suitability.selection.shortlist.candidates import Candidates
    from suitability.selection.shortlist.choice import Preferences, Wanted
    from suitability.selection.shortlist.model import Model
    from suitability.selection.shortlist.rows import Rows

#: So many different sets, and so many points of beds against suitability, unless told otherwise.
SETS = 3
POINTS = 5


#: How many beds are looked at around the set that was found, as parts of its beds.
AROUND: Final = (0.5, 0.75, 1.0, 1.5, 2.0)


@dataclass(frozen=True)
class Point:
    """The best set for so many beds in all; its mean suitability is that of the set.

    ``shortlist``: None where there is none; ``reason``: because none exists, or because none was found in time.
    """

    wanted_beds: int
    shortlist: Shortlist | None
    reason: Literal["infeasible", "stopped"] | None = None


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

    The number asked for in all is replaced; demands by area or stay, locks and rules stay. Empty when there is no set.
    """
    asked = _without_total(wanted)
    model = make_model(candidates, rules, asked, preferences)
    n = len(candidates)
    every_bed = np.zeros(model.width)
    every_bed[n : 2 * n] = -1.0
    fullest = solve(model, cost=every_bed, loose={}, gap=preferences.gap, seconds=preferences.seconds)
    if isinstance(fullest, NoSolution):
        return ()
    highest = int(fullest.beds.sum())
    numbers = sorted({round(highest * (i + 1) / points) for i in range(points)} - {0})
    return tuple(_point(model, rules, asked, preferences, number) for number in numbers)


def frontier_around(
    best: Shortlist,
    candidates: Candidates,
    rules: Sequence[PortfolioRule],
    wanted: Wanted,
    preferences: Preferences,
    parts: Sequence[float] = AROUND,
) -> tuple[Point, ...]:
    """Return the best sets for fewer and more beds than the best set that was found has, and that set among them.

    The set is the best for its own number of beds too: whatever has at least as many keeps what was asked.
    """
    asked = _without_total(wanted)
    model = make_model(candidates, rules, asked, preferences)
    numbers = sorted({max(1, round(best.beds * part)) for part in parts})
    return tuple(
        Point(number, best) if number == best.beds else _point(model, rules, asked, preferences, number)
        for number in numbers
    )


def _without_total(wanted: Wanted) -> Wanted:
    return replace(wanted, demands=tuple(d for d in wanted.demands if d.level != "all" or d.stay or d.at_most))


def _point(
    model: Model, rules: Sequence[PortfolioRule], wanted: Wanted, preferences: Preferences, number: int
) -> Point:
    n = len(model.candidates)
    more = one_row(np.arange(n, 2 * n), -1.0, -number)
    solution = solve(model, more=[more], gap=preferences.gap, seconds=preferences.seconds)
    if isinstance(solution, NoSolution):
        return Point(number, None, solution.reason)
    return Point(number, make_shortlist(model, rules, wanted, solution))
