"""A number given by a person: weeks of stay, the share of own staff in per cent. No answer is unknown, never guessed.

In the unit that the question asks for; the answer stands in the column ``answer`` of the declarations.
Source of the rule: Hardenberg 2025, Bijlage 1 (what no map shows is assessed case by case).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pydantic import Field

from suitability.core.measurement import Measurement
from suitability.core.types import Citation, Params
from suitability.criteria.base import Criterion, Need

if TYPE_CHECKING:
    from suitability.core.layer import Layers
    from suitability.spatial.parcels import Parcels


class DeclaredNumber(Params):
    """Params: the question."""

    question: str = Field(
        min_length=1, description="id of the question, as in the column `question` of the declarations"
    )


def measure(parcels: Parcels, layers: Layers, params: DeclaredNumber) -> Measurement:
    """Return the answer per parcel; of several answers to one question the last counts. Evidence = the answer's row."""
    answers = layers["declarations"].table
    answers = answers[answers["question"] == params.question].drop_duplicates("parcel_id", keep="last")
    place = pd.Index(answers["parcel_id"]).get_indexer(pd.Index(parcels.ids))
    numbers = answers["answer"].to_numpy(dtype=np.float64, na_value=np.nan)
    given = place >= 0
    given[given] = np.isfinite(numbers[place[given]])
    value, evidence = np.full(len(parcels), np.nan), np.full(len(parcels), -1, dtype=np.int64)
    value[given] = numbers[place[given]]
    evidence[given] = answers.index.to_numpy(dtype=np.int64)[place[given]]
    return Measurement.exact(value, evidence)


CRITERION = Criterion(
    id="declared_number",
    unit="number",
    params=DeclaredNumber,
    measure=measure,
    needs=(
        Need(
            "declarations",
            ("parcel_id", "question", "answer"),
            kinds=lambda params: frozenset({params.question}),
        ),
    ),
    reasons=("declared_number.within", "declared_number.beyond", "declared_number.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
    chooses={"question": "question"},
)
