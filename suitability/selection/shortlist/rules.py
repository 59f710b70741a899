"""The rules of a policy on a set of sites, as groups of rows. ``portfolio.check_sites`` says afterwards whether they held.

What is not known: a cap whose base is unknown gives no rows, because nobody can say when it is full; where a number, the
type or the area of what is there, or the dwellings or the area of a candidate, is unknown, the rows hold for the rest. Either way ``check_sites`` reports
such a rule as unknown on the result. A spread counts a site of unknown workplace against itself; where no workplace is
known it gives no rows and is unknown on the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from suitability.policy.portfolio import Cap, Concentration, Size, Spacing, Spread
from suitability.selection.shortlist.cliques import cliques_of
from suitability.selection.shortlist.rows import Group, Rows, many_rows, one_row, stacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from suitability.core.types import BoolArray, FloatArray, IntArray
    from suitability.policy.portfolio import PortfolioRule
    from suitability.selection.shortlist.candidates import Candidates
    from suitability.selection.shortlist.rows import Columns

_TOLERANCE: Final = 1e-6


def rule_groups(rules: Sequence[PortfolioRule], candidates: Candidates, columns: Columns) -> list[Group]:
    """Return a group per rule, and of caps and concentrations one per area."""
    groups: list[Group] = []
    for rule in rules:
        concerned = np.flatnonzero(candidates.of_type(rule.location_types))
        if not len(concerned):
            continue
        if isinstance(rule, Spacing):
            groups += _spacing(rule, candidates, concerned)
        elif isinstance(rule, Cap):
            groups += _caps(rule, candidates, concerned, columns)
        elif isinstance(rule, Size):
            groups += _sizes(rule, candidates, concerned)
        elif isinstance(rule, Concentration):
            groups += _concentrations(rule, candidates, concerned, columns)
        else:
            groups += _spread(rule, candidates, concerned)
    return groups


def _spacing(rule: Spacing, candidates: Candidates, concerned: IntArray) -> Iterator[Group]:
    """Yield one group: sites too near to each other, of which one at most; and too near to what there is."""
    shapes = candidates.frame.geometry.to_numpy()[concerned]
    first = second = np.zeros(0, dtype=np.int64)
    short = np.zeros(0)
    if "chosen" in rule.to:
        i, j, metres = _near(shapes, shapes, rule.at_least_m)
        once = i < j
        first, second, short = concerned[i[once]], concerned[j[once]], rule.at_least_m - metres[once]
    blocked = np.zeros(len(candidates))
    there = _there(rule.location_types, rule.to, candidates)
    if there is not None and len(there):
        i, _, metres = _near(shapes, there.geometry.to_numpy(), rule.at_least_m)
        np.maximum.at(blocked, concerned[i], rule.at_least_m - metres)
    if not len(first) and not blocked.any():
        return

    def rows(by: float) -> Rows:
        """Return the rows when the distance may be ``by`` metres less."""
        left = short > by + _TOLERANCE
        cliques = cliques_of(first[left], second[left], len(candidates))
        out = np.flatnonzero(blocked > by + _TOLERANCE)
        return stacked([*(one_row(clique, 1.0, 1.0) for clique in cliques), many_rows(out[:, None], 1.0, 0.0)])

    out = np.flatnonzero(blocked)
    pairs = many_rows(np.stack([first, second], axis=1), np.stack([short, short], axis=1), short)
    loose = stacked([pairs, many_rows(out[:, None], blocked[out][:, None], 0.0)])
    steps = np.unique(np.concatenate([short, blocked[out]]))
    yield Group(
        "spacing", rows(0.0), rule.at_least_m, "m", rule.id, grows=False, wish=rule.ambition, loose=loose, steps=steps,
        stepped=rows,
    )  # fmt: skip


def _near(one: np.ndarray, other: np.ndarray, limit_m: float) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the pairs that lie nearer than the limit, and their distance from boundary to boundary in metres."""
    i, j = shapely.STRtree(other).query(one, predicate="dwithin", distance=limit_m)
    metres: FloatArray = shapely.distance(one[i], other[j])
    too_near = metres < limit_m - _TOLERANCE
    return i[too_near], j[too_near], metres[too_near]


