"""The only place where sentences are made.

Texts live in ``catalogue/nl.yaml`` and ``catalogue/en.yaml``, those about data in ``sources.nl.yaml`` and so on; both
languages hold the same keys (a test compares them).
Everything below the skins passes codes and numbers, and asks here for a sentence at the moment it is shown.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal

from suitability.core.located_yaml import parse
from suitability.core.units import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

Lang = Literal["nl", "en"]
LANGS: Final[tuple[Lang, ...]] = ("nl", "en")

KM_FROM_M: Final = 1000.0
HA_FROM_M2: Final = 10_000.0
_BASE_UNITS: Final = {"km": KM_FROM_M, "ha": HA_FROM_M2}

#: Keys with a second text for one of what is counted, under ``.one``.
WITH_SINGULAR: Final = frozenset({"unit.beds", "age.days"})

_MOST_DAYS: Final = 60
_YEARS_FROM_DAYS: Final = 730
_DAYS_A_MONTH: Final = 30.44
_DAYS_A_YEAR: Final = 365.25


#: Files of the catalogue, by what stands before the language: that of the engine, and those of what uses it.
PARTS: Final = (
    "",
    "sources.",
    "app.",
    "ranking.",
    "workshop.",
    "meeting.",
    "shortlist.",
    "submissions.",
    "public.",
    "api.",
    "need.",
    "pieces.",
    "answers.",
)


@cache
def catalogue(lang: Lang) -> dict[str, str]:
    """Return all texts of one language, by key."""
    return {key: text for part in PARTS for key, text in _texts(part, lang).items()}


@cache
def _written(part: str, lang: Lang) -> str:
    """Return one file as it is written."""
    return files("suitability").joinpath("catalogue", f"{part}{lang}.yaml").read_text(encoding="utf-8")


@cache
def _texts(part: str, lang: Lang) -> dict[str, str]:
    """Return the texts of one file, by key."""
    texts: dict[str, str] = parse(_written(part, lang), f"{part}{lang}.yaml").value
    return texts


@cache
def _text(key: str, lang: Lang) -> str:
    """Return the text behind a key; only a file in which it is written is taken apart. Raises ``KeyError`` when none has it."""
    for part in PARTS:
        if key in _written(part, lang) and key in _texts(part, lang):
            return _texts(part, lang)[key]
    raise KeyError(key)


def message(key: str, lang: Lang, **fields: object) -> str:
    """Return the sentence ``key`` in ``lang`` with ``fields`` filled in.

    Raises ``KeyError`` for an unknown key or a missing field: a programming mistake that the tests catch.
    """
    return _text(key, lang).format(**fields)


def has_message(key: str) -> bool:
    """Return whether ``key`` exists in every language."""
    return all(key in catalogue(lang) for lang in LANGS)


def number(value: float, lang: Lang, decimals: int = 0) -> str:
    """Return a number in local form: 1.234,5 in Dutch, 1,234.5 in English."""
    text = f"{value:,.{decimals}f}"
    if text.lstrip("-0.,") == "":  # -0.0 reads as a mistake
        text = text.lstrip("-")
    return text.translate(str.maketrans(",.", ".,")) if lang == "nl" else text


@lru_cache(maxsize=1 << 16)
def quantity(value: float, unit: str, lang: Lang, *, more_decimals: int = 0) -> str:
    """Return a measured value with its unit as people write it, for example ``15,2 km``.

    ``unit`` is the criterion's unit; metres from 1,000 and square metres from 10,000 are shown as km and ha,
    shares as per cent. ``more_decimals`` lengthens the number, for two values that would otherwise look equal, or
    shortens it, for a limit that is written without decimals.
    """
    if math.isnan(value):
        return message("value.unknown", lang)
    if math.isinf(value):
        return message("value.none_there", lang)
    if unit == "answer":
        return message("value.yes" if value > 0 else "value.no", lang)
    shown = shown_unit(value, unit)
    value = value * 100 if shown == "1" else value / _BASE_UNITS.get(shown, 1.0)
    return counted(f"unit.{shown}", lang, number(value, lang, max(DECIMALS[shown] + more_decimals, 0)))


def shown_unit(value: float, unit: str) -> str:
    """Return the unit that a value is shown in: km for metres from 1,000, ha for square metres from 10,000."""
    if unit == "m" and abs(value) >= KM_FROM_M:
        return "km"
    return "ha" if unit == "m2" and abs(value) >= HA_FROM_M2 else unit


def counted(key: str, lang: Lang, value: str) -> str:
    """Return the sentence ``key`` with a number that is written out: the singular ``key.one`` where it is 1."""
    return message(f"{key}.one" if value == "1" and key in WITH_SINGULAR else key, lang, value=value)


def age(days: int, lang: Lang) -> str:
    """Return an age as people say it: days up to 60, then months, from two years on years with one decimal."""
    if days <= _MOST_DAYS:
        return counted("age.days", lang, number(days, lang))
    if days < _YEARS_FROM_DAYS:
        return message("age.months", lang, value=number(days / _DAYS_A_MONTH, lang))
    return message("age.years", lang, value=number(days / _DAYS_A_YEAR, lang, 1))


def long_date(day: date, lang: Lang) -> str:
    """Return a date written out: 30 januari 2023, 30 January 2023."""
    return f"{day.day} {_text('months', lang).split()[day.month - 1]} {day.year}"


def enumeration(items: Iterable[str], lang: Lang, joiner: str = "and") -> str:
    """Return ``a, b and c`` (``joiner``: ``and`` or ``or``) in ``lang``."""
    words = list(items)
    if len(words) < 2:  # noqa: PLR2004
        return "".join(words)
    return f"{', '.join(words[:-1])} {message(f'joiner.{joiner}', lang)} {words[-1]}"


def between(low: str, high: str, lang: Lang) -> str:
    """Return ``low to high`` in ``lang``; of two numbers that are written alike that number."""
    return low if low == high else message("need.range", lang, low=low, high=high)
