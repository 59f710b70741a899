"""Explanation of infeasibility: a minimal conflict of named conditions, and by how much each would have to give.

The conflict is found by dividing (Junker, "QuickXplain", AAAI 2004): leave out any one of its conditions and the rest
can be satisfied. What would have to give follows from an elastic model: each condition may be exceeded by v, and the
least v is sought.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.selection.shortlist.model import NoSolution, Solution, solve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from suitability.core.types import FloatArray
    from suitability.selection.shortlist.model import Model
    from suitability.selection.shortlist.rows import Group, Rows

_ANY: Final = 1e9  # a gap at which any set will do; with costs the solver finds one several times sooner than without
_MOMENT_S: Final = 0.5
_DECIMALS: Final = 4  # the solver is exact to about a millionth


@dataclass(frozen=True)
class Loosening:
    """A condition and by how much it would have to give, in the unit of the condition; ``to``: its number then."""

    group: Group
    by: float

    @property
    def to(self) -> float:
        """The number that would do."""
        return self.group.limit + self.by if self.group.grows else self.group.limit - self.by


@dataclass(frozen=True)
class Conflict:
    """Conditions that no set of sites can satisfy together.

    ``minimal``: without any one of them there is a set that keeps the others in the conflict; False when time was up
    before that was certain. ``alone``: what would do if only that one gave; conditions that cannot mend it alone are
    left out, and so are those in ``untold``, for which time was up. ``together``: the smallest total loosening over all conditions, each seen as a share of its own number;
    empty when time was up.
    """

    groups: tuple[Group, ...]
    minimal: bool
    alone: tuple[Loosening, ...]
    untold: tuple[Group, ...]
    together: tuple[Loosening, ...]


class _Clock:
    """Time budget for a conflict; the last questions get at least a moment."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(_MOMENT_S, self.end - time.monotonic())


class _Search:
    """Answers whether conditions can hold together, and remembers whether every answer was certain."""

    def __init__(self, model: Model, clock: _Clock) -> None:
        self.model, self.clock, self.certain = model, clock, True

    def impossible(self, groups: Sequence[int]) -> bool:
        found = solve(self.model, groups, {}, gap=_ANY, seconds=self.clock.left)
        if isinstance(found, NoSolution) and found.reason == "stopped":
            self.certain = False
        return isinstance(found, NoSolution) and found.reason == "infeasible"

    def smallest(self, kept: list[int], added: bool, rest: list[int]) -> list[int]:  # noqa: FBT001 (a recursion)
        """Return the fewest of ``rest`` that are impossible beside ``kept``; ``added``: whether ``kept`` just grew."""
        if added and self.impossible(kept):
            return []
        if len(rest) == 1:
            return rest
        half = len(rest) // 2
        first, second = rest[:half], rest[half:]
        of_second = self.smallest(kept + first, bool(first), second)
        of_first = self.smallest(kept + of_second, bool(of_second), first)
        return of_first + of_second


def find_conflict(model: Model, *, seconds: float = 60.0) -> Conflict:
    """Return the conflict of a model that has no solution. ``seconds``: for the conflict, and thrice as much at most for what would do."""
    search = _Search(model, _Clock(seconds))
    numbers = sorted(search.smallest([], False, list(model.hard)))
    clock = _Clock(2 * seconds)
    together = _together(model, seconds)
    alone = [(i, _least(model, i, clock)) for i in numbers]
    return Conflict(
        groups=tuple(model.groups[i] for i in numbers),
        minimal=search.certain,
        alone=tuple(Loosening(model.groups[i], by) for i, by in alone if by is not None and not math.isnan(by)),
        untold=tuple(model.groups[i] for i, by in alone if by is not None and math.isnan(by)),
        together=together,
    )


def _least(model: Model, number: int, clock: _Clock) -> float | None:
    """Return by how much one condition must give when all others hold; None when that does not help, NaN when time was up."""
    group, others = model.groups[number], [i for i in model.hard if i != number]
    if group.steps is not None and group.stepped is not None:
        return _least_step(model, others, group.steps, group.stepped, clock)
    found = solve(model, others, {number: 1.0}, cost=np.zeros(model.width), seconds=clock.left)
    if isinstance(found, NoSolution):
        return None if found.reason == "infeasible" else math.nan
    return math.nan if found.stopped else round(found.loosened[number], _DECIMALS)


def _least_step(
    model: Model, others: list[int], steps: FloatArray, stepped: Callable[[float], Rows], clock: _Clock
) -> float | None:
    """Return the smallest step that does, by halving: more room never makes a set impossible."""
    certain = True

    def enough(step: float) -> bool:
        nonlocal certain
        found = solve(model, others, {}, more=[stepped(step)], gap=_ANY, seconds=clock.left)
        certain = certain and not (isinstance(found, NoSolution) and found.reason == "stopped")
        return isinstance(found, Solution)

    if not len(steps) or not enough(float(steps[-1])):
        return None if certain else math.nan
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(float(steps[middle])) else (middle + 1, high)
    return round(float(steps[low]), _DECIMALS) if certain else math.nan


def _together(model: Model, seconds: float) -> tuple[Loosening, ...]:
    """Return the smallest loosening of all conditions at once; sizes stay as they are: they give alone or not at all."""
    sizes = [i for i in model.hard if model.groups[i].kind == "size"]
    rest = [i for i in model.hard if model.groups[i].kind != "size"]
    weights = {i: 1.0 / model.groups[i].limit if model.groups[i].limit > 0 else 1.0 for i in rest}
    found = solve(model, sizes, weights, cost=np.zeros(model.width), seconds=seconds)
    if isinstance(found, NoSolution) or found.stopped:
        return ()
    given = {i: round(v, _DECIMALS) for i, v in found.loosened.items()}
    return tuple(Loosening(model.groups[i], v) for i, v in sorted(given.items()) if v > 0)
