"""A session as a spreadsheet, and what was filled in back into the session, with a receipt for every row.

For those who vote on paper or prepare at their desk. The file holds names unless it is made of ``pseudonymised``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from suitability.core.errors import Place, Problem, StoreError, WorkshopError
from suitability.core.messages import LANGS, message
from suitability.workshop.spreadsheet.import_plan import Line, Plan, Row, RowOutcome
from suitability.workshop.spreadsheet.layout import (
    LAYOUT,
    Subject,
    by_word,
    columns_of,
    header_of,
    rows_of,
    title_of,
)
from suitability.workshop.spreadsheet.workbook import Column, add_sheet, empty_book, read_sheets, written
from suitability.workshop.state import State, fold
from suitability.workshop.store import MovedOn

if TYPE_CHECKING:
    from uuid import UUID

    from suitability.core.messages import Lang
    from suitability.workshop.spreadsheet.workbook import CellValue, SheetRow
    from suitability.workshop.store import Store

#: How often a file is held against a session that moves on while it is read.
_TRIES: Final = 20

_READ_ME: Final = "read_me"


@dataclass(frozen=True)
class Receipt:
    """Result of every row of a file, in its order. ``is_written``: whether anything may have been stored."""

    lines: tuple[Line, ...]
    is_written: bool

    def counts(self) -> dict[RowOutcome, int]:
        """Return how many rows had each outcome."""
        return dict(Counter(line.outcome for line in self.lines))

    def sentences(self, lang: Lang) -> list[str]:
        """Return one sentence per row."""
        return [_sentence(line, lang) for line in self.lines]


def export_xlsx(state: State, subject: Subject, lang: Lang) -> bytes:
    """Return a session as an XLSX file: weights, votes, decisions with reasons, comments. Without macros."""
    book = empty_book()
    opened = state.opened[1]
    told: list[tuple[CellValue, ...]] = [
        (message("workshop.title", lang), opened.title), (message("workshop.policy", lang), opened.policy_id),
        (message("workshop.policy_hash", lang), opened.policy_sha256), (message("workshop.up_to", lang), state.sequence),
        (message("workshop.session_id", lang), str(state.opened[0].event.id)),
        *((line, "") for line in message("workshop.read_me", lang).split("\n")),
    ]  # fmt: skip
    add_sheet(book, title_of(_READ_ME, lang), (Column(title_of(_READ_ME, lang), 70), Column("", 50)), told)
    for sheet in LAYOUT:
        add_sheet(book, title_of(sheet, lang), columns_of(sheet, subject, lang), rows_of(sheet, state, subject, lang))
    return written(book)


def read_back(  # noqa: PLR0913 (who reads what into what, and how)
    store: Store, session: UUID, content: bytes, *, by: UUID, subject: Subject, lang: Lang, name: str = "xlsx",
    all_or_nothing: bool = False,
) -> Receipt:  # fmt: skip
    """Take what was filled in into the session, and say of every row what became of it.

    ``by``: the chair who brings the file. With ``all_or_nothing`` nothing is written when one row is refused or in
    conflict. Raises ``WorkshopError`` for a file that cannot be read, or when ``by`` is no chair of an open session.
    """
    sheets = read_sheets(content, name)
    state = fold(State(), store.events_since(session))
    _check_origin(sheets, state, name)
    for _ in range(_TRIES):
        _check_reader(state, by)
        plan = Plan(state, subject, by, session, store.clock(), lang)
        for row in _rows(sheets, plan, name):
            plan.add(row)
        wrong = any(line.outcome in {"refused", "conflict"} for line in plan.lines)
        if wrong and all_or_nothing:
            return Receipt(tuple(_held(line) for line in plan.lines), is_written=False)
        try:
            store.append_all(session, plan.writes, up_to=state.sequence)
        except MovedOn:
            state = fold(state, store.events_since(session, state.sequence))
        else:
            return Receipt(tuple(plan.lines), is_written=bool(plan.writes))
    raise StoreError(Problem(name, "store_moving"))


def _check_reader(state: State, by: UUID) -> None:
    person = state.participants.get(by)
    if person is None or person.role != "chair":
        raise WorkshopError(Problem("xlsx", "act_by_chair"))
    if state.is_closed:
        raise WorkshopError(Problem("xlsx", "session_closed"))


def _check_origin(sheets: dict[str, list[SheetRow]], state: State, name: str) -> None:
    """Refuse a file that was exported from another session: its participants have other numbers."""
    labels = {message("workshop.session_id", lang) for lang in LANGS}
    told = [row.cells[1] for rows in sheets.values() for row in rows if len(row.cells) > 1 and row.cells[0] in labels]
    if any(str(one) != str(state.opened[0].event.id) for one in told):
        raise WorkshopError(Problem(name, "xlsx_other_session"))


def _held(line: Line) -> Line:
    return replace(line, outcome="held_back") if line.outcome in {"added", "changed"} else line


def _sentence(line: Line, lang: Lang) -> str:
    word = message(f"workshop.row_{line.outcome}", lang)
    if line.problem is not None:
        return f"{line.problem.text(lang)} ({word})"
    return f"{Place(line.title, rows=str(line.row)).text(lang)}: {word}"


def _rows(sheets: dict[str, list[SheetRow]], plan: Plan, name: str) -> list[Row]:
    """Return the rows of the sheets that are known; of what is not read, a line says so."""
    known = by_word("sheet", LAYOUT.keys())
    aside = {title_of(_READ_ME, lang).lower() for lang in LANGS}
    rows: list[Row] = []
    for title, found in sheets.items():
        sheet = known.get(title.strip().lower())
        if sheet is None:
            if title.strip().lower() not in aside and found:
                expected = ", ".join(title_of(other, plan.lang) for other in LAYOUT)
                fields = {"found": title, "expected": expected}
                plan.lines.append(Line(title, 1, "refused", Problem(name, "xlsx_sheet", fields)))
            continue
        if not found:
            continue
        headers = by_word("column", LAYOUT[sheet])
        named = [str(value or "").strip().lower() for value in found[0].cells]
        columns = [headers.get(text) for text in named]
        missing = [
            header_of(c, plan.lang) for c in LAYOUT[sheet] if c not in columns and c not in {"label", "name", "party"}
        ]
        unknown = [text for text, column in zip(named, columns, strict=True) if text and column is None]
        twice = [text for text in set(named) if text and named.count(text) > 1]
        place = Place(title, rows=str(found[0].number))
        if missing or twice:
            fields = {
                "found": ", ".join(twice) or ", ".join(filter(None, named)),
                "expected": ", ".join(missing or twice),
            }
            plan.lines.append(Line(title, found[0].number, "refused", Problem(place, "xlsx_columns", fields)))
            plan.lines += [
                Line(title, row.number, "refused", Problem(Place(title, rows=str(row.number)), "xlsx_columns", fields))
                for row in found[1:]
            ]
            continue
        if unknown:
            fields = {
                "found": ", ".join(unknown),
                "expected": ", ".join(header_of(c, plan.lang) for c in LAYOUT[sheet]),
            }
            plan.lines.append(Line(title, found[0].number, "refused", Problem(place, "xlsx_unread", fields)))
        for row in found[1:]:
            cells = {column: value for column, value in zip(columns, row.cells, strict=False) if column is not None}
            rows.append(Row(sheet, title, row.number, cells, row.is_merged))
    return rows
