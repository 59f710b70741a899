"""Tables as text: commas, semicolons, tabs or bars between the columns; UTF-8 with or without mark, or Windows-1252.

A quotation mark that is never closed must not swallow the lines behind it: a record over several lines counts only
when it has as many columns as the header, else every line stands for itself.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from suitability.core.errors import Problem, SubmissionError
from suitability.submissions.columns import is_header
from suitability.submissions.entry import Note
from suitability.submissions.readers.table import Row, entries_of_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from suitability.submissions.entry import Entries
    from suitability.submissions.settings import Settings

_MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_DELIMITERS: Final = (";", "\t", "|", ",")
_WKT_LINE: Final = re.compile(
    r"\s*(SRID=\d+;\s*)?(MULTI)?(POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\b", re.IGNORECASE
)
_MOST_FIELD: Final = 8_000_000
_HEAD: Final = 30


def entries_of_text(content: bytes, file: str, settings: Settings, mapping: Mapping[str, str]) -> Entries:
    """Return the lines of a table, or of a list with one place a line; raises ``SubmissionError``."""
    text = decoded(content, file)
    lines = re.split(r"\r\n|\n|\r", text)  # and at no other sign: a cell may hold a line separator of Unicode
    lines = lines[:-1] if lines[-1] == "" else lines
    if len(lines) > settings.limits.most_lines:
        fields = {"found": len(lines), "expected": settings.limits.most_lines}
        raise SubmissionError(Problem(file, "submission_too_many", fields))
    first = 0
    delimiter = ""
    if lines and (told := re.fullmatch(r"\s*sep=(.)\s*", lines[0], re.IGNORECASE)):  # how Excel names its delimiter
        delimiter, first = told[1], 1
    delimiter = delimiter or _delimiter_of(lines[first:], settings, mapping)
    told_delimiter = [Row(1, (lines[0],))] if first else []
    rows = told_delimiter + _rows(lines[first:], delimiter, first)
    return entries_of_rows(rows, file, settings, mapping)


def decoded(content: bytes, file: str) -> str:
    """Return the text in the encoding that it can only be in; raises ``SubmissionError``."""
    if not content.strip(b" \t\r\n\0"):
        raise SubmissionError(Problem(file, "submission_empty", {"found": "", "expected": "", "n": 0}))
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    for name in (encoding, "cp1252"):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise SubmissionError(Problem(file, "submission_not_text", {"found": file}))


def _delimiter_of(lines: list[str], settings: Settings, mapping: Mapping[str, str]) -> str:
    """Return the delimiter by which a line names columns, else the one that parts most lines alike; empty = none."""
    head = [line for line in lines[:_HEAD] if line.strip()]
    if head and _WKT_LINE.match(head[0]):
        return ""
    for line in head:
        fitting = [mark for mark in _DELIMITERS if mark in line and is_header(_cells(line, mark), settings, mapping)]
        if fitting:
            return max(fitting, key=lambda mark: len(_cells(line, mark)))
        if is_header([line], settings, mapping):
            return ""
    counts = {mark: Counter(len(_cells(line, mark)) for line in head).most_common(1)[0][0] for mark in _DELIMITERS} if head else {}  # fmt: skip
    best = max((mark for mark in (";", "\t", "|")), key=lambda mark: counts.get(mark, 0))
    return best if counts.get(best, 0) > 1 else ""


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _rows(lines: list[str], delimiter: str, skipped: int) -> list[Row]:
    """Return the rows with the number of their first line; each line is in exactly one row."""
    if not delimiter:
        return [Row(i + 1 + skipped, (line.strip().strip('"'),)) for i, line in enumerate(lines)]
    before = csv.field_size_limit(_MOST_FIELD)
    try:
        return _parsed(lines, delimiter, skipped)
    finally:
        csv.field_size_limit(before)


def _parsed(lines: list[str], delimiter: str, skipped: int) -> list[Row]:
    width = max((len(_cells_safely(line, delimiter)) for line in lines[:_HEAD]), default=1)
    rows: list[Row] = []
    at = 0
    while at < len(lines):
        cells, used, is_closed = _record(lines, at, delimiter)
        note = None
        if used > 1 and (
            not is_closed or len(cells) != width or _swallows(lines[at + 1 : at + used], delimiter, width)
        ):
            cells, used, note = _cells_safely(lines[at], delimiter), 1, Note("open_quote")
        elif used == 1 and lines[at].count('"') % 2:
            note = Note("open_quote")
        elif used > 1:
            note = Note("over_lines", {"line": at + used + skipped})
        rows.append(Row(at + 1 + skipped, tuple(cells), note, used))
        at += used
    return rows


def _swallows(lines: list[str], delimiter: str, width: int) -> bool:
    """Return whether one of the lines that a quotation runs on over is a row of its own."""
    return any(len(next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])) >= width > 1 for line in lines)  # fmt: skip


def _record(lines: list[str], at: int, delimiter: str) -> tuple[list[str], int, bool]:
    """Return the cells of the record that begins at a line, how many lines it takes, and whether its quotes are closed."""
    if lines[at].count('"') % 2 == 0:
        return _cells_safely(lines[at], delimiter), 1, True
    end = next((i for i in range(at + 1, min(at + _HEAD, len(lines))) if lines[i].count('"') % 2), None)
    if end is None:
        return [], 2, False
    reader = csv.reader([line + "\n" for line in lines[at : end + 1]], delimiter=delimiter, strict=True)
    try:
        cells = next(reader, [])
    except csv.Error:  # a quotation mark within a word
        return [], 2, False
    return cells, end - at + 1, reader.line_num == end - at + 1


def _cells_safely(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line; where a quotation mark is not closed it is a sign like any other."""
    if line.count('"') % 2:
        return next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
    return next(csv.reader([line], delimiter=delimiter), [])
