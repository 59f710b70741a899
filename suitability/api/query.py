"""Parameters of a request: those that a route knows and no others, bounding boxes and coordinate reference systems."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from fastapi import Request  # noqa: TC002 (FastAPI reads the annotations when it runs)

from suitability.api.problems import Refusal, shown
from suitability.api.published_layer import CRS84, RD
from suitability.core.errors import Problem
from suitability.core.messages import message

if TYPE_CHECKING:
    from collections.abc import Callable

    from suitability.core.messages import Lang

Box = tuple[float, float, float, float]

CRS_LIST: Final = (CRS84, RD)
_SIZES: Final = (4, 6)
_HALF_TURN: Final = 180.0


def only(*names: str) -> Callable[[Request], None]:
    """Return a dependency that refuses parameters other than ``names`` (OGC API Features 1.0, 7.15.1: 400)."""

    def check(request: Request) -> None:
        expected = ", ".join(names) or "-"
        unknown = [name for name in request.query_params if name not in names]
        if unknown:
            raise Refusal(
                HTTPStatus.BAD_REQUEST,
                *(Problem(shown(name), "api_unknown_query", {"expected": expected}) for name in dict.fromkeys(unknown)),
            )

    return check


def crs_of(name: str, told: str | None) -> str:
    """Return the CRS of parameter ``name``, CRS84 when not given; raises ``Refusal`` for one that is not offered."""
    if told is None:
        return CRS84
    if told not in CRS_LIST:
        fields = {"found": shown(told), "expected": ", ".join(CRS_LIST)}
        raise Refusal(HTTPStatus.BAD_REQUEST, Problem(name, "api_expected", fields))
    return told


def boxes_of(told: str | None, crs: str, lang: Lang) -> tuple[Box, ...]:
    """Return the boxes that ``bbox`` means: none when not given, two when it crosses the 180th meridian.

    Four numbers, or six of which the heights do not count. Raises ``Refusal``.
    """
    if told is None:
        return ()
    try:
        numbers = [float(part) for part in told.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in _SIZES or not all(math.isfinite(number) for number in numbers):
        raise _wrong_box(told, lang)
    half = len(numbers) // 2
    (left, bottom), (right, top) = numbers[:2], numbers[half : half + 2]
    if bottom > top or (left > right and crs != CRS84):
        raise _wrong_box(told, lang)
    if left > right:
        return (left, bottom, _HALF_TURN, top), (-_HALF_TURN, bottom, right, top)
    return ((left, bottom, right, top),)


def _wrong_box(told: str, lang: Lang) -> Refusal:
    fields = {"found": shown(told), "expected": message("api.expected.bbox", lang)}
    return Refusal(HTTPStatus.BAD_REQUEST, Problem("bbox", "api_expected", fields))
