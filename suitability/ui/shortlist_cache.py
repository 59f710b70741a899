"""Choosing a set of sites as the page does it: made once for all sessions, with the locks of the workshop."""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from suitability.core.config import config_folder, documents
from suitability.core.errors import SubmissionError
from suitability.report.files.shortlist import Choice, write_shortlist
from suitability.selection.shortlist import from_scan
from suitability.selection.shortlist.alternatives import best_sets, frontier_around
from suitability.selection.shortlist.choice import Demand, Preferences, Wanted, read_preferences
from suitability.selection.shortlist.from_scan import demand_of, sites_there
from suitability.selection.shortlist.need_report import make_need_report
from suitability.selection.shortlist.propose import Proposed, propose
from suitability.ui.lru_cache import LruCache
from suitability.ui.ranking_cache import ranking_of, sites_key
from suitability.ui.scan_cache import judged, source_of
from suitability.ui.workshop_session import state_of
from suitability.workshop.events import LockChanged

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.shortlist.alternatives import Point
    from suitability.selection.shortlist.best_set import Shortlist
    from suitability.selection.shortlist.candidates import Candidates
    from suitability.selection.shortlist.propose import Refusal
    from suitability.ui.state import AppState

_CANDIDATES: Final[LruCache[Candidates]] = LruCache(4)


@dataclass(frozen=True)
class Outcome:
    """Request with its result: the set, or why there is none."""

    ranking: Ranking
    wanted: Wanted
    preferences: Preferences
    found: Shortlist | Refusal


_FOUND: Final[LruCache[Outcome]] = LruCache(16)
_SETS: Final[LruCache[tuple[Shortlist, ...]]] = LruCache(8)
_POINTS: Final[LruCache[tuple[Point, ...]]] = LruCache(8)


def wanted_of(state: AppState, beds: int, max_sites: int | None) -> Wanted:
    """Return what is asked for, with the sites that the workshop keeps in or out."""
    ids = set(ranking_of(state).site_ids)
    held = {name: lock for name, lock in locks_of(state).items() if name in ids}
    return Wanted(
        (Demand(beds),),
        max_sites=max_sites,
        lock_in=tuple(sorted(name for name, lock in held.items() if lock == "in")),
        lock_out=tuple(sorted(name for name, lock in held.items() if lock == "out")),
    )


def locks_of(state: AppState) -> dict[str, str]:
    """Return which sites the workshop that one sits in keeps in or out."""
    if state.seat is None:
        return {}
    return {act.site: act.lock for _, act in state_of(state.seat.session).all_of(LockChanged) if act.lock != "open"}


def need_beds(state: AppState) -> int | None:
    """Return the beds that the policy says the area still needs; None where it does not say."""
    scan, _ = judged(state)
    try:
        return demand_of(scan.policy, scan.area.name, candidates_of(state).there, "high").beds
    except SubmissionError:
        return None


def candidates_of(state: AppState) -> Candidates:
    """Return the ranked sites as candidates, beside what there is already."""
    ranking = ranking_of(state)
    scan = ranking.sites.scan

    def make() -> Candidates:
        there = sites_there(source_of(state), scan.area, scan.layers)
        return from_scan.candidates_of(ranking, there)

    return _CANDIDATES.get(f"{sites_key(state)}/{sorted(state.weights.items())}", make)


def key_of(state: AppState, wanted: Wanted) -> str:
    """Return what names a set that was looked for."""
    return f"{sites_key(state)}/{sorted(state.weights.items())}/{wanted}"


def known(state: AppState, wanted: Wanted) -> Outcome | None:
    """Return the set when it was looked for before."""
    return _FOUND.known(key_of(state, wanted))


def look(state: AppState, wanted: Wanted) -> Outcome:
    """Look for the best set."""

    def make() -> Outcome:
        ranking, preferences = ranking_of(state), read_preferences(config_folder())
        answer = propose(ranking, candidates_of(state), wanted, preferences)
        return Outcome(ranking, wanted, preferences, answer.sets[0] if isinstance(answer, Proposed) else answer)

    return _FOUND.get(key_of(state, wanted), make)


def sets_known(state: AppState, wanted: Wanted) -> tuple[Shortlist, ...] | None:
    """Return the best different sets when they were looked for before, the best first."""
    return _SETS.known(key_of(state, wanted))


def look_for_sets(state: AppState, outcome: Outcome) -> tuple[Shortlist, ...]:
    """Look for the best sets that really differ, the best first."""
    candidates, rules = candidates_of(state), outcome.ranking.sites.scan.policy.portfolio
    return _SETS.get(
        key_of(state, outcome.wanted), lambda: best_sets(candidates, rules, outcome.wanted, outcome.preferences)
    )


def frontier_known(state: AppState, wanted: Wanted) -> tuple[Point, ...] | None:
    """Return the best sets for other numbers of beds when they were looked for before."""
    return _POINTS.known(key_of(state, wanted))


def look_along_frontier(state: AppState, outcome: Outcome, best: Shortlist) -> tuple[Point, ...]:
    """Look for the best sets for fewer and more beds than the best set has."""
    candidates, rules = candidates_of(state), outcome.ranking.sites.scan.policy.portfolio
    return _POINTS.get(
        key_of(state, outcome.wanted),
        lambda: frontier_around(best, candidates, rules, outcome.wanted, outcome.preferences),
    )


def choice_of(state: AppState, outcome: Outcome, found: Shortlist) -> Choice:
    """Return a set with what it does for the need, and the other numbers of beds that were looked for."""
    report = make_need_report(outcome.ranking.sites.scan, candidates_of(state), found)
    points = frontier_known(state, outcome.wanted) or ()
    return Choice(found, outcome.ranking, outcome.wanted, outcome.preferences, report, points)


def zipped(choice: Choice, lang: Lang) -> bytes:
    """Return the files of a set, as the command line writes them, in one."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="locatiescan-") as name:
        paths = write_shortlist(
            choice, Path(name), lang, documents=documents(config_folder()), progress=lambda *_: None
        )
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in paths:
                archive.write(path, path.name)
    return packed.getvalue()
