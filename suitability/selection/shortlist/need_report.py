"""Coverage of the policy's need by a set: per municipality and stay, by workplace, and its spread."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from suitability.policy.portfolio import STAYS
from suitability.selection.need import (
    balance,
    beds_for,
    municipalities_of,
    need_of,
    needs_over,
    side_by_side,
    spread_measured,
    workers_against_beds,
)

if TYPE_CHECKING:
    from suitability.policy.model import Policy
    from suitability.policy.portfolio import Need
    from suitability.scan.run import Scan
    from suitability.selection.need import Balance, Effort, SpreadMeasured
    from suitability.selection.shortlist.best_set import ChosenSite, Shortlist
    from suitability.selection.shortlist.candidates import Candidates

#: A municipality of which this much lies in the area was scanned; its boundary may be drawn a little differently.
_WHOLE: Final = 0.99


@dataclass(frozen=True)
class NeedReport:
    """Coverage of the need of a policy by a set.

    ``area``: that was scanned. ``balances``: of the municipalities scanned for which the policy names a need, and for one
    without that of the subregion, region or province that it is part of.
    ``workers``: beds by where people work (rows) and live (columns); None where no workplace is known.
    ``spread``: the shares that the policy asks for, measured. ``efforts``: the municipalities of the policy side by
    side; empty where it names no two. ``there_known``: whether existing and permitted sites are in the data.
    """

    area: str
    balances: tuple[Balance, ...]
    workers: pd.DataFrame | None
    spread: tuple[SpreadMeasured, ...]
    efforts: tuple[Effort, ...]
    there_known: bool


def make_need_report(scan: Scan, candidates: Candidates, found: Shortlist) -> NeedReport:
    """Return how far a set meets the need of the policy of its scan."""
    sites, there_known = sites_with(candidates, found), candidates.there is not None
    scanned = municipalities_scanned(scan)
    chosen = {site.site_id: site for site in found.chosen}
    balances: list[Balance] = []
    for need in _needs(scan.policy, scanned):
        here = sites["municipality"].isin(municipalities_of(need))
        inside = sites.loc[(sites["standing"] == "chosen") & here, "site_id"]
        by_stay = _by_stay([chosen[str(name)] for name in inside])
        balances += balance(need, beds_for(need, sites, there_known=there_known, scanned=scanned), by_stay)
    known = "workplace" in sites and bool(sites["workplace"].notna().any())
    return NeedReport(
        area=scan.area.name,
        balances=tuple(balances),
        workers=workers_against_beds(sites) if known else None,
        spread=spread_measured(scan.policy, sites),
        efforts=side_by_side(_neighbours(scan.policy.need), sites, there_known=there_known, scanned=scanned),
        there_known=there_known,
    )


def _needs(policy: Policy, scanned: frozenset[str]) -> list[Need]:
    """Return the latest need of each area scanned, and for one without that of the areas that it is part of."""
    own = {name: need_of(policy, name) for name in sorted(scanned)}
    found = [*own.values(), *(over for name, need in own.items() if need is None for over in needs_over(policy, name))]
    return [need for i, need in enumerate(found) if need is not None and need not in found[:i]]


def sites_with(candidates: Candidates, found: Shortlist) -> gpd.GeoDataFrame:
    """Return the chosen sites with their beds, and existing and permitted ones, by ``standing``."""
    beds = {site.site_id: float(site.beds) for site in found.chosen}
    names = candidates.frame["site_id"].astype("str")
    rows = candidates.frame[names.isin(list(beds))]
    chosen = rows.assign(standing="chosen", beds=rows["site_id"].astype("str").map(beds).astype("float64"))
    if candidates.there is None or candidates.there.empty:
        return chosen.reset_index(drop=True)
    columns = list(dict.fromkeys([*chosen.columns, *candidates.there.columns]))
    there = candidates.there.reindex(columns=columns)
    both = pd.concat([chosen.reindex(columns=columns), there], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=candidates.frame.crs)


def municipalities_scanned(scan: Scan) -> frozenset[str]:
    """Return the area that was scanned, and the municipalities that lie in it as a whole."""
    names = {scan.area.name}
    if "municipality" in scan.layers:
        frame = scan.layers["municipality"].frame
        inside = np.ones(len(frame), dtype=bool)
        if scan.area.polygon is not None:
            shapes = frame.geometry.to_numpy()
            shared = shapely.area(shapely.intersection(shapes, scan.area.polygon))
            inside = shared >= _WHOLE * np.maximum(shapely.area(shapes), 1.0)
        names |= set(frame["name"][inside].dropna().astype("str"))
    return frozenset(names)


def _by_stay(chosen: list[ChosenSite]) -> dict[str, float]:
    """Return the beds per length of stay; NaN where a site can serve several and nobody asked for a division."""
    beds = dict.fromkeys(STAYS, 0.0)
    for site in chosen:
        for stay in STAYS:
            if site.by_stay:
                beds[stay] += site.by_stay[stay]
            elif stay in site.stays:
                beds[stay] += site.beds if len(site.stays) == 1 else float("nan")
    return {str(stay): number for stay, number in beds.items()}


def _neighbours(needs: tuple[Need, ...]) -> list[Need]:
    """Return the needs of the year, way of counting and level that name most areas; empty where that is one."""
    counts = Counter((need.year, need.counted, need.level) for need in needs)
    if not counts or max(counts.values()) < 2:  # noqa: PLR2004 (side by side takes two)
        return []
    most = max(counts, key=lambda key: (counts[key], key))
    return [need for need in needs if (need.year, need.counted, need.level) == most]
