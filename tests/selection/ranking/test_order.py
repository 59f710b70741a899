"""Points on fixed scales, weights, and places: known answers, and what holds whatever the answers are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suitability.core.errors import SourceError, SubmissionError
from suitability.policy.value_function import Scale
from suitability.selection.ranking.order import rank
from suitability.selection.ranking.sites import make_sites
from suitability.selection.ranking.weights import read_weights
from tests.conftest import examples
from tests.selection.ranking.scored import SCALE, WORDS, asks, group, least_area, policy_of, scan_of, scored, wish
from tests.tiny import square

if TYPE_CHECKING:
    from pathlib import Path

answer = st.none() | st.integers(-20, 120)
tables = st.integers(1, 3).flatmap(lambda c: st.lists(st.lists(answer, min_size=c, max_size=c), min_size=2, max_size=6))
few = settings(max_examples=examples(20))


def scale(**numbers: Any) -> Scale:
    """Return a scale in minutes."""
    return Scale.model_validate({"unit": "min", "assumption": WORDS, **numbers})


@pytest.mark.parametrize(
    ("numbers", "value", "points"),
    [
        ({"worst": 30, "best": 5}, 30, 0.0), ({"worst": 30, "best": 5}, 5, 1.0), ({"worst": 30, "best": 5}, 17.5, 0.5),
        ({"worst": 30, "best": 5}, 0, 1.0), ({"worst": 30, "best": 5}, np.inf, 0.0), ({"worst": 5, "best": 30}, np.inf, 1.0),
        ({"worst": 0, "best": 20, "worst_beyond": 40}, 20, 1.0), ({"worst": 0, "best": 20, "worst_beyond": 40}, 30, 0.5),
        ({"worst": 0, "best": 20, "worst_beyond": 40}, 90, 0.0), ({"worst": 40, "best": 20, "worst_beyond": 0}, 5, 0.25),
    ],
)  # fmt: skip
def test_points_lie_on_a_straight_line(numbers: dict[str, float], value: float, points: float) -> None:
    """No points at the worst, all at the best, and none are lost or won beyond; an ideal value falls off to both sides."""
    assert scale(**numbers).points(np.array([value])) == pytest.approx([points])


@few
@given(low=st.floats(-50, 50), span=st.floats(0, 50), beyond=st.sampled_from([None, 60.0]))
def test_the_range_of_points_holds_every_value_between(low: float, span: float, beyond: float | None) -> None:
    """And is no wider than what some value between reaches."""
    made = scale(worst=-10, best=20, worst_beyond=beyond)
    inside = made.points(np.append(np.linspace(low, low + span, 400), np.clip(20, low, low + span)))
    least, most = made.points_between(np.array([low]), np.array([low + span]))
    assert least[0] == pytest.approx(inside.min())
    assert most[0] == pytest.approx(inside.max())


def test_a_score_is_the_weighted_sum_of_the_points() -> None:
    """Two wishes, one three times as heavy: 0.75 x 80 + 0.25 x 20 = 65."""
    found = rank(scored([[80, 20], [20, 80]], [3, 1]))
    assert found.weights == pytest.approx([0.75, 0.25])
    assert found.total_low == pytest.approx([0.65, 0.35])
    assert found.contributions[0] == pytest.approx([0.60, 0.05])
    assert found.place.tolist() == [1, 2]


def test_what_nobody_answered_gives_a_range_and_ranks_on_its_low_end() -> None:
    """An unknown is no pass: 40 for certain comes before 0 to 100."""
    found = rank(scored([[None], [40]]))
    assert (found.total_low.tolist(), found.total_high.tolist()) == ([0.0, 0.4], [1.0, 0.4])
    assert [found.site_ids[i] for i in found.order] == ["p01", "p00"]


def test_equal_scores_share_a_place_and_the_next_place_is_skipped() -> None:
    """In the order of their ids."""
    found = rank(scored([[10], [90], [90], [50]]))
    assert found.place.tolist() == [4, 1, 1, 3]
    assert found.order.tolist() == [1, 2, 3, 0]


def test_no_weight_at_all_is_no_ranking_and_no_crash() -> None:
    """Every site shares the first place, with nothing to its score."""
    found = rank(scored([[10], [90]], [0]))
    assert (found.rules, found.left_out) == ((), ("a",))
    assert (found.place.tolist(), found.total_low.tolist()) == ([1, 1], [0.0, 0.0])


def test_a_wish_without_a_scale_counts_whole_or_not_at_all() -> None:
    """The policy's own limit of 50 decides; not known may be either."""
    policy = policy_of(least_area(1), wish("a", scale=None))
    shapes = [square(i * 100, 0) for i in range(3)]
    found = rank(make_sites(scan_of(policy, shapes, answers=[{"a": 50}, {"a": 49}, {}])))
    assert (found.low[:, 0].tolist(), found.high[:, 0].tolist()) == ([1, 0, 0], [1, 0, 1])


