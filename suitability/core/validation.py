"""Turn what pydantic finds wrong into sentences for people: file, line and field, what was found, what was expected.

This is the only translation of pydantic's findings: of policies, settings, tables and manifests in YAML, whose values
know their lines (``located_yaml``), and of forms that people fill in. A validator with a sentence of its own raises
``MistakeError``, or ``ValueError`` with a key of the catalogue.
"""

from __future__ import annotations

import difflib
import json
from functools import partial
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from suitability.core.errors import Place, Problem, SourceError, suggestion
from suitability.core.located_yaml import Line, LocatedDict, LocatedList
from suitability.core.types import Params
from suitability.core.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from suitability.core.errors import SuitabilityError

#: Keys and positions from the top of the data.
Loc = tuple[str | int, ...]

_LONGEST_SHOWN: Final = 60

#: Pydantic's error types -> what a person should have written, as a key of the catalogue.
EXPECTED: Final = {
    "float_parsing": "number", "float_type": "number", "finite_number": "number",
    "int_parsing": "whole_number", "int_type": "whole_number", "int_from_float": "whole_number",
    "string_type": "text", "bool_parsing": "yes_or_no", "bool_type": "yes_or_no", "string_pattern_mismatch": "identifier",
    "date_from_datetime_parsing": "date", "date_from_datetime_inexact": "date", "date_parsing": "date", "date_type": "date",
    "tuple_type": "list", "frozen_set_type": "list",
    "model_type": "mapping", "dict_type": "mapping", "model_attributes_type": "mapping",
}  # fmt: skip

_BOUNDS: Final = {"greater_than": ">", "greater_than_equal": "≥", "less_than": "<", "less_than_equal": "≤"}


class MistakeError(ValueError):
    """A finding of a validator: ``key`` of the catalogue (after ``error.``) with its fields.

    ``at``: the location within the value that is validated.
    """

    def __init__(self, key: str, at: Loc = (), **fields: object) -> None:
        super().__init__(key)
        self.at, self.fields = at, fields


def place_of(located: LocatedDict, path: Path, loc: Loc, *, numbered: bool = True) -> Place:
    """Return file, line, rule and field of a location; an item with an ``id`` is named by it, as ``rule``.

    ``numbered``: other items of a list are named by their number. A position in what is no list means the value itself.
    """
    node: Any = located
    line, rule, trail = Line(str(path), 1), "", list[str]()
    for step in loc:
        if isinstance(step, str):
            line = node.lines.get(step, line) if isinstance(node, LocatedDict) else line
            node = node.get(step) if isinstance(node, LocatedDict) else None
            trail.append(step)
        elif isinstance(node, LocatedList):
            known = step < len(node)
            line, node = (node.lines[step], node[step]) if known else (line, None)
            if isinstance(node, dict) and isinstance(node.get("id"), str):
                rule, trail = node["id"], []
            elif numbered:
                trail.append(str(step + 1) if known else str(step))
    return Place(line.file, line.number, rule=rule, field=".".join(trail))


def unknown_key(name: str, known: Iterable[str]) -> dict[str, object]:
    """Return the fields of the sentence ``unknown_key``."""
    known = list(known)
    return {"found": name, "expected": ", ".join(known), "suggestion": suggestion(name, known)}


_Model = TypeVar("_Model", bound=Params)


def read_model(path: Path, form: type[_Model], raises: type[SuitabilityError] = SourceError, **given: object) -> _Model:
    """Return the settings, table or profile in a YAML file; ``given``: values that do not come from the file.

    Raises ``SourceError`` when the file cannot be read, and an error of the class ``raises`` with one sentence per
    mistake.
    """
    problems: list[Problem] = []
    located = read_yaml(path, problems, raises)
    model = validated({**located, **given}, form, problems, partial(place_of, located, path))
    if model is None or problems:
        raise raises(*without_echo(problems))
    return model


def validated(
    values: object, form: type[_Model], problems: list[Problem], place: Callable[[Loc], Place], **context: object
) -> _Model | None:
    """Return the model that ``values`` describe; None when they do not, which is added to ``problems``.

    ``place``: gives the place of a location in ``values``. ``context``: for the validators of the model.
    """
    try:
        return form.model_validate(values, context=context)
    except ValidationError as error:
        problems += form_problems(error, place, form)
        return None


#: Mistakes that leave a value unread: whatever else is found on that line follows from them.
_UNREADABLE: Final = {"yaml_syntax", "unknown_scale"}


def without_echo(problems: list[Problem]) -> list[Problem]:
    """Return the mistakes without those on the line of a value that could not be read."""

    def line(problem: Problem) -> tuple[str, int]:
        return (problem.where, 0) if isinstance(problem.where, str) else (problem.where.file, problem.where.line)

    unread = {line(problem) for problem in problems if problem.key in _UNREADABLE}
    return [problem for problem in problems if problem.key in _UNREADABLE or line(problem) not in unread]


