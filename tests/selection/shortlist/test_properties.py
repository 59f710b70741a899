"""Properties of every choice, on towns drawn at random."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from suitability.policy.portfolio import Cap, Spacing
from suitability.selection.shortlist.alternatives import best_sets, frontier, frontier_around
from suitability.selection.shortlist.best_set import Shortlist, choose
from suitability.selection.shortlist.candidates import make_candidates
from suitability.selection.shortlist.choice import Demand, Wanted
from suitability.selection.shortlist.conflicts import Conflict
from tests.selection.shortlist.instances import PREFERENCES, Town, draw_town, frame_of

SEEDS = st.integers(20_000, 40_000)


def chosen(town: Town) -> Shortlist | Conflict:
    """Return the choice in a town."""
    found = choose(town.candidates, town.rules, town.wanted, PREFERENCES)
    assert isinstance(found, Shortlist | Conflict)
    return found


@given(SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_the_sites_does_not_matter(seed: int, shuffler: object) -> None:
    """The same sites in another order, and the same set comes out, ties included."""
    town = draw_town(seed)
    order = list(range(len(town.sites)))
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    again = replace(town, sites=town.sites.iloc[order].reset_index(drop=True), suitability=town.suitability[order])
    one, other = chosen(town), chosen(again)
    assert type(one) is type(other)
    if isinstance(one, Shortlist) and isinstance(other, Shortlist):
        assert one.chosen == other.chosen


@given(SEEDS)
def test_the_same_question_has_the_same_answer(seed: int) -> None:
    """Twice the same input: the same sites, beds and cost; of alike sites too."""
    town = draw_town(seed)
    town = replace(town, suitability=np.full(len(town.sites), 0.5))
    one, other = chosen(town), chosen(town)
    if isinstance(one, Shortlist) and isinstance(other, Shortlist):
        assert (one.chosen, one.objective) == (other.chosen, other.objective)
    else:
        assert type(one) is type(other)


@given(SEEDS, st.sampled_from(["spacing", "cap", "need", "max_sites", "lock_out"]))
def test_a_stricter_rule_never_makes_a_better_set(seed: int, what: str) -> None:
    """More metres, a lower cap, more beds, fewer sites, one site less: the cost never falls."""
    town = draw_town(seed)
    before = chosen(town)
    assume(isinstance(before, Shortlist))
    assert isinstance(before, Shortlist)
    rules, wanted = list(town.rules), town.wanted
    if what == "spacing":
        rules = [
            r.model_copy(update={"at_least_m": r.at_least_m * 1.5}) if isinstance(r, Spacing) else r for r in rules
        ]
    elif what == "cap":
        rules = [r.model_copy(update={"at_most": max(0, r.at_most - 1)}) if isinstance(r, Cap) else r for r in rules]
    elif what == "need":
        wanted = replace(wanted, demands=tuple(replace(d, beds=d.beds + 3) for d in wanted.demands))
    elif what == "max_sites":
        wanted = replace(wanted, max_sites=max(1, len(before.chosen) - 1))
    elif before.ids:
        wanted = replace(wanted, lock_out=(*wanted.lock_out, before.ids[0]))
    after = chosen(replace(town, rules=tuple(rules), wanted=wanted))
    if isinstance(after, Shortlist):
        assert after.objective >= before.objective - 1e-6


@given(SEEDS, st.data())
def test_locks_hold(seed: int, data: st.DataObject) -> None:
    """Sites locked in are in and sites locked out are out; otherwise a conflict gives the reason."""
    town = draw_town(seed)
    ids = town.sites["site_id"].tolist()
    both = data.draw(st.lists(st.sampled_from(ids), min_size=2, max_size=3, unique=True))
    town = replace(town, wanted=replace(town.wanted, lock_in=(both[0],), lock_out=tuple(both[1:])))
    found = chosen(town)
    if isinstance(found, Shortlist):
        assert both[0] in found.ids
        assert not set(both[1:]) & set(found.ids)


def one_street(n: int) -> Town:
    """Return n sites of 10 beds in one street, 300 m apart, with at most 2 of them to be chosen."""
    sites = frame_of(["Laan"] * n, [10] * n, np.column_stack([np.arange(n) * 300.0, np.zeros(n)]))
    town = draw_town(0)
    cap = next(rule for rule in town.rules if rule.id == "per_street").model_copy(update={"at_most": 2})
    return Town(sites, np.linspace(0.9, 0.5, n), None, (cap,), Wanted((Demand(20),)))


def test_taking_a_site_away_frees_room_under_the_cap() -> None:
    """Two per street: with the best one gone the third comes in, and never more than two."""
    town = one_street(4)
    first = chosen(town)
    assert isinstance(first, Shortlist)
    assert first.ids == ("s00", "s01")
    second = chosen(replace(town, wanted=replace(town.wanted, lock_out=("s00",))))
    assert isinstance(second, Shortlist)
    assert second.ids == ("s01", "s02")


def test_existing_sites_take_room_under_the_cap() -> None:
    """One existing site in the street leaves room for one more: 20 beds are then out of reach, by 10."""
    town = one_street(4)
    there = town.sites.iloc[[3]].assign(standing="existing", site_id="there")
    found = chosen(replace(town, there=there, sites=town.sites.iloc[:3], suitability=town.suitability[:3]))
    assert isinstance(found, Conflict)
    assert {group.kind for group in found.groups} == {"need", "cap"}
    assert {each.group.kind: each.by for each in found.alone} == {"need": 10, "cap": 1}


@given(SEEDS)
def test_the_next_best_sets_differ_and_are_no_better(seed: int) -> None:
    """Each leaves out enough of every earlier one, and costs as much or more."""
    town = draw_town(seed)
    sets = best_sets(town.candidates, town.rules, town.wanted, PREFERENCES)
    for i, later in enumerate(sets):
        for earlier in sets[:i]:
            gone = len(set(earlier.ids) - set(later.ids))
            assert gone >= max(1, PREFERENCES.different_share / 100 * len(earlier.ids) - 1e-9)
            assert later.objective >= earlier.objective - 1e-6


@given(SEEDS)
def test_more_beds_never_cost_less(seed: int) -> None:
    """Along the frontier beds and cost rise, and every point has the beds it was asked for."""
    town = draw_town(seed)
    points = frontier(town.candidates, town.rules, town.wanted, PREFERENCES, 4)
    for point in points:
        assert point.shortlist is not None
        assert point.shortlist.beds >= point.wanted_beds
    costs = [point.shortlist.objective for point in points if point.shortlist is not None]
    assert costs == sorted(costs) or max(np.diff(costs) * -1) < 1e-6


@given(SEEDS)
def test_around_a_set_it_is_itself_the_best_for_its_beds(seed: int) -> None:
    """A set taken over from the earlier search costs as much as a new search finds; a missing one is impossible."""
    town = draw_town(seed)
    best = chosen(town)
    assume(isinstance(best, Shortlist) and best.beds > 0)
    assert isinstance(best, Shortlist)
    points = frontier_around(best, town.candidates, town.rules, town.wanted, PREFERENCES, (0.5, 1.0, 3.0))
    others = tuple(demand for demand in town.wanted.demands if demand.level != "all")
    for point in points:
        again = choose(
            town.candidates, town.rules, replace(town.wanted, demands=(*others, Demand(point.wanted_beds))), PREFERENCES
        )
        assert isinstance(again, Shortlist) == (point.shortlist is not None)
        if isinstance(again, Shortlist) and point.shortlist is not None:
            assert point.shortlist.objective == pytest.approx(again.objective, abs=1e-5)
        else:
            assert point.reason == "infeasible"


def test_a_site_of_unknown_beds_is_never_chosen_and_counted() -> None:
    """The number of beds is unknown: not chosen, reported; locked in, refused in one sentence."""
    town = one_street(3)
    sites = town.sites.assign(beds=[np.nan, 10.0, 10.0])
    candidates = make_candidates(sites, town.suitability)
    found = choose(candidates, town.rules, town.wanted, PREFERENCES)
    assert isinstance(found, Shortlist)
    assert found.beds_unknown == ("s00",)
    assert found.ids == ("s01", "s02")
    with pytest.raises(ValueError, match="number of beds is unknown"):
        choose(candidates, town.rules, replace(town.wanted, lock_in=("s00",)), PREFERENCES)


def test_a_cap_of_unknown_base_is_reported_never_kept_in_silence() -> None:
    """5% of the dwellings in a street whose dwellings nobody counted: chosen, and reported as unknown."""
    town = one_street(3)
    share = Cap.model_validate(
        {**town.rules[0].model_dump(), "counts": "dwellings", "of": "dwellings", "at_most": 5, "id": "share"}
    )
    found = choose(town.candidates, [share], town.wanted, PREFERENCES)
    assert isinstance(found, Shortlist)
    (unknown,) = found.unknown
    assert (unknown.rule_id, unknown.area) == ("share", "Laan")
    assert np.isnan(unknown.limit)


def test_a_wish_steers_and_is_reported_but_never_refuses() -> None:
    """At most one site in the street as a wish: kept where another street can serve, else exceeded and reported."""
    town = one_street(3)
    wish = town.rules[0].model_copy(update={"ambition": True, "at_most": 1})
    elsewhere = frame_of(["Laan", "Laan", "Dijk"], [10] * 3, np.column_stack([np.arange(3) * 300.0, np.zeros(3)]))
    other = Town(elsewhere, np.array([0.9, 0.9, 0.8]), None, (wish,), town.wanted)
    kept, exceeded = chosen(other), chosen(replace(town, rules=(wish,)))
    assert isinstance(kept, Shortlist)
    assert isinstance(exceeded, Shortlist)
    assert kept.ids == ("s00", "s02")
    assert kept.wishes[0].outcome.name == "PASS"
    assert len(exceeded.chosen) == 2
    assert exceeded.wishes[0].breaches[0].found == 2
