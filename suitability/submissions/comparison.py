"""What a site would bring, its place among the parcels that pass, and the nearest one that passes where it does not.

The wishes of a policy (rules that score) are counted by weight: the score is the weight of the wishes that hold; one
that is unknown does not hold. Without weighed wishes there is no score, and none is made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from suitability.core.measurement import Outcome

if TYPE_CHECKING:
    from suitability.core.types import FloatArray, GeometryArray, IntArray
    from suitability.scan.run import Scan


@dataclass(frozen=True)
class Outlook:
    """Per site, shape (n,). NaN = not available.

    ``beds``: that fit by the policy's norms. ``score`` of ``most``: weight of the wishes that hold. ``n_passing``: parcels
    that pass; ``larger`` and ``better``: the share of them with more area, or with a higher score.
    ``alternative``: row of the nearest parcel that passes, -1 where the site passes itself or none does; ``alternative_m``.
    """

    beds: FloatArray
    score: FloatArray
    most: float
    n_passing: int
    larger: FloatArray
    better: FloatArray
    alternative: IntArray
    alternative_m: FloatArray


def outlook_of(sites: Scan, around: Scan) -> Outlook:
    """Return the outlook of the sites among the parcels of the scan around them."""
    passing = np.flatnonzero(around.verdicts.best == Outcome.PASS)
    score, most = scores_of(sites)
    theirs, _ = scores_of(around)
    alternative, metres = _nearest_passing(sites, around, passing)
    return Outlook(
        beds=beds_of(sites),
        score=score,
        most=most,
        n_passing=len(passing),
        larger=_share_above(sites.parcels.areas, around.parcels.areas[passing]),
        better=_share_above(score, theirs[passing]),
        alternative=alternative,
        alternative_m=metres,
    )


def beds_of(scan: Scan) -> FloatArray:
    """Return the beds that fit on each parcel by the policy's norms, shape (n,); NaN where it has none, or not known."""
    check = next((check for check in scan.policy.checks() if check.criterion == "capacity"), None)
    return np.full(len(scan.parcels), np.nan) if check is None else scan.findings[check.id].value


def scores_of(scan: Scan) -> tuple[FloatArray, float]:
    """Return the weight of the wishes that hold for each parcel, shape (n,), and the most it can be; NaN without wishes."""
    wishes = [rule for rule in scan.policy.rules if rule.effect == "score" and rule.weight]
    most = float(sum(rule.weight or 0.0 for rule in wishes))
    if not most:
        return np.full(len(scan.parcels), np.nan), 0.0
    total = np.zeros(len(scan.parcels))
    for rule in wishes:
        total += (rule.weight or 0.0) * (scan.findings[rule.id].outcome == Outcome.PASS)
    return total, most


def _share_above(own: FloatArray, others: FloatArray) -> FloatArray:
    """Return per value the share of ``others`` above it, shape (n,); NaN where there are none or it is not known."""
    if not len(others):
        return np.full(len(own), np.nan)
    ordered = np.sort(others)
    above = len(ordered) - np.searchsorted(ordered, own + 1e-9, side="right")
    return np.where(np.isnan(own), np.nan, above / len(ordered))


def _nearest_passing(sites: Scan, around: Scan, passing: IntArray) -> tuple[IntArray, FloatArray]:
    """Return for each site that does not pass the nearest parcel that does, boundary to boundary, and the metres."""
    rows = np.full(len(sites.parcels), -1, dtype=np.int64)
    metres = np.full(len(sites.parcels), np.nan)
    asking = np.flatnonzero(sites.verdicts.best != Outcome.PASS)
    if not len(passing) or not len(asking):
        return rows, metres
    tree = shapely.STRtree(around.parcels.geometry[passing])
    shapes: GeometryArray = sites.parcels.geometry[asking]
    site, found = tree.query(shapes, predicate="intersects")  # quick also for an outline of thousands of corners
    distance = np.zeros(len(site))
    apart = np.setdiff1d(np.arange(len(asking)), site)
    if len(apart):
        (other, nearest), metres_apart = tree.query_nearest(shapes[apart], return_distance=True, all_matches=True)
        site, found = np.concatenate([site, apart[other]]), np.concatenate([found, nearest])
        distance = np.concatenate([distance, metres_apart])
    order = np.lexsort((-passing[found], -distance))  # last write wins: the nearest, then the first parcel
    rows[asking[site[order]]] = passing[found[order]]
    metres[asking[site[order]]] = distance[order]
    return rows, metres
