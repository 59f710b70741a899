"""The figures at the head of the app: verdicts, beds that fit against the need, how old the data is, what is tightest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from suitability.core.measurement import Outcome
from suitability.scan.beds import beds_of, counts_beds
from suitability.scan.run import rejudge
from suitability.selection.need import needs_of, needs_over

if TYPE_CHECKING:
    from datetime import date

    from suitability.policy.model import Policy, Rule
    from suitability.policy.portfolio import Need
    from suitability.scan.longlist import Longlist
    from suitability.scan.run import Scan


@dataclass(frozen=True)
class Beds:
    """Beds that fit by the policy's norms if every parcel were used: on suitable parcels, and on those to look at."""

    suitable: int
    to_look_at: int


def beds_that_fit(scan: Scan) -> Beds | None:
    """Return the beds that fit; None where the policy measures no capacity."""
    if not any(counts_beds(check) for check in scan.policy.checks()):
        return None
    beds, best = np.nan_to_num(beds_of(scan)), scan.verdicts.best
    return Beds(int(beds[best == Outcome.PASS].sum()), int(beds[best == Outcome.UNKNOWN].sum()))


def need_of(policy: Policy, area: str) -> tuple[Need, ...]:
    """Return the needs of an area; without one those of the whole that it is part of, or the first of the policy."""
    return needs_of(policy, area) or needs_over(policy, area) or policy.need[:1]


def oldest(scan: Scan) -> tuple[str, date]:
    """Return the layer with the oldest data, and its date."""
    dates = {name: layer.provenance.reference_date for name, layer in scan.layers.items()}
    name = min(sorted(dates), key=dates.__getitem__)
    return name, dates[name]


def tightest_of(scan: Scan, longlist: Longlist) -> tuple[Rule, int, int] | None:
    """Return the tightest rule, how many parcels it alone keeps off the longlist, and the parcel that is least short of it."""
    step = longlist.tightest
    if step is None:
        return None
    rule = next(rule for rule in scan.policy.rules if rule.id == step.rule_id)
    others = tuple(other for other in scan.policy.rules if other.id != rule.id)
    back = np.arange(len(scan.parcels))
    if others:
        without = rejudge(scan, scan.policy.model_copy(update={"rules": others}))
        back = np.flatnonzero(without.verdicts.best != Outcome.FAIL)
    margins = np.nan_to_num(scan.findings[rule.id].margin[back], nan=-np.inf)
    return rule, step.only_this, int(back[np.argmax(margins)])
