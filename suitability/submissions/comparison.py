"""Comparison of submitted sites with the scan around them: beds, area, score, and the nearest parcel that passes.

The score is that of the ranking. A policy that weighs no rule has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from suitability.core.measurement import Outcome
from suitability.scan.beds import beds_of
from suitability.selection.ranking.order import scores_of

if TYPE_CHECKING:
    from suitability.core.types import FloatArray, GeometryArray, IntArray
    from suitability.scan.run import Scan


@dataclass(frozen=True)
class Outlook:
    """Per site, shape (n,). NaN = not available.

    ``beds``: that fit by the policy's norms. ``score``: that of the ranking, 0 to 1. ``n_passing``: parcels that pass;
    ``larger`` and ``better``: the share of them with more area, or with a higher score. ``is_weighed``: whether the
    policy weighs any rule.
    ``alternative``: row of the nearest parcel that passes, -1 where the site passes itself or none does; ``alternative_m``.
    """

    beds: FloatArray
    score: FloatArray
    is_weighed: bool
    n_passing: int
    larger: FloatArray
    better: FloatArray
    alternative: IntArray
    alternative_m: FloatArray


def outlook_of(sites: Scan, around: Scan) -> Outlook:
    """Return the outlook of the sites among the parcels of the scan around them."""
    passing = np.flatnonzero(around.verdicts.best == Outcome.PASS)
    score = scores_of(sites)
    alternative, metres = _nearest_passing(sites, around, passing)
    return Outlook(
        beds=beds_of(sites),
        score=score,
        is_weighed=any(sites.policy.weights.values()),
        n_passing=len(passing),
        larger=_share_above(sites.parcels.areas, around.parcels.areas[passing]),
        better=_share_above(score, scores_of(around)[passing]),
        alternative=alternative,
        alternative_m=metres,
    )


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
