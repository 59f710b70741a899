"""Rules on a set of sites: spacing, caps and spread, applied to what there is, what is permitted and what is chosen.

A breach names the sites; it is never a property of one parcel. A number that is needed and not known makes a rule
unknown for that area, never kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from suitability.portfolio_rules import Cap, Concentration, PortfolioRule, Size, Spacing
from suitability.types import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd

    from suitability.portfolio_rules import Spread

_TOLERANCE: Final = 1e-6
_CHOSEN: Final = "chosen"

#: Column of the sites that says in which larger area its municipality lies, for rules on spread.
_SUBREGION: Final = "subregion"


@dataclass(frozen=True)
class Breach:
    """One place where a set of sites does not keep a rule, or where that is not known.

    ``found`` and ``limit``: metres for spacing; what is counted for a cap; beds for a size; per cent for spread and
    concentration; NaN = not known.
    """

    rule_id: str
    outcome: Outcome
    area: str
    sites: tuple[str, ...]
    found: float
    limit: float


def check_sites(rules: Sequence[PortfolioRule], sites: gpd.GeoDataFrame, areas: pd.DataFrame) -> list[Breach]:
    """Return every breach of the rules by the chosen sites, in the order of the rules.

    ``sites``: in EPSG:28992, with ``site_id``, ``standing`` (existing, permitted or chosen), ``location_type``,
    ``address``, ``street``, ``settlement``, ``municipality``, ``beds``, ``dwellings``; for spread also ``workplace``
    (the municipality of the work) and ``workplace_subregion`` beside ``subregion``.
    ``areas``: ``level``, ``name``, ``inhabitants``, ``dwellings``. A name must be unique within its level.
    """
    breaches: list[Breach] = []
    for rule in rules:
        concerned = sites[sites["location_type"].isin(rule.location_types)] if rule.location_types else sites
        if isinstance(rule, Spacing):
            breaches += _too_close(rule, concerned)
        elif isinstance(rule, Cap):
            breaches += _too_many(rule, concerned, areas)
        elif isinstance(rule, Size):
            breaches += _wrong_size(rule, concerned)
        elif isinstance(rule, Concentration):
            breaches += _too_much_together(rule, concerned)
        else:
            breaches += _too_far(rule, concerned)
    return breaches


def _too_close(rule: Spacing, sites: gpd.GeoDataFrame) -> Iterator[Breach]:
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
    ids = sites["site_id"].to_numpy()
    for a, b, distance in zip(first, second, metres, strict=True):
        if distance < rule.at_least_m - _TOLERANCE:
            yield Breach(rule.id, Outcome.FAIL, "", (str(ids[a]), str(ids[b])), float(distance), rule.at_least_m)


def _too_many(rule: Cap, sites: gpd.GeoDataFrame, areas: pd.DataFrame) -> Iterator[Breach]:
    """Yield the areas with a chosen site where more is counted than the rule allows."""
    counted = sites[sites["standing"].isin(rule.counting)]
    if rule.areas:
        counted = counted[counted[rule.per].isin(rule.areas)]
    amounts = pd.Series(1.0, index=counted.index) if rule.counts == "sites" else counted[rule.counts].astype("float64")
    for name, group in counted.groupby(rule.per, sort=True):
        if not (group["standing"] == _CHOSEN).any():
            continue
        found = float(amounts.loc[group.index].sum(skipna=False))
        limit = rule.at_most if rule.of is None else rule.at_most / 100 * _base(rule, str(name), areas)
        if np.isnan(found) or np.isnan(limit):
            outcome = Outcome.UNKNOWN
        elif found <= limit + _TOLERANCE:
            continue
        else:
            outcome = Outcome.FAIL
        yield Breach(rule.id, outcome, str(name), tuple(group["site_id"].astype(str)), found, limit)


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
    yield Breach(rule.id, outcome, "", tuple(chosen["site_id"].astype(str)), found, limit)


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
    """Yield the areas that hold more of the chosen beds than the rule allows."""
    chosen = sites[sites["standing"] == _CHOSEN]
    total = float(chosen["beds"].sum(skipna=False))
    for name, group in chosen.groupby(rule.per, sort=True):
        found = float(group["beds"].sum(skipna=False)) / total * 100 if total else float("nan")
        if found <= rule.at_most + _TOLERANCE:
            continue
        outcome = Outcome.UNKNOWN if np.isnan(found) else Outcome.FAIL
        yield Breach(rule.id, outcome, str(name), tuple(group["site_id"].astype(str)), found, rule.at_most)
