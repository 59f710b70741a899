"""Validation of a policy: problems with file, line, rule and field, what was found and what was expected.

Pydantic checks the form. Names are compared with the criteria, documents and location types that exist.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from suitability.core.config import documents, suggestion
from suitability.core.errors import Place, Problem
from suitability.core.local_text import LocalText
from suitability.core.types import Citation, Params
from suitability.core.yaml_files import LocatedDict, LocatedList
from suitability.policy.model import CONVERSIONS, Check, Limit, LocationType, Permit, Policy, Rule, SomeOf
from suitability.policy.portfolio import Cap, Concentration, Need, Size, Spacing, Spread
from suitability.policy.site import SiteRule
from suitability.policy.value_function import Scale

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from suitability.criteria.base import Criterion

_LONGEST_SHOWN: Final = 60

#: Pydantic's error types -> what a person should have written, as a key of the catalogue.
_EXPECTED: Final = {
    "float_parsing": "number", "float_type": "number", "int_parsing": "whole_number", "int_type": "whole_number",
    "int_from_float": "whole_number", "string_type": "text", "bool_parsing": "yes_or_no", "bool_type": "yes_or_no",
    "date_from_datetime_parsing": "date", "date_from_datetime_inexact": "date", "date_parsing": "date", "date_type": "date", "tuple_type": "list",
    "model_type": "mapping", "dict_type": "mapping", "string_pattern_mismatch": "identifier",
    "model_attributes_type": "mapping", "finite_number": "number",
}  # fmt: skip

#: What `kind` says -> the model of that rule on a set of sites.
_SET_RULES: Final[dict[str, type[Params]]] = {
    "spacing": Spacing, "cap": Cap, "spread": Spread, "size": Size, "concentration": Concentration,
}  # fmt: skip

#: What pydantic adds to a location for each member of a union; it is in no file.
_UNION_MARKS: Final = ("Params", "dict[str,any]", *_SET_RULES)

#: Key -> the model of what stands under it, to name the keys it may hold.
_MODELS: Final[dict[str, type[Params]]] = {
    "limit": Limit, "source": Citation, "label": LocalText, "title": LocalText, "assumption": LocalText,
    "caution": LocalText, "consequence": LocalText, "summary": LocalText, "rules": Rule, "any_of": Check,
    "all_of": Check, "some_of": SomeOf, "checks": Check, "location_types": LocationType, "permit": Permit, "need": Need,
    "scale": Scale, "sites": SiteRule,
}  # fmt: skip

#: Where something stands in the data: keys and positions from the top.
_Loc = tuple[str | int, ...]


def _checks(node: object, loc: _Loc) -> list[tuple[LocatedDict, _Loc]]:
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
        problems.append(Problem(_where(located, path, ("repeals",)), "repeals_without_extends"))
    if isinstance(rules, LocatedList) and not rules:
        problems.append(Problem(_where(located, path, ("rules",)), "too_few", {"found": "[]", "expected": 1}))
    seen: set[tuple[str | int, str]] = set()
    for check, loc in [*checks, *((item, (key, i)) for key, i, item in named if isinstance(item, LocatedDict))]:
        problems += _misbound(check, loc, criteria, located, path)
        problems += _unknown_names(check, loc, located, folder, path)
        problems += _unknown_names(check.get("scale"), (*loc, "scale"), located, folder, path)
        name = check.get("id")
        if isinstance(name, str):
            if (loc[0], name) in seen:
                problems.append(Problem(_where(located, path, (*loc, "id")), "double_id", {"found": name}))
            seen.add((loc[0], name))
    return problems + _unknown_names(located.get("sites"), ("sites",), located, folder, path)


def _misbound(
    check: LocatedDict, loc: _Loc, criteria: Mapping[str, Criterion], located: LocatedDict, path: Path
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
        return [Problem(_where(located, path, (*loc, "criterion")), "unknown_criterion", fields)]
    problems = _scale_unit(check, loc, criterion, located, path)
    params = check.get("params", {})
    try:
        if isinstance(params, dict):
            criterion.params.model_validate(dict(params))
    except ValidationError as error:
        problems += form_problems(error, located, path, (*loc, "params"), tuple(criterion.params.model_fields))
    try:
        limit = Limit.model_validate(check.get("limit"))
    except ValidationError:
        return problems  # said by the form
    try:
        limit.in_unit(criterion.unit)
    except ValueError:
        fields = {"found": limit.unit, "expected": criterion.unit}
        problems.append(Problem(_where(located, path, (*loc, "limit", "unit")), "limit_unit", fields))
    return problems


def _scale_unit(check: LocatedDict, loc: _Loc, criterion: Criterion, located: LocatedDict, path: Path) -> list[Problem]:
    """Return that a scale is in a unit that the criterion does not measure in."""
    scale = check.get("scale")
    unit = scale.get("unit") if isinstance(scale, LocatedDict) else None
    if not isinstance(unit, str) or criterion.unit in {unit, CONVERSIONS.get(unit, ("", 0.0))[0]}:
        return []
    fields = {"found": unit, "expected": criterion.unit}
    return [Problem(_where(located, path, (*loc, "scale", "unit")), "limit_unit", fields)]


def _unknown_names(check: object, loc: _Loc, located: LocatedDict, folder: Path, path: Path) -> list[Problem]:
    """Return the documents and location types that a part of a policy names and that do not exist."""
    if not isinstance(check, LocatedDict):
        return []
    problems = []
    source, field = check.get("source"), "applies_to" if loc[0] == "rules" else "location_types"
    kinds = check.get(field)
    document = source.get("document") if isinstance(source, LocatedDict) else None
    if isinstance(document, str) and document not in documents(folder):
        fields = {"found": document, "expected": ", ".join(sorted(documents(folder)))}
        problems.append(Problem(_where(located, path, (*loc, "source", "document")), "unknown_document", fields))
    types = located.get("location_types")
    known = (
        [str(kind["id"]) for kind in types if isinstance(kind, dict) and kind.get("id")]
        if isinstance(types, list)
        else []
    )
    for i, kind in enumerate(kinds if isinstance(kinds, list) else []):
        if isinstance(kind, str) and kind not in known:
            fields = {"found": kind, "expected": ", ".join(known) or "-"}
            where = _where(located, path, (*loc, field, i))
            problems.append(Problem(where, "unknown_location_type", fields))
    return problems


def _where(located: LocatedDict, path: Path, loc: tuple[str | int, ...]) -> Place:
    """Return file, line, rule and field for a location in the data."""
    node: Any = located
    place, rule, trail = Place(str(path), 1), "", list[str]()
    for step in loc:
        if isinstance(node, LocatedDict) and isinstance(step, str):
            place = node.places.get(step, place)
            trail.append(step)
            node = node.get(step)
        elif isinstance(node, LocatedList) and isinstance(step, int) and step < len(node):
            place, node = node.places[step], node[step]
            if isinstance(node, dict) and isinstance(node.get("id"), str):
                rule, trail = node["id"], []
            else:
                trail.append(str(step + 1))
        else:
            trail.append(str(step))
    return replace(place, rule=rule, field=".".join(trail))


def form_problems(
    error: ValidationError,
    located: LocatedDict,
    path: Path,
    prefix: tuple[str | int, ...],
    known: tuple[str, ...] = (),
) -> list[Problem]:
    """Translate pydantic's findings into sentences for people; ``known``: the keys allowed, where they vary."""
    problems: list[Problem] = []
    renamed, found = _renamed(error, known), [item["loc"] for item in error.errors()]
    for item in error.errors():
        if item["type"] == "missing" and item["loc"] in renamed:
            continue
        at = item["loc"]
        if item["type"] == "too_short" and any(len(loc) > len(at) and loc[: len(at)] == at for loc in found):
            continue  # an item that is wrong itself was not counted
        loc = (*prefix, *(step for step in item["loc"] if step not in _UNION_MARKS))
        where = _where(located, path, loc)
        unknown = item["type"] == "extra_forbidden"
        problem = _unknown_key((*prefix, *item["loc"]), known, where) if unknown else _problem(dict(item), loc, where)
        if problem not in problems:  # each member of a union tells of the same mistake
            problems.append(problem)
    return problems


