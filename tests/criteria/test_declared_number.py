"""Declared number: a number given by a person; no answer is unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from suitability.criteria import REGISTRY
from tests.tiny import make_layer, measure, outcomes, square

SHAPES = [square(0, 0), square(50, 0), square(100, 0)]


def answers(*rows: tuple[str, str, int | None]) -> object:
    """Return declarations of (parcel, question, answer)."""
    table = pd.DataFrame(rows, columns=["parcel_id", "question", "answer"])
    return make_layer("declarations", table.astype({"answer": "Int64"}))


def test_number_on_both_sides_of_the_limit_and_unknown() -> None:
    """Twelve weeks is within twelve, thirteen is one too many, and a missing number is unknown."""
    found = measure("declared_number", SHAPES, answers(("p1", "weeks", 13), ("p0", "weeks", 12)), question="weeks")
    assert list(found.value[:2]) == [12, 13]
    assert np.isnan(found.value[2])
    assert list(found.evidence) == [1, 0, -1]
    assert outcomes(found, at_most=12) == ["pass", "fail", "unknown"]
    assert outcomes(found, at_least=13) == ["fail", "pass", "unknown"]
    assert REGISTRY["declared_number"].unit == "number"


def test_zero_is_an_answer_and_an_empty_one_is_not() -> None:
    """Nought per cent own staff is known; a row without a number, and another question, say nothing."""
    given = answers(("p0", "own_staff", 0), ("p1", "own_staff", None), ("p2", "weeks", 90))
    found = measure("declared_number", SHAPES, given, question="own_staff")
    assert outcomes(found, at_least=75) == ["fail", "unknown", "unknown"]


def test_the_last_number_counts() -> None:
    """A later answer replaces the earlier one, also when it withdraws the number."""
    given = answers(("p0", "weeks", 20), ("p0", "weeks", 8), ("p1", "weeks", 8), ("p1", "weeks", None))
    found = measure("declared_number", SHAPES[:2], given, question="weeks")
    assert found.value[0] == pytest.approx(8)
    assert list(found.evidence) == [1, -1]
    assert outcomes(found, at_most=12) == ["pass", "unknown"]