def test_a_wish_without_a_weight_weighs_1_and_a_hard_rule_weighs_nothing() -> None:
    """Unless it is given a weight."""
    sites = scored([[10, 90]], [None, 3])
    assert rank(sites).weights == pytest.approx([0.25, 0.75])
    assert [rule.id for rule in rank(sites, {"area": 4}).rules] == ["area", "a", "b"]
    assert rank(sites, {"area": 4}).contributions[0] == pytest.approx([0.5, 0.0125, 0.3375])


@pytest.mark.parametrize(
    ("form", "low", "high"), [("any_of", [0.7, 0.3], [0.7, 1.0]), ("all_of", [0.2, 0.0], [0.2, 0.3])]
)
def test_a_rule_of_rules_takes_its_best_or_its_worst_part(form: str, low: list[float], high: list[float]) -> None:
    """Each part on a scale of its own; of the second site one part is not known."""
    other = {**SCALE, "worst": 100, "best": 0}
    policy = policy_of(least_area(1), group(form, asks("a"), asks("b", scale=other)))
    found = rank(make_sites(scan_of(policy, [square(0, 0), square(100, 0)], answers=[{"a": 20, "b": 30}, {"a": 30}])))
    assert found.low[:, 0] == pytest.approx(low)
    assert found.high[:, 0] == pytest.approx(high)


def test_a_wish_for_another_location_type_gives_no_points() -> None:
    """It neither helps nor changes the other weights."""
    policy = policy_of(least_area(1), wish("a", applies_to=("park",)), wish("b"), types=["farm", "park"])
    found = rank(make_sites(scan_of(policy, [square(0, 0)], answers=[{"a": 100, "b": 60}])))
    assert found.contributions[0] == pytest.approx([0.0, 0.3])


@few
@given(table=tables, data=st.data())
def test_adding_or_withdrawing_a_site_never_reorders_the_others(
    table: list[list[int | None]], data: st.DataObject
) -> None:
    """Every score stays what it was, to the last bit."""
    gone = data.draw(st.integers(0, len(table) - 1))
    names = [f"p{i:02}" for i in range(len(table))]
    whole = rank(scored(table, ids=names))
    less = rank(scored(table[:gone] + table[gone + 1 :], ids=names[:gone] + names[gone + 1 :]))
    kept = np.arange(len(table)) != gone
    assert less.total_low.tolist() == whole.total_low[kept].tolist()
    assert [less.site_ids[i] for i in less.order] == [whole.site_ids[i] for i in whole.order if i != gone]


@few
@given(table=tables, data=st.data())
def test_the_order_of_the_parcels_does_not_matter(table: list[list[int | None]], data: st.DataObject) -> None:
    """The same table, whatever the order in which it came."""
    shuffled = data.draw(st.permutations(range(len(table))))
    names = [f"p{i:02}" for i in range(len(table))]
    one = rank(scored(table, ids=names))
    other = rank(scored([table[i] for i in shuffled], ids=[names[i] for i in shuffled]))
    assert (one.site_ids, one.place.tolist()) == (other.site_ids, other.place.tolist())
    assert one.total_high.tolist() == other.total_high.tolist()


