"""Lint of a policy: numbers without a source, rules that never apply, values that no layer has.

A warning is no error: the policy can be used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from suitability.core.errors import Place
from suitability.core.layer import Area, LayerSpec
from suitability.core.layer_specs import LAYERS
from suitability.core.messages import message
from suitability.core.units import UNITS
from suitability.criteria import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from suitability.core.layer import Layer, Source
    from suitability.core.messages import Lang
    from suitability.policy.model import Check, Limit, Policy


@dataclass(frozen=True)
class PolicyWarning:
    """Something to look at: a place, and a catalogue key after ``warning.`` with its fields; a limit is in words there."""

    where: Place
    key: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: Lang) -> str:
        """Return the sentence in ``lang``."""
        return f"{self.where.text(lang)}: {message(f'warning.{self.key}', lang, **self.fields)}"


def warnings_of(policy: Policy, source: Source | None = None, file: str = "") -> list[PolicyWarning]:
    """Return what to look at in a policy, in its order; with a source also what it asks of layers that hold no such thing.

    ``file``: named in each warning; default the id of the policy. The policy is as ``read_policy`` returns it.
    """
    name = file or policy.id
    found: list[PolicyWarning] = []
    layers = _Rows(source)
    for check in policy.checks():
        place = Place(name, rule=check.id)
        if check.source is None:
            found.append(PolicyWarning(place, "only_assumed"))
        if check.scale is not None and check.scale.source is None:
            found.append(PolicyWarning(replace(place, field="scale"), "only_assumed"))
        if check.limit is not None:
            found += _idle(check, check.limit, name)
        found += _absent(check, layers, name)
    found += [
        PolicyWarning(Place(name, rule=rule.id), "only_assumed") for rule in policy.portfolio if rule.source is None
    ]
    if policy.sites is not None and policy.sites.source is None:
        found.append(PolicyWarning(Place(name, field="sites"), "only_assumed"))
    types = [kind for kind in policy.location_types if kind.permit is not None and kind.source is None]
    return found + [PolicyWarning(Place(name, rule=kind.id, field="permit"), "only_assumed") for kind in types]


def _idle(check: Check, limit: Limit, file: str) -> Iterator[PolicyWarning]:
    """Yield that a limit is never, or always, exceeded, or lies beyond what is searched."""
    place = Place(file, rule=check.id, field="limit")
    lowest, highest = _range(check)
    low = -math.inf if limit.at_most is not None else limit.numbers[0]
    high = math.inf if limit.at_least is not None else limit.numbers[-1]
    if low <= lowest and high >= highest:
        yield PolicyWarning(place, "never_fails")
    elif low > highest or high < lowest:
        yield PolicyWarning(place, "never_holds")
    horizon = _horizon(check)
    if horizon is not None and limit.largest > horizon[1]:
        yield PolicyWarning(
            place, "beyond_horizon", {"param": horizon[0], "horizon": f"{horizon[1]:g}", "found": f"{limit.largest:g}"}
        )


def _range(check: Check) -> tuple[float, float]:
    """Return the lowest and highest value the criterion can measure with these params."""
    criterion = REGISTRY[str(check.criterion)]
    unit = UNITS[criterion.unit]
    most = getattr(check.params, f"max_{criterion.unit}", None)
    return -math.inf if criterion.is_signed else unit.lowest, unit.highest if most is None else float(most)


def _horizon(check: Check) -> tuple[str, float] | None:
    """Return the name and number of the param beyond which nothing is searched, in the unit of the limit."""
    name = f"horizon_{REGISTRY[str(check.criterion)].unit}"
    number = getattr(check.params, name, None)
    return None if number is None else (name, float(number))


def _absent(check: Check, layers: _Rows, file: str) -> Iterator[PolicyWarning]:
    """Yield each wanted value that no row of the layer has."""
    for param, column, wanted in _choices(check):
        for need in REGISTRY[str(check.criterion)].needs_of(check.params):
            there = layers.values(need.layer, column)
            if there is None:
                continue
            for value in wanted:
                if str(value) not in there:
                    known = ", ".join(sorted(there)[:_MOST_SHOWN]) or "-"
                    place = Place(file, rule=check.id, field=f"params.{param}")
                    yield PolicyWarning(place, "nowhere", {"found": value, "column": column, "expected": known})


_MOST_SHOWN: Final = 30


def _choices(check: Check) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    """Yield param, column and wanted values for each way in which a check chooses rows."""
    for name, column in REGISTRY[str(check.criterion)].chooses.items():
        value = getattr(check.params, name)
        if column is not None:
            yield name, column, () if value is None else _as_tuple(value)
        else:
            for filtered, wanted in (value or {}).items():
                yield f"{name}.{filtered}", str(filtered), _as_tuple(wanted)


def _as_tuple(value: Any) -> tuple[Any, ...]:  # noqa: ANN401 (a value, or some)
    return tuple(value) if isinstance(value, tuple | list) else (value,)


class _Rows:
    """Values in the columns of a source's layers; each layer is loaded once."""

    def __init__(self, source: Source | None) -> None:
        self.source = source
        self.offered = source.offers() if source else frozenset()
        self.loaded: dict[str, Layer] = {}

    def values(self, name: str, column: str) -> set[str] | None:
        """Return the values of a column as text; None where there is no such layer or column to look in."""
        if self.source is None or name not in self.offered or not _has(LAYERS[name], column):
            return None
        if name not in self.loaded:
            self.loaded[name] = self.source.load(LAYERS[name], Area.everywhere())
        table = self.loaded[name].table
        return {str(value) for value in table[column].dropna().unique()} if column in table else None


def _has(spec: LayerSpec, column: str) -> bool:
    return column in spec.columns or column in spec.optional
