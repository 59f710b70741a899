"""Reading a policy: find the file, lay it over what it extends, fill in tables, check everything at once.

A mistake becomes one sentence with file, line, rule, what was found and what was expected; all of them together.
"""

from __future__ import annotations

import difflib
import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from suitability.errors import Place, PolicyError, Problem, SourceError
from suitability.located_yaml import LocatedDict, LocatedList, read_yaml
from suitability.policy import CONVERSIONS, Check, Limit, LocalText, LocationType, Policy, Rule
from suitability.types import Citation, Params

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.types import Criterion

_SCALE_PREFIX: Final = "scale:"
_LONGEST_SHOWN: Final = 60
_FALLBACK_FOLDERS: Final = (Path(__file__).parent / "_config", Path(__file__).parent.parent / "config")

#: Pydantic's error types -> what a person should have written, as a key of the catalogue.
_EXPECTED: Final = {
    "float_parsing": "number", "float_type": "number", "int_parsing": "whole_number", "int_type": "whole_number",
    "int_from_float": "whole_number", "string_type": "text", "bool_parsing": "yes_or_no", "bool_type": "yes_or_no",
    "date_from_datetime_parsing": "date", "date_from_datetime_inexact": "date", "date_parsing": "date", "date_type": "date", "tuple_type": "list",
    "model_type": "mapping", "dict_type": "mapping", "string_pattern_mismatch": "identifier",
    "model_attributes_type": "mapping", "finite_number": "number",
}  # fmt: skip

#: Mistakes that leave a value unread: what else is said of its line follows from them.
_UNREADABLE: Final = {"yaml_syntax", "unknown_scale"}

#: What pydantic adds to a location for each member of a union; it is in no file.
_UNION_MARKS: Final = ("Params", "dict[str,any]")

#: Key -> the model of what stands under it, to name the keys it may hold.
_MODELS: Final[dict[str, type[Params]]] = {
    "limit": Limit, "source": Citation, "label": LocalText, "title": LocalText, "assumption": LocalText,
    "caution": LocalText, "consequence": LocalText, "summary": LocalText, "rules": Rule, "any_of": Check,
    "all_of": Check, "location_types": LocationType,
}  # fmt: skip


def config_folder(given: Path | None = None) -> Path:
    """Return the folder with policies and tables: given, SUITABILITY_CONFIG, ./config, or the shipped one."""
    named = given or (Path(os.environ["SUITABILITY_CONFIG"]) if "SUITABILITY_CONFIG" in os.environ else None)
    if named is not None:
        if not named.is_dir():
            raise SourceError(Problem(str(named), "config_missing"))
        return named
    return next(folder for folder in (Path("config"), *_FALLBACK_FOLDERS) if (folder / "documents.yaml").is_file())


def policy_path(name: str, config: Path) -> Path:
    """Return the file of a policy given by path or by name; raises ``PolicyError`` with the names that exist."""
    path = Path(name)
    if path.suffix in {".yaml", ".yml"}:
        return path
    path = config / f"{name}.yaml"
    if not path.is_file():
        known = policy_names(config)
        fields = {"found": name, "expected": ", ".join(known), "suggestion": _suggestion(name, known)}
        raise PolicyError(Problem("--policy", "unknown_policy", fields))
    return path


def policy_names(config: Path) -> list[str]:
    """Return the names of the policies in a config folder."""
    files = (path for path in config.glob("*.yaml") if path.is_file())
    return sorted(path.stem for path in files if "rules:" in path.read_text(encoding="utf-8", errors="replace"))


def read_policy(name: str, criteria: Mapping[str, Criterion], config: Path | None = None) -> Policy:
    """Return a checked policy, every param typed and every limit in its criterion's unit.

    Raises ``PolicyError`` with every mistake of the file, or ``SourceError`` when a file cannot be read.
    """
    folder = config_folder(config)
    path = policy_path(name, folder)
    problems: list[Problem] = []
    located = _with_base(path, folder, problems)
    _fill_scales(located, folder, problems)
    policy = None
    try:
        policy = Policy.model_validate({"id": path.stem, **located})
    except ValidationError as error:
        problems += _problems(error, located, path, ())
    problems += _meaning(located, criteria, folder, path)  # also of a malformed policy: every mistake at once
    unreadable = {_line(problem) for problem in problems if problem.key in _UNREADABLE}
    problems = [p for p in problems if p.key in _UNREADABLE or _line(p) not in unreadable]  # told already
    if policy is None or problems:
        raise PolicyError(*problems)
    return _bind(policy, criteria)