def _there(location_types: Sequence[str], standings: Sequence[str], candidates: Candidates) -> pd.DataFrame | None:
    """Return the existing and permitted sites that a rule counts; None where they are not in the data."""
    if candidates.there is None:
        return None
    counted = candidates.there["standing"].isin(list(standings))
    if location_types:
        counted &= candidates.there["location_type"].isin(list(location_types))
    rows: pd.DataFrame = candidates.there[counted]
    return rows


def _caps(rule: Cap, candidates: Candidates, concerned: IntArray, columns: Columns) -> Iterator[Group]:
    """Yield a group per area that has a candidate and a known limit."""
    if "chosen" not in rule.counting:
        return
    names = _in_an_area(candidates.names(rule.per).iloc[concerned])
    if rule.areas:
        names = names[names.isin(list(rule.areas))]
    limits, used = _limits(rule, candidates.areas), _used(rule, candidates)
    rows, place = names.index.to_numpy(), names.to_numpy(dtype=object)
    for name in sorted(set(place)):
        limit = rule.at_most if rule.of is None else limits.get(name, float("nan"))
        if np.isnan(limit):
            continue
        yield _cap(rule, str(name), rows[place == name], limit, used.get(name, 0.0), candidates, columns)


def _in_an_area(names: pd.Series[str]) -> pd.Series[str]:
    """Return the names of those that lie in a known area."""
    return names[names.notna() & (names != "")]


def _limits(rule: Cap, areas: pd.DataFrame) -> dict[object, float]:
    """Return how much a cap on a share allows, by area; a name that stands twice is left out, as nobody can say which."""
    if rule.of is None:
        return {}
    known = areas.loc[areas["level"] == rule.per, ["name", rule.of]].drop_duplicates("name", keep=False)
    return dict(zip(known["name"], rule.at_most / 100 * known[rule.of].to_numpy(dtype=np.float64), strict=True))


def _used(rule: Cap, candidates: Candidates) -> dict[object, float]:
    """Return how much of a cap the existing and permitted sites take, by area; an amount that is not known as none."""
    there = _there(rule.location_types, rule.counting, candidates)
    if there is None or there.empty:
        return {}
    amounts = np.ones(len(there)) if rule.counts == "sites" else there[rule.counts].astype("float64").to_numpy()
    sums = pd.Series(np.nan_to_num(amounts)).groupby(there[rule.per].to_numpy(dtype=object)).sum()
    return dict(zip(sums.index, sums.to_numpy(dtype=np.float64), strict=True))


def _cap(
    rule: Cap, name: str, sites: IntArray, limit: float, used: float, candidates: Candidates, columns: Columns
) -> Group:
    """Return the group of one area. Where what is there exceeds the cap already, no site can be added."""
    weights = np.ones(len(sites))
    if rule.counts == "dwellings":
        weights = np.nan_to_num(pd.to_numeric(candidates.frame["dwellings"]).to_numpy(dtype=np.float64)[sites])
    at = sites + len(candidates) if rule.counts == "beds" else sites
    room = limit - used
    if room < 0:
        (full,) = columns.more(1, 1.0, whole=False)
        ties = np.stack([sites, np.full(len(sites), full)], axis=1)
        columns.fixed.append(many_rows(ties, np.array([1.0, -1.0]), 0.0))
        rows = loose = one_row([*at, full], [*weights, -room], 0.0)
    else:
        counted_whole = np.equal(weights, np.round(weights)).all()
        rows = one_row(at, weights, np.floor(room + _TOLERANCE) if counted_whole else room + _TOLERANCE)
        loose = one_row(at, weights, room)
    return Group("cap", rows, limit, rule.counts, rule.id, name, wish=rule.ambition, loose=loose)


