"""Judging: three outcomes, margins that agree with them, and how rules combine to a verdict."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import numpy as np
import pytest

from suitability.core.local_text import LocalText
from suitability.core.measurement import Findings, Measurement, Outcome
from suitability.core.types import Citation
from suitability.policy.model import Check, Limit, Policy, Rule
from suitability.scan.judge import combine, judge, judge_parcels

F, U, P = Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS
INF, NAN = np.inf, np.nan
TEXT = LocalText(nl="x", en="x")


def bounded(*rows: tuple[float, float, float]) -> Measurement:
    """Return a measurement of (lower, value, upper)."""
    lower, value, upper = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return Measurement(value=value, evidence=np.full(len(value), -1, dtype=np.int64), lower=lower, upper=upper)


def exact(*values: float) -> Measurement:
    """Return an exact measurement."""
    return Measurement.exact(np.array(values, dtype=float))


def limit(**kind: Any) -> Limit:
    """Return a limit."""
    return Limit.model_validate({"unit": "m", **kind})


def rule(name: str, **changed: Any) -> Rule:
    """Return a rule on metres: at most 10."""
    fields: dict[str, Any] = {
        "id": name, "label": TEXT, "criterion": "employer_distance", "limit": limit(at_most=10), "effect": "exclude",
        "source": Citation(document="d"),
    }  # fmt: skip
    return Rule.model_validate({**fields, **changed})


def policy(*rules: Rule, types: tuple[str, ...] = ()) -> Policy:
    """Return a policy of rules and location types."""
    kinds = tuple({"id": t, "label": TEXT} for t in types)
    return Policy.model_validate(
        {"id": "p", "title": TEXT, "in_force": date(2025, 1, 1), "rules": rules, "location_types": kinds}
    )


def findings(check: Check, *values: float) -> Findings:
    """Return the findings of exact values under a rule's own limit."""
    assert check.limit is not None
    return judge(exact(*values), check.limit)


@pytest.mark.parametrize(
    ("kind", "values", "expected", "margins"),
    [
        ({"at_most": 10}, (9, 10, 10.001, 0, INF), (P, P, F, P, F), (1, 0, -0.001, 10, -INF)),
        ({"at_least": 10}, (9.999, 10, 11, INF), (F, P, P, P), (-0.001, 0, 1, INF)),
        ({"between": (5, 10)}, (4.999, 5, 7, 10, 10.001, INF), (F, P, P, P, F, F), (-0.001, 0, 2, 0, -0.001, -INF)),
        ({"at_most": 0}, (0, 0.001, -1), (P, F, P), (0, -0.001, 1)),
        ({"at_least": -5}, (-5, -5.001), (P, F), (0, -0.001)),
    ],
)
def test_parcel_on_limit(kind: dict[str, Any], values: Any, expected: Any, margins: Any) -> None:
    """The limit itself is within, 1 mm beyond is not; the margin is to spare or short, in the unit measured."""
    found = judge(exact(*values), limit(**kind))
    assert tuple(found.outcome) == expected
    assert found.margin == pytest.approx(margins)


def test_rounding_far_below_any_survey_is_on_the_limit() -> None:
    """A billionth of a metre too much is rounding, with margin 0; a hundredth of a millimetre is not."""
    found = judge(exact(10 + 1e-9, 10 + 1e-5), limit(at_most=10))
    assert tuple(found.outcome) == (P, F)
    assert found.margin[0] == 0


def test_unknown_has_no_margin() -> None:
    """NaN is unknown under every kind of limit."""
    for kind in ({"at_most": 10}, {"at_least": 10}, {"between": (5, 10)}):
        found = judge(exact(NAN), limit(**kind))
        assert found.outcome[0] == U
        assert np.isnan(found.margin[0])


@pytest.mark.parametrize(
    ("row", "kind", "expected"),
    [
        ((0, 8, 8), {"at_most": 10}, P), ((0, 12, 12), {"at_most": 10}, U), ((11, 12, 12), {"at_most": 10}, F),
        ((0, INF, INF), {"at_most": 10}, U), ((11, INF, INF), {"at_most": 10}, F), ((8, 8, INF), {"at_most": 10}, U),
        ((8, 8, INF), {"at_least": 10}, U), ((10, 10, INF), {"at_least": 10}, P), ((8, 8, 9), {"at_least": 10}, F),
        ((0, 12, 12), {"at_least": 10}, U), ((10, 12, 12), {"at_least": 10}, P), ((8, 8, 10), {"at_least": 10}, U),
        ((4, 6, 8), {"between": (5, 10)}, U), ((5, 6, 10), {"between": (5, 10)}, P), ((0, 2, 4), {"between": (5, 10)}, F),
        ((11, 12, 14), {"between": (5, 10)}, F), ((6, 8, 11), {"between": (5, 10)}, U),
    ],
)  # fmt: skip
def test_sure_only_where_every_possible_value_agrees(row: Any, kind: dict[str, Any], expected: Outcome) -> None:
    """PASS and FAIL need the whole range between the bounds on one side of the limit."""
    found = judge(bounded(row), limit(**kind))
    assert found.outcome[0] == expected
    assert np.isnan(found.margin[0]) == (expected == U)


