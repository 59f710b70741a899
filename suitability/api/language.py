"""Language of a request: ``lang=`` first, then ``Accept-Language``, then Dutch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Query, Request
from starlette.requests import HTTPConnection

from suitability.core.messages import LANGS, Lang

if TYPE_CHECKING:
    from starlette.types import Scope


def language_asked(scope: Scope) -> Lang:
    """Return the language of a request, also of one that is wrong in other ways."""
    request = HTTPConnection(scope)
    named = request.query_params.get("lang")
    return next((lang for lang in LANGS if lang == named), None) or _accepted(
        request.headers.get("accept-language", "")
    )


def _accepted(header: str) -> Lang:
    """Return the language that ``Accept-Language`` weighs most, of those there are (RFC 9110, 12.5.4)."""
    weights: dict[Lang, float] = {}
    for part in header.split(","):
        name, _, parameters = part.strip().partition(";")
        lang = next((lang for lang in LANGS if name.strip().lower().partition("-")[0] == lang), None)
        if lang is not None:
            weights[lang] = max(weights.get(lang, 0.0), _weight(parameters))
    return max((lang for lang in weights if weights[lang] > 0), key=weights.__getitem__, default="nl")


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _language(
    request: Request,
    _lang: Annotated[
        Lang | None, Query(alias="lang", description="Language of the texts. Default by `Accept-Language`, else Dutch.")
    ] = None,
) -> Lang:
    return language_asked(request.scope)


#: The language of an answer, as a parameter of a route.
Language = Annotated[Lang, Depends(_language)]
