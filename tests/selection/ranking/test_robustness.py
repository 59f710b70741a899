"""Robustness of a ranking, compared with known answers and with exhaustive search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pymcdm.methods import TOPSIS

from suitability.selection.ranking.order import Ranking, rank, totals
from suitability.selection.ranking.robustness import (
    assess,
    beaten_by,
    cross_check,
    sample_weights,
    shares_in_top,
    topsis,
    unseatings,
)
from tests.conftest import examples
from tests.selection.ranking.scored import at_random, scored

few = settings(max_examples=examples(20))
tables = st.integers(2, 3).flatmap(
    lambda c: st.lists(st.lists(st.none() | st.integers(0, 100), min_size=c, max_size=c), min_size=2, max_size=7)
)


def ranking_of(table: list[list[int | None]], *weights: float) -> Ranking:
    """Return the ranking of answers on wishes a, b and so on."""
    return rank(scored(table, weights or None))


def shifted(ranking: Ranking, k: int, weight: float) -> Ranking:
    """Return the ranking in which the weight of rule k is another, and the others keep their proportion."""
    others = np.delete(ranking.weights, k)
    moved = np.insert(others / others.sum() * (1 - weight), k, weight)
    return Ranking(ranking.sites, ranking.rules, moved, ranking.low, ranking.high, ())


def test_random_weights_are_the_same_every_time_and_add_up_to_1() -> None:
    """Uniform over the simplex: on average each weighs as much, with the spread that belongs to it."""
    ranking = ranking_of([[10, 90, 50]], 1, 2, 5)
    drawn = sample_weights(ranking, 20_000)
    assert drawn.sum(axis=1) == pytest.approx(np.ones(20_000))
    assert drawn.mean(axis=0) == pytest.approx(np.full(3, 1 / 3), abs=0.01)
    assert drawn.var(axis=0) == pytest.approx(np.full(3, 1 / 18), abs=0.003)
    assert (sample_weights(ranking, 10) == sample_weights(ranking, 10)).all()
    assert (sample_weights(ranking, 10, seed=1) != sample_weights(ranking, 10)).any()


def test_weights_around_the_chosen_ones_stay_around_them() -> None:
    """Their mean is the ranking's own, their deviation as the docstring says."""
    ranking = ranking_of([[10, 90, 50]], 1, 2, 5)
    drawn, w = sample_weights(ranking, 20_000, closeness=50), ranking.weights
    assert drawn.mean(axis=0) == pytest.approx(w, abs=0.01)
    assert drawn.std(axis=0) == pytest.approx(np.sqrt(w * (1 - w) / 51), abs=0.005)


def test_a_site_that_is_best_on_half_of_the_weights_is_first_half_of_the_times() -> None:
    """Two wishes, two sites that mirror each other, and one that never comes first."""
    ranking = ranking_of([[100, 0], [0, 100], [10, 10]])
    shares = shares_in_top(ranking, 1, sample_weights(ranking, 20_000))
    assert shares == pytest.approx([0.5, 0.5, 0.0], abs=0.02)


@few
@given(table=tables, top=st.integers(1, 4))
def test_frequency_in_the_top_equals_counting(table: list[list[int | None]], top: int) -> None:
    """One ranking per set of weights, ties all in."""
    ranking = ranking_of(table)
    drawn = sample_weights(ranking, 30)
    counted = np.zeros(len(table))
    for weights in drawn:
        score = np.round(totals(ranking.low, weights), 9)
        counted += [(score > own).sum() < top for own in score]
    assert shares_in_top(ranking, top, drawn) == pytest.approx(counted / 30)


def test_the_weight_that_unseats_the_first_is_where_two_lines_cross() -> None:
    """80 and 20 against 50 and 60: equal at weights 4/7 and 3/7, so the first loses below 4/7."""
    ranking = ranking_of([[80, 20], [50, 60]], 0.8, 0.2)
    one, other = unseatings(ranking, 1, 0)
    assert (one.rule_id, one.overtaker, other.rule_id) == ("a", "p01", "b")
    assert (one.weight, one.needed) == (pytest.approx(0.8), pytest.approx(4 / 7))
    assert (other.weight, other.needed) == (pytest.approx(0.2), pytest.approx(3 / 7))


def test_a_site_that_is_best_on_everything_cannot_be_unseated() -> None:
    """Nor can the only one, nor one whose only wish leaves nothing to shift."""
    assert unseatings(ranking_of([[80, 80], [50, 60]]), 1, 0) == ()
    assert unseatings(ranking_of([[80, 20]]), 1, 0) == ()
    assert unseatings(ranking_of([[80], [90]]), 1, 1) == ()
    assert unseatings(ranking_of([[80, 20], [90, 90]]), 1, 0) == ()  # is not first


def test_of_two_equal_sites_any_change_unseats_the_one_it_is_worse_for() -> None:
    """The weight it takes is the weight it has."""
    ranking = ranking_of([[80, 20], [20, 80]])
    assert [each.needed for each in unseatings(ranking, 1, 0)] == pytest.approx([0.5, 0.5])


