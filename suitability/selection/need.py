"""Beds against need, per area: what is short, who houses whose workers, and municipalities side by side.

Numbers of a policy are workers; one bed is counted per worker. A number that is not known stays NaN, and so does all
that follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from suitability.core.measurement import Outcome
from suitability.policy.portfolio import STAYS, Spread
from suitability.selection.portfolio import check_sites

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import geopandas as gpd

    from suitability.policy.model import Policy
    from suitability.policy.portfolio import Need

_STANDINGS: Final = ("existing", "permitted", "chosen")
_NAN: Final = float("nan")


@dataclass(frozen=True)
class Beds:
    """Beds in an area by standing; NaN = not known."""

    existing: float
    permitted: float
    chosen: float


@dataclass(frozen=True)
class Balance:
    """One need against the beds, in both scenarios (low, high).

    ``wanted``: workers to house. ``there``: of those, beds that count for them already. A total counts existing,
    permitted and chosen beds; an addition to today counts permitted and chosen ones. ``short`` = wanted - there - chosen,
    at least 0. ``not_living_there``: workers in the total who do not live there yet, least and most; NaN where the policy
    does not say how many do.
    """

    need: Need
    stay: str
    wanted: tuple[float, float]
    there: float
    chosen: float
    short: tuple[float, float]
    not_living_there: tuple[float, float]


def need_of(policy: Policy, area: str, year: int | None = None) -> Need | None:
    """Return the need of an area: of a year, or the latest; of the same year the total before the addition."""
    found = [need for need in policy.need if need.area.casefold() == area.casefold() and year in {None, need.year}]
    return max(found, key=lambda need: (need.year, need.counted == "total"), default=None)


def beds_in(sites: pd.DataFrame, level: str, area: str, *, there_known: bool) -> Beds:
    """Return the beds of sites (``standing``, ``beds`` and a column per level) in one area."""
    inside = sites[sites[level] == area] if level in sites else sites.iloc[:0]
    sums = [float(inside.loc[inside["standing"] == each, "beds"].sum(skipna=False)) for each in _STANDINGS]
    if not there_known:
        sums[:2] = [_NAN, _NAN]
    if level not in sites:
        sums = [_NAN, _NAN, _NAN]
    return Beds(*sums)


def balance(need: Need, beds: Beds, by_stay: dict[str, float] | None = None) -> tuple[Balance, ...]:
    """Return the need in all against the beds; with chosen beds ``by_stay`` also per length of stay.

    What is there is not known by stay: its part of a need per stay is NaN.
    """
    there = beds.existing + beds.permitted if need.counted == "total" else beds.permitted
    rows = [_balance(need, "", (need.low, need.high), there, beds.chosen)]
    for stay, wanted in zip(STAYS, (need.short_stay, need.mid_stay, need.long_stay), strict=True):
        if wanted is not None and by_stay is not None:
            rows.append(_balance(need, stay, wanted, there if there == 0 else _NAN, by_stay.get(stay, 0.0)))
    return tuple(rows)


def _balance(need: Need, stay: str, wanted: tuple[float, float], there: float, chosen: float) -> Balance:
    low, high = (float(np.maximum(0.0, number - there - chosen)) for number in wanted)
    outside = (_NAN, _NAN)
    if need.counted == "total" and need.living_there is not None and not stay:
        least, most = need.living_there
        outside = (max(0.0, wanted[0] - most), max(0.0, float(wanted[1] - least)))
    return Balance(need, stay, (float(wanted[0]), float(wanted[1])), there, chosen, (low, high), outside)


def workers_against_beds(sites: pd.DataFrame) -> pd.DataFrame:
    """Return beds by where people work (rows) and live (columns): who houses whose workers.

    ``sites``: ``municipality`` and ``beds``, and ``workplace`` where known; what is not known is counted under an empty
    name. A cell with a site of unknown beds is NaN.
    """
    work = sites["workplace"] if "workplace" in sites else pd.Series("", index=sites.index, dtype="str")
    columns = {
        "work": work.fillna(""),
        "home": sites["municipality"].fillna(""),
        "beds": sites["beds"].astype("float64"),
    }
    grouped = pd.DataFrame(columns).groupby(["work", "home"], sort=True)["beds"].sum(skipna=False)
    index = (
        pd.MultiIndex.from_product(grouped.index.levels) if isinstance(grouped.index, pd.MultiIndex) else grouped.index
    )
    missing = index.difference(grouped.index)
    whole = pd.concat([grouped, pd.Series(0.0, index=missing)]) if len(missing) else grouped
    return whole.unstack().sort_index(axis="index").sort_index(axis="columns")  # noqa: PD010 (keeps NaN apart from 0)


@dataclass(frozen=True)
class SpreadMeasured:
    """A rule on spread and what was found: per cent of the chosen beds, NaN = not known."""

    rule_id: str
    outcome: Outcome
    found: float
    limit: float


def spread_measured(policy: Policy, sites: gpd.GeoDataFrame) -> tuple[SpreadMeasured, ...]:
    """Return how every rule on spread turns out, kept or not, for example the 80/10/10 of Arnhem-Nijmegen."""
    measured = []
    for rule in policy.portfolio:
        if not isinstance(rule, Spread):
            continue
        limit = float(rule.at_least if rule.at_least is not None else rule.at_most or 0.0)
        breaches = check_sites([rule], sites, pd.DataFrame())
        outcome = breaches[0].outcome if breaches else Outcome.PASS
        # A bound that is just out of reach makes the checker tell the share, also where the rule is kept.
        asked = rule.model_copy(update={"at_least": 100 + 1e-3, "at_most": None})
        (told,) = check_sites([asked], sites, pd.DataFrame()) or (None,)
        measured.append(SpreadMeasured(rule.id, outcome, _NAN if told is None else told.found, limit))
    return tuple(measured)


@dataclass(frozen=True)
class Effort:
    """A municipality beside its neighbours: need, beds, and its part of all need and of all beds (shares, 0 to 1).

    ``carried``: its part of the beds divided by its part of the need, taken in the middle of the scenarios; above 1 it
    carries more than its part. NaN where a number of any municipality is not known.
    """

    area: str
    need: tuple[float, float]
    living_there: tuple[float, float]
    beds: Beds
    part_of_need: float
    part_of_beds: float
    carried: float


def side_by_side(
    needs: Iterable[Need], sites: pd.DataFrame, *, there_known: bool, scanned: Collection[str] | None = None
) -> tuple[Effort, ...]:
    """Return the municipalities of these needs side by side (the waterbed: effort that one leaves moves to another).

    ``needs``: of one year and way of counting, one per municipality. ``scanned``: the municipalities of which the data
    have what is there; of others that is not known. None = all.
    """
    listed: Sequence[Need] = list(needs)
    here = [there_known and (scanned is None or need.area in scanned) for need in listed]
    beds = [
        beds_in(sites, "municipality", need.area, there_known=known) for need, known in zip(listed, here, strict=True)
    ]
    middle = np.array([(need.low + need.high) / 2 for need in listed])
    there = np.array([each.existing + each.permitted + each.chosen for each in beds])
    with np.errstate(invalid="ignore", divide="ignore"):
        of_need, of_beds = middle / middle.sum(), there / there.sum()
        carried = of_beds / of_need
    return tuple(
        Effort(
            area=need.area,
            need=(float(need.low), float(need.high)),
            living_there=(_NAN, _NAN) if need.living_there is None else (float(need.living_there[0]), float(need.living_there[1])),
            beds=beds[i],
            part_of_need=float(of_need[i]),
            part_of_beds=float(of_beds[i]),
            carried=float(carried[i]),
        )
        for i, need in enumerate(listed)
    )  # fmt: skip