def test_findings_refuse_what_disagrees() -> None:
    """A pass with a negative margin, a fail with a positive one or an unknown with any cannot be made."""
    one = np.array([-1], dtype=np.int8)
    for outcome, margin in ((P, -1.0), (F, 1.0), (U, 0.0), (P, NAN)):
        with pytest.raises(ValueError, match="disagree"):
            Findings(exact(1.0), np.array([outcome], dtype=np.int8), np.array([margin]), one, one)


def test_measurements_refuse_what_cannot_be() -> None:
    """Bounds that are NaN or exclude the value, and arrays of unequal length or type, are programming mistakes."""
    with pytest.raises(ValueError, match="bounds cannot be NaN"):
        bounded((NAN, 1, 2))
    with pytest.raises(ValueError, match="outside its own bounds"):
        bounded((2, 1, 3))
    with pytest.raises(TypeError):
        Measurement.exact(np.array([1, 2]))
    with pytest.raises(TypeError):
        Measurement.exact(np.array([1.0]), np.array([1, 2]))


@pytest.mark.parametrize("pair", list(itertools.product([F, U, P], repeat=2)))
def test_any_of_is_maximum_all_of_is_minimum(pair: tuple[Outcome, Outcome]) -> None:
    """Kleene logic, for every pair of outcomes."""
    values = {F: 12.0, U: NAN, P: 8.0}
    parts = [judge(exact(values[o]), limit(at_most=10)) for o in pair]
    assert combine(parts, [10, 10], needed=1).outcome[0] == max(pair)
    assert combine(parts, [10, 10], needed=2).outcome[0] == min(pair)


def test_the_child_that_decides_lends_all_its_columns() -> None:
    """Of two passes the roomier, of two fails the nearer miss, in parts of each child's own limit."""
    minutes, metres = judge(exact(9, 12), limit(at_most=10)), judge(exact(500, 1100), limit(at_most=1000))
    best = combine([minutes, metres], [10, 1000], needed=1)
    assert list(best.child) == [1, 1]  # 50% against 10% to spare; 10% against 20% short
    assert list(best.value) == [500, 1100]
    assert list(best.margin) == [500, -100]
    worst = combine([minutes, metres], [10, 1000], needed=2)
    assert list(worst.child) == [0, 0]
    assert list(worst.value) == [9, 12]


def test_a_huge_margin_never_outweighs_an_outcome() -> None:
    """Infinitely far beyond a limit stays worse than unknown, infinitely much room stays better."""
    parts = [judge(exact(INF, NAN), limit(at_most=10)), judge(exact(NAN, INF), limit(at_least=10))]
    assert list(combine(parts, [10, 10], needed=1).outcome) == [U, P]
    assert list(combine(parts, [10, 10], needed=2).outcome) == [F, U]


def test_verdict_is_the_minimum_over_rules() -> None:
    """One failing hard rule takes a parcel out; else one unknown makes it unknown."""
    rules = rule("a"), rule("b")
    for first, second in itertools.product([(F, 12.0), (U, NAN), (P, 8.0)], repeat=2):
        found = {"a": findings(rules[0], first[1]), "b": findings(rules[1], second[1])}
        assert judge_parcels(policy(*rules), found).best[0] == min(first[0], second[0])


@pytest.mark.parametrize("effect", ["score", "note"])
def test_wishes_and_notes_decide_nothing(effect: str) -> None:
    """A rule that only weighs or mentions moves no verdict, whatever it finds."""
    rules = rule("a"), rule("b", effect=effect)
    for value in (12.0, NAN, 8.0):
        found = {"a": findings(rules[0], 8.0), "b": findings(rules[1], value)}
        verdicts = judge_parcels(policy(*rules), found)
        assert verdicts.best[0] == P
        assert verdicts.deciding[0] == 0


def test_a_restriction_limits_but_does_not_exclude() -> None:
    """Failing it brings its consequence; not knowing it must be looked at."""
    rules = rule("a"), rule("b", effect="restrict", consequence=TEXT)
    found = {"a": findings(rules[0], 8, 8, 8, 12), "b": findings(rules[1], 12, NAN, 8, 12)}
    verdicts = judge_parcels(policy(*rules), found)
    assert list(verdicts.best) == [P, U, P, F]
    assert list(verdicts.restricted[:, 1]) == [True, False, False, True]
    assert list(verdicts.deciding) == [0, 1, 0, 0]


def test_on_unknown_fail() -> None:
    """A policy may hold what is not known against a parcel; it can never hold it in favour."""
    strict, lenient = rule("a", on_unknown="fail"), rule("a")
    assert judge_parcels(policy(strict), {"a": findings(strict, NAN)}).best[0] == F
    assert judge_parcels(policy(lenient), {"a": findings(lenient, NAN)}).best[0] == U


