"""The sentences of a receipt, through the catalogue."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from suitability.core.messages import long_date, message, number, quantity

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.submissions.entry import Note
    from suitability.submissions.receipt import Receipt

#: Fields of notes that are quantities, by their unit.
_UNITS: Final = {"area": "m2", "before": "m2", "after": "m2", "length": "m", "metres": "m", "share": "1"}


def note_text(note: Note, lang: Lang) -> str:
    """Return what a note says."""
    return message(f"submission.note.{note.key}", lang, **{k: _shown(k, v, lang) for k, v in note.fields.items()})


def notes_text(receipt: Receipt, lang: Lang) -> str:
    """Return all notes of a line as one text."""
    return " ".join(note_text(note, lang) for note in receipt.notes)


def _shown(name: str, value: object, lang: Lang) -> str:
    if name == "kind":
        return message(f"submission.kind.{value}", lang)
    if name == "date":
        return long_date(date.fromisoformat(str(value)), lang)
    if name == "line":
        return str(value)
    if isinstance(value, float | int) and name in _UNITS:
        return quantity(float(value), _UNITS[name], lang)
    return number(value, lang) if isinstance(value, int) else str(value)
