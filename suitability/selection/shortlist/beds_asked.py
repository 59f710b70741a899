"""Beds asked for as a person writes them: ``300``, ``Kampen=200``, ``settlement:Kampen=50``, ``short=120``, ``Kampen/short=80``."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

import pandas as pd

from suitability.core.errors import Problem, SubmissionError
from suitability.policy.portfolio import STAYS
from suitability.selection.shortlist.choice import Demand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.policy.portfolio import Stay
    from suitability.selection.shortlist.candidates import Candidates
    from suitability.selection.shortlist.choice import Level

OPTION: Final = "--need"

#: A name is looked for in this order: a municipality comes before the settlement of the same name.
_LEVELS: Final[tuple[Level, ...]] = ("municipality", "subregion", "settlement")

_TEXT: Final = re.compile(r"(?:(?P<where>[^=]+)=)?\s*(?P<beds>0|[1-9]\d{0,6})", re.ASCII)
_NAMES_SHOWN: Final = 12


def demands_of(texts: Sequence[str], candidates: Candidates) -> tuple[Demand, ...]:
    """Return the demands in texts such as ``Kampen/short=80``: a place, a length of stay, both or neither, and beds.

    A place is a municipality, subregion or settlement in which a site lies that can be chosen; ``settlement:`` (or
    another level) before it says which is meant. Raises ``SubmissionError`` for a text that says something else, an
    unknown place or stay, and two numbers for the same thing.
    """
    demands: dict[tuple[str, str, str], Demand] = {}
    for text in texts:
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            raise SubmissionError(Problem(OPTION, "need_text", {"found": text}))
        demand = _demand((found["where"] or "").strip(), int(found["beds"]), candidates)
        key = demand.level, demand.area, demand.stay or ""
        if key in demands:
            raise SubmissionError(Problem(OPTION, "need_twice", {"found": text}))
        demands[key] = demand
    return tuple(demands.values())


def _demand(where: str, beds: int, candidates: Candidates) -> Demand:
    if not where:
        return Demand(beds)
    if where.casefold() in STAYS:
        return Demand(beds, stay=_stay(where))
    place, slash, stay = where.rpartition("/")
    if not slash or _place(where, candidates) is not None:
        return Demand(beds, *_known(where, candidates))
    return Demand(beds, *_known(place.strip(), candidates), _stay(stay))


def _stay(text: str) -> Stay:
    for stay in STAYS:
        if text.strip().casefold() == stay:
            return stay
    raise SubmissionError(Problem(OPTION, "need_stay", {"found": text, "expected": ", ".join(STAYS)}))


def _known(text: str, candidates: Candidates) -> tuple[Level, str]:
    found = _place(text, candidates)
    if found is not None:
        return found
    if not len(candidates):
        fields = {"found": text, "n": len(candidates.beds_unknown)}
        raise SubmissionError(Problem(OPTION, "need_no_sites", fields))
    names = [*STAYS, *dict.fromkeys(name for level in _LEVELS for name in _names(level, candidates))]
    close = difflib.get_close_matches(text, names, n=1)
    shown = list(dict.fromkeys([*close, *names[len(STAYS) :]]))
    told = ", ".join(shown[:_NAMES_SHOWN]) + (", …" if len(shown) > _NAMES_SHOWN else "")
    fields = {"found": text, "expected": told or "-", "stays": ", ".join(STAYS)}
    raise SubmissionError(Problem(OPTION, "need_place", fields))


def _place(text: str, candidates: Candidates) -> tuple[Level, str] | None:
    """Return the level and the name of a place as the data write it; None where no site lies in a place of that name."""
    before, colon, after = text.partition(":")
    levels = [level for level in _LEVELS if not colon or level == before.strip().casefold()]
    wanted = (after if colon else text).strip().casefold()
    for level in levels:
        for name in _names(level, candidates):
            if name.casefold() == wanted:
                return level, name
    return None


def _names(level: Level, candidates: Candidates) -> list[str]:
    return sorted({str(name) for name in pd.unique(candidates.names(level).dropna()) if name})