def _sizes(rule: Size, candidates: Candidates, concerned: IntArray) -> Iterator[Group]:
    """Yield a group for the least and one for the most beds of a site."""
    columns = np.stack([concerned, concerned + len(candidates)], axis=1)
    if rule.at_least is not None:
        least = rule.at_least

        def no_less(by: float) -> Rows:
            return many_rows(columns, np.array([least - by, -1.0]), 0.0)

        steps = np.arange(1.0, least)
        yield Group(
            "size", no_less(0), least, "beds", rule.id, grows=False, wish=rule.ambition, steps=steps, stepped=no_less
        )
    above = columns[candidates.most[concerned] > (rule.at_most or np.inf)]
    if rule.at_most is not None and len(above):
        most = rule.at_most

        def no_more(by: float) -> Rows:
            return many_rows(above, np.array([-most - by, 1.0]), 0.0)

        steps = np.arange(1.0, candidates.most[concerned].max() - most + 1)
        yield Group("size", no_more(0), most, "beds", rule.id, wish=rule.ambition, steps=steps, stepped=no_more)


def most_by_rule(rules: Sequence[PortfolioRule], candidates: Candidates) -> tuple[IntArray, IntArray]:
    """Return the most beds of each site under the sizes that are no wish, and the number of the rule that says so.

    Both (n,); beds 0 where a site is smaller than the least size, and rule -1 where no rule takes beds away.
    """
    most, by = candidates.most.copy(), np.full(len(candidates), -1, dtype=np.int64)
    for number, rule in enumerate(rules):
        if not isinstance(rule, Size) or rule.ambition:
            continue
        concerned = candidates.of_type(rule.location_types)
        over = concerned & (most > (np.inf if rule.at_most is None else rule.at_most))
        most[over], by[over] = rule.at_most or 0, number
        under = concerned & (most < (rule.at_least or 0)) & (most > 0)
        most[under], by[under] = 0, number
    return most, by


def _concentrations(
    rule: Concentration, candidates: Candidates, concerned: IntArray, columns: Columns
) -> Iterator[Group]:
    """Yield a group per area: its beds are at most a share of all beds, which get a column of their own."""
    names, beds = _in_an_area(candidates.names(rule.per).iloc[concerned]), concerned + len(candidates)
    (total,) = columns.more(1, float(candidates.most[concerned].sum()), whole=False)
    columns.fixed.append(one_row([*beds, total], [*np.ones(len(beds)), -1.0], 0.0))
    columns.fixed.append(one_row([*beds, total], [*-np.ones(len(beds)), 1.0], 0.0))
    for name, group in names.groupby(names, sort=True):
        inside = group.index.to_numpy() + len(candidates)
        rows = one_row([*inside, total], [*np.ones(len(inside)), -rule.at_most / 100], 0.0)
        yield Group("concentration", rows, rule.at_most, "beds", rule.id, str(name), wish=rule.ambition)


def _spread(rule: Spread, candidates: Candidates, concerned: IntArray) -> Iterator[Group]:
    """Yield one group: a share of the beds is for work in the area that the rule means."""
    here, known = workplaces(rule, candidates.frame.iloc[concerned])
    if not known.any():
        return
    beds = concerned + len(candidates)
    if rule.at_least is not None:
        rows = one_row(beds, rule.at_least / 100 - (here & known), 0.0)
    else:
        rows = one_row(beds, (here | ~known) - float(rule.at_most or 0.0) / 100, 0.0)
    limit = float(rule.at_least if rule.at_least is not None else rule.at_most or 0.0)
    yield Group("spread", rows, limit, "beds", rule.id, grows=rule.at_least is None, wish=rule.ambition)


def workplaces(rule: Spread, sites: pd.DataFrame) -> tuple[BoolArray, BoolArray]:
    """Return for each site whether its people work where the rule means, and whether that is known."""
    needed = ["workplace", "municipality"]
    if rule.within != "municipality":
        needed += ["workplace_subregion", "subregion"]
    if not set(needed) <= set(sites.columns):
        return np.zeros(len(sites), dtype=bool), np.zeros(len(sites), dtype=bool)
    known = sites[needed].notna().all(axis="columns").to_numpy(dtype=bool)
    here = (sites["workplace"] == sites["municipality"]).to_numpy(dtype=bool)
    if rule.within != "municipality":
        near = (sites["workplace_subregion"] == sites["subregion"]).to_numpy(dtype=bool)
        here = (near & ~here) if rule.within == "rest_of_subregion" else ~near
    return here & known, known
