"""Choosing a set of sites as the page does it: made once for all sessions, with the locks of the workshop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from suitability.candidates import Candidates, make_candidates
from suitability.choice import Demand, Preferences, Wanted, read_preferences
from suitability.choice_input import demand_of, sites_there
from suitability.errors import SubmissionError
from suitability.policy_folder import config_folder
from suitability.shortlist import Shortlist, choose
from suitability.ui.meeting.seat import state_of
from suitability.ui.shelf import Shelf
from suitability.ui.site_work import ranking_of, sites_key
from suitability.ui.work import judged, source_of
from suitability.workshop.events import LockChanged

if TYPE_CHECKING:
    from suitability.conflicts import Conflict
    from suitability.ranking import Ranking
    from suitability.shortlist import NotFound
    from suitability.ui.state import AppState

_CANDIDATES: Final[Shelf[Candidates]] = Shelf(4)


@dataclass(frozen=True)
class Outcome:
    """What was asked, and the set or why there is none."""

    ranking: Ranking
    wanted: Wanted
    preferences: Preferences
    found: Shortlist | Conflict | NotFound


_FOUND: Final[Shelf[Outcome]] = Shelf(16)


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
        return make_candidates(ranking.sites.frame, ranking.total_low, scan.policy.location_types, there=there)

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
        rules = ranking.sites.scan.policy.portfolio
        return Outcome(ranking, wanted, preferences, choose(candidates_of(state), rules, wanted, preferences))

    return _FOUND.get(key_of(state, wanted), make)
