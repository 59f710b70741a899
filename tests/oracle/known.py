"""Knowledge and judgement of the oracle: one parcel and one number at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from shapely.geometry import Polygon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shapely.geometry.base import BaseGeometry

    from suitability.core.layer import Layer
    from suitability.policy.model import Check, Limit, Policy, Rule

FAIL, UNKNOWN, PASS = 0, 1, 2
TOLERANCE = 1e-6


class Known(NamedTuple):
    """The number found on one parcel, and the two numbers between which the truth lies; NaN = nothing found."""

    value: float
    lowest: float
    highest: float


NOTHING = Known(math.nan, -math.inf, math.inf)

if TYPE_CHECKING:
    #: Measures one parcel by its id and shape.
    MeasureOne = Callable[[str, BaseGeometry], Known]


def exactly(value: float) -> Known:
    """Return a number without uncertainty."""
    return Known(value, value, value)


def spare(shape: BaseGeometry, coverage: BaseGeometry) -> float:
    """Return how many metres the data extends around a shape; 0 when the shape itself sticks out of it."""
    return shape.distance(coverage.boundary) if coverage.covers(shape) else 0.0


def complete(layer: Layer, kinds: Iterable[str] = ()) -> BaseGeometry:
    """Return where rows of some kinds are complete, kind after kind; a kind that the layer does not list, nowhere."""
    named, where = list(kinds), layer.coverage
    for i, kind in enumerate(named):
        if not layer.kind_coverage:
            listed = layer.coverage
        elif kind in layer.kind_coverage:
            listed = layer.kind_coverage[kind]
        else:
            listed = layer.kind_coverage.get("*", Polygon())
        where = listed if i == 0 else where.intersection(listed)
    return where


def outcome(known: Known, limit: Limit) -> int:
    """Return PASS or FAIL when the lowest and the highest possible value say the same, and all between them."""

    def within(value: float) -> bool:
        if limit.at_most is not None:
            return value <= limit.at_most + TOLERANCE
        if limit.at_least is not None:
            return value >= limit.at_least - TOLERANCE
        low, high = limit.between
        return low - TOLERANCE <= value <= high + TOLERANCE

    if within(known.lowest) and within(known.highest):
        return PASS
    if within(known.lowest) or within(known.highest):
        return UNKNOWN
    if limit.between is not None and known.lowest < limit.between[0] and known.highest > limit.between[1]:
        return UNKNOWN
    return FAIL


def check_outcome(check: Check, leaf_outcomes: dict[str, int]) -> int:
    """Return the outcome of a check: that of its measurement, the best of ``any_of``, the worst of ``all_of``."""
    if check.any_of:
        return max(check_outcome(child, leaf_outcomes) for child in check.any_of)
    if check.all_of:
        return min(check_outcome(child, leaf_outcomes) for child in check.all_of)
    return leaf_outcomes[check.id]


def type_outcome(policy: Policy, kind: str, rule_outcomes: dict[str, int]) -> int:
    """Return the outcome of one parcel as one location type, rule by rule."""
    result = PASS
    for rule in policy.rules:
        if rule.applies_to and kind not in rule.applies_to:
            continue
        found = rule_outcomes[rule.id]
        if rule.effect == "exclude":
            result = min(result, FAIL if found == UNKNOWN and rule.on_unknown == "fail" else found)
        if rule.effect == "restrict" and found == UNKNOWN:
            result = min(result, UNKNOWN)
    return result


def verdict(policy: Policy, rule_outcomes: dict[str, int]) -> int:
    """Return the verdict on one parcel: that of the location type that suits it best."""
    return max(type_outcome(policy, kind.id, rule_outcomes) for kind in policy.types)


def first_failed(policy: Policy, kind: str, rule_outcomes: dict[str, int]) -> str | None:
    """Return the first rule, in the order of the policy, on which a parcel falls as one location type."""
    for rule in policy.rules:
        applies = not rule.applies_to or kind in rule.applies_to
        if applies and rule.effect == "exclude" and rule_outcomes[rule.id] == FAIL:
            return rule.id
    return None


def funnel(policy: Policy, parcels: list[dict[str, int]]) -> dict[str, tuple[int, int, int, int, int]]:
    """Return per excluding rule: removed in turn, remaining, removed alone, only by this one, still to look at.

    Each count is a scan of its own with fewer rules; rules of ``on_unknown: fail`` fail where they are unknown.
    """
    hard = [rule for rule in policy.rules if rule.effect == "exclude"]

    def is_out(here: dict[str, int], rules: list[Rule]) -> bool:
        fewer = policy.model_copy(update={"rules": tuple(rules)})
        return verdict(fewer, here) == FAIL

    counts, left = {}, len(parcels)
    out = [is_out(here, hard) for here in parcels]
    for i, rule in enumerate(hard):
        remaining = sum(not is_out(here, hard[: i + 1]) for here in parcels)
        alone = sum(is_out(here, [rule]) for here in parcels)
        others = [other for other in hard if other is not rule]
        only = sum(was_out and not is_out(here, others) for was_out, here in zip(out, parcels, strict=True))
        look = sum(here[rule.id] == UNKNOWN == verdict(policy, here) for here in parcels)
        counts[rule.id] = (left - remaining, remaining, alone, only, look)
        left = remaining
    return counts
