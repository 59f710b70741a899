"""Beds per place, and the housing form that gives them, by the location type for which the place was judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.core.types import FORMS
from suitability.criteria import REGISTRY
from suitability.scan.judge import applicability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.core.types import FloatArray, Form, IntArray
    from suitability.policy.model import Check, Policy
    from suitability.scan.run import Scan

#: A code of ``form_of`` where a place has no form: no bed is counted there.
NO_FORM: Final = -1


def beds_of(scan: Scan) -> FloatArray:
    """Return the beds that fit on each place of a scan, shape (n,); NaN where no rule of its location type gives any."""
    return _of_scan(scan)[0]


def form_of(scan: Scan) -> IntArray:
    """Return the housing form of each place as an index of ``FORMS``, shape (n,); ``NO_FORM`` where it has no beds."""
    return _of_scan(scan)[1]


def beds_by_type(policy: Policy, values: Mapping[str, FloatArray], best_type: IntArray) -> FloatArray:
    """Return the beds per place, shape (n,), from measured ``values`` by check id and the location type of each place."""
    return _by_type(policy, values, best_type)[0]


def counts_beds(check: Check) -> bool:
    """Return whether a check counts beds."""
    return REGISTRY[str(check.criterion)].form is not None


def bed_checks(policy: Policy) -> tuple[dict[Form, Check], ...]:
    """Return per location type the checks that count its beds, by form: of the form of the type, or of every form."""
    checks = []
    for kind, applies in zip(policy.types, applicability(policy), strict=True):
        rules = (rule for rule, holds in zip(policy.rules, applies, strict=True) if holds)
        of_form: dict[Form, Check] = {}
        for check in (leaf for rule in rules for leaf in rule.leaves()):
            form = REGISTRY[str(check.criterion)].form
            if form is not None and kind.form in {None, form}:
                of_form.setdefault(form, check)
        checks.append({form: of_form[form] for form in FORMS if form in of_form})
    return tuple(checks)


def _of_scan(scan: Scan) -> tuple[FloatArray, IntArray]:
    values = {name: finding.value for name, finding in scan.findings.items()}
    return _by_type(scan.policy, values, scan.verdicts.best_type)


def _by_type(policy: Policy, values: Mapping[str, FloatArray], best_type: IntArray) -> tuple[FloatArray, IntArray]:
    """Return beds and form per place: of several forms the one with most beds, of equals the first of ``FORMS``."""
    beds, form = np.full(len(best_type), np.nan), np.full(len(best_type), NO_FORM, dtype=np.int64)
    for t, checks in enumerate(bed_checks(policy)):
        here = best_type == t
        for name, check in checks.items():
            found = values[check.id]
            more = here & (np.isnan(beds) | (found > beds)) & ~np.isnan(found)
            beds[more], form[more] = found[more], FORMS.index(name)
    return beds, np.where(beds > 0, form, NO_FORM)