def _renamed(error: ValidationError, known: tuple[str, ...]) -> set[_Loc]:
    """Return the keys that are missing only because they were misspelt: the misspelling is the one mistake."""
    wrong = [item["loc"] for item in error.errors() if item["type"] == "extra_forbidden"]
    missing = [item["loc"] for item in error.errors() if item["type"] == "missing"]
    return {
        (*loc[:-1], name)
        for loc in wrong
        for name in difflib.get_close_matches(str(loc[-1]), _allowed(loc, known), n=1)
        if (*loc[:-1], name) in missing
    }


def _problem(item: dict[str, Any], loc: _Loc, where: Place) -> Problem:  # noqa: PLR0911 (one per kind of mistake)
    kind, context = str(item["type"]), item.get("ctx", {})
    if kind in {"too_short", "string_too_short"} or (kind == "missing" and isinstance(loc[-1], int)):
        return Problem(where, "too_few", {"found": json.dumps(item["input"]), "expected": context.get("min_length", 2)})
    if kind == "too_long":
        return Problem(where, "too_many", {"found": json.dumps(item["input"]), "expected": context["max_length"]})
    if kind == "missing":
        return Problem(where, "missing_key", {"found": loc[-1]})
    if kind == "value_error":
        return Problem(where, str(context["error"]), {"found": ""})
    if kind == "literal_error":
        return Problem(
            where,
            "wrong_choice",
            {"found": _shown(item["input"]), "expected": context["expected"].replace(" or ", ", ")},
        )
    if kind == "union_tag_invalid":
        return Problem(where, "wrong_choice", {"found": context["tag"], "expected": context["expected_tags"]})
    if kind == "union_tag_not_found":
        return Problem(where, "missing_key", {"found": "kind"})
    if kind in _EXPECTED:
        return Problem(where, f"expected_{_EXPECTED[kind]}", {"found": _shown(item["input"])})
    bounds = {"greater_than": ">", "greater_than_equal": "≥", "less_than": "<", "less_than_equal": "≤"}
    if kind in bounds:
        number = next(iter(context.values()))
        return Problem(
            where, "out_of_range", {"found": _shown(item["input"]), "expected": f"{bounds[kind]} {number:g}"}
        )
    return Problem(where, "wrong_value", {"found": _shown(item["input"]), "expected": item["msg"]})


def _shown(value: object) -> str:
    """Return a value much as it was written in the policy, not too long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _allowed(loc: _Loc, known: tuple[str, ...]) -> list[str]:
    """Return the keys that may stand beside the last of ``loc``; ``known``: those of the criterion's params."""
    parent = next((str(step) for step in reversed(loc[:-1]) if isinstance(step, str)), "")
    if parent in _SET_RULES:
        return list(_SET_RULES[parent].model_fields)
    return list(known or _MODELS.get(parent, Policy).model_fields)


def _unknown_key(loc: _Loc, known: tuple[str, ...], where: Place) -> Problem:
    allowed = _allowed(loc, known)
    fields = {"found": loc[-1], "expected": ", ".join(allowed), "suggestion": suggestion(str(loc[-1]), allowed)}
    return Problem(where, "unknown_key", fields)
