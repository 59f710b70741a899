"""Variants of a policy with other limits, judged without measuring again, and saved as a file.

Measurements never depend on limits, so the counts after a change are those of a full run with the changed policy.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import yaml

from suitability.core.errors import Place, PolicyError, Problem
from suitability.core.units import UNITS
from suitability.policy.model import Limit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.policy.model import Check, Policy


#: How far a limit can be moved: up to so many times itself.
_ROOM: Final = 2.0

#: Where a limit is 0 and has no near-miss band, it can be moved so far to both sides, in the criterion's unit.
_AROUND_ZERO: Final = 50.0

#: Between the two numbers of a limit in a link.
_BETWEEN: Final = "_"


def range_of(check: Check) -> tuple[float, float]:
    """Return between which numbers the limit of a measuring check can be tried, in the criterion's unit.

    A scan that is to be judged again reads its layers that far. Only a limit of 0 can be moved below 0.
    """
    if check.limit is None:
        return 0.0, 0.0
    largest = check.limit.largest
    if largest > 0:
        unit = UNITS[check.limit.unit]
        return min(0.0, *check.limit.numbers), min(max(_ROOM * largest, unit.least_range), unit.highest)
    span = max(abs(check.limit.numbers[0]), 5 * (check.near_miss or 0.0)) or _AROUND_ZERO
    return -span, span


def with_limits(policy: Policy, limits: Mapping[str, float | tuple[float, ...]]) -> Policy:
    """Return the policy with other numbers in the limits of some checks, by check id, in the criterion's unit.

    One number for ``at_most`` and ``at_least``, two for ``between``; shares from 0 to 1, distances in metres, areas in
    square metres, travel times in minutes. Raises ``PolicyError`` for a check that does not measure or is not there, and
    for numbers that its limit cannot take.

    Example: ``with_limits(policy, {"net_area": 500, "facilities_walk": 20})``
    """
    known = {check.id: check.limit for check in policy.checks() if check.limit is not None}
    wrong = sorted(set(limits) - set(known))
    if wrong:
        fields = {"found": ", ".join(wrong), "expected": ", ".join(sorted(known)), "suggestion": ""}
        raise PolicyError(Problem(Place(policy.id), "unknown_rule", fields))
    numbers = {name: _as_numbers(value) for name, value in limits.items()}
    problems = [_wrong_numbers(policy, name, found, known[name]) for name, found in numbers.items()]
    if any(problems):
        raise PolicyError(*filter(None, problems))

    def changed(check: Check) -> Check:
        if check.children:
            return check.with_children(tuple(changed(child) for child in check.children))
        if check.id not in numbers or check.limit is None:
            return check
        return check.model_copy(update={"limit": moved(check.limit, numbers[check.id])})

    return policy.model_copy(update={"rules": tuple(changed(rule) for rule in policy.rules)})


def _as_numbers(value: float | tuple[float, ...]) -> tuple[float, ...]:
    """Return the numbers of a limit, of which one may be given by itself."""
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _wrong_numbers(policy: Policy, name: str, numbers: tuple[float, ...], limit: Limit) -> Problem | None:
    """Return why a limit cannot take these numbers, or None."""
    if len(numbers) == len(limit.numbers) and all(math.isfinite(number) for number in numbers):
        return None
    key = "limit_one_number" if len(limit.numbers) == 1 else "limit_two_numbers"
    fields = {"found": ", ".join(f"{number:g}" for number in numbers), "unit": limit.unit}
    return Problem(Place(policy.id, rule=name), key, fields)


def moved(limit: Limit, numbers: tuple[float, ...]) -> Limit:
    """Return a limit of the same kind and unit with other numbers, in the order of ``Limit.numbers``."""
    if limit.between is not None:
        return Limit(between=(min(numbers), max(numbers)), unit=limit.unit)
    kind = "at_most" if limit.at_most is not None else "at_least"
    return Limit.model_validate({kind: numbers[0], "unit": limit.unit})


def changed_limits(policy: Policy, limits: Mapping[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    """Return those of ``limits`` that differ from the policy's own."""
    own = {check.id: check.limit.numbers for check in policy.checks() if check.limit is not None}
    return {name: numbers for name, numbers in limits.items() if tuple(numbers) != own.get(name)}


def limits_as_text(limits: Mapping[str, tuple[float, ...]]) -> dict[str, str]:
    """Return limits as short texts by check id, for a link."""
    return {name: _BETWEEN.join(repr(number) for number in numbers) for name, numbers in sorted(limits.items())}


def limits_from_text(policy: Policy, texts: Mapping[str, str]) -> dict[str, tuple[float, ...]]:
    """Return the limits that a link gives for a policy; raises ``PolicyError`` with every one that cannot be tried."""
    checks = {check.id: check for check in policy.checks() if check.limit is not None}
    problems: list[Problem] = []
    limits: dict[str, tuple[float, ...]] = {}
    for name, text in texts.items():
        place = Place(policy.id, rule=name)
        check = checks.get(name)
        if check is None or check.limit is None:
            expected = ", ".join(sorted(checks))
            problems.append(Problem(place, "unknown_rule", {"found": name, "expected": expected, "suggestion": ""}))
            continue
        low, high = range_of(check)
        numbers = _numbers(text)
        if len(numbers) == len(check.limit.numbers) and all(low <= number <= high for number in numbers):
            limits[name] = numbers
        else:
            fields = {"found": text, "low": f"{low:g}", "high": f"{high:g}", "unit": check.limit.unit}
            problems.append(Problem(place, "limit_in_link", fields))
    if problems:
        raise PolicyError(*problems)
    return changed_limits(policy, limits)


def _numbers(text: str) -> tuple[float, ...]:
    """Return the numbers in a text; none when it holds anything else."""
    try:
        return tuple(float(part) for part in text.split(_BETWEEN))
    except ValueError:
        return ()


def overlay_text(policy: Policy, limits: Mapping[str, tuple[float, ...]], title: Mapping[str, str]) -> str:
    """Return a policy file that extends ``policy`` and changes only these limits: to save, to share, to scan with."""
    changed = with_limits(policy, limits)
    rules = [_overlay(rule, was) for rule, was in zip(changed.rules, policy.rules, strict=True) if rule != was]
    document: dict[str, Any] = {
        "extends": policy.id,
        "title": dict(title),
        "in_force": policy.in_force,
        "rules": rules,
    }
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)


def _overlay(rule: Check, was: Check) -> dict[str, Any]:
    """Return what an overlay says of a changed rule: its limit, or of a rule of rules all its parts."""
    if not rule.children:
        return {"id": rule.id, "limit": _plain(rule.limit), **_band(was)}
    whole = rule.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return {"id": rule.id, rule.form: whole[rule.form]}


def _band(was: Check) -> dict[str, float]:
    """Return the near-miss band where there is one: a limit in another unit would give it another meaning."""
    return {} if was.near_miss is None else {"near_miss": was.near_miss}


def _plain(limit: Limit | None) -> dict[str, Any]:
    return {} if limit is None else limit.model_dump(mode="json", exclude_none=True)