def _line(problem: Problem) -> tuple[str, int]:
    """Return the file and line of a problem."""
    return (problem.where, 0) if isinstance(problem.where, str) else (problem.where.file, problem.where.line)


def _with_base(path: Path, folder: Path, problems: list[Problem], seen: tuple[Path, ...] = ()) -> LocatedDict:
    """Return the file laid over what it extends: rules by id, other keys replaced."""
    if path in seen:
        raise PolicyError(Problem(str(path), "extends_loop", {"found": " → ".join(p.stem for p in (*seen, path))}))
    overlay = read_yaml(path, problems)
    base_name = overlay.get("extends")
    if not isinstance(base_name, str):
        return overlay
    base_path = folder / f"{base_name}.yaml"
    if not base_path.is_file():
        where = overlay.places["extends"]
        raise PolicyError(
            Problem(where, "extends_missing", {"found": base_name, "expected": ", ".join(policy_names(folder))})
        )
    return _laid_over(_with_base(base_path, folder, problems, (*seen, path)), overlay)


def _laid_over(base: LocatedDict, overlay: LocatedDict) -> LocatedDict:
    for key, value in overlay.items():
        if key == "rules" and isinstance(value, LocatedList) and isinstance(base.get(key), LocatedList):
            _lay_rules(base[key], value)
        else:
            base.put(key, value, overlay.places[key])
    return base


def _lay_rules(base: LocatedList, overlay: LocatedList) -> None:
    by_id = {rule.get("id"): rule for rule in base if isinstance(rule, LocatedDict)}
    for rule, place in zip(overlay, overlay.places, strict=True):
        known = by_id.get(rule.get("id")) if isinstance(rule, LocatedDict) else None
        if known is None:
            base.put(rule, place)
            continue
        for key, value in rule.items():
            if key == "params" and isinstance(known.get(key), LocatedDict) and isinstance(value, LocatedDict):
                for name, number in value.items():
                    known[key].put(name, number, value.places[name])
            else:
                known.put(key, value, rule.places[key])


def _fill_scales(value: object, folder: Path, problems: list[Problem]) -> None:
    """Replace each ``scale:NAME/COLUMN`` by that column of ``config/scales/NAME.yaml``."""
    if isinstance(value, LocatedDict):
        for key, child in list(value.items()):
            if isinstance(child, str) and child.startswith(_SCALE_PREFIX):
                value[key] = _scale(child, folder, value.places[key], problems)
            else:
                _fill_scales(child, folder, problems)
    elif isinstance(value, LocatedList):
        for child in value:
            _fill_scales(child, folder, problems)


def _scale(reference: str, folder: Path, place: Place, problems: list[Problem]) -> dict[str, Any]:
    name, _, column = reference.removeprefix(_SCALE_PREFIX).partition("/")
    path = folder / "scales" / f"{name}.yaml"
    known = sorted(p.stem for p in (folder / "scales").glob("*.yaml"))
    if name not in known:
        problems.append(Problem(place, "unknown_scale", {"found": name, "expected": ", ".join(known)}))
        return {}
    table = read_yaml(path).get("columns")
    columns = {k: v for k, v in table.items() if isinstance(v, dict)} if isinstance(table, dict) else {}
    if column not in columns:
        problems.append(Problem(place, "unknown_scale", {"found": reference, "expected": ", ".join(columns) or "-"}))
        return {}
    return dict(columns[column])


def _bind(policy: Policy, criteria: Mapping[str, Criterion]) -> Policy:
    """Return the policy with every check bound to its criterion: typed params, limit in the measured unit."""

    def bound(check: Check) -> Check:
        if check.children:
            form = "any_of" if check.any_of else "all_of"
            return check.model_copy(update={form: tuple(bound(child) for child in check.children)})
        criterion = criteria[str(check.criterion)]
        raw = check.params.model_dump() if isinstance(check.params, Params) else check.params
        update: dict[str, object] = {"params": criterion.params.model_validate(dict(raw))}
        if check.limit is not None:
            factor = 1.0 if check.limit.unit == criterion.unit else CONVERSIONS[check.limit.unit][1]
            update["limit"] = check.limit.in_unit(criterion.unit)
            update["near_miss"] = None if check.near_miss is None else check.near_miss * factor
        return check.model_copy(update=update)

    return policy.model_copy(update={"rules": tuple(bound(rule) for rule in policy.rules)})


