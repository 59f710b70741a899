"""Reading a policy: find the file, lay it over what it extends, fill in tables, check everything at once.

A mistake becomes one sentence with file, line, rule, what was found and what was expected; all of them together.
"""

from __future__ import annotations

import difflib
import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from suitability.errors import PolicyError, Problem, SourceError
from suitability.located_yaml import LocatedDict, LocatedList, Place, read_yaml
from suitability.policy import Check, Limit, LocalText, Policy, Rule
from suitability.types import Citation, Params

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.types import Criterion

_SCALE_PREFIX: Final = "scale:"
_FALLBACK_FOLDERS: Final = (Path(__file__).parent / "_config", Path(__file__).parent.parent / "config")

#: Pydantic's error types -> what a person should have written, as a key of the catalogue.
_EXPECTED: Final = {
    "float_parsing": "number", "float_type": "number", "int_parsing": "whole_number", "int_type": "whole_number",
    "int_from_float": "whole_number", "string_type": "text", "bool_parsing": "yes_or_no", "bool_type": "yes_or_no",
    "date_from_datetime_parsing": "date", "date_parsing": "date", "date_type": "date", "tuple_type": "list",
    "model_type": "mapping", "dict_type": "mapping", "string_pattern_mismatch": "identifier",
    "model_attributes_type": "mapping", "finite_number": "number",
}  # fmt: skip


