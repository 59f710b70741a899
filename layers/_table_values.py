"""Values of the tables in ``config/sources``, read strictly: a number within bounds, texts, keys that must be there."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from suitability.core.errors import Problem

if TYPE_CHECKING:
    from layers._located_yaml import Spot


def keys_of(spot: Spot, needed: tuple[str, ...], allowed: tuple[str, ...] = ()) -> dict[str, Spot]:
    """Return what stands under the keys; unknown, repeated and missing keys are mistakes."""
    found = spot.mapping((*needed, *allowed))
    if spot.is_mapping:
        spot.problems.extend(
            Problem(spot.place, "missing_key", {"found": name}) for name in needed if name not in found
        )
    return found


def text_of(spot: Spot | None) -> str:
    """Return a text; empty where it is missing or wrong, which is a mistake already."""
    return "" if spot is None else spot.text() or ""


def url_of(spot: Spot | None, hosts: frozenset[str]) -> str:
    """Return an address on one of the hosts; empty where it is missing."""
    url = text_of(spot)
    if spot is not None and url and urlsplit(url).hostname not in hosts:
        spot.wrong("table_host", expected=", ".join(sorted(hosts)))
    return url


def texts_of(spot: Spot | None) -> tuple[str, ...]:
    """Return one text or a list of them."""
    return () if spot is None else tuple(text for item in spot.items() if (text := item.text()))


def number_of(spot: Spot | None, least: float, most: float = math.inf) -> float:
    """Return a number between ``least`` and ``most``; ``least`` where it is missing or wrong."""
    if spot is None:
        return least
    try:
        number = float(str(spot.node.value))
    except ValueError:
        spot.wrong("expected_number")
        return least
    if not least <= number <= most:
        spot.wrong("out_of_range", expected=f"{least:g} … {most:g}" if math.isfinite(most) else f">= {least:g}")
        return least
    return number


def pattern_of(spot: Spot | None) -> re.Pattern[str]:
    """Return a regular expression; one that fits nothing where it is missing or wrong."""
    try:
        return re.compile(text_of(spot) or r"(?!)")
    except re.error as error:
        if spot is not None:
            spot.wrong("table_pattern", detail=str(error))
        return re.compile(r"(?!)")
