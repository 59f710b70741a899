"""Comparison of two policies: the changes, rule by rule, as values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from suitability.core.local_text import LocalText
from suitability.core.types import Citation, Params
from suitability.policy.model import Check, Limit, Policy, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from suitability.policy.portfolio import Need


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