@settings(max_examples=examples(25))
@given(seed=st.integers(0, 10_000), n=st.integers(2, 7), c=st.integers(2, 4), top=st.integers(1, 3))
def test_no_smaller_change_of_one_weight_does_it_and_this_one_does(seed: int, n: int, c: int, top: int) -> None:
    """Every weight from 0 to 1 tried, in steps."""
    drawn = np.random.default_rng(seed).integers(1, 9, c).astype(float)
    ranking = rank(scored(at_random(n, c, seed).tolist(), drawn.tolist()))
    site = int(ranking.order[0])
    found = {each.rule_id: each for each in unseatings(ranking, top, site)}
    for k, rule in enumerate(ranking.rules):
        weight = ranking.weights[k]
        hit = found.get(rule.id)
        reach = 1.0 if hit is None else abs(hit.needed - weight)
        for tried in np.linspace(0, 1, 201):
            if abs(tried - weight) < reach - 1e-6:
                assert shifted(ranking, k, tried).place[site] <= top
        if hit is not None:
            beyond = hit.needed + np.copysign(1e-7, hit.needed - weight)
            score = shifted(ranking, k, beyond).total_low  # unrounded: so near the crossing they hardly differ
            assert (score > score[site] + 1e-14).sum() >= top
            assert score[ranking.site_ids.index(hit.overtaker)] > score[site]


def test_dominated_sites_and_their_dominators() -> None:
    """Equal sites beat each other nowhere; better on one and equal on the rest is enough."""
    assert beaten_by(ranking_of([[80, 20], [80, 20], [80, 10], [10, 30]])).tolist() == [-1, -1, 0, -1]


def test_an_unknown_score_never_dominates_nor_is_dominated_where_it_may_matter() -> None:
    """The second may be worth 100 on b; the third is beaten whatever its b is."""
    assert beaten_by(ranking_of([[90, 100], [90, None], [80, None], [95, 99]])).tolist() == [-1, -1, 0, -1]
    assert beaten_by(ranking_of([[90, 50], [90, None], [80, None]])).tolist() == [-1, -1, -1]


@few
@given(table=tables)
def test_a_beaten_site_never_comes_before_its_better(table: list[list[int | None]]) -> None:
    """Every dominated site is found too: compared with all pairs, under several weights."""
    ranking = ranking_of(table)
    beaten = beaten_by(ranking)
    for i in range(len(table)):
        worse = [
            (ranking.low[j] >= ranking.high[i]).all() and (ranking.low[j] > ranking.high[i]).any()
            for j in range(len(table))
        ]
        assert (beaten[i] >= 0) == any(worse)
        if beaten[i] >= 0:
            assert worse[beaten[i]]
            for weights in sample_weights(ranking, 5):
                score = totals(ranking.low, weights)
                assert score[beaten[i]] >= score[i]


def test_another_method_agrees_where_there_is_nothing_to_argue() -> None:
    """One site better than the next on everything: the same order."""
    check = cross_check(ranking_of([[90, 90], [50, 60], [10, 20]]))
    assert (check.place.tolist(), check.spearman, check.kendall) == ([1, 2, 3], pytest.approx(1), pytest.approx(1))


@few
@given(table=tables, weights=st.lists(st.integers(1, 9), min_size=3, max_size=3))
def test_topsis_is_that_of_pymcdm(table: list[list[int | None]], weights: list[int]) -> None:
    """Equal to the last digit, on the rules in which sites differ; pymcdm's validation refuses dominated sites and is off."""
    ranking = rank(scored(table, weights[: len(table[0])]))
    differs = np.ptp(ranking.low, axis=0) > 0
    assume(differs.any())
    points, weight = ranking.low[:, differs], ranking.weights[differs]
    method = TOPSIS(normalization_function=lambda column, cost: column)  # noqa: ARG005 (as it calls it)
    expected = method(points, weight / weight.sum(), np.ones(len(weight)), validation=False)
    np.testing.assert_array_equal(topsis(points, weight / weight.sum()), expected)
    assert cross_check(ranking).place.tolist() == [1 + int((expected > own + 1e-9).sum()) for own in expected]


@pytest.mark.parametrize("table", [[[50, 50]], [[50, 50], [50, 50]], [[50, 10], [50, 90]]])
def test_one_site_equal_sites_and_a_wish_on_which_all_are_equal_break_nothing(table: list[list[int | None]]) -> None:
    """Such a wish does not discriminate; where no wish does, there is no correlation."""
    ranking = ranking_of(table)
    found = assess(ranking, 1, draws=20)
    assert np.isnan(found.check.spearman) == (len({tuple(row) for row in table}) == 1)
    assert found.check.place.tolist() == ranking.place.tolist()


def test_without_weights_everything_is_still_said() -> None:
    """All are first, nobody is dominated."""
    found = assess(rank(scored([[10], [90]], [0])), 1, draws=20)
    assert found.in_top_any.tolist() == [1.0, 1.0]
    assert (found.unseated, found.beaten_by.tolist()) == ((), [-1, -1])


def test_two_thousand_sites_are_no_trouble() -> None:
    """Five wishes, with hardly any dominated site; compared with all pairs."""
    low = np.random.default_rng(1).dirichlet(np.ones(5), 2000)
    one = rank(scored([[1] * 5]))
    ranking = Ranking(one.sites, one.rules, one.weights, low, low, ())
    worse = np.zeros(2000, dtype=bool)
    rounded = np.round(low, 9)
    for row in rounded:
        worse |= (row >= rounded).all(axis=1) & (row > rounded).any(axis=1)
    assert ((beaten_by(ranking) >= 0) == worse).all()