def test_a_parcel_passes_when_one_location_type_fits() -> None:
    """Maximum over types of the minimum over the rules that apply to each."""
    rules = rule("a", applies_to=("x",)), rule("b", applies_to=("y",)), rule("c")
    found = {"a": findings(rules[0], 12, 12, NAN, 8, 8), "b": findings(rules[1], 8, 12, 12, 8, NAN),
             "c": findings(rules[2], 8, 8, 8, 12, 8)}  # fmt: skip
    verdicts = judge_parcels(policy(*rules, types=("x", "y")), found)
    assert verdicts.outcome.tolist() == [[F, P], [F, F], [U, F], [F, F], [P, U]]
    assert list(verdicts.best) == [P, F, U, F, P]
    assert list(verdicts.best_type) == [1, 0, 0, 0, 0]
    assert list(verdicts.deciding) == [1, 0, 0, 2, 0]


def test_best_type_has_fewest_failed_rules_then_fewest_restrictions() -> None:
    """Among equal outcomes the type with least against it is shown."""
    rules = (rule("a", applies_to=("x",)), rule("b", applies_to=("x",)), rule("c", applies_to=("y",)),
             rule("d", applies_to=("x",), effect="restrict", consequence=TEXT))  # fmt: skip
    found = {"a": findings(rules[0], 12, 8), "b": findings(rules[1], 12, 8), "c": findings(rules[2], 12, 8),
             "d": findings(rules[3], 8, 12)}  # fmt: skip
    verdicts = judge_parcels(policy(*rules, types=("x", "y")), found)
    assert list(verdicts.best_type) == [1, 1]
    assert not verdicts.restricted.any()


def test_near_miss_fails_one_rule_by_no_more_than_its_band() -> None:
    """Exactly the band counts, 1 mm more does not, and neither does a second failing rule or a rule without a band."""
    rules = rule("a", near_miss=2), rule("b")
    found = {"a": findings(rules[0], 12, 12.001, 12, 8, 10), "b": findings(rules[1], 8, 8, 11, 11, 10)}
    assert list(judge_parcels(policy(*rules), found).near_miss) == [True, False, False, False, False]


def test_near_miss_of_a_rule_of_rules_is_that_of_the_child_that_decides() -> None:
    """Each way of meeting a rule has its own band."""
    leaf = {"label": TEXT, "criterion": "employer_distance", "source": {"document": "d"}, "limit": limit(at_most=10)}
    group = Rule.model_validate({
        "id": "g", "label": TEXT, "effect": "exclude",
        "any_of": [{**leaf, "id": "x", "near_miss": 1}, {**leaf, "id": "y", "near_miss": 5}],
    })  # fmt: skip
    parts = [judge(exact(11, 20, 12), limit(at_most=10)), judge(exact(20, 14, 20), limit(at_most=10))]
    found = {"g": combine(parts, [10, 10], needed=1), "x": parts[0], "y": parts[1]}
    assert list(judge_parcels(policy(group), found).near_miss) == [True, True, False]


@pytest.mark.parametrize("needed", [1, 2, 3])
def test_some_of_is_the_k_th_best(needed: int) -> None:
    """In any order of outcomes; for one it is any of, for all of them all of."""
    for trio in itertools.product([F, U, P], repeat=3):
        value = {F: 12.0, U: NAN, P: 8.0}
        parts = [judge(exact(value[outcome]), limit(at_most=10)) for outcome in trio]
        assert combine(parts, [10, 10, 10], needed=needed).outcome[0] == sorted(trio, reverse=True)[needed - 1]


def test_the_deciding_rule() -> None:
    """The first that fails in the policy's order; else the first unknown; else the one with least to spare."""
    rules = rule("a"), rule("b", limit=limit(at_most=100)), rule("c")
    found = {"a": findings(rules[0], 8, NAN, 5, 8), "b": findings(rules[1], 120, NAN, 90, 10),
             "c": findings(rules[2], 12, 8, 5, 9.5)}  # fmt: skip
    assert list(judge_parcels(policy(*rules), found).deciding) == [1, 0, 1, 2]


@pytest.mark.parametrize(("unit", "number", "expected"), [("km", 2, 2000), ("m", 2, 2)])
def test_limits_convert_to_the_measured_unit(unit: str, number: float, expected: float) -> None:
    """People write km, ha, % and h."""
    assert Limit(at_most=number, unit=unit).in_unit("m").at_most == expected
    assert Limit(between=(1, 2), unit="ha").in_unit("m2").between == (10_000, 20_000)
    assert Limit(at_least=50, unit="%").in_unit("1").at_least == 0.5
    assert Limit(at_most=0.5, unit="h").in_unit("min").at_most == 30
    with pytest.raises(ValueError, match="limit_unit"):
        Limit(at_most=1, unit="km").in_unit("min")