#: Key -> the model of what stands under it, to name the keys it may hold.
_MODELS: Final[dict[str, type[Params]]] = {
    "limit": Limit, "source": Citation, "label": LocalText, "title": LocalText, "assumption": LocalText,
    "caution": LocalText, "consequence": LocalText, "summary": LocalText,
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
    return sorted(p.stem for p in config.glob("*.yaml") if "rules:" in p.read_text(encoding="utf-8"))


def read_policy(name: str, criteria: Mapping[str, Criterion], config: Path | None = None) -> Policy:
    """Return a checked policy, every param typed and every limit in its criterion's unit.

    Raises ``PolicyError`` with every mistake of the file, or ``SourceError`` when a file cannot be read.
    """
    folder = config_folder(config)
    path = policy_path(name, folder)
    located = _with_base(path, folder)
    problems: list[Problem] = []
    _fill_scales(located, folder, problems)
    try:
        policy = Policy.model_validate({"id": path.stem, **located})
    except ValidationError as error:
        problems += _problems(error, located, path, ())
        raise PolicyError(*problems) from error
    bound = _bind(policy, criteria, located, path, problems)
    problems += _references(bound, folder, located, path)
    if problems:
        raise PolicyError(*problems)
    return bound


def _with_base(path: Path, folder: Path, seen: tuple[Path, ...] = ()) -> LocatedDict:
    """Return the file laid over what it extends: rules by id, other keys replaced."""
    if path in seen:
        raise PolicyError(Problem(str(path), "extends_loop", {"found": " → ".join(p.stem for p in (*seen, path))}))
    overlay = read_yaml(path)
    base_name = overlay.get("extends")
    if not isinstance(base_name, str):
        return overlay
    base_path = folder / f"{base_name}.yaml"
    if not base_path.is_file():
        where = str(overlay.places["extends"])
        raise PolicyError(
            Problem(where, "extends_missing", {"found": base_name, "expected": ", ".join(policy_names(folder))})
        )
    return _laid_over(_with_base(base_path, folder, (*seen, path)), overlay)


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
        problems.append(Problem(str(place), "unknown_scale", {"found": name, "expected": ", ".join(known)}))
        return {}
    columns = read_yaml(path).get("columns", {})
    if column not in columns:
        problems.append(Problem(str(place), "unknown_scale", {"found": reference, "expected": ", ".join(columns)}))
        return {}
    return dict(columns[column])


def _bind(
    policy: Policy, criteria: Mapping[str, Criterion], located: LocatedDict, path: Path, problems: list[Problem]
) -> Policy:
    """Return the policy with every check bound to its criterion: typed params, limit in the measured unit."""

    def bound(check: Check, loc: tuple[str | int, ...]) -> Check:
        if check.children:
            form = "any_of" if check.any_of else "all_of"
            children = tuple(bound(child, (*loc, form, i)) for i, child in enumerate(check.children))
            return check.model_copy(update={form: children})
        criterion = criteria.get(check.criterion or "")
        if criterion is None:
            fields = {"found": check.criterion, "expected": ", ".join(sorted(criteria)),
                      "suggestion": _suggestion(str(check.criterion), list(criteria))}  # fmt: skip
            problems.append(Problem(_where(located, path, (*loc, "criterion")), "unknown_criterion", fields))
            return check
        update: dict[str, object] = {}
        try:
            raw = check.params.model_dump() if isinstance(check.params, Params) else check.params
            update["params"] = criterion.params.model_validate(dict(raw))
        except ValidationError as error:
            known = tuple(criterion.params.model_fields)
            problems.extend(_problems(error, located, path, (*loc, "params"), known))
        if check.limit is not None:
            try:
                update["limit"] = check.limit.in_unit(criterion.unit)
                ratio = update["limit"].largest / check.limit.largest if check.limit.largest else 1.0  # type: ignore[attr-defined]
                update["near_miss"] = None if check.near_miss is None else check.near_miss * ratio
            except ValueError:
                fields = {"found": check.limit.unit, "expected": criterion.unit}
                problems.append(Problem(_where(located, path, (*loc, "limit", "unit")), "limit_unit", fields))
        return check.model_copy(update=update)

    rules = tuple(bound(rule, ("rules", i)) for i, rule in enumerate(policy.rules))
    return policy.model_copy(update={"rules": rules})


@cache
def documents(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the documents that citations name: title, url and date by id."""
    return dict(read_yaml(folder / "documents.yaml"))


def _references(policy: Policy, folder: Path, located: LocatedDict, path: Path) -> list[Problem]:
    """Return the mistakes that show only between parts: double ids, unknown documents and location types."""
    problems = []
    ids = Counter(check.id for rule in policy.rules for check in _all_checks(rule))
    problems += [Problem(str(path), "double_id", {"found": name}) for name, count in ids.items() if count > 1]
    known_documents, known_types = documents(folder), [kind.id for kind in policy.location_types]
    for i, rule in enumerate(policy.rules):
        for check in _all_checks(rule):
            if check.source is not None and check.source.document not in known_documents:
                where = _where(located, path, ("rules", i, "source", "document"))
                fields = {"found": check.source.document, "expected": ", ".join(sorted(known_documents))}
                problems.append(Problem(where, "unknown_document", fields))
        for kind in rule.applies_to:
            if kind not in known_types:
                where = _where(located, path, ("rules", i, "applies_to"))
                problems.append(
                    Problem(where, "unknown_location_type", {"found": kind, "expected": ", ".join(known_types) or "-"})
                )
    return problems


def _all_checks(check: Check) -> list[Check]:
    return [check, *(c for child in check.children for c in _all_checks(child))]


def _where(located: LocatedDict, path: Path, loc: tuple[str | int, ...]) -> str:
    """Return "file, line 41, rule near_work, limit.at_most" for a location in the data."""
    node: Any = located
    place, rule, trail = Place(str(path), 1), "", []
    for step in loc:
        if isinstance(node, LocatedDict) and isinstance(step, str):
            place = node.places.get(step, place)
            trail.append(step)
            node = node.get(step)
        elif isinstance(node, LocatedList) and isinstance(step, int) and step < len(node):
            place, node = node.places[step], node[step]
            if isinstance(node, dict) and "id" in node:
                rule, trail = f", rule {node['id']}", []
            else:
                trail.append(str(step + 1))
        else:
            trail.append(str(step))
    return f"{place}{rule}" + (f", {'.'.join(trail)}" if trail else "")


def _problems(
    error: ValidationError,
    located: LocatedDict,
    path: Path,
    prefix: tuple[str | int, ...],
    known: tuple[str, ...] = (),
) -> list[Problem]:
    """Translate pydantic's findings into sentences for people; ``known``: the keys allowed, where they vary."""
    problems = []
    for item in error.errors():
        loc = (*prefix, *item["loc"])
        where = _where(located, path, loc)
        unknown = item["type"] == "extra_forbidden"
        problems.append(_unknown_key(loc, known, where) if unknown else _problem(dict(item), loc, where))
    return problems


def _problem(item: dict[str, Any], loc: tuple[str | int, ...], where: str) -> Problem:
    kind, context = str(item["type"]), item.get("ctx", {})
    if kind == "missing":
        return Problem(where, "missing_key", {"found": loc[-1]})
    if kind == "value_error":
        return Problem(where, str(context["error"]), {"found": ""})
    if kind == "literal_error":
        return Problem(where, "wrong_choice", {"found": item["input"], "expected": context["expected"]})
    if kind in _EXPECTED:
        return Problem(where, f"expected_{_EXPECTED[kind]}", {"found": item["input"]})
    bounds = {"greater_than": ">", "greater_than_equal": "≥", "less_than": "<", "less_than_equal": "≤"}
    if kind in bounds:
        number = next(iter(context.values()))
        return Problem(where, "out_of_range", {"found": item["input"], "expected": f"{bounds[kind]} {number}"})
    return Problem(where, "wrong_value", {"found": item["input"], "expected": item["msg"]})


def _unknown_key(loc: tuple[str | int, ...], known: tuple[str, ...], where: str) -> Problem:
    parent = str(loc[-2]) if len(loc) > 1 else ""
    model = _MODELS.get(parent, Rule if len(loc) > 1 else Policy)
    allowed = list(known or model.model_fields)
    fields = {"found": loc[-1], "expected": ", ".join(allowed), "suggestion": _suggestion(str(loc[-1]), allowed)}
    return Problem(where, "unknown_key", fields)


def _suggestion(name: str, known: list[str]) -> dict[str, str]:
    """Return "did you mean …" in both languages, or nothing."""
    close = difflib.get_close_matches(name, known, n=1)
    if not close:
        return {"nl": "", "en": ""}
    return {"nl": f" Bedoelt u '{close[0]}'?", "en": f" Did you mean '{close[0]}'?"}
