"""Submitted sites scored as parcels of the scan: the same layers, measurements and rules, hence the same verdicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from suitability.core.errors import Problem, SubmissionError
from suitability.core.measurement import Outcome
from suitability.core.types import CRS
from suitability.scan.run import judge_all, measure_all
from suitability.spatial.parcels import Parcels
from suitability.submissions.comparison import Outlook, outlook_of
from suitability.submissions.impact import Added, added_by
from suitability.submissions.parcel_overlap import shared_ground

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.scan.run import Progress, Scan
    from suitability.submissions.receipt import Receipt, Receipts


def _silent(_step: str, _done: int, _total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Scored:
    """The sites of a batch under a policy. ``scan``: a scan whose parcels are the sites, in the order of ``receipts``.

    ``around``: the scan of the whole area. ``overlaps``: per site the parcels it covers, with the share of the site.
    ``outlook``: per site its beds, its place among what passes, and the nearest alternative. ``added``: per site what it
    would add to the caps and the need of the policy.
    """

    scan: Scan
    around: Scan
    receipts: tuple[Receipt, ...]
    overlaps: tuple[Mapping[str, float], ...]
    outlook: Outlook
    added: tuple[Added, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Number of sites per verdict."""
        best = self.scan.verdicts.best
        return {outcome.name.lower(): int((best == outcome).sum()) for outcome in Outcome}


def score(
    receipts: Receipts,
    scan: Scan,
    least_overlap_m2: float,
    progress: Progress = _silent,
    there: gpd.GeoDataFrame | None = None,
) -> Scored:
    """Return the accepted sites of a batch scored under the policy and with the layers of ``scan``.

    ``there``: existing and permitted sites, as ``sites_there`` gives them; None = not in the data.
    Raises ``SubmissionError`` when no line was accepted. The same site gets the verdict that the scan gives the parcel.
    """
    chosen = receipts.accepted
    if not chosen:
        raise SubmissionError(Problem(receipts.file, "submission_none_accepted", {"n": len(receipts.lines)}))
    geometry = np.array([one.geometry for one in chosen], dtype=object)
    sites = Parcels(np.array([one.site_id for one in chosen], dtype=object), geometry)
    measured = measure_all(scan.policy, sites, scan.layers, None, progress)
    findings, verdicts = judge_all(scan.policy, measured)
    best = verdicts.best
    counts = {"parcels": len(best), **{o.name.lower(): int((best == o).sum()) for o in Outcome}}
    counts["near_miss"] = int(verdicts.near_miss.sum())
    run = replace(scan.run, started=datetime.now(UTC), counts=counts)
    frame = _frame(chosen, sites, scan)
    scored = replace(scan, parcels=sites, frame=frame, findings=findings, verdicts=verdicts, run=run)
    overlaps = tuple(_overlaps(sites, scan.parcels, least_overlap_m2))
    return Scored(scored, scan, chosen, overlaps, outlook_of(scored, scan), added_by(scored, there))


def _frame(receipts: tuple[Receipt, ...], sites: Parcels, scan: Scan) -> gpd.GeoDataFrame:
    """Return the sites as a layer of parcels: the label and settlement of the parcel in which the middle of each lies."""
    middles = shapely.points(sites.inner_xy)
    site, row = scan.parcels.tree.query(middles, predicate="intersects")
    parcel = np.full(len(sites), -1, dtype=np.int64)
    parcel[site] = row
    columns: dict[str, object] = {"parcel_id": sites.ids}
    for name in ("label", "settlement"):
        if name in scan.frame:
            texts = np.array([*scan.frame[name], None], dtype=object)
            columns[name] = texts[parcel]
    if "label" in columns:
        found = np.array([one.label or None for one in receipts], dtype=object)
        columns["label"] = np.where(found != None, found, columns["label"])  # type: ignore[call-overload]  # noqa: E711
    return gpd.GeoDataFrame(columns, geometry=sites.geometry, crs=CRS)


def _overlaps(sites: Parcels, parcels: Parcels, least_m2: float) -> list[dict[str, float]]:
    """Return per site the parcels that share at least ``least_m2`` with it, by the share of the site, largest first."""
    pairs = shared_ground(sites.geometry, parcels)
    site, row, shared = pairs.site, pairs.row, pairs.area_m2
    enough = shared >= least_m2
    found: list[dict[str, float]] = [{} for _ in range(len(sites))]
    order = np.lexsort((row, -shared))
    for k in order[enough[order]]:
        found[int(site[k])][str(parcels.ids[row[k]])] = float(shared[k] / sites.areas[site[k]])
    return found
