"""Errors in user input: one base class and its children.

Each problem states its place, what was found, what was expected and how to correct it, in one sentence from the
catalogue. The problems of a file are collected and raised together.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from suitability.core.messages import LANGS, Lang, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Place:
    """Place of a problem: a file or layer, and the part of it. ``line`` and ``rows`` count from 1; empty = not stated."""

    file: str
    line: int = 0
    rule: str = ""
    field: str = ""
    rows: str = ""

    def text(self, lang: Lang) -> str:
        """Return the place in words."""
        named = {"line": self.line, "rule": self.rule, "field": self.field, "rows": self.rows}
        said = [message(f"place.{name}", lang, value=value) for name, value in named.items() if value]
        return ", ".join([self.file, *said])


@dataclass(frozen=True)
class Problem:
    """One mistake: a place and a catalogue key with its fields; ``key`` is the part after ``error.`` in the catalogue."""

    where: str | Place
    key: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: Lang) -> str:
        """Return the sentence in ``lang``; a field that is a mapping by language is resolved here."""
        resolved = {
            name: value[lang] if isinstance(value, dict) and set(value) == set(LANGS) else value
            for name, value in self.fields.items()
        }
        where = self.where if isinstance(self.where, str) else self.where.text(lang)
        return f"{where}: {message(f'error.{self.key}', lang, **resolved)}"


def suggestion(name: str, known: Iterable[str]) -> dict[str, str]:
    """Return "did you mean …" in both languages, or nothing; capitals do not count."""
    by_lower = {word.lower(): word for word in known}
    close = [by_lower[word] for word in difflib.get_close_matches(name.lower(), by_lower, n=1)]
    return {
        "nl": f" Bedoelt u '{close[0]}'?" if close else "",
        "en": f" Did you mean '{close[0]}'?" if close else "",
    }


class SuitabilityError(Exception):
    """The base of everything this package raises on purpose; holds one or more problems."""

    def __init__(self, *problems: Problem) -> None:
        if not problems:
            raise TypeError("a SuitabilityError needs at least one problem")
        super().__init__("\n".join(problem.text("en") for problem in problems))
        self.problems = problems

    def __reduce__(self) -> tuple[type[SuitabilityError], tuple[Problem, ...]]:
        """Travel from one process to another with all that there is to say."""
        return type(self), self.problems

    def sentences(self, lang: Lang) -> list[str]:
        """Return one sentence per mistake in ``lang``."""
        return [problem.text(lang) for problem in self.problems]


class PolicyError(SuitabilityError, ValueError):
    """A policy file does not say what it must."""


class LayerError(SuitabilityError, ValueError):
    """A layer does not hold what its specification asks."""


class SourceError(SuitabilityError, OSError):
    """A source or an output place cannot be read, reached or written."""


class SubmissionError(SuitabilityError, ValueError):
    """A submitted site, or a parcel asked for, cannot be used."""


class StoreError(SuitabilityError, OSError):
    """The store of what people make cannot be opened, reached or written."""


class WorkshopError(SuitabilityError, ValueError):
    """Action in a workshop that is not possible: a wrong code, a closed session, a step that is not allowed."""


class PublicationError(SuitabilityError, ValueError):
    """Something would leave that the publication profile does not allow."""
