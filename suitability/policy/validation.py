"""Mistakes in a policy that its form does not show: names that do not exist, params and units that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from suitability.core.config import documents
from suitability.core.errors import Problem, suggestion
from suitability.core.located_yaml import LocatedDict, LocatedList
from suitability.core.validation import place_of, validated
from suitability.policy.model import CONVERSIONS, Limit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from suitability.core.validation import Loc
    from suitability.criteria.base import Criterion


def _checks(node: object, loc: Loc) -> list[tuple[LocatedDict, Loc]]:
    """Return every check under a rule as it was written, with where it stands."""
    if not isinstance(node, LocatedDict):
        return []
    found = [(node, loc)]
    for form in ("any_of", "all_of"):
        parts = node.get(form)
        if isinstance(parts, LocatedList):
            found += [pair for i, part in enumerate(parts) for pair in _checks(part, (*loc, form, i))]
    some = node.get("some_of")
    if isinstance(some, LocatedDict) and isinstance(some.get("checks"), LocatedList):
        inside = (*loc, "some_of", "checks")
        found += [pair for i, part in enumerate(some["checks"]) for pair in _checks(part, (*inside, i))]
    return found


def meaning_problems(
    located: LocatedDict, criteria: Mapping[str, Criterion], folder: Path, path: Path
) -> list[Problem]:
    """Return the mistakes that the form alone does not show: unknown names, wrong params and units, double ids."""
    rules = located.get("rules")
    checks = (
        [pair for i, rule in enumerate(rules) for pair in _checks(rule, ("rules", i))]
        if isinstance(rules, LocatedList)
        else []
    )
    lists = {key: located.get(key) for key in ("location_types", "portfolio", "need")}
    named = [
        (key, i, item) for key, items in lists.items() if isinstance(items, LocatedList) for i, item in enumerate(items)
    ]
    problems: list[Problem] = []
    if located.get("repeals") and "extends" not in located:
        problems.append(Problem(place_of(located, path, ("repeals",)), "repeals_without_extends"))
    if isinstance(rules, LocatedList) and not rules:
        problems.append(Problem(place_of(located, path, ("rules",)), "too_few", {"found": "[]", "expected": 1}))
    seen: set[tuple[str | int, str]] = set()
    for check, loc in [*checks, *((item, (key, i)) for key, i, item in named if isinstance(item, LocatedDict))]:
        problems += _misbound(check, loc, criteria, located, path)
        problems += _unknown_names(check, loc, located, folder, path)
        problems += _unknown_names(check.get("scale"), (*loc, "scale"), located, folder, path)
        name = check.get("id")
        if isinstance(name, str):
            if (loc[0], name) in seen:
                problems.append(Problem(place_of(located, path, (*loc, "id")), "double_id", {"found": name}))
            seen.add((loc[0], name))
    return problems + _unknown_names(located.get("sites"), ("sites",), located, folder, path)


def _misbound(
    check: LocatedDict, loc: Loc, criteria: Mapping[str, Criterion], located: LocatedDict, path: Path
) -> list[Problem]:
    """Return what is wrong between a check and its criterion."""
    name = check.get("criterion")
    if not isinstance(name, str):
        return []
    criterion = criteria.get(name)
    if criterion is None:
        fields = {
            "found": name,
            "expected": ", ".join(sorted(criteria)),
            "suggestion": suggestion(name, list(criteria)),
        }
        return [Problem(place_of(located, path, (*loc, "criterion")), "unknown_criterion", fields)]
    problems = _scale_unit(check, loc, criterion, located, path)
    params = check.get("params", {})
    if isinstance(params, dict):
        validated(params, criterion.params, problems, lambda inner: place_of(located, path, (*loc, "params", *inner)))
    try:
        limit = Limit.model_validate(check.get("limit"))
    except ValidationError:
        return problems  # said by the form
    try:
        limit.in_unit(criterion.unit)
    except ValueError:
        fields = {"found": limit.unit, "expected": criterion.unit}
        problems.append(Problem(place_of(located, path, (*loc, "limit", "unit")), "limit_unit", fields))
    return problems


def _scale_unit(check: LocatedDict, loc: Loc, criterion: Criterion, located: LocatedDict, path: Path) -> list[Problem]:
    """Return that a scale is in a unit that the criterion does not measure in."""
    scale = check.get("scale")
    unit = scale.get("unit") if isinstance(scale, LocatedDict) else None
    if not isinstance(unit, str) or criterion.unit in {unit, CONVERSIONS.get(unit, ("", 0.0))[0]}:
        return []
    fields = {"found": unit, "expected": criterion.unit}
    return [Problem(place_of(located, path, (*loc, "scale", "unit")), "limit_unit", fields)]


def _unknown_names(check: object, loc: Loc, located: LocatedDict, folder: Path, path: Path) -> list[Problem]:
    """Return the documents and location types that a part of a policy names and that do not exist."""
    if not isinstance(check, LocatedDict):
        return []
    problems = []
    source, field = check.get("source"), "applies_to" if loc[0] == "rules" else "location_types"
    kinds = check.get(field)
    document = source.get("document") if isinstance(source, LocatedDict) else None
    if isinstance(document, str) and document not in documents(folder):
        fields = {"found": document, "expected": ", ".join(sorted(documents(folder)))}
        problems.append(Problem(place_of(located, path, (*loc, "source", "document")), "unknown_document", fields))
    types = located.get("location_types")
    known = (
        [str(kind["id"]) for kind in types if isinstance(kind, dict) and kind.get("id")]
        if isinstance(types, list)
        else []
    )
    for i, kind in enumerate(kinds if isinstance(kinds, list) else []):
        if isinstance(kind, str) and kind not in known:
            fields = {"found": kind, "expected": ", ".join(known) or "-"}
            where = place_of(located, path, (*loc, field, i))
            problems.append(Problem(where, "unknown_location_type", fields))
    return problems
