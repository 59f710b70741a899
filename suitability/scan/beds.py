"""Beds per parcel and location type, from the capacity rules of a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from suitability.scan.judge import applicability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from suitability.core.types import FloatArray, IntArray
    from suitability.policy.model import Policy

    Texts = NDArray[np.object_]


def beds_of(policy: Policy, values: Mapping[str, FloatArray], best_type: IntArray) -> FloatArray:
    """Return the beds per place by the capacity rule of its location type, shape (n,); NaN where no rule says."""
    beds = np.full(len(best_type), np.nan)
    for t, applies in enumerate(applicability(policy)):
        rules = (rule for rule, holds in zip(policy.rules, applies, strict=True) if holds)
        check = next((leaf for rule in rules for leaf in rule.leaves() if leaf.criterion == "capacity"), None)
        if check is not None:
            beds[best_type == t] = values[check.id][best_type == t]
    return beds
