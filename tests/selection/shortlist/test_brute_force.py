"""Nothing better exists: the choice against every subset of small towns."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from suitability.policy.model import LocationType
from suitability.policy.portfolio import STAYS, Cap, Spacing
from suitability.selection.portfolio import check_sites
from suitability.selection.shortlist.best_set import Shortlist, choose
from suitability.selection.shortlist.choice import Demand, Wanted
from suitability.selection.shortlist.conflicts import Conflict
from tests.conftest import chunks
from tests.selection.shortlist.instances import BASE, NO_AREAS, PREFERENCES, TEXT, BruteForce, Town, draw_town, frame_of

if TYPE_CHECKING:
    from suitability.selection.shortlist.rows import Group

PER_CHUNK = 50


def chosen_frame(town: Town, found: Shortlist) -> object:
    """Return the chosen sites beside what is there, built without the code under test."""
    import pandas as pd  # noqa: PLC0415

    beds = {site.site_id: float(site.beds) for site in found.chosen}
    rows = town.sites[town.sites["site_id"].isin(list(beds))].assign(standing="chosen")
    rows = rows.assign(beds=rows["site_id"].map(beds))
    return rows if town.there is None else pd.concat([rows, town.there], ignore_index=True)


@pytest.mark.random
@pytest.mark.parametrize("chunk", chunks(16))
def test_no_subset_is_better(chunk: int) -> None:
    """The cost is that of the best of all subsets, and the set keeps spacing, caps, needs and locks."""
    n_possible = 0
    for seed in range(chunk * PER_CHUNK, (chunk + 1) * PER_CHUNK):
        town = draw_town(seed)
        found, best = choose(town.candidates, town.rules, town.wanted, PREFERENCES), BruteForce(town).best()
        assert isinstance(found, Conflict) == np.isinf(best), seed
        if isinstance(found, Conflict):
            continue
        assert isinstance(found, Shortlist)
        n_possible += 1
        assert found.objective == pytest.approx(best, abs=1e-5), seed
        assert found.gap == pytest.approx(0, abs=1e-6)
        assert check_sites(town.rules, chosen_frame(town, found), NO_AREAS) == [], seed
        assert set(town.wanted.lock_in) <= set(found.ids)
        assert not set(town.wanted.lock_out) & set(found.ids)
        assert town.wanted.max_sites is None or len(found.chosen) <= town.wanted.max_sites
        assert found.beds >= town.wanted.demands[0].beds
        fits = town.sites.set_index("site_id")
        assert all(fits.loc[s.site_id, "min_beds"] <= s.beds <= fits.loc[s.site_id, "beds"] for s in found.chosen)
    assert n_possible >= PER_CHUNK // 4


TYPES = tuple(
    LocationType(id=name, label=TEXT, stays=stays)
    for name, stays in (("yard", ("short",)), ("park", ("short", "mid")), ("home", ("mid", "long")), ("flat", STAYS))
)


def draw_stays(seed: int) -> Town:
    """Return a town of 3 to 5 small sites of types that serve different stays, with caps that cross each other."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 6))
    streets = rng.choice(["Laan", "Dijk", "Weg"], n).tolist()
    sites = frame_of(streets, rng.integers(1, 5, n).tolist(), rng.uniform(0, 500, (n, 2)), min_beds=1.0)
    sites = sites.assign(
        location_type=rng.choice([kind.id for kind in TYPES], n),
        restricted=rng.random(n) < 0.2,
    )
    rules = (
        Spacing(kind="spacing", id="apart", at_least_m=60, **BASE),
        Cap(
            kind="cap",
            id="per_municipality",
            per="municipality",
            counts="beds",
            at_most=float(rng.integers(4, 11)),
            **BASE,
        ),
        Cap(
            kind="cap",
            id="yards",
            per="municipality",
            counts="beds",
            at_most=3,
            location_types=("yard", "flat"),
            **BASE,
        ),
    )
    demands = [Demand(int(rng.integers(0, 4)), stay=stay) for stay in STAYS]
    if rng.random() < 0.5:
        demands.append(Demand(int(rng.integers(1, 4)), "municipality", "Noord", str(rng.choice(STAYS))))  # type: ignore[arg-type]
    return Town(
        sites, rng.uniform(0, 1, n).round(3), None, rules, Wanted((Demand(int(rng.integers(1, 9))), *demands)), TYPES
    )


