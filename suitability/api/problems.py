"""Errors as ``application/problem+json`` (RFC 9457), with the sentences of the command line.

No answer holds a stack trace or a folder of this machine.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from suitability.api.language import language_asked
from suitability.core.errors import Problem, SourceError, SuitabilityError
from suitability.core.messages import message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import Scope

    from suitability.core.messages import Lang

MEDIA_TYPE: Final = "application/problem+json"
_SHOWN: Final = 60
#: Folders of an absolute path, in the form of Unix or Windows; not what follows the host in a web address.
_FOLDERS: Final = re.compile(
    r"file:///(?:[^/\s'\"]+/)*|(?<![\w/.])/(?!/)(?:[^/\s'\"]+/)+|\b[A-Za-z]:\\(?:[^\\\s'\"]+\\)*"
)


class ProblemDetails(BaseModel):
    """Error in a request, and how to correct it."""

    type: str = Field(description="Always `about:blank`: the status says what kind of problem it is.")
    title: str
    status: int
    detail: str = Field(description="All sentences together.")
    errors: list[str] = Field(description="One sentence per mistake: where, what was found, what was expected.")


#: Answers that any request may get, for the description of the service.
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    int(status): {
        "description": told,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    }
    for status, told in {
        HTTPStatus.BAD_REQUEST: "A parameter, or the form of the body, is wrong.",
        HTTPStatus.UNAUTHORIZED: "This service asks for a token.",
        HTTPStatus.FORBIDDEN: "The token is not the right one.",
        HTTPStatus.TOO_MANY_REQUESTS: "Too many requests wait already.",
        HTTPStatus.INTERNAL_SERVER_ERROR: "A mistake of the service itself.",
        HTTPStatus.SERVICE_UNAVAILABLE: "The service, or one that it asks, is not available now.",
        HTTPStatus.GATEWAY_TIMEOUT: "The work took too long.",
    }.items()
}


def refusals(*more: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return the answers of ``REFUSALS`` and those of the statuses ``more``."""
    content = REFUSALS[int(HTTPStatus.BAD_REQUEST)]["content"]
    return REFUSALS | {int(status): {"description": status.description, "content": content} for status in more}


class Refusal(Exception):  # noqa: N818 (no error of the program: an answer)
    """A request that is answered with a problem."""

    def __init__(self, status: HTTPStatus, *problems: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status.phrase)
        self.status, self.problems, self.headers = status, problems, headers


def problem_response(
    scope: Scope,
    status: HTTPStatus,
    problems: Sequence[Problem],
    headers: Mapping[str, str] | None = None,
    *,
    of_engine: bool = False,
) -> JSONResponse:
    """Return the answer that says what is wrong, in the language that the request asks for.

    ``of_engine``: the sentences were made for whoever runs this machine, and may name its folders; those are left out.
    """
    lang = language_asked(scope)
    sentences = [problem.text(lang) for problem in problems]
    if of_engine:
        sentences = [without_folders(text) for text in sentences]
    body = ProblemDetails(
        type="about:blank", title=status.phrase, status=int(status), detail=" ".join(sentences), errors=sentences
    )
    every = {"Content-Language": lang, "Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(body.model_dump(), int(status), every, MEDIA_TYPE)


def without_folders(text: str) -> str:
    """Return a text in which absolute paths keep only their last part."""
    return _FOLDERS.sub("", text)


def shown(value: object) -> str:
    """Return what was found, short enough for a sentence and fit to be sent."""
    text = str(value).encode("utf-8", "replace").decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def add_handlers(app: FastAPI) -> None:
    """Let every error of the application become a problem."""

    def refused(request: Request, error: Exception) -> JSONResponse:
        known: Any = error
        return problem_response(request.scope, known.status, known.problems, known.headers)

    def mistaken(request: Request, error: Exception) -> JSONResponse:
        known: Any = error
        status = HTTPStatus.SERVICE_UNAVAILABLE if isinstance(error, SourceError) else HTTPStatus.UNPROCESSABLE_ENTITY
        return problem_response(request.scope, status, known.problems, of_engine=True)

    def invalid(request: Request, error: Exception) -> JSONResponse:
        known: Any = error
        problems = [_of_validation(each, language_asked(request.scope)) for each in known.errors()]
        return problem_response(request.scope, HTTPStatus.BAD_REQUEST, problems)

    def not_there(request: Request, error: Exception) -> JSONResponse:
        known: Any = error
        status = HTTPStatus(known.status_code)
        key = "api_method" if status == HTTPStatus.METHOD_NOT_ALLOWED else "api_no_page"
        problem = Problem(shown(request.url.path), key, {"found": request.method})
        return problem_response(request.scope, status, [problem], known.headers)

    def failed(request: Request, _error: Exception) -> JSONResponse:
        return problem_response(
            request.scope,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            [Problem(shown(request.url.path), "api_internal")],
            {"Connection": "close"},  # the server hangs up after a mistake: nothing more must be sent on this line
        )

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(SuitabilityError, mistaken)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, not_there)
    app.add_exception_handler(Exception, failed)


def _of_validation(error: Mapping[str, Any], lang: Lang) -> Problem:
    return expected_problem(".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0]), error, lang)


def expected_problem(where: str, error: Mapping[str, Any], lang: Lang) -> Problem:
    """Return a mistake that pydantic found as a sentence of ours."""
    told = error.get("ctx", {})
    kinds = {
        "int_parsing": "whole_number", "int_type": "whole_number", "float_parsing": "number", "float_type": "number",
        "finite_number": "number", "string_type": "text", "list_type": "list", "dict_type": "object",
        "model_type": "object", "model_attributes_type": "object",
    }  # fmt: skip
    kind = str(error["type"])
    if kind == "missing":
        return Problem(where, "api_left_out")
    if kind == "extra_forbidden":
        return Problem(where, "api_unknown_field")
    if kind in kinds:
        expected = message(f"api.expected.{kinds[kind]}", lang)
    elif kind in {"literal_error", "enum"}:
        expected = str(told.get("expected")).replace(" or ", ", ")
    elif kind in {"greater_than_equal", "too_short", "string_too_short"}:
        expected = message("api.expected.at_least", lang, n=told.get("ge", told.get("min_length")))
    elif kind in {"less_than_equal", "too_long", "string_too_long"}:
        expected = message("api.expected.at_most", lang, n=told.get("le", told.get("max_length")))
    else:
        expected = message("api.expected.as_described", lang)
    return Problem(where, "api_expected", {"found": shown(error.get("input")), "expected": expected})
