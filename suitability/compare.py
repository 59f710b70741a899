"""What differs between two policies, and between two scans: which parcels come, go or change, and by which rule.

Values only: the sentences on them are made in ``change_wording``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from suitability.policy import Check, Limit, Policy, Rule
from suitability.texts import LocalText
from suitability.types import Citation, Outcome, Params

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from suitability.portfolio_rules import Need
    from suitability.scan import Scan
    from suitability.types import BoolArray, CodeArray, IntArray

#: Fields that say where a policy comes from, not what it says.
_NOT_CONTENT: Final = {"id", "extends", "repeals"}

#: In place of the number of a location type: the one that suits the parcel best.
_ANY: Final = -2

#: Fields of a check that get sentences of their own.
_OF_CHECKS: Final = {"criterion", "params", "limit", "any_of", "all_of", "some_of", "applies_to", "near_miss"}


@dataclass(frozen=True)
class Change:
    """One difference between two policies.

    ``kind``: the catalogue key after ``change.``; ``label``: of what it is, None = of the policy as a whole.
    ``field``: what of it changed, with ``unit`` where that is a quantity; ``was`` and ``now``: its values, None = none.
    """

    kind: str
    id: str = ""
    label: LocalText | None = None
    field: str = ""
    was: object = None
    now: object = None
    unit: str = ""


def compare_policies(a: Policy, b: Policy) -> list[Change]:
    """Return what changed from policy ``a`` to policy ``b``; empty when both say the same."""
    listed = {"location_types", "rules", "portfolio", "need"}
    labels = {kind.id: kind.label for kind in (*a.location_types, *b.location_types)}
    rules = _listed("rule", _by_id(a.rules), _by_id(b.rules), lambda was, now: _rule_changes(was, now, labels))
    repealed = set(b.repeals)
    return [
        *_field_changes(Change("field"), a, b, _NOT_CONTENT | listed),
        *_listed("type", _by_id(a.location_types), _by_id(b.location_types), _plain_changes),
        *(replace(c, kind="rule_repealed") if c.kind == "rule_removed" and c.id in repealed else c for c in rules),
        *_listed("portfolio", _by_id(a.portfolio), _by_id(b.portfolio), _plain_changes),
        *_listed("need", _by_area(a.need), _by_area(b.need), _plain_changes),
    ]


def _by_id(items: Iterable[Any]) -> dict[str, Any]:
    return {item.id: item for item in items}


def _by_area(needs: Iterable[Need]) -> dict[str, Need]:
    """Return needs by what they are of; two of the same area, year and way of counting do not collide."""
    found: dict[str, Need] = {}
    for need in needs:
        name = f"{need.area} {need.year}"
        while name in found:
            name += " +"
        found[name] = need
    return found


def _label(name: str, item: Params) -> LocalText:
    label = getattr(item, "label", None)
    return label if isinstance(label, LocalText) else LocalText(nl=name, en=name)


def _listed(
    kind: str, was: Mapping[str, Any], now: Mapping[str, Any], changes: Callable[[Any, Any], list[Change]]
) -> list[Change]:
    """Return what was taken out of a list, what was added, what changed in what stayed, and whether its order did."""
    found = [Change(f"{kind}_removed", n, _label(n, item), was=item) for n, item in was.items() if n not in now]
    found += [Change(f"{kind}_added", n, _label(n, item), now=item) for n, item in now.items() if n not in was]
    for name in now:
        if name in was:
            found += [
                replace(c, id=name, label=c.label or _label(name, now[name])) for c in changes(was[name], now[name])
            ]
    if [name for name in was if name in now] != [name for name in now if name in was]:
        found.append(Change(f"{kind}_order", now=tuple(_label(n, item) for n, item in now.items() if n in was)))
    return found


def _plain_changes(was: Params, now: Params) -> list[Change]:
    return _field_changes(Change("field"), was, now, frozenset())


def _field_changes(of: Change, was: Params, now: Params, leave_out: Iterable[str]) -> list[Change]:
    """Return a change per field that differs; tables and parts field by field."""
    names = dict.fromkeys([*type(was).model_fields, *type(now).model_fields])
    found: list[Change] = []
    for name in names.keys() - set(leave_out):
        found += _value_changes(of, name, getattr(was, name, None), getattr(now, name, None))
    return sorted(found, key=lambda change: list(names).index(change.field.split(" ")[0]))


def _value_changes(of: Change, name: str, was: Any, now: Any) -> list[Change]:  # noqa: ANN401 (whatever a field holds)
    if was == now:
        return []
    if isinstance(was, dict) and isinstance(now, dict):
        keys = dict.fromkeys([*was, *now])
        return [c for key in keys for c in _value_changes(of, f"{name} {key}", was.get(key), now.get(key))]
    if isinstance(was, Params) and type(was) is type(now) and not isinstance(was, LocalText | Citation | Limit):
        inside = _field_changes(of, was, now, frozenset())
        return [replace(change, field=f"{name} {change.field}") for change in inside]
    kind = "field_added" if was in (None, ()) else "field_removed" if now in (None, ()) else of.kind
    return [replace(of, kind=kind, field=name, was=was, now=now)]


def _rule_changes(was: Rule, now: Rule, labels: Mapping[str, LocalText]) -> list[Change]:
    found = _check_changes(was, now)
    if set(was.applies_to) != set(now.applies_to):
        old, new = (tuple(labels[kind] for kind in rule.applies_to if kind in labels) for rule in (was, now))
        found.append(Change("applies_to", was=old, now=new))
    return found


def _check_changes(was: Check, now: Check) -> list[Change]:
    """Return what changed in one check, the checks inside it included."""
    found = _value_changes(Change("field"), "criterion", was.criterion, now.criterion)
    if was.limit is not None and now.limit is not None:
        found += _limit_changes(was.limit, now.limit)
    else:
        found += _value_changes(Change("field"), "limit", was.limit, now.limit)
    unit = now.limit.unit if now.limit else ""
    found += _value_changes(Change("field", unit=unit), "near_miss", was.near_miss, now.near_miss)
    old, new = _params(was), _params(now)
    for name in dict.fromkeys([*old, *new]):
        found += _value_changes(Change("param"), name, old.get(name), new.get(name))
    if _form(was) != _form(now):
        found.append(Change("form", was=_form(was), now=_form(now)))
    found += _listed("part", _by_id(was.children), _by_id(now.children), _check_changes)
    return found + _field_changes(Change("field"), was, now, _OF_CHECKS)


def _params(check: Check) -> dict[str, Any]:
    if isinstance(check.params, Params):
        return {name: getattr(check.params, name) for name in type(check.params).model_fields}
    return dict(check.params)


def _form(check: Check) -> tuple[str, int]:
    """Return how the checks inside are combined, and how many must hold where that is a number of its own."""
    if not check.children:
        return "criterion", 0
    return check.form, check.needed if check.some_of else 0


def _limit_changes(was: Limit, now: Limit) -> list[Change]:
    """Return whether a limit became tighter, looser or another kind of limit."""
    if was == now:
        return []
    (old_low, old_high), (low, high) = _bounds(was), _bounds(now)
    kind = "limit_changed"
    if was.unit == now.unit and low >= old_low and high <= old_high:
        kind = "limit_tightened"
    elif was.unit == now.unit and low <= old_low and high >= old_high:
        kind = "limit_loosened"
    return [Change(kind, field="limit", was=was, now=now)]


def _bounds(limit: Limit) -> tuple[float, float]:
    low = -np.inf if limit.at_most is not None else limit.numbers[0]
    high = np.inf if limit.at_least is not None else limit.numbers[-1]
    return float(low), float(high)


@dataclass(frozen=True)
class RuleCount:
    """How many parcels one rule accounts for.

    ``label``: of a rule that is known by name only. Neither of them: the location type itself came or went.
    """

    rule: Rule | None
    n: int
    label: LocalText | None = None


@dataclass(frozen=True)
class ScanDifference:
    """What moved from scan ``a`` to scan ``b``, over the parcels that both have, in the order of ``a``.

    ``ids`` (m,); ``was`` and ``now`` (m,): the verdicts. Gained = came on the longlist, lost = fell off it;
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