def serves(town: Town) -> np.ndarray:
    """Return which stays each site can serve."""
    by_type = {kind.id: [stay in kind.stays for stay in STAYS] for kind in TYPES}
    marks = np.array([by_type[kind] for kind in town.sites["location_type"]])
    marks[town.sites["restricted"].to_numpy()] &= np.array([True, False, False])
    return marks


def best_with_stays(town: Town) -> float:
    """Return the least cost over every number of beds at every site; stays by Hall's theorem over all parts of the need."""
    most = town.sites["beds"].astype(int).tolist()
    beds = np.array(list(itertools.product(*(range(m + 1) for m in most))))
    used, marks, ok = beds > 0, serves(town), np.ones(len(beds), dtype=bool)
    force = BruteForce(town)
    numbers = (used * (1 << np.arange(len(most)))).sum(axis=1)
    ok &= force.nearest()[numbers] >= 60 - 1e-6
    for rule in town.rules[1:]:
        assert isinstance(rule, Cap)
        concerned = town.sites["location_type"].isin(rule.location_types or [kind.id for kind in TYPES])
        for area in ("Noord", "Zuid"):
            inside = (concerned & (town.sites["municipality"] == area)).to_numpy()
            ok &= beds[:, inside].sum(axis=1) <= rule.at_most
    north = (town.sites["municipality"] == "Noord").to_numpy()
    needs = [(demand.stay, demand.level != "all", demand.beds) for demand in town.wanted.demands]
    ok &= beds.sum(axis=1) >= needs[0][2]
    cells = [(s, here) for s in STAYS for here in (True, False)]
    # A stay's need in Noord can only be met there; the rest of a total need anywhere: every part of the need must fit.
    asked = {}
    for stay in STAYS:
        in_north = sum(n for s, local, n in needs[1:] if s == stay and local)
        total = sum(n for s, local, n in needs[1:] if s == stay and not local)
        asked[stay, True], asked[stay, False] = in_north, max(0, total - in_north)
    for size in range(1, len(cells) + 1):
        for part in itertools.combinations(cells, size):
            can = np.zeros(len(most), dtype=bool)
            for stay, local in part:
                can |= marks[:, STAYS.index(stay)] & (north | (not local))
            ok &= beds[:, can].sum(axis=1) >= sum(asked[cell] for cell in part)
    cost = beds @ (1 - town.suitability + 1e-3) + PREFERENCES.site_counts_as_beds * used.sum(axis=1)
    return float(np.where(ok, cost, np.inf).min())


@pytest.mark.random
@pytest.mark.parametrize("chunk", chunks(4))
def test_beds_by_stay_are_divided_as_well_as_can_be(chunk: int) -> None:
    """Short, mid and long stay, in all and in one municipality: no numbers of beds are better."""
    n_possible = 0
    for seed in range(chunk * PER_CHUNK, (chunk + 1) * PER_CHUNK):
        town = draw_stays(seed)
        found, best = choose(town.candidates, town.rules, town.wanted, PREFERENCES), best_with_stays(town)
        assert isinstance(found, Conflict) == np.isinf(best), seed
        if isinstance(found, Shortlist):
            n_possible += 1
            assert found.objective == pytest.approx(best, abs=1e-5), seed
            allowed = dict(zip(town.sites["site_id"], serves(town).tolist(), strict=True))
            for site in found.chosen:
                assert sum(site.by_stay.values()) <= site.beds
                served = {stay for stay, number in site.by_stay.items() if number}
                assert served <= {stay for stay, can in zip(STAYS, allowed[site.site_id], strict=True) if can}
    assert n_possible >= PER_CHUNK // 5


def name_of(group: Group) -> tuple[str, str, str]:
    """Return what the brute force calls a condition."""
    return group.kind, group.name, group.area


