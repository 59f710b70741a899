"""Make an act from the fields of a form, with one sentence for each mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from suitability.core.errors import Place, Problem, WorkshopError
from suitability.core.validation import EXPECTED, form_problems
from suitability.workshop.events import ACTS, HIGHEST_WEIGHT, LOWEST_WEIGHT, AnyAct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.core.validation import Loc

#: Sentence about a file -> sentence about a form.
_IN_A_FORM: Final = {
    "expected_number": "row_weight", "out_of_range": "row_weight", "wrong_choice": "row_choice",
    **dict.fromkeys(("missing_key", "unknown_key", "too_few", "too_many", "wrong_value"), "event_wrong"),
    **{f"expected_{kind}": "event_wrong" for kind in EXPECTED.values() if kind != "number"},
}  # fmt: skip


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

    def place(loc: Loc) -> Place:
        names = [str(step) for step in loc if isinstance(step, str)]
        return Place(where.file, rows=where.rows, field=where.field or (names[-1] if names else ""))

    return [_of_act(problem) for problem in form_problems(error, place)]


def _of_act(problem: Problem) -> Problem:
    """Return the sentence in the words of a form instead of those of a file."""
    key, fields = _IN_A_FORM.get(problem.key, problem.key), dict(problem.fields)
    if key == "row_weight":
        fields |= {"low": f"{LOWEST_WEIGHT:g}", "high": f"{HIGHEST_WEIGHT:g}"}
    return Problem(problem.where, key, fields)
