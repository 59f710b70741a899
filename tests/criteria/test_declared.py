"""Declared: an answer given by a person; no answer is unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from suitability.criteria import REGISTRY
from tests.tiny import make_layer, measure, outcomes, square


def answers(*rows: tuple[str, str, int]) -> object:
    """Return declarations of (parcel, question, answer)."""
    return make_layer("declarations", pd.DataFrame(rows, columns=["parcel_id", "question", "answer"]))


YES = {"at_least": 1}
SHAPES = [square(0, 0), square(50, 0), square(100, 0)]


def test_yes_no_and_unknown() -> None:
    """Yes passes, no fails, no answer is unknown; the evidence is the row of the answer."""
    found = measure("declared", SHAPES, answers(("p1", "traffic", 0), ("p0", "traffic", 1)), question="traffic")
    assert list(found.value[:2]) == [1, 0]
    assert np.isnan(found.value[2])
    assert list(found.evidence) == [1, 0, -1]
    assert outcomes(found, **YES) == ["pass", "fail", "unknown"]
    assert REGISTRY["declared"].unit == "answer"


def test_only_this_question_counts() -> None:
    """An answer to another question is no answer."""
    found = measure("declared", SHAPES, answers(("p0", "landscape", 1)), question="traffic")
    assert outcomes(found, **YES) == ["unknown"] * 3


def test_the_last_answer_counts() -> None:
    """A later answer replaces the earlier one."""
    found = measure("declared", SHAPES[:1], answers(("p0", "q", 1), ("p0", "other", 1), ("p0", "q", 0)), question="q")
    assert outcomes(found, **YES) == ["fail"]
    assert list(found.evidence) == [2]


def test_parcel_on_limit() -> None:
    """The limit is yes itself: 1 passes, 0 is a whole answer short."""
    found = measure("declared", SHAPES[:2], answers(("p0", "q", 1), ("p1", "q", 0)), question="q")
    assert outcomes(found, **YES) == ["pass", "fail"]


def test_unknown_parcels_and_empty_table() -> None:
    """Answers on parcels that are not scanned are ignored; an empty table leaves everything unknown."""
    assert outcomes(measure("declared", SHAPES, answers(("zz", "q", 1)), question="q"), **YES) == ["unknown"] * 3
    assert outcomes(measure("declared", SHAPES, answers(), question="q"), **YES) == ["unknown"] * 3