@pytest.mark.random
@pytest.mark.parametrize("chunk", chunks(4))
def test_a_conflict_is_true_minimal_and_says_how_little_would_do(chunk: int) -> None:
    """No subset keeps it; without any one of its conditions some subset does; and no smaller loosening helps."""
    n_conflicts = 0
    for seed in range(chunk * 25, (chunk + 1) * 25):
        town = draw_town(10_000 + seed, caps_on_beds=False, greedy=1.3)
        found = choose(town.candidates, town.rules, town.wanted, PREFERENCES)
        if not isinstance(found, Conflict):
            continue
        n_conflicts += 1
        force = BruteForce(town)
        holds = force.conditions()
        names = [name_of(group) for group in found.groups]
        assert found.minimal
        assert len(set(names)) == len(names)
        assert not np.all([holds[name] for name in names], axis=0).any(), seed
        for left_out in names:
            rest = [holds[name] for name in names if name != left_out]
            assert np.all(rest, axis=0).any() if rest else True, (seed, left_out)
        alone = {name_of(each.group): each.by for each in found.alone}
        for name in names:
            others = np.all([mask for other, mask in holds.items() if other != name], axis=0)
            least = amount_over(force, name)[others].min(initial=np.inf)
            assert (name in alone) == np.isfinite(least), (seed, name)
            if name in alone:
                assert alone[name] == pytest.approx(least, abs=1e-3), (seed, name)
        together = sum(e.by / (e.group.limit or 1.0) for e in found.together)
        weighed = sum(amount_over(force, name) / limit_of(town, name) for name in holds)
        assert together == pytest.approx(float(np.min(weighed)), abs=1e-3), seed
    assert n_conflicts >= 5


def amount_over(force: BruteForce, name: tuple[str, str, str]) -> np.ndarray:
    """Return per subset by how much it exceeds a condition."""
    kind, rule_id, area = name
    wanted = force.town.wanted
    if kind == "need":
        demand = next(d for d in wanted.demands if (d.level, d.area) == (rule_id, area))
        inside = np.ones(force.n) if rule_id == "all" else (force.sites[rule_id] == area).to_numpy()
        return np.maximum(0.0, demand.beds - force.sets @ (force.most * inside))
    if kind == "max_sites":
        return np.maximum(0.0, force.sets.sum(axis=1) - wanted.max_sites)
    if kind in {"lock_in", "lock_out"}:
        return (~force.conditions()[name]).astype(float)
    rule = next(rule for rule in force.town.rules if rule.id == rule_id)
    if isinstance(rule, Spacing):
        return np.maximum(0.0, rule.at_least_m - force.nearest())
    assert isinstance(rule, Cap)
    return np.maximum(0.0, force.counted(rule, area) - rule.at_most)


def limit_of(town: Town, name: tuple[str, str, str]) -> float:
    """Return the number in a condition; 1 where it is 0."""
    kind, rule_id, area = name
    if kind == "need":
        return float(next(d for d in town.wanted.demands if (d.level, d.area) == (rule_id, area)).beds) or 1.0
    if kind == "max_sites":
        return float(town.wanted.max_sites or 0) or 1.0
    if kind in {"lock_in", "lock_out"}:
        return 1.0
    rule = next(rule for rule in town.rules if rule.id == rule_id)
    return float(rule.at_least_m if isinstance(rule, Spacing) else rule.at_most)  # type: ignore[union-attr]


@pytest.mark.random
@pytest.mark.parametrize("chunk", chunks(2))
def test_the_most_suitable_sites_are_those_of_the_best_subset(chunk: int) -> None:
    """With a largest number of sites and no need: the highest total suitability of all subsets that keep the rules."""
    most_suitable = PREFERENCES.model_copy(update={"objective": "most_suitable"})
    for seed in range(30_000 + chunk * PER_CHUNK, 30_000 + (chunk + 1) * PER_CHUNK):
        drawn = draw_town(seed, caps_on_beds=False)
        town = Town(drawn.sites, drawn.suitability, drawn.there, drawn.rules, Wanted((), max_sites=3))
        found = choose(town.candidates, town.rules, town.wanted, most_suitable)
        assert isinstance(found, Shortlist)
        force = BruteForce(town)
        allowed = np.all(list(force.conditions().values()), axis=0)
        best = float((force.sets @ town.suitability)[allowed].max())
        assert sum(site.suitability for site in found.chosen) == pytest.approx(best, abs=2e-3), seed
