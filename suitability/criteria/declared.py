"""An answer given by a person: 1 = yes, 0 = no. No answer is unknown, never guessed.

Source of the rule: Hardenberg 2025, Bijlage 1 (landscape, neighbours and traffic are assessed case by case).
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


class Declared(Params):
    """Params: the question."""

    question: str = Field(
        min_length=1, description="id of the question, as in the column `question` of the declarations"
    )


def measure(parcels: Parcels, layers: Layers, params: Declared) -> Measurement:
    """Return the answer per parcel; of several answers to one question the last counts. Evidence = the answer's row."""
    answers = layers["declarations"].table
    answers = answers[answers["question"] == params.question].drop_duplicates("parcel_id", keep="last")
    place = pd.Index(answers["parcel_id"]).get_indexer(pd.Index(parcels.ids))
    given = place >= 0
    value, evidence = np.full(len(parcels), np.nan), np.full(len(parcels), -1, dtype=np.int64)
    value[given] = answers["answer"].to_numpy(dtype=np.float64)[place[given]]
    evidence[given] = answers.index.to_numpy(dtype=np.int64)[place[given]]
    return Measurement.exact(value, evidence)


CRITERION = Criterion(
    id="declared",
    unit="answer",
    params=Declared,
    measure=measure,
    needs=(
        Need(
            "declarations",
            ("parcel_id", "question", "answer"),
            kinds=lambda params: frozenset({params.question}),
        ),
    ),
    reasons=("declared.within", "declared.beyond", "declared.unknown"),
    source=Citation(document="hardenberg-2025", article="Bijlage 1"),
    chooses={"question": "question"},
)
