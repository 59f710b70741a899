"""The choice as a mixed-integer programme, solved with HiGHS through ``scipy.optimize.milp``.

Least cost: every bed costs what its place lacks in suitability (1 - suitability), every site as much as some beds in an
unsuitable place, every bed beyond a wish too; ``most_suitable`` instead counts the suitability of the chosen sites.
Docs/shortlist.md says the same in words.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from suitability.core.errors import Problem, SubmissionError
from suitability.selection.shortlist.demands import own_sizes, wanted_groups
from suitability.selection.shortlist.dominated import needed
from suitability.selection.shortlist.rows import Columns, Rows, stacked
from suitability.selection.shortlist.rules import rule_groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scipy.optimize import OptimizeResult

    from suitability.core.types import BoolArray, FloatArray, IntArray
    from suitability.policy.portfolio import PortfolioRule
    from suitability.selection.shortlist.candidates import Candidates
    from suitability.selection.shortlist.choice import Preferences, Wanted
    from suitability.selection.shortlist.demands import Cell
    from suitability.selection.shortlist.rows import Group

#: A bed in a perfect place costs this: a bed that nobody needs is never free. Under ``most_suitable``, what a bed earns.
_BED: Final = 1e-3

_WHOLE: Final = 1  # how scipy says that a column is a whole number
_MANY_SITES: Final = 2000  # with fewer the whole is solved as fast
_FIRST_K: Final = 50  # so many sites at most is tried first
_WORTH_IT: Final = 0.7  # of the sites that may be left, or leaving out is not worth it
_MOMENT_S: Final = 0.5
_ROUNDING: Final = 1e-6
_STOPPED, _INFEASIBLE = 1, 2  # what scipy's milp says of a run that was stopped, and of one without a solution


@dataclass(frozen=True)
class Model:
    """A choice ready to be solved. ``fixed`` rows always hold; each of ``groups`` can be dropped or loosened."""

    candidates: Candidates
    groups: tuple[Group, ...]
    cells: tuple[Cell, ...]
    fixed: Rows
    upper: FloatArray
    whole: BoolArray
    cost: FloatArray
    wishes: Mapping[int, float]
    site_cost: float

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.upper)

    @property
    def hard(self) -> tuple[int, ...]:
        """The groups that must hold."""
        return tuple(i for i, group in enumerate(self.groups) if not group.wish)


@dataclass(frozen=True)
class Solution:
    """Solution of the solver. ``chosen`` (n,), ``beds`` (n,), ``columns``: all columns; ``loosened`` by group number.

    ``stopped``: by the clock, before it was within the gap. ``bound``: no set is better than this. A cost, less is better.
    """

    chosen: BoolArray
    beds: IntArray
    columns: FloatArray
    loosened: Mapping[int, float]
    objective: float
    bound: float
    stopped: bool
    seconds: float
    nodes: int

    @property
    def gap(self) -> float:
        """Largest distance of the set from the best possible, as a share of its own cost; 0 = it is the best."""
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1e-9)


@dataclass(frozen=True)
class NoSolution:
    """Reason for having no set: none exists, or none was found in time."""

    reason: Literal["infeasible", "stopped"]
    seconds: float


def make_model(
    candidates: Candidates, rules: Sequence[PortfolioRule], wanted: Wanted, preferences: Preferences
) -> Model:
    """Return the model of a choice; raises ``SubmissionError`` for locks that cannot be, or a number that is missing."""
    if preferences.objective == "most_suitable" and wanted.max_sites is None:
        raise SubmissionError(Problem("--max-sites", "choice_max_sites"))
    columns = Columns(len(candidates))
    own_sizes(candidates, columns)
    demands, cells = wanted_groups(wanted, candidates, columns)
    groups = (*demands, *rule_groups(rules, candidates, columns))
    n, most = len(candidates), candidates.most
    return Model(
        candidates=candidates,
        groups=groups,
        cells=cells,
        fixed=stacked(columns.fixed),
        upper=np.concatenate([np.ones(n), most.astype(np.float64), np.array(columns.upper)]),
        whole=np.concatenate([np.ones(2 * n, dtype=bool), np.array(columns.whole, dtype=bool)]),
        cost=_cost(candidates, preferences, columns.width),
        wishes=_wishes(groups, preferences),
        site_cost=preferences.site_counts_as_beds,
    )


def _cost(candidates: Candidates, preferences: Preferences, width: int) -> FloatArray:
    """Return what each column costs."""
    n = len(candidates)
    cost = np.zeros(width)
    if preferences.objective == "cover_need":
        cost[:n] = preferences.site_counts_as_beds
        cost[n : 2 * n] = 1.0 - candidates.suitability + _BED
    else:
        cost[:n] = -candidates.suitability
        cost[n : 2 * n] = -_BED * _BED
    return cost


def _wishes(groups: Sequence[Group], preferences: Preferences) -> dict[int, float]:
    """Return what going beyond each wish costs, per unit. A wish on distance is reported only: metres are not beds."""
    per_unit = {"beds": preferences.wish_counts_as_beds, "sites": preferences.site_counts_as_beds, "m": 0.0}
    per_unit["dwellings"] = preferences.site_counts_as_beds
    if preferences.objective == "most_suitable":
        per_unit = dict.fromkeys(per_unit, _BED)
    return {i: per_unit[g.unit] for i, g in enumerate(groups) if g.wish and per_unit.get(g.unit, 0.0) > 0}


def solve(
    model: Model,
    hard: Iterable[int] | None = None,
    loose: Mapping[int, float] | None = None,
    *,
    cost: FloatArray | None = None,
    more: Sequence[Rows] = (),
    gap: float = 0.0,
    seconds: float = 60.0,
) -> Solution | NoSolution:
    """Return the set of least cost that keeps the ``hard`` groups; default all that are no wish.

    ``loose``: groups that may be exceeded, with the cost of one unit; default the wishes. ``cost``: in place of the
    model's own. ``more``: further rows.
    """
    if model.width == 0:  # no site to choose from: the solver takes no empty problem
        return NoSolution("infeasible", 0.0)
    began = time.perf_counter()
    kept = list(model.hard if hard is None else hard)
    slack = dict(model.wishes if loose is None else loose)
    rows = stacked([model.fixed, *(model.groups[i].rows for i in kept), *more])
    matrix = rows.matrix(model.width)
    upper = rows.upper
    if slack:
        parts = [model.groups[i].loosened for i in slack]
        below, granted = stacked(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        grant = sparse.csr_array(
            (-np.ones(len(granted)), (np.arange(len(granted)), granted)), shape=(len(granted), len(parts))
        )
        matrix = sparse.block_array([[matrix, None], [below.matrix(model.width), grant]], format="csr")
        upper = np.concatenate([upper, below.upper])
    costs = np.concatenate([model.cost if cost is None else cost, np.array(list(slack.values()))])
    locks = [1.0 if model.groups[i].unit == "lock" else np.inf for i in slack]
    programme = _Programme(
        costs,
        np.concatenate([np.where(model.whole, _WHOLE, 0), np.zeros(len(slack), dtype=np.int64)]),
        np.concatenate([model.upper, locks]),
        sparse.csr_array(matrix),
        upper,
    )
    found = _least_cost(programme, len(model.candidates), gap, began + seconds)
    took = time.perf_counter() - began
    if found.x is None:
        if found.status not in {_STOPPED, _INFEASIBLE}:
            raise RuntimeError(f"the solver failed: {found.message}")
        return NoSolution("infeasible" if found.status == _INFEASIBLE else "stopped", took)
    return _solution(model, found, list(slack), took)


@dataclass(frozen=True)
class _Programme:
    """Least ``cost`` over the columns between 0 and ``most`` where ``matrix`` @ columns is at most ``upper``."""

    cost: FloatArray
    whole: IntArray
    most: FloatArray
    matrix: sparse.csr_array
    upper: FloatArray

    def solved(self, gap: float, end: float) -> OptimizeResult:
        """Return what HiGHS finds before ``end`` on the clock."""
        return milp(
            self.cost,
            integrality=self.whole,
            bounds=Bounds(0.0, self.most),
            constraints=LinearConstraint(self.matrix, -np.inf, self.upper),
            options={"mip_rel_gap": gap, "time_limit": max(_MOMENT_S, end - time.perf_counter())},
        )

    def within(self, columns: BoolArray, gap: float, end: float) -> OptimizeResult:
        """Return the same with the other columns at 0."""
        matrix = self.matrix[:, np.flatnonzero(columns)]
        rows = np.diff(matrix.indptr) > 0
        part = _Programme(
            self.cost[columns], self.whole[columns], self.most[columns], matrix[np.flatnonzero(rows)], self.upper[rows]
        )
        found = part.solved(gap, end)
        if found.x is not None:
            found.x, small = np.zeros(len(columns)), found.x
            found.x[columns] = small
        return found


def _least_cost(whole: _Programme, n: int, gap: float, end: float) -> OptimizeResult:
    """Return the least cost; with many sites that are alike first without those that others can stand in for.

    A set that costs c has at most c / (what a site costs) sites, and so has every better one: with as many dominators
    kept for each site that is left out, the least cost is that of the whole (``dominated``).
    """
    cheapest = float(whole.cost[:n].min(initial=np.inf))
    if n < _MANY_SITES or cheapest <= 0 or whole.cost.min() < 0:
        return whole.solved(gap, end)
    k, found = _FIRST_K, None
    for _ in range(2):
        keep = needed(whole.matrix, whole.upper, whole.cost, whole.most[n : 2 * n], k)
        if keep.mean() > _WORTH_IT:
            break
        columns = np.concatenate([keep, keep, np.ones(len(whole.cost) - 2 * n, dtype=bool)])
        found = whole.within(columns, gap, end)
        if found.x is None:
            break
        most_sites = int(found.fun / cheapest + _ROUNDING)
        if most_sites <= k:
            return found
        k = most_sites
    return whole.solved(gap, end)


def _solution(model: Model, found: object, slack: list[int], took: float) -> Solution:
    x: FloatArray = found.x  # type: ignore[attr-defined]
    n = len(model.candidates)
    chosen = x[:n] > 0.5  # noqa: PLR2004
    return Solution(
        chosen=chosen,
        beds=np.where(chosen, np.round(x[n : 2 * n]), 0).astype(np.int64),
        columns=x[: model.width],
        loosened={i: float(v) for i, v in zip(slack, x[model.width :], strict=True)},
        objective=float(found.fun),  # type: ignore[attr-defined]
        bound=float(found.mip_dual_bound if found.mip_dual_bound is not None else found.fun),  # type: ignore[attr-defined]
        stopped=found.status == _STOPPED,  # type: ignore[attr-defined]
        seconds=took,
        nodes=int(found.mip_node_count or 0),  # type: ignore[attr-defined]
    )