def form_problems(
    error: ValidationError, place: Callable[[Loc], Place], form: type[BaseModel] | None = None
) -> list[Problem]:
    """Return one sentence per mistake.

    Args:
        error: pydantic's findings.
        place: gives the place of a location, counted from the top of ``form``.
        form: the model that was validated, to name the keys that it allows.
    """
    problems: list[Problem] = []
    found = [item["loc"] for item in error.errors()]
    misspelt = _misspelt(error, form)
    for item in error.errors():
        at = item["loc"]
        if item["type"] == "missing" and at in misspelt:
            continue
        if item["type"] == "too_short" and any(len(loc) > len(at) and loc[: len(at)] == at for loc in found):
            continue  # an item that is wrong itself was not counted
        step, cause = _trace(form, at), item.get("ctx", {}).get("error")
        within = cause.at if isinstance(cause, MistakeError) else ()
        problem = _problem(dict(item), step, place((*step.loc, *within)))
        if problem not in problems:  # each member of a union finds the same mistake
            problems.append(problem)
    return problems


def _misspelt(error: ValidationError, form: type[BaseModel] | None) -> set[Loc]:
    """Return the keys that are missing only because they were misspelt: the misspelling is the one mistake."""
    wrong = [item["loc"] for item in error.errors() if item["type"] == "extra_forbidden"]
    missing = {item["loc"] for item in error.errors() if item["type"] == "missing"}
    return missing & {
        (*loc[:-1], name)
        for loc in wrong
        for name in difflib.get_close_matches(str(loc[-1]), _trace(form, loc).allowed, n=1)
    }


def _problem(item: dict[str, Any], step: _Step, where: Place) -> Problem:
    """Return the sentence for a key that is wrong, or for its value."""
    kind, context = str(item["type"]), item.get("ctx", {})
    if kind == "extra_forbidden":
        return Problem(where, "unknown_key", unknown_key(str(step.loc[-1]), step.allowed))
    if kind == "missing" and not isinstance(step.loc[-1], int):
        return Problem(where, "missing_key", {"found": step.loc[-1]})
    if kind == "union_tag_not_found":
        return Problem(where, "missing_key", {"found": context["discriminator"].strip("'")})
    if kind == "union_tag_invalid":
        return Problem(where, "wrong_choice", {"found": context["tag"], "expected": context["expected_tags"]})
    if kind == "value_error":
        cause = context["error"]
        return Problem(where, str(cause), {"found": ""} | (cause.fields if isinstance(cause, MistakeError) else {}))
    return Problem(where, *_of_value(kind, context, item["input"], str(item["msg"])))


def _of_value(kind: str, context: dict[str, Any], value: Any, said: str) -> tuple[str, dict[str, object]]:  # noqa: ANN401, PLR0911 (as found; one per kind)
    """Return the key of the catalogue and the fields for a value that is wrong; ``said``: by pydantic."""
    found = shown(value)
    if kind in {"too_long", "string_too_long"} and isinstance(value, str):
        return "event_too_long", {"found": len(value), "expected": context["max_length"]}
    if kind in {"too_short", "string_too_short", "missing"}:
        return "too_few", {"found": json.dumps(value), "expected": context.get("min_length", 2)}
    if kind == "too_long":
        return "too_many", {"found": json.dumps(value), "expected": context["max_length"]}
    if kind == "literal_error":
        return "wrong_choice", {"found": found, "expected": context["expected"].replace(" or ", ", ")}
    if kind in EXPECTED:
        return f"expected_{EXPECTED[kind]}", {"found": found}
    if kind in _BOUNDS:
        return "out_of_range", {"found": found, "expected": f"{_BOUNDS[kind]} {next(iter(context.values()))}"}
    return "wrong_value", {"found": found, "expected": said}


def shown(value: object) -> str:
    """Return a value much as it was written, not too long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


class _Step(NamedTuple):
    """A location without what pydantic adds for the members of a union, and the keys that may stand at its end."""

    loc: Loc
    allowed: tuple[str, ...]


def _trace(form: type[BaseModel] | None, loc: Loc) -> _Step:
    """Follow a location through the annotations of a model."""
    if form is None:
        return _Step(loc, ())
    kinds: list[Any] = [form]
    trail: list[str | int] = []
    allowed: tuple[str, ...] = ()
    for step in loc:
        if len(kinds) > 1:  # pydantic names the member of the union that it tried
            kinds = [kind for kind in kinds if _is_called(kind, step)] or kinds[:1]
            continue
        trail.append(step)
        fields = kinds[0].model_fields if kinds and _is_model(kinds[0]) else {}
        allowed = tuple(fields)
        kinds = _members(fields[step].annotation) if step in fields else _items(kinds[0]) if kinds else []
    return _Step(tuple(trail), allowed)


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_called(kind: Any, step: str | int) -> bool:  # noqa: ANN401 (any annotation)
    """Return whether pydantic means this member of a union by ``step``: its name, or the value that identifies it."""
    if not _is_model(kind):
        return False
    tags = (
        get_args(field.annotation) for field in kind.model_fields.values() if get_origin(field.annotation) is Literal
    )
    return kind.__name__ == step or any(tag == (step,) for tag in tags)


def _members(kind: Any) -> list[Any]:  # noqa: ANN401
    """Return the members of a union, or the one annotation; without None and what is only annotated."""
    if get_origin(kind) is Annotated:
        return _members(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        return [member for part in get_args(kind) if part is not NoneType for member in _members(part)]
    return [kind]


def _items(kind: Any) -> list[Any]:  # noqa: ANN401
    """Return the annotation of the items of a list, or of the values of a mapping."""
    inside = [part for part in get_args(kind) if part is not Ellipsis]
    return _members(inside[-1]) if inside else []
