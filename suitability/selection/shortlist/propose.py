"""A proposal for a need, or why there is none: one answer for the command, the app and the library.

What makes a search pointless is seen before it: no rule that counts beds, no suitable site, no site with known beds,
nothing asked for, or more asked for than fits. Each is one message of the catalogue, with a count and a next step.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from suitability.policy.portfolio import STAYS
from suitability.scan.beds import bed_checks, counts_beds
from suitability.scan.longlist import count
from suitability.selection.shortlist.alternatives import best_sets
from suitability.selection.shortlist.beds_asked import demands_of
from suitability.selection.shortlist.best_set import NotFound, Shortlist, choose
from suitability.selection.shortlist.conflicts import Conflict
from suitability.selection.shortlist.demands import inside
from suitability.selection.shortlist.from_scan import demand_of
from suitability.selection.shortlist.rules import most_by_rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from suitability.policy.portfolio import PortfolioRule
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.ranking.sites import Sites
    from suitability.selection.shortlist.candidates import Candidates
    from suitability.selection.shortlist.choice import Demand, Preferences, Wanted

_CRITERION: Final = "capacity"


@dataclass(frozen=True)
class NoProposal:
    """Reason why no set can be proposed, known before any search.

    ``key``: the message ``shortlist.no.{key}`` of the catalogue. ``fields``: its numbers, its labels in both languages (of
    several a tuple), and in ``demand`` the ``Demand`` that cannot be met.
    """

    key: str
    fields: Mapping[str, object] = field(default_factory=dict)


#: Reasons for having no set: a search is pointless, its conditions conflict, or time was up.
Refusal = NoProposal | Conflict | NotFound


@dataclass(frozen=True)
class Proposed:
    """The sets that were found, the best first, and what was asked, with the beds that the policy names filled in."""

    wanted: Wanted
    sets: tuple[Shortlist, ...]


def propose(  # noqa: PLR0913 (what is asked, by name)
    ranking: Ranking,
    candidates: Candidates,
    wanted: Wanted,
    preferences: Preferences,
    *,
    need: Sequence[str] = (),
    scenario: Literal["low", "high"] = "high",
    rules: Sequence[PortfolioRule] | None = None,
    sets: int = 1,
) -> Proposed | Refusal:
    """Return the best set or sets of the ranked sites, or why there is none.

    ``candidates``: those of the ranking, from ``candidates_of``. ``need``: beds as a person writes them, for a ``wanted``
    without demands; without either the beds that the policy names in ``scenario``. ``rules``: in place of the policy's
    own. Raises ``SubmissionError`` for a question that cannot be read: an unknown place or site, no number of beds.
    """
    held = ranking.sites.scan.policy.portfolio if rules is None else tuple(rules)
    none = _no_candidates(ranking.sites, candidates)
    if none is not None:
        return none
    asked = wanted if wanted.demands else replace(wanted, demands=_demands(ranking, candidates, need, scenario))
    none = _not_asked(asked) or _too_much(asked, candidates, held)
    if none is not None:
        return none
    found = best_sets(candidates, held, asked, preferences, sets) if sets > 1 else ()
    if found:
        return Proposed(asked, found)
    only = choose(candidates, held, asked, preferences)
    return Proposed(asked, (only,)) if isinstance(only, Shortlist) else only


def _demands(
    ranking: Ranking, candidates: Candidates, need: Sequence[str], scenario: Literal["low", "high"]
) -> tuple[Demand, ...]:
    if need:
        return demands_of(need, candidates)
    scan = ranking.sites.scan
    return (demand_of(scan.policy, scan.area.name, candidates.there, scenario),)


def _no_candidates(sites: Sites, candidates: Candidates) -> NoProposal | None:
    """Return why no site can be chosen; None where one can."""
    if len(candidates):
        return None
    policy = sites.scan.policy
    if not any(counts_beds(check) for check in policy.checks()):
        return NoProposal("norm", {"n": len(sites), "criterion": _CRITERION})
    return _without_beds(sites, candidates) if len(sites) else _without_sites(sites)


def _without_sites(sites: Sites) -> NoProposal:
    """Return which rule removes most parcels, or leaves most to be assessed, where no parcel is suitable."""
    counts = count(sites.parcels)
    if not counts.start:
        return NoProposal("parcels", {"area": sites.scan.area.name})
    labels = {rule.id: rule.label for rule in sites.scan.policy.rules}
    if counts.n_unknown:
        step = max(counts.funnel, key=lambda one: one.to_look_at)
        return NoProposal("assessed", {"n": counts.n_unknown, "rule": labels[step.rule_id], "by_rule": step.to_look_at})
    step = max(counts.funnel, key=lambda one: one.alone)
    return NoProposal("site", {"n": counts.start, "rule": labels[step.rule_id], "by_rule": step.alone})


def _without_beds(sites: Sites, candidates: Candidates) -> NoProposal:
    """Return for which types no rule counts beds, or how many sites lack a number or have no room for one."""
    policy, best = sites.scan.policy, sites.scan.verdicts.best_type
    counting = bed_checks(policy)
    bare = [t for t in np.unique(best) if not counting[t]]
    if bare:
        types = tuple(policy.types[t].label for t in bare)
        return NoProposal(
            "norm_of_type", {"n": int(np.isin(best, bare).sum()), "types": types, "criterion": _CRITERION}
        )
    rule = next(check for t in np.unique(best) for check in counting[t].values())
    unknown, small = len(candidates.beds_unknown), len(candidates.too_small)
    return NoProposal("beds", {"n": len(sites), "unknown": unknown, "small": small, "rule": rule.label})


def _not_asked(wanted: Wanted) -> NoProposal | None:
    """Return that nothing was asked, where no bed and no site must be chosen."""
    beds = any(demand.beds for demand in wanted.demands if not demand.at_most)
    return None if beds or wanted.min_sites or wanted.lock_in else NoProposal("need")


def _too_much(wanted: Wanted, candidates: Candidates, rules: Sequence[PortfolioRule]) -> NoProposal | None:
    """Return the first demand for more beds than all its sites together have room for, with the rule that caps them."""
    most, by = most_by_rule(rules, candidates)
    for demand in wanted.demands:
        here = inside(demand, candidates)
        if demand.stay is not None:
            here = here & candidates.stays[:, STAYS.index(demand.stay)]
        room = int(most[here].sum())
        if demand.at_most or room >= demand.beds:
            continue
        fields: dict[str, object] = {"demand": demand, "room": room, "n": int((most[here] > 0).sum())}
        capped = [number for number in by[here] if number >= 0]
        if not capped:
            return NoProposal("room", fields)
        rule = rules[max(set(capped), key=capped.count)]
        return NoProposal("room_capped", {**fields, "rule": rule.label, "without": int(candidates.most[here].sum())})
    return None
