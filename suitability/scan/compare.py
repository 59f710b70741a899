"""Comparison of two scans: the parcels that come, go or change, and by which rule.

Values only; ``suitability.report.wording.changes`` makes the sentences.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from suitability.core.measurement import Outcome
from suitability.policy.compare import (
    _ANY,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from suitability.core.local_text import LocalText
    from suitability.core.types import BoolArray, CodeArray, IntArray
    from suitability.policy.model import Rule
    from suitability.scan.run import Scan


#: How a parcel changes from one scan to another: on the longlist, off it, another verdict on it, or none of these.
MOVES: Final = ("gained", "lost", "moved", "same")


@dataclass(frozen=True)
class RuleCount:
    """Number of parcels that one rule accounts for.

    ``label``: of a rule that is known by name only. Neither of them: the location type itself came or went.
    """

    rule: Rule | None
    n: int
    label: LocalText | None = None


@dataclass(frozen=True)
class ScanDifference:
    """Changes from scan ``a`` to scan ``b``, over the parcels that both have, in the order of ``a``.

    ``ids`` (m,); ``was`` and ``now`` (m,): the verdicts. Gained = came on the longlist, lost = dropped off it;
    moved = on it before and after, with another verdict: suitable now needs a look, or the other way around.
    ``restricted_gained``, ``restricted_lost`` (m,): on it before and after, and a restriction came or went.
    ``gained_by``: the rules that no longer fail; ``lost_by``: that newly fail; ``doubted_by``: that newly cannot be
    decided; ``cleared_by``: that now can. Of several, the first in the order of the policy.
    """

    ids: NDArray[np.object_]
    was: CodeArray
    now: CodeArray
    restricted_gained: BoolArray
    restricted_lost: BoolArray
    gained_by: tuple[RuleCount, ...]
    lost_by: tuple[RuleCount, ...]
    doubted_by: tuple[RuleCount, ...]
    cleared_by: tuple[RuleCount, ...]
    only_in_a: int
    only_in_b: int

    @property
    def gained(self) -> BoolArray:
        """Parcels that came on the longlist, shape (m,)."""
        return np.asarray((self.was == Outcome.FAIL) & (self.now != Outcome.FAIL))

    @property
    def lost(self) -> BoolArray:
        """Parcels that fell off the longlist, shape (m,)."""
        return np.asarray((self.was != Outcome.FAIL) & (self.now == Outcome.FAIL))

    @property
    def doubted(self) -> BoolArray:
        """Parcels that were suitable and now need a look, shape (m,)."""
        return np.asarray((self.was == Outcome.PASS) & (self.now == Outcome.UNKNOWN))

    @property
    def cleared(self) -> BoolArray:
        """Parcels that needed a look and are now suitable, shape (m,)."""
        return np.asarray((self.was == Outcome.UNKNOWN) & (self.now == Outcome.PASS))

    @property
    def moved(self) -> BoolArray:
        """Parcels on the longlist before and after, with another verdict, shape (m,)."""
        return np.asarray(self.doubted | self.cleared)

    @property
    def moves(self) -> IntArray:
        """Change of each parcel, as an index into ``MOVES``, shape (m,)."""
        which = [self.gained, self.lost, self.moved]
        return np.select(which, range(len(which)), default=MOVES.index("same")).astype(np.int64)


def compare_scans(a: Scan, b: Scan) -> ScanDifference:
    """Return what moved from ``a`` to ``b``; parcels are matched by their designation."""
    place = pd.Index(b.parcels.ids).get_indexer(pd.Index(a.parcels.ids))
    in_a = np.flatnonzero(place >= 0)
    in_b = place[in_a]
    bare = verdict_difference(
        a.parcels.ids[in_a], a.verdicts.best[in_a], b.verdicts.best[in_b],
        np.asarray(a.verdicts.restricted[in_a].any(axis=1)), np.asarray(b.verdicts.restricted[in_b].any(axis=1)),
        unmatched=(len(a.parcels) - len(in_a), len(b.parcels) - len(in_a)),
    )  # fmt: skip
    return replace(
        bare,
        gained_by=_causes(b, in_b, a, in_a, bare.gained),
        lost_by=_causes(a, in_a, b, in_b, bare.lost),
        doubted_by=_causes(a, in_a, b, in_b, bare.doubted),
        cleared_by=_causes(b, in_b, a, in_a, bare.cleared),
    )


def verdict_difference(
    ids: NDArray[np.object_],
    was: CodeArray,
    now: CodeArray,
    old: BoolArray,
    new: BoolArray,
    *,
    unmatched: tuple[int, int],
) -> ScanDifference:
    """Return what moved, without the causes. ``old`` and ``new``: whether there was a restriction, and is one; all (m,)."""
    kept = (was != Outcome.FAIL) & (now != Outcome.FAIL)
    return ScanDifference(ids, was, now, kept & new & ~old, kept & old & ~new, (), (), (), (), *unmatched)


def _causes(
    better: Scan, in_better: IntArray, worse: Scan, in_worse: IntArray, which: BoolArray
) -> tuple[RuleCount, ...]:
    """Count per rule of ``worse`` what it takes away from the location type that suits each parcel in ``better``.

    There no rule that excludes failed, so each that fails in ``worse`` is a reason; the first one counts. From a policy
    without location types to one with them, the type counts that now suits the parcel best.
    """
    rows = in_worse[which]
    kind = _same_type(better, worse)[better.verdicts.best_type[in_better[which]]]
    kind = np.where(kind == _ANY, worse.verdicts.best_type[rows], kind)
    excludes = np.array([rule.effect == "exclude" for rule in worse.policy.rules])
    restricts = np.array([rule.effect == "restrict" for rule in worse.policy.rules])
    applies = worse.verdicts.applies[kind]
    fails = np.asarray(worse.verdicts.failed[rows] & applies & excludes)
    doubts = np.asarray(worse.verdicts.unknown[rows] & applies & (excludes | restricts))
    first = np.where(fails.any(axis=1), fails.argmax(axis=1), doubts.argmax(axis=1))
    first = np.where((kind >= 0) & (fails | doubts).any(axis=1), first, -1)
    counts = np.bincount(first + 1, minlength=len(worse.policy.rules) + 1)
    found = [RuleCount(worse.policy.rules[j - 1] if j else None, int(counts[j])) for j in np.flatnonzero(counts)]
    return tuple(sorted(found, key=lambda count: -count.n))


def _same_type(better: Scan, worse: Scan) -> IntArray:
    """Return for each location type of ``better`` its number in ``worse``; -1 = it has none, ``_ANY`` = any of them."""
    if not better.policy.location_types:
        return np.array([_ANY])
    if not worse.policy.location_types:
        return np.zeros(len(better.policy.types), dtype=np.int64)
    names = [kind.id for kind in worse.policy.types]
    return np.array([names.index(kind.id) if kind.id in names else -1 for kind in better.policy.types])
