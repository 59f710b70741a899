"""The longlist: what passes or must be looked at, and the funnel that says what each rule removes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.core.measurement import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.core.types import BoolArray
    from suitability.scan.run import Scan


@dataclass(frozen=True)
class FunnelStep:
    """Parcels removed by one rule.

    ``in_turn``: removed by this rule after the rules before it; ``remaining``: left after it. ``alone``: would be
    removed if this were the only rule. ``only_this``: would be back if this rule alone were dropped.
    ``to_look_at``: not removed, but this rule could not be decided for them.
    """

    rule_id: str
    in_turn: int
    remaining: int
    alone: int
    only_this: int
    to_look_at: int


@dataclass(frozen=True)
class Counts:
    """Counts of parcels by verdict. ``start`` minus all ``in_turn`` is what is left."""

    start: int
    n_pass: int
    n_unknown: int
    n_near_miss: int
    n_restricted: int
    funnel: tuple[FunnelStep, ...]

    @property
    def tightest(self) -> FunnelStep | None:
        """The rule whose removal alone would bring most parcels back; None when no rule does."""
        best = max(self.funnel, key=lambda step: step.only_this, default=None)
        return best if best is not None and best.only_this else None

    @property
    def n_kept(self) -> int:
        """The parcels that pass or must be looked at."""
        return self.n_pass + self.n_unknown


@dataclass(frozen=True, kw_only=True)
class Longlist(Counts):
    """``kept`` (n,): parcels that pass or must be looked at."""

    kept: BoolArray


def make_longlist(scan: Scan) -> Longlist:
    """Return the longlist and funnel of a scan: counts of parcels, and the mask ``kept`` of shape (n,) in parcel order.

    Example: ``pandas.DataFrame(make_longlist(scan).funnel)`` has one row per rule that can exclude.
    """
    return Longlist(**vars(count(scan)), kept=scan.verdicts.best != Outcome.FAIL)


def sum_of(counts: Sequence[Counts]) -> Counts:
    """Return the counts of parts that were scanned by one policy together; every parcel is in one part."""
    numbers = {name: sum(getattr(part, name) for part in counts) for name in _NUMBERS}
    by_rule = zip(*(part.funnel for part in counts if part.start), strict=True)
    steps = (
        FunnelStep(same[0].rule_id, **{name: sum(getattr(step, name) for step in same) for name in _OF_STEP})
        for same in by_rule
    )
    return Counts(**numbers, funnel=tuple(steps))


def count(scan: Scan) -> Counts:
    """Return what came of the parcels of a scan, in numbers."""
    best = scan.verdicts.best
    return Counts(
        start=len(best),
        n_pass=int((best == Outcome.PASS).sum()),
        n_unknown=int((best == Outcome.UNKNOWN).sum()),
        n_near_miss=int(scan.verdicts.near_miss.sum()),
        n_restricted=int((scan.verdicts.restricted.any(axis=1) & (best == Outcome.PASS)).sum()),
        funnel=_funnel(scan),
    )


_NUMBERS: Final = tuple(field.name for field in fields(Counts) if field.name != "funnel")
_OF_STEP: Final = tuple(field.name for field in fields(FunnelStep) if field.name != "rule_id")


def _funnel(scan: Scan) -> tuple[FunnelStep, ...]:
    """Count per rule that can exclude; a parcel is out when every location type is out."""
    failed, applies = scan.verdicts.failed, scan.verdicts.applies
    excludes = np.array([rule.effect == "exclude" for rule in scan.policy.rules])
    n_failed = (failed[:, None, :] & (applies & excludes)[None]).sum(axis=2)
    is_out = (n_failed > 0).all(axis=1)
    open_verdict = scan.verdicts.best == Outcome.UNKNOWN
    out_so_far: BoolArray = np.zeros(n_failed.shape, dtype=bool)
    removed_so_far: BoolArray = np.zeros(len(failed), dtype=bool)
    steps = []
    for j in np.flatnonzero(excludes):
        fails_here = failed[:, [j]] & applies[None, :, j]
        out_so_far |= fails_here
        removed: BoolArray = np.asarray(out_so_far.all(axis=1))
        back = is_out & (n_failed - fails_here == 0).any(axis=1)
        steps.append(
            FunnelStep(
                rule_id=scan.policy.rules[j].id,
                in_turn=int((removed & ~removed_so_far).sum()),
                remaining=int((~removed).sum()),
                alone=int(fails_here.all(axis=1).sum()),
                only_this=int(back.sum()),
                to_look_at=int((open_verdict & scan.verdicts.unknown[:, j]).sum()),
            )
        )
        removed_so_far = removed
    return tuple(steps)
