"""Rules on a set of sites: spacing, caps and spread, applied to what there is, what is permitted and what is chosen.

A breach names the sites; it is never a property of one parcel. A number that is needed and not known makes a rule
unknown for that area, never kept. A site whose type or area is not known may count for the rule or not: where that makes
the difference, the rule is unknown too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from suitability.core.measurement import Outcome
from suitability.policy.portfolio import Cap, Concentration, PortfolioRule, Size, Spacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd
    import pandas as pd

    from suitability.core.types import BoolArray
    from suitability.policy.portfolio import Spread

_TOLERANCE: Final = 1e-6
_CHOSEN: Final = "chosen"

#: What stands for an area where it is known that a site lies in none of that level, for example outside all settlements.
_NOWHERE: Final = ""

#: Column of the sites that says in which larger area its municipality lies, for rules on spread.
_SUBREGION: Final = "subregion"


@dataclass(frozen=True)
class Breach:
    """One place where a set of sites does not keep a rule, or where that is not known.

    ``found`` and ``limit``: metres for spacing; what is counted for a cap; beds for a size; per cent for spread and
    concentration; NaN = not known. ``area``: empty = in all, or not known. ``unsure``: of ``sites``, those of which nobody
    knows whether they count.
    """

    rule_id: str
    outcome: Outcome
    area: str
    sites: tuple[str, ...]
    found: float
    limit: float
    unsure: tuple[str, ...] = ()


def check_sites(rules: Sequence[PortfolioRule], sites: gpd.GeoDataFrame, areas: pd.DataFrame) -> list[Breach]:
    """Return every breach of the rules by the chosen sites, in the order of the rules.

    ``sites``: in EPSG:28992, with ``site_id``, ``standing`` (existing, permitted or chosen), ``location_type``,
    ``address``, ``street``, ``settlement``, ``municipality``, ``beds``, ``dwellings``; for spread also ``workplace``
    (the municipality of the work) and ``workplace_subregion`` beside ``subregion``.
    The names of areas and the type: null = not known; an area that is the empty text = in no area of that level.
    ``areas``: ``level``, ``name``, ``inhabitants``, ``dwellings``. A name must be unique within its level.
    """
    breaches: list[Breach] = []
    for rule in rules:
        concerned, may = sites, np.zeros(len(sites), dtype=bool)
        if rule.location_types:
            unsure = sites["location_type"].isna().to_numpy()
            certain = sites["location_type"].isin(rule.location_types).to_numpy()
            concerned, may = sites[certain | unsure], unsure[certain | unsure]
        if isinstance(rule, Spacing):
            breaches += _too_close(rule, concerned, may)
        elif isinstance(rule, Cap):
            breaches += _too_many(rule, concerned, may, areas)
        else:
            breaches += _of_unknown_type(rule, concerned[may])
            breaches += _of_the_chosen(rule, concerned[~may])
    return breaches


def _of_the_chosen(rule: Size | Concentration | Spread, sites: gpd.GeoDataFrame) -> Iterator[Breach]:
    if isinstance(rule, Size):
        return _wrong_size(rule, sites)
    return _too_much_together(rule, sites) if isinstance(rule, Concentration) else _too_far(rule, sites)


def _of_unknown_type(rule: PortfolioRule, sites: gpd.GeoDataFrame) -> Iterator[Breach]:
    """Yield a breach for the chosen sites of which nobody knows whether a rule for some types holds for them."""
    ids = _ids(sites[sites["standing"] == _CHOSEN])
    if ids:
        yield Breach(rule.id, Outcome.UNKNOWN, "", ids, float("nan"), float("nan"), ids)


def _ids(sites: pd.DataFrame) -> tuple[str, ...]:
    return tuple(sites["site_id"].astype(str))


def _too_close(rule: Spacing, sites: gpd.GeoDataFrame, unsure: BoolArray) -> Iterator[Breach]:
    """Yield the pairs, one of them chosen, that lie nearer to each other than the rule allows."""
    shapes = sites.geometry.to_numpy()
    chosen = np.flatnonzero((sites["standing"] == _CHOSEN).to_numpy())
    others = np.flatnonzero(sites["standing"].isin(rule.to).to_numpy())
    if not len(chosen) or not len(others):
        return
    i, j = shapely.STRtree(shapes[others]).query(shapes[chosen], predicate="dwithin", distance=rule.at_least_m)
    first, second = chosen[i], others[j]
    both_chosen = (sites["standing"] == _CHOSEN).to_numpy()[second]
    once = (first != second) & (~both_chosen | (first < second))  # a pair of chosen sites is found from both ends
    first, second = first[once], second[once]
    metres = shapely.distance(shapes[first], shapes[second])
    ids = sites["site_id"].astype(str).to_numpy()
    for a, b, distance in zip(first, second, metres, strict=True):
        if distance < rule.at_least_m - _TOLERANCE:
            of_these = tuple(str(ids[each]) for each in (a, b) if unsure[each])
            outcome = Outcome.UNKNOWN if of_these else Outcome.FAIL
            pair = (str(ids[a]), str(ids[b]))
            yield Breach(rule.id, outcome, "", pair, float(distance), rule.at_least_m, of_these)


def _too_many(rule: Cap, sites: gpd.GeoDataFrame, unsure: BoolArray, areas: pd.DataFrame) -> Iterator[Breach]:
    """Yield the areas with a chosen site where more is counted than the rule allows, or perhaps is.

    Where it is not known in which area a site lies, it may lie in any: then the rule is unknown where that site would
    make the difference, and for a chosen one also as a whole, without an area.
    """
    standing = sites["standing"].isin(rule.counting).to_numpy()
    counted, unsure = sites[standing], unsure[standing]
    names = counted[rule.per].astype(object).where(counted[rule.per].notna(), None)
    placed, chosen = names.notna().to_numpy(), (counted["standing"] == _CHOSEN).to_numpy()
    amounts = np.ones(len(counted)) if rule.counts == "sites" else counted[rule.counts].to_numpy(dtype=np.float64)
    astray = ~placed
    anywhere = False
    for name in sorted(set(names[placed]) - {_NOWHERE}):
        here = (names == name).to_numpy()
        if (rule.areas and name not in rule.areas) or not (chosen & (here | astray)).any():
            continue
        limit = rule.at_most if rule.of is None else rule.at_most / 100 * _base(rule, str(name), areas)
        found, most = float(amounts[here & ~unsure].sum()), float(amounts[here | astray].sum())
        if most <= limit + _TOLERANCE:
            continue
        if not (chosen & here).any():
            anywhere = True
            continue
        over = (chosen & here & ~unsure).any() and found > limit + _TOLERANCE
        told, doubtful = here if over else here | astray, (here & unsure) | astray
        outcome = Outcome.FAIL if over else Outcome.UNKNOWN
        yield Breach(
            rule.id, outcome, str(name), _ids(counted[told]), found, limit, () if over else _ids(counted[doubtful])
        )
    if not (chosen & astray).any():
        return
    limit = rule.at_most if rule.of is None else float("nan")
    if anywhere or not amounts[astray].sum() <= limit + _TOLERANCE:
        ids = _ids(counted[astray])
        yield Breach(rule.id, Outcome.UNKNOWN, "", ids, float("nan"), limit, ids)


def _base(rule: Cap, name: str, areas: pd.DataFrame) -> float:
    """Return what a share is taken of in one area; NaN when the table does not say."""
    rows = areas.loc[(areas["level"] == rule.per) & (areas["name"] == name), str(rule.of)]
    return float(rows.iloc[0]) if len(rows) == 1 else float("nan")


def _too_far(rule: Spread, sites: gpd.GeoDataFrame) -> Iterator[Breach]:
    """Yield a breach when too few, or too many, of the chosen beds are for work in the area that the rule means."""
    chosen = sites[sites["standing"] == _CHOSEN]
    if chosen.empty:
        return
    limit = float(rule.at_least if rule.at_least is not None else rule.at_most or 0.0)
    found = _share(rule, chosen)
    if np.isnan(found):
        outcome = Outcome.UNKNOWN
    elif (rule.at_least is not None and found < limit - _TOLERANCE) or (
        rule.at_most is not None and found > limit + _TOLERANCE
    ):
        outcome = Outcome.FAIL
    else:
        return
    yield Breach(rule.id, outcome, "", _ids(chosen), found, limit)


def _share(rule: Spread, chosen: gpd.GeoDataFrame) -> float:
    """Return the per cent of beds whose people work in the same municipality, the rest of the subregion or elsewhere."""
    needed = ["workplace", "municipality", "beds"]
    if rule.within != "municipality":
        needed += ["workplace_subregion", _SUBREGION]
    if not set(needed) <= set(chosen.columns) or chosen[needed].isna().to_numpy().any():
        return float("nan")
    here = chosen["workplace"] == chosen["municipality"]
    if rule.within != "municipality":
        near = chosen["workplace_subregion"] == chosen[_SUBREGION]
        here = (near & ~here) if rule.within == "rest_of_subregion" else ~near
    total = float(chosen["beds"].sum())
    return float(chosen.loc[here, "beds"].sum()) / total * 100 if total else float("nan")


def _wrong_size(rule: Size, sites: gpd.GeoDataFrame) -> Iterator[Breach]:
    """Yield the chosen sites with fewer or more beds than the rule allows, or with an unknown number."""
    chosen = sites[sites["standing"] == _CHOSEN]
    beds = chosen["beds"].to_numpy(dtype=np.float64)
    least, most = float(rule.at_least or 0), float(rule.at_most if rule.at_most is not None else np.inf)
    wrong = ~((beds >= least - _TOLERANCE) & (beds <= most + _TOLERANCE))
    for site, found in zip(chosen["site_id"].astype(str)[wrong], beds[wrong], strict=True):
        outcome = Outcome.UNKNOWN if np.isnan(found) else Outcome.FAIL
        yield Breach(rule.id, outcome, "", (site,), float(found), least if found < least else most)


def _too_much_together(rule: Concentration, sites: gpd.GeoDataFrame) -> Iterator[Breach]:
    """Yield the areas that hold more of the chosen beds than the rule allows, or perhaps do."""
    chosen = sites[sites["standing"] == _CHOSEN]
    names, beds = chosen[rule.per], chosen["beds"].astype("float64")
    total, astray = float(beds.sum(skipna=False)), chosen[names.isna()]
    lost = float(beds[names.isna()].sum(skipna=False))
    for name, group in chosen[names.notna() & (names != _NOWHERE)].groupby(rule.per, sort=True):
        inside = float(group["beds"].sum(skipna=False))
        found, most = (share / total * 100 if total else float("nan") for share in (inside, inside + lost))
        if most <= rule.at_most + _TOLERANCE:
            continue
        over = found > rule.at_most + _TOLERANCE
        outcome, doubtful = (Outcome.FAIL, ()) if over else (Outcome.UNKNOWN, _ids(astray))
        yield Breach(rule.id, outcome, str(name), (*_ids(group), *doubtful), found, rule.at_most, doubtful)
    if len(astray) and not (total and lost / total * 100 <= rule.at_most + _TOLERANCE):
        yield Breach(rule.id, Outcome.UNKNOWN, "", _ids(astray), float("nan"), rule.at_most, _ids(astray))
