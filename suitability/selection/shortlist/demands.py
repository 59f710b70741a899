"""Conditions besides the rules as groups of rows: beds, number of sites, sites in and out."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from suitability.core.errors import Problem, SubmissionError
from suitability.policy.portfolio import STAYS
from suitability.selection.shortlist.rows import Columns, Group, many_rows, one_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.core.types import BoolArray, IntArray
    from suitability.selection.shortlist.candidates import Candidates
    from suitability.selection.shortlist.choice import Demand, Wanted
    from suitability.selection.shortlist.rows import Kind


@dataclass(frozen=True)
class Cell:
    """Sites alike for the need: the same stays in the same areas. ``column[s]``: its beds for stay s; -1 = cannot."""

    sites: IntArray
    column: tuple[int, ...]


def wanted_groups(wanted: Wanted, candidates: Candidates, columns: Columns) -> tuple[list[Group], tuple[Cell, ...]]:
    """Return a group per demand, number and lock; and the cells over which beds are divided by length of stay.

    Raises ``SubmissionError`` for a lock on a site that is not there, or whose beds nobody knows.
    """
    cells = _cells(wanted.demands, candidates, columns)
    groups = [_demand(demand, candidates, cells) for demand in wanted.demands]
    every = np.arange(len(candidates))
    if wanted.min_sites is not None:
        rows = one_row(every, -1.0, -wanted.min_sites)
        groups.append(Group("min_sites", rows, wanted.min_sites, "sites", grows=False))
    if wanted.max_sites is not None:
        groups.append(Group("max_sites", one_row(every, 1.0, wanted.max_sites), wanted.max_sites, "sites"))
    numbers = {name: i for i, name in enumerate(candidates.ids)}
    for name in dict.fromkeys(wanted.lock_in):
        rows = one_row([_number(name, numbers, candidates)], -1.0, -1.0)
        groups.append(Group("lock_in", rows, 1.0, "lock", name, grows=False))
    for name in dict.fromkeys(wanted.lock_out):
        if name in candidates.beds_unknown or name in candidates.too_small:
            continue  # never chosen anyway
        groups.append(Group("lock_out", one_row([_number(name, numbers, candidates)], 1.0, 0.0), 0.0, "lock", name))
    return groups, cells


def _number(name: str, numbers: dict[str, int], candidates: Candidates) -> int:
    if name in numbers:
        return numbers[name]
    if name in candidates.beds_unknown or name in candidates.too_small:
        raise SubmissionError(Problem("--lock-in", "locked_without_beds", {"found": name}))
    close = difflib.get_close_matches(name, candidates.ids[:20_000], n=1, cutoff=0.0)
    raise SubmissionError(Problem("--lock-in, --lock-out", "unknown_site", {"found": name, "expected": "".join(close)}))


def inside(demand: Demand, candidates: Candidates) -> BoolArray:
    """Return which sites lie in the area of a demand, shape (n,)."""
    if demand.level == "all":
        return np.ones(len(candidates), dtype=bool)
    return np.asarray(candidates.names(demand.level) == demand.area, dtype=bool)


def _demand(demand: Demand, candidates: Candidates, cells: Sequence[Cell]) -> Group:
    here = inside(demand, candidates)
    if demand.stay is None:
        at = np.flatnonzero(here) + len(candidates)
    else:
        s = STAYS.index(demand.stay)
        at = np.array([cell.column[s] for cell in cells if cell.column[s] >= 0 and here[cell.sites[0]]], dtype=np.int64)
    sign = 1.0 if demand.at_most else -1.0
    kind: Kind = "max_beds" if demand.at_most else "need"
    rows = one_row(at, sign, sign * demand.beds)
    return Group(kind, rows, demand.beds, "beds", demand.level, demand.area, demand.stay or "", grows=demand.at_most)


def _cells(demands: Sequence[Demand], candidates: Candidates, columns: Columns) -> tuple[Cell, ...]:
    """Return the cells of a need by stay, each with its columns: beds divided over stays are at most the beds there."""
    of_stay = [demand for demand in demands if demand.stay is not None]
    if any(demand.at_most for demand in of_stay):
        raise ValueError("a largest number of beds cannot be asked for one length of stay")
    if not of_stay:
        return ()
    marks = np.column_stack([candidates.stays, *(inside(demand, candidates) for demand in of_stay)])
    patterns, which = np.unique(marks, axis=0, return_inverse=True)
    cells = []
    for c in range(len(patterns)):
        sites = np.flatnonzero(which.ravel() == c)
        serves = np.flatnonzero(patterns[c, : len(STAYS)])
        new = columns.more(len(serves), float(candidates.most[sites].sum()), whole=True)
        column = dict(zip(serves.tolist(), new.tolist(), strict=True))
        cells.append(Cell(sites, tuple(column.get(s, -1) for s in range(len(STAYS)))))
        if len(new):
            at = np.concatenate([new, sites + len(candidates)])
            columns.fixed.append(one_row(at, np.r_[np.ones(len(new)), -np.ones(len(sites))], 0.0))
    return tuple(cells)


def own_sizes(candidates: Candidates, columns: Columns) -> None:
    """Add the rows that always hold: a chosen site has between its least and its most beds, another has none."""
    n = len(candidates)
    pairs = np.stack([np.arange(n), np.arange(n) + n], axis=1)
    most = np.stack([-candidates.most.astype(np.float64), np.ones(n)], axis=1)
    least = np.stack([candidates.least.astype(np.float64), -np.ones(n)], axis=1)
    columns.fixed += [many_rows(pairs, most, 0.0), many_rows(pairs, least, 0.0)]
