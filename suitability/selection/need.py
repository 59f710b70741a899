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
from suitability.policy.portfolio import Spread
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

    ``wanted``: workers to house, without ``elsewhere``: those for the ordinary housing market. ``there``: beds that count
    for them already. A total counts existing, permitted and chosen beds; an addition to today counts permitted and chosen
    ones. ``short`` = wanted - there - chosen, at least 0. ``not_living_there``: of ``wanted``, workers who do not live there yet, least and most; NaN where the policy
    does not say how many do. Of which stay those are who do is not known: as many or as few as can be of ``elsewhere``.
    """

    need: Need
    stay: str
    wanted: tuple[float, float]
    there: float
    chosen: float
    short: tuple[float, float]
    not_living_there: tuple[float, float]
    elsewhere: tuple[float, float] = (0.0, 0.0)


def need_of(policy: Policy, area: str, year: int | None = None) -> Need | None:
    """Return the need of an area: of a year, or the latest; of the same year the total before the addition.

    Arnhem is a municipality and a subregion: a need of the subregion is not one of the municipality.
    """
    return _latest([need for need in needs_of(policy, area) if year in {None, need.year}])


def needs_over(policy: Policy, municipality: str) -> tuple[Need, ...]:
    """Return the latest need of each subregion, region and province that a municipality is part of."""
    name = municipality.casefold()
    found = [need for need in policy.need if name in {each.casefold() for each in need.municipalities}]
    wholes = dict.fromkeys((need.level, need.area) for need in found)
    latest = (_latest([need for need in found if (need.level, need.area) == whole]) for whole in wholes)
    return tuple(need for need in latest if need is not None)


def needs_of(policy: Policy, area: str) -> tuple[Need, ...]:
    """Return the needs of an area itself, of all years."""
    return tuple(need for need in policy.need if _is_of(need, area))


def _is_of(need: Need, area: str) -> bool:
    """Return whether a need is of an area. A province may be called like a municipality: without its parts nobody can say."""
    name = area.casefold()
    if need.level != "municipality" and not need.municipalities:
        return False
    return need.area.casefold() == name and name not in {each.casefold() for each in need.municipalities}


def _latest(needs: Sequence[Need]) -> Need | None:
    return max(needs, key=lambda need: (need.year, need.counted == "total"), default=None)


def municipalities_of(need: Need) -> tuple[str, ...]:
    """Return the municipalities whose beds count for a need; none where the policy does not say them."""
    return (need.area,) if need.level == "municipality" else need.municipalities


def beds_for(need: Need, sites: pd.DataFrame, *, there_known: bool, scanned: Collection[str] | None = None) -> Beds:
    """Return the beds for a need: in its municipality, or in all those that its area is made up of.

    ``scanned``: the municipalities of which the data have what is there, None = all; without one of them what is there is
    not known.
    """
    names = municipalities_of(need)
    if not names:
        return Beds(_NAN, _NAN, _NAN)
    known = there_known and (scanned is None or {name.casefold() for name in names} <= {n.casefold() for n in scanned})
    return beds_in(sites, "municipality", names, there_known=known)


def beds_in(sites: pd.DataFrame, level: str, area: str | Collection[str], *, there_known: bool) -> Beds:
    """Return the beds of sites (``standing``, ``beds`` and a column per level) in one area, or in several together."""
    names = [area] if isinstance(area, str) else list(area)
    inside = sites[sites[level].isin(names)] if level in sites else sites.iloc[:0]
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
    rows = [_balance(need, "", need.to_house, there, beds.chosen)]
    for stay, wanted in need.by_stay.items():
        if wanted is not None and by_stay is not None and stay not in need.housed_elsewhere:
            rows.append(_balance(need, stay, wanted, there if there == 0 else _NAN, by_stay.get(stay, 0.0)))
    return tuple(rows)


def _balance(need: Need, stay: str, wanted: tuple[float, float], there: float, chosen: float) -> Balance:
    low, high = (float(np.maximum(0.0, number - there - chosen)) for number in wanted)
    outside = (_NAN, _NAN)
    if need.counted == "total" and need.living_there is not None and not stay:
        least, most = need.living_there
        others = need.elsewhere[1]  # so many of those who live there may be in an ordinary dwelling
        outside = (max(0.0, float(wanted[0] - most)), float(wanted[1] - min(wanted[1], max(0, least - others))))
    elsewhere = (0.0, 0.0) if stay else (float(need.elsewhere[0]), float(need.elsewhere[1]))
    return Balance(need, stay, (float(wanted[0]), float(wanted[1])), there, chosen, (low, high), outside, elsewhere)


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
    """A municipality or other area beside its neighbours: need, beds, and its share of all need and of all beds, 0 to 1.

    ``carried``: its part of the beds divided by its part of the need, taken in the middle of the scenarios; above 1 it
    carries more than its part. NaN where a number of any municipality is not known.
    """

    area: str
    level: str
    need: tuple[float, float]
    living_there: tuple[float, float]
    beds: Beds
    part_of_need: float
    part_of_beds: float
    carried: float


def side_by_side(
    needs: Iterable[Need], sites: pd.DataFrame, *, there_known: bool, scanned: Collection[str] | None = None
) -> tuple[Effort, ...]:
    """Return the areas of these needs side by side (the waterbed: effort that one leaves moves to another).

    ``needs``: of one year, level and way of counting, one per area. ``scanned``: the municipalities of which the data
    have what is there; of others that is not known. None = all.
    """
    listed: Sequence[Need] = list(needs)
    beds = [beds_for(need, sites, there_known=there_known, scanned=scanned) for need in listed]
    middle = np.array([sum(need.to_house) / 2 for need in listed])
    there = np.array([each.existing + each.permitted + each.chosen for each in beds])
    with np.errstate(invalid="ignore", divide="ignore"):
        of_need, of_beds = middle / middle.sum(), there / there.sum()
        carried = of_beds / of_need
    return tuple(
        Effort(
            area=need.area,
            level=need.level,
            need=(float(need.to_house[0]), float(need.to_house[1])),
            living_there=(_NAN, _NAN) if need.living_there is None else (float(need.living_there[0]), float(need.living_there[1])),
            beds=beds[i],
            part_of_need=float(of_need[i]),
            part_of_beds=float(of_beds[i]),
            carried=float(carried[i]),
        )
        for i, need in enumerate(listed)
    )  # fmt: skip
