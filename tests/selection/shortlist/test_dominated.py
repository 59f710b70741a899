"""Leaving out sites that others can stand in for never makes the best set worse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import suitability.selection.shortlist.model as models
from suitability.selection.shortlist.choice import Demand, Wanted
from suitability.selection.shortlist.model import Solution, make_model, solve
from tests.conftest import chunks
from tests.selection.shortlist.instances import PREFERENCES, draw_town, frame_of


@pytest.mark.random
@pytest.mark.parametrize("chunk", chunks(4))
def test_the_least_cost_is_that_of_the_whole(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Towns of many alike sites under caps, locks and what is there: the same cost, the same answer when impossible."""
    n_smaller = 0
    for seed in range(chunk * 25, (chunk + 1) * 25):
        town = draw_town(seed, greedy=0.3)
        rng = np.random.default_rng(seed)
        n = 60
        streets = rng.choice(["Laan", "Dijk"], n).tolist()
        more = frame_of(streets, rng.integers(2, 8, n).tolist(), rng.uniform(5000, 90_000, (n, 2)), min_beds=1.0)
        rules = town.rules[1:]
        town = replace(town, sites=more, suitability=rng.uniform(0, 1, n).round(1), rules=rules)
        wanted = Wanted((Demand(int(rng.integers(5, 25))),), lock_in=("s03",), lock_out=("s04", "s05"))
        model = make_model(town.candidates, rules, wanted, PREFERENCES)
        whole = solve(model)
        monkeypatch.setattr(models, "_MANY_SITES", 0)
        monkeypatch.setattr(models, "_FIRST_K", 3)
        monkeypatch.setattr(models, "_WORTH_IT", 1.0)
        seen: list[float] = []
        needed = models.needed
        monkeypatch.setattr(models, "needed", lambda *a, s=seen, f=needed: (s.append(f(*a).mean()), f(*a))[1])
        part = solve(model)
        monkeypatch.undo()
        assert isinstance(part, Solution) == isinstance(whole, Solution), seed
        if isinstance(part, Solution) and isinstance(whole, Solution):
            assert part.objective == pytest.approx(whole.objective, abs=1e-5), seed
            assert part.bound <= whole.objective + 1e-5
        n_smaller += min(seen) < 0.8
    assert n_smaller >= 10