@cache
def documents(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the documents that citations name: title, url and date by id."""
    return dict(read_yaml(folder / "documents.yaml"))


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
    return found


def _meaning(located: LocatedDict, criteria: Mapping[str, Criterion], folder: Path, path: Path) -> list[Problem]:
    """Return the mistakes that the form alone does not show: unknown names, wrong params and units, double ids."""
    rules = located.get("rules")
    checks = (
        [pair for i, rule in enumerate(rules) for pair in _checks(rule, ("rules", i))]
        if isinstance(rules, LocatedList)
        else []
    )
    problems: list[Problem] = []
    seen: set[str] = set()
    for check, loc in checks:
        problems += _misbound(check, loc, criteria, located, path)
        problems += _unknown_names(check, loc, located, folder, path)
        name = check.get("id")
        if isinstance(name, str):
            if name in seen:
                problems.append(Problem(_where(located, path, (*loc, "id")), "double_id", {"found": name}))
            seen.add(name)
    return problems


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
            "suggestion": _suggestion(name, list(criteria)),
        }
        return [Problem(_where(located, path, (*loc, "criterion")), "unknown_criterion", fields)]
    problems: list[Problem] = []
    params = check.get("params", {})
    try:
        if isinstance(params, dict):
            criterion.params.model_validate(dict(params))
    except ValidationError as error:
        problems += _problems(error, located, path, (*loc, "params"), tuple(criterion.params.model_fields))
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


def _unknown_names(check: LocatedDict, loc: _Loc, located: LocatedDict, folder: Path, path: Path) -> list[Problem]:
    """Return the documents and location types that a check names and that do not exist."""
    problems = []
    source, kinds = check.get("source"), check.get("applies_to")
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
            where = _where(located, path, (*loc, "applies_to", i))
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


def _problems(
    error: ValidationError,
    located: LocatedDict,
    path: Path,
    prefix: tuple[str | int, ...],
    known: tuple[str, ...] = (),
) -> list[Problem]:
    """Translate pydantic's findings into sentences for people; ``known``: the keys allowed, where they vary."""
    problems: list[Problem] = []
    renamed = _renamed(error, known)
    for item in error.errors():
        if item["type"] == "missing" and item["loc"] in renamed:
            continue
        loc = (*prefix, *(step for step in item["loc"] if step not in _UNION_MARKS))
        where = _where(located, path, loc)
        unknown = item["type"] == "extra_forbidden"
        problem = _unknown_key(loc, known, where) if unknown else _problem(dict(item), loc, where)
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
        return Problem(where, "wrong_choice", {"found": _shown(item["input"]), "expected": context["expected"]})
    if kind in _EXPECTED:
        return Problem(where, f"expected_{_EXPECTED[kind]}", {"found": _shown(item["input"])})
    bounds = {"greater_than": ">", "greater_than_equal": "≥", "less_than": "<", "less_than_equal": "≤"}
    if kind in bounds:
        number = next(iter(context.values()))
        return Problem(where, "out_of_range", {"found": _shown(item["input"]), "expected": f"{bounds[kind]} {number}"})
    return Problem(where, "wrong_value", {"found": _shown(item["input"]), "expected": item["msg"]})


def _shown(value: object) -> str:
    """Return a value much as it was written in the policy, not too long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _allowed(loc: _Loc, known: tuple[str, ...]) -> list[str]:
    """Return the keys that may stand beside the last of ``loc``; ``known``: those of the criterion's params."""
    parent = next((str(step) for step in reversed(loc[:-1]) if isinstance(step, str)), "")
    return list(known or _MODELS.get(parent, Policy).model_fields)


def _unknown_key(loc: _Loc, known: tuple[str, ...], where: Place) -> Problem:
    allowed = _allowed(loc, known)
    fields = {"found": loc[-1], "expected": ", ".join(allowed), "suggestion": _suggestion(str(loc[-1]), allowed)}
    return Problem(where, "unknown_key", fields)


def _suggestion(name: str, known: list[str]) -> dict[str, str]:
    """Return "did you mean …" in both languages, or nothing."""
    close = difflib.get_close_matches(name, known, n=1)
    if not close:
        return {"nl": "", "en": ""}
    return {"nl": f" Bedoelt u '{close[0]}'?", "en": f" Did you mean '{close[0]}'?"}
