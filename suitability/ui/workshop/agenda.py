"""Agenda of a session: the wishes to weigh and the sites, with their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suitability.core.errors import SuitabilityError
from suitability.ui.ranking_cache import sites_of
from suitability.ui.scan_cache import policy_of
from suitability.ui.workshop_session import process_of
from suitability.workshop.events import LockChanged, StageChanged
from suitability.workshop.spreadsheet.layout import Subject

if TYPE_CHECKING:
    from suitability.policy.model import Rule
    from suitability.ui.state import AppState
    from suitability.workshop.state import State


def rules_of(state: AppState, session: State) -> tuple[Rule, ...]:
    """Return the rules of the session's policy that have a weight; none where the policy is not known here."""
    try:
        policy = policy_of(state, session.opened[1].policy_id)
    except SuitabilityError:
        return ()
    return tuple(rule for rule in policy.rules if rule.id in policy.weights)


def agenda(session: State) -> list[str]:
    """Return the sites that are spoken of: put forward or locked, and not dropped."""
    locked = {act.site for _, act in session.all_of(LockChanged) if act.lock != "open"}
    staged = {act.site for _, act in session.all_of(StageChanged) if act.stage != "dropped"}
    return sorted(locked | staged)


def label_of(state: AppState, session: State, site: str) -> str:
    """Return what a site is called: its address where this screen knows the site, else its designation."""
    labels = labels_of(state, session, [site])
    return labels.get(site, site)


def labels_of(state: AppState, session: State, sites: list[str]) -> dict[str, str]:
    """Return the addresses of the sites that the scan of this screen has, by site."""
    if session.opened[1].policy_id != state.policy:
        return {}
    frame = sites_of(state).frame
    known = frame[frame["site_id"].isin(sites)]
    return {
        str(site): f"{label or place or site} ({site})"
        for site, label, place in zip(known["site_id"], known["label"], known["settlement"], strict=True)
    }


def subject_of(state: AppState, session: State) -> Subject:
    """Return the names of all that the session is about, for documents."""
    labels = labels_of(state, session, session.sites)
    rules = {rule.id: rule.label.in_(state.lang) for rule in rules_of(state, session)}
    return Subject(rules, {site: labels.get(site, site) for site in session.sites}, process_of(session))