@few
@given(table=tables, factor=st.sampled_from([1e-300, 0.1, 3.0, 1e300]))
def test_the_same_weights_on_another_scale_change_nothing(table: list[list[int | None]], factor: float) -> None:
    """Only how they compare counts."""
    sites = scored(table)
    one = rank(sites, {"a": 2})
    other = rank(sites, {rule.id: factor * (2 if rule.id == "a" else 1) for rule in one.rules})
    assert other.weights == pytest.approx(one.weights)
    assert other.place.tolist() == one.place.tolist()


@few
@given(table=tables)
def test_a_weight_of_0_is_as_if_the_rule_were_not_there(table: list[list[int | None]]) -> None:
    """The last wish is left out, and named as such."""
    wide = [[*row, 70] for row in table]
    last = chr(ord("a") + len(table[0]))
    without, zero = rank(scored(table)), rank(scored(wide), {last: 0})
    assert zero.total_low.tolist() == without.total_low.tolist()
    assert zero.left_out == (last,)
    assert last not in [rule.id for rule in zero.rules]


@few
@given(table=tables, weights=st.lists(st.floats(0, 10), min_size=3, max_size=3))
def test_contributions_add_up_to_the_score(table: list[list[int | None]], weights: list[float]) -> None:
    """And a score lies between 0 and 1, its high end never below its low end."""
    found = rank(scored(table, weights[: len(table[0])]))
    assert found.contributions.sum(axis=1) == pytest.approx(found.total_low)
    assert found.weights.sum() == pytest.approx(1.0 if len(found.rules) else 0.0)
    assert (found.total_low >= 0).all()
    assert (found.total_low <= found.total_high + 1e-12).all()
    assert (found.total_high <= 1 + 1e-12).all()


def test_weights_as_people_write_them(tmp_path: Path) -> None:
    """On the command line, or as lines of a file."""
    file = tmp_path / "weights.yaml"
    file.write_text("a: 2\nb: 0.5\n", encoding="utf-8")
    assert read_weights("a=2, b=0.5") == read_weights(str(file)) == {"a": 2.0, "b": 0.5}


@pytest.mark.parametrize("text", ["", "a", "a=", "=2", "a=veel", "a=1,b", "a=0,5"])
def test_weights_that_cannot_be_read_are_told(text: str) -> None:
    """In one sentence each."""
    with pytest.raises(SubmissionError, match="Write rule=number"):
        read_weights(text)


def test_a_rule_with_two_weights_is_told() -> None:
    """Neither silently wins."""
    with pytest.raises(SubmissionError, match="'a' is here twice"):
        read_weights("a=1,a=2")


def test_a_file_with_a_weight_that_is_no_number_names_its_line(tmp_path: Path) -> None:
    """Also yes and no are no weights."""
    file = tmp_path / "weights.yaml"
    file.write_text("a: 2\nb: veel\nc: true\n", encoding="utf-8")
    with pytest.raises(SubmissionError) as raised:
        read_weights(str(file))
    assert [problem.where.line for problem in raised.value.problems] == [2, 3]  # type: ignore[union-attr]
    with pytest.raises(SourceError, match="file not found"):
        read_weights(str(tmp_path / "no.yaml"))


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_is_a_number_of_0_or_more(weight: float) -> None:
    """And of a rule that exists; all mistakes at once."""
    with pytest.raises(SubmissionError) as raised:
        rank(scored([[1]]), {"a": weight, "aa": 1})
    first, second = raised.value.sentences("en")
    assert "Give a number of 0 or more" in first
    assert "the rule 'aa' does not exist" in second
