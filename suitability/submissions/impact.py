"""Impact of a submitted site on the caps and the need of a policy: existing, added and remaining.

Each site is counted by itself beside the existing and permitted sites, by the policy's rules on sets. Without a layer of
existing sites the remainder is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from suitability.core.measurement import Outcome
from suitability.policy.portfolio import Cap
from suitability.selection.need import balance, beds_in, need_of
from suitability.selection.ranking.sites import each_alone

if TYPE_CHECKING:
    import geopandas as gpd

    from suitability.core.types import FloatArray
    from suitability.scan.run import Scan
    from suitability.selection.need import Balance

_TOLERANCE: Final = 1e-6
_NAN: Final = float("nan")


@dataclass(frozen=True)
class CapCount:
    """One site under one cap, in what the cap counts. NaN = not known.

    ``area``: None = not known in which the site lies. ``there``: what exists and is permitted; ``remains``: of ``limit``
    after ``there`` and what the site ``adds``, below 0 = too much.
    """

    rule: Cap
    outcome: Outcome
    area: str | None
    there: float
    adds: float
    limit: float

    @property
    def remains(self) -> float:
        """Remaining room after this site; below 0 = too much."""
        return self.limit - self.there - self.adds


@dataclass(frozen=True)
class Added:
    """Addition of one site to each cap that applies to it, in the order of the policy, and to the need."""

    caps: tuple[CapCount, ...] = ()
    need: Balance | None = None


def added_by(sites: Scan, there: gpd.GeoDataFrame | None) -> tuple[Added, ...]:
    """Return what each parcel of ``sites`` would add, one by one.

    ``there``: existing and permitted sites as ``sites_there`` gives them; None = not in the data, so not known.
    """
    frame = each_alone(sites).frame
    if "settlement" in sites.frame:  # the source says the settlements: none = outside all of them
        frame = frame.assign(settlement=frame["settlement"].astype(object).where(frame["settlement"].notna(), ""))
    caps = [_counted(rule, frame, there) for rule in sites.policy.portfolio if isinstance(rule, Cap)]
    needs = _needs(sites, frame, there)
    return tuple(Added(tuple(one[i] for one in caps if i in one), needs[i]) for i in range(len(frame)))


def _counted(rule: Cap, frame: gpd.GeoDataFrame, there: gpd.GeoDataFrame | None) -> dict[int, CapCount]:
    """Return the count under one cap of the sites that it holds for, by row."""
    names = frame[rule.per].astype(object).where(frame[rule.per].notna(), None).to_numpy()
    holds = frame["location_type"].isin(rule.location_types).to_numpy() | (not rule.location_types)
    listed = [name is None or (name != "" and (not rule.areas or name in rule.areas)) for name in names]
    adds = np.ones(len(frame)) if rule.counts == "sites" else frame[rule.counts].to_numpy(dtype=np.float64)
    limit = float(rule.at_most) if rule.of is None else _NAN  # the source has no inhabitants or dwellings per area
    least, most = _there(rule, names, there)
    counts: dict[int, CapCount] = {}
    for i in np.flatnonzero(holds & np.array(listed, dtype=bool)):
        low, high = float(least[i] + adds[i]), float(most[i] + adds[i])
        if low > limit + _TOLERANCE:
            outcome = Outcome.FAIL
        else:
            outcome = Outcome.PASS if high <= limit + _TOLERANCE else Outcome.UNKNOWN
        known = float(least[i]) if least[i] == most[i] else _NAN
        counts[int(i)] = CapCount(rule, outcome, names[i], known, float(adds[i]), limit)
    return counts


def _there(rule: Cap, names: np.ndarray, there: gpd.GeoDataFrame | None) -> tuple[FloatArray, FloatArray]:
    """Return the least and the most that is there in the area of each site; (0, inf) where nothing is known."""
    least, most = np.zeros(len(names)), np.full(len(names), np.inf)
    if there is None:
        return least, most
    unsure = there["location_type"].isna().to_numpy() & bool(rule.location_types)
    certain = there["location_type"].isin(rule.location_types).to_numpy() | (not rule.location_types)
    kept = there["standing"].isin(rule.counting).to_numpy() & (certain | unsure)
    rows, unsure = there[kept], unsure[kept]
    amounts = pd.Series(1.0, index=rows.index) if rule.counts == "sites" else rows[rule.counts].astype("float64")
    area = rows[rule.per].astype(object)
    astray = float(amounts[area.isna()].sum(skipna=False))
    named = np.array([name is not None for name in names], dtype=bool)
    wanted = pd.Series(names[named], dtype=object)
    for told, among, beside in ((least, ~unsure, 0.0), (most, np.ones(len(rows), dtype=bool), astray)):
        sums = amounts[among].groupby(area[among]).agg(lambda one: one.sum(skipna=False))
        told[named] = np.where(wanted.isin(sums.index), wanted.map(sums), 0.0) + beside
    return least, most


def _needs(sites: Scan, frame: gpd.GeoDataFrame, there: gpd.GeoDataFrame | None) -> list[Balance | None]:
    """Return the need of the municipality of each site against the beds there and those of the site alone."""
    empty = pd.DataFrame({"standing": [], "beds": [], "municipality": []})
    made: list[Balance | None] = []
    for name, beds in zip(frame["municipality"], frame["beds"], strict=True):
        need = None if name is None else need_of(sites.policy, str(name))
        if need is None:
            made.append(None)
            continue
        before = beds_in(empty if there is None else there, "municipality", str(name), there_known=there is not None)
        made.append(balance(need, replace(before, chosen=float(beds)))[0])
    return made
