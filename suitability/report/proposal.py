"""Proposal of a shortlist for a need: the best set of sites, or why there is none, with sentences and a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from suitability.core.config import config_folder
from suitability.report.geodataframes import site_table
from suitability.report.wording.shortlist import ChoiceWords, limit_text
from suitability.selection.shortlist.best_set import Shortlist
from suitability.selection.shortlist.choice import Demand, Wanted, read_preferences
from suitability.selection.shortlist.from_scan import candidates_of, sites_there
from suitability.selection.shortlist.propose import Proposed, propose

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from suitability.core.layer import Source
    from suitability.core.messages import Lang
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.shortlist.propose import Refusal


@dataclass(frozen=True)
class Proposal:
    """The answer to a need.

    ``found``: the set, with ``ids``, ``beds`` and ``gap`` to the best possible; or a ``Conflict`` of conditions that cannot
    hold together; or ``NotFound`` when time was up; or ``NoProposal`` when a search is pointless, as where no rule counts
    beds. ``table``: the chosen sites as in ``site_table`` (EPSG:28992), with ``beds_chosen`` and, where the policy proposes
    fewer than fit, ``beds_limited`` in words; without rows when there is no set. ``lines``: the same in sentences. Printed,
    it gives its sentences.
    """

    found: Shortlist | Refusal
    table: gpd.GeoDataFrame
    lines: tuple[str, ...]

    def __str__(self) -> str:
        """Return all sentences, one on a line."""
        return "\n".join(self.lines)


def shortlist(  # noqa: PLR0913 (conditions, by name)
    ranking: Ranking,
    beds: int,
    *,
    min_sites: int | None = None,
    max_sites: int | None = None,
    lock_in: Sequence[str] = (),
    lock_out: Sequence[str] = (),
    source: Source | None = None,
    lang: Lang = "nl",
) -> Proposal:
    """Return the best set of ranked sites for a number of beds, under the policy's rules on sites together.

    ``lock_in`` and ``lock_out``: ids of sites that must and must not be chosen. ``source``: where existing and permitted
    sites are read, if it has the layer ``housing_sites``; without it caps and spacing count only what is chosen.
    The search takes at most the seconds of ``choice.yaml`` in the config folder, and as long again to explain a conflict.
    Raises ``SubmissionError`` for locks on sites that are not there.

    Example: ``print(shortlist(rank_scan(scan), beds=300, max_sites=20, lang="en"))``
    """
    scan, preferences = ranking.sites.scan, read_preferences(config_folder())
    there = None if source is None else sites_there(source, scan.area, scan.layers)
    wanted = Wanted((Demand(beds),), min_sites, max_sites, tuple(lock_in), tuple(lock_out))
    answer = propose(ranking, candidates_of(ranking, there), wanted, preferences)
    found = answer.sets[0] if isinstance(answer, Proposed) else answer
    words = ChoiceWords.of(ranking, lang)
    if isinstance(found, Shortlist):
        lines, chosen = words.shortlist(found, preferences), {site.site_id: site for site in found.chosen}
    else:
        lines, chosen = words.refusal(found), {}
    sites = site_table(ranking, lang)
    rows = sites[sites["site_id"].isin(list(chosen))].reset_index(drop=True)
    sizes = [chosen[name] for name in rows["site_id"]]
    rows.insert(1, "beds_chosen", pd.Series([site.beds for site in sizes], dtype="int64"))
    rows.insert(2, "beds_limited", pd.Series([limit_text(site, lang) for site in sizes], dtype="str"))
    return Proposal(found, rows, tuple(lines))
