"""Making an act from what someone filled in, with one sentence for each thing that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from suitability.core.errors import Place, Problem, WorkshopError
from suitability.workshop.events import ACTS, HIGHEST_WEIGHT, LOWEST_WEIGHT, AnyAct

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = 60
_NUMBERS = {"greater_than_equal", "less_than_equal", "finite_number", "float_parsing", "float_type"}


def act_of(content: Mapping[str, Any], where: str = "") -> AnyAct:
    """Return the act that ``content`` describes; its ``kind`` says which. ``where``: what it was filled in on.

    Raises ``WorkshopError`` with every mistake.
    """
    try:
        return ACTS.validate_python(dict(content))
    except ValidationError as error:
        raise WorkshopError(*problems_of(error, Place(where or str(content.get("kind", ""))))) from None


def problems_of(error: ValidationError, where: Place) -> list[Problem]:
    """Return a sentence for each of pydantic's findings."""
    return [_problem(dict(item), where) for item in error.errors()]


def _problem(item: dict[str, Any], where: Place) -> Problem:
    kind, context, found = str(item["type"]), item.get("ctx", {}), str(item["input"])
    shown = found if len(found) <= _SHOWN else f"{found[:_SHOWN]}…"
    names = [str(step) for step in item["loc"] if isinstance(step, str)]
    place = Place(where.file, rows=where.rows, field=where.field or (names[-1] if names else ""))
    if kind in {"too_long", "string_too_long"}:
        return Problem(place, "event_too_long", {"found": len(found), "expected": context["max_length"]})
    if kind == "value_error":
        return Problem(place, str(context["error"]))
    if kind in _NUMBERS:
        return Problem(
            place, "row_weight", {"found": shown, "low": f"{LOWEST_WEIGHT:g}", "high": f"{HIGHEST_WEIGHT:g}"}
        )
    if kind == "literal_error":
        return Problem(place, "row_choice", {"found": shown, "expected": context["expected"].replace(" or ", ", ")})
    return Problem(place, "event_wrong", {"found": shown})
