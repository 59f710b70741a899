"""Submissions in an Excel workbook: every sheet with something on it, values as people see them, never formulas.

Rows under the last filled one are no lines: a sheet may be formatted down to row 1,048,576.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from suitability.core.errors import Problem, SubmissionError, SuitabilityError
from suitability.submissions.entry import Entries, Entry, Note
from suitability.submissions.readers.table import Row, entries_of_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from suitability.submissions.settings import Settings

_UNREADABLE = (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, OSError, EOFError)
_MOST_BLANK_ROWS = 2_000
_MOST_COLUMNS = 500


def entries_of_workbook(content: bytes, file: str, settings: Settings, mapping: Mapping[str, str]) -> Entries:
    """Return the lines of all sheets; raises ``SubmissionError``. The zip must have been judged before."""
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = [(str(sheet.title), _rows(sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS), file, settings)) for sheet in book.worksheets]  # fmt: skip
    except SuitabilityError:
        raise
    except _UNREADABLE as error:
        raise SubmissionError(Problem(file, "submission_unreadable", {"found": type(error).__name__})) from error
    filled = [(name, rows) for name, rows in sheets if rows]
    if not filled:
        raise SubmissionError(Problem(file, "submission_empty", {"found": "", "expected": "", "n": 0}))
    return _joined(filled, file, settings, mapping)


def _joined(sheets: list[tuple[str, list[Row]]], file: str, settings: Settings, mapping: Mapping[str, str]) -> Entries:
    """Return the lines of the sheets; a sheet beside them that names no columns is set aside line by line."""
    parts: list[Entries] = []
    failures: list[SubmissionError] = []
    for name, rows in sheets:
        part = name if len(sheets) > 1 else ""
        try:
            parts.append(entries_of_rows(rows, file, settings, mapping, part))
        except SubmissionError as error:
            failures.append(error)
            note = Note("other_sheet", {"sheet": name})
            parts.append(Entries(tuple(Entry(row.line, part=part, is_none=note) for row in rows), ()))
    if len(failures) == len(sheets):
        raise failures[0]
    if any(one.columns and not one.headerless for one in parts):  # beside a table, a sheet of sentences is no list
        parts = [_set_aside(one) if one.headerless else one for one in parts]
    columns = tuple(dict.fromkeys(name for one in parts for name in one.columns))
    headerless = all(one.headerless for one in parts if one.columns)
    return Entries(tuple(line for one in parts for line in one.lines), columns, headerless)


def _set_aside(sheet: Entries) -> Entries:
    """Return a sheet of which no line is a submission."""
    lines = (replace(line, is_none=line.is_none or Note("other_sheet", {"sheet": line.part})) for line in sheet.lines)
    return Entries(tuple(lines), ())


def _rows(values: Iterable[tuple[object, ...]], file: str, settings: Settings) -> list[Row]:
    rows: list[Row] = []
    blank = 0
    for i, cells in enumerate(values, start=1):
        row = Row(i, tuple(_text(cell) for cell in cells))
        blank = blank + 1 if row.is_blank else 0
        if blank > _MOST_BLANK_ROWS:
            break
        rows.append(row)
        if len(rows) - blank > settings.limits.most_lines:
            fields = {"found": len(rows), "expected": settings.limits.most_lines}
            raise SubmissionError(Problem(file, "submission_too_many", fields))
    while rows and rows[-1].is_blank:
        rows.pop()
    width = max((j + 1 for row in rows for j, cell in enumerate(row.cells) if cell.strip()), default=0)
    return [Row(row.line, row.cells[:width]) for row in rows]


def _text(value: object) -> str:
    """Return a cell as a person reads it: whole numbers without decimals, days as 2025-01-31."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        return (
            value.date().isoformat() if (value.hour, value.minute, value.second) == (0, 0, 0) else value.isoformat(" ")
        )
    return value.isoformat() if isinstance(value, date) else str(value)
