"""Beds per place, from the capacity rule of the location type for which the place was judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.criteria import REGISTRY
from suitability.scan.judge import applicability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.core.types import FloatArray, IntArray
    from suitability.policy.model import Check, Policy
    from suitability.scan.run import Scan

_BEDS: Final = "beds"


def beds_of(scan: Scan) -> FloatArray:
    """Return the beds that fit on each place of a scan, shape (n,); NaN where no rule of its location type gives any."""
    values = {name: finding.value for name, finding in scan.findings.items()}
    return beds_by_type(scan.policy, values, scan.verdicts.best_type)


def beds_by_type(policy: Policy, values: Mapping[str, FloatArray], best_type: IntArray) -> FloatArray:
    """Return the beds per place, shape (n,), from measured ``values`` by check id and the location type of each place."""
    beds = np.full(len(best_type), np.nan)
    for t, applies in enumerate(applicability(policy)):
        rules = (rule for rule, holds in zip(policy.rules, applies, strict=True) if holds)
        check = next((leaf for rule in rules for leaf in rule.leaves() if counts_beds(leaf)), None)
        if check is not None:
            beds[best_type == t] = values[check.id][best_type == t]
    return beds


def counts_beds(check: Check) -> bool:
    """Return whether a check measures in beds."""
    return REGISTRY[str(check.criterion)].unit == _BEDS
