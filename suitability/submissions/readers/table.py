"""From the rows of a table to entries: where the header is, and what stands above, between and under the lines.

Every row but the header gives exactly one entry, whatever is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from suitability.core.errors import Problem, SubmissionError
from suitability.submissions.columns import is_header
from suitability.submissions.entry import Entries, Entry, Note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from suitability.submissions.settings import Settings

_HEADER_WITHIN: Final = 30
#: The column of a file without a header: each line is a place in whatever form.
ALONE: Final = "place"


@dataclass(frozen=True)
class Row:
    """The cells of one row, with its number in the file; ``note``: what to say of how it was read.

    ``lines``: how many lines of the file it takes, where a quoted text runs on.
    """

    line: int
    cells: tuple[str, ...]
    note: Note | None = None
    lines: int = 1

    @property
    def is_blank(self) -> bool:
        """True if the cell is empty."""
        return not any(cell.strip() for cell in self.cells)


def entries_of_rows(
    rows: Sequence[Row], file: str, settings: Settings, mapping: Mapping[str, str], part: str = ""
) -> Entries:
    """Return an entry per row but the header; raises ``SubmissionError`` where no row names columns."""
    header = next((i for i, row in enumerate(rows[:_HEADER_WITHIN]) if is_header(row.cells, settings, mapping)), None)
    if header is None:
        return _without_header(rows, file, settings, part)
    names = _named(rows[header].cells)
    told = tuple(cell.strip() for cell in rows[header].cells)
    lines = []
    for i, row in enumerate(rows):
        if i == header:
            continue
        lines.append(_above(row, part) if i < header else _below(row, names, told, part))
    return Entries(tuple(lines), tuple(name for name in names if name))


def _named(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the columns; a second one of the same name gets a number, one without gets its place."""
    names: list[str] = []
    for i, cell in enumerate(cells):
        name = " ".join(cell.split()) or (f"({i + 1})" if any(c.strip() for c in cells[i:]) else "")
        count = sum(known == name or known.startswith(f"{name} [") for known in names) if name else 0
        names.append(f"{name} [{count + 1}]" if count else name)
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _above(row: Row, part: str) -> Entry:
    note = Note("blank_line") if row.is_blank else Note("above_table", {"found": _shown(row)})
    return Entry(row.line, part=part, is_none=note, n_lines=row.lines)


def _below(row: Row, names: tuple[str, ...], told: tuple[str, ...], part: str) -> Entry:
    if row.is_blank:
        return Entry(row.line, part=part, is_none=Note("blank_line"), n_lines=row.lines)
    if tuple(cell.strip() for cell in row.cells[: len(told)]) == told:
        return Entry(row.line, part=part, is_none=Note("header_again"), n_lines=row.lines)
    extra = [cell for cell in row.cells[len(names) :] if cell.strip()]
    given = {name: "" for name in names if name}
    given |= {name: cell.strip() for name, cell in zip(names, row.cells, strict=False) if name}
    notes = () if row.note is None else (row.note,)
    if not extra:
        return Entry(row.line, given, part, notes=notes, n_lines=row.lines)
    given["…"] = " ".join(extra)
    trouble = Note("too_many_columns", {"found": len(names) + len(extra), "expected": len(names)})
    return Entry(row.line, given, part, trouble=trouble, notes=notes, n_lines=row.lines)


def _without_header(rows: Sequence[Row], file: str, settings: Settings, part: str) -> Entries:
    """Take a table of one column for a list of places; of more columns it must be said what they are."""
    width = max((len(row.cells) for row in rows), default=0)
    if width > 1 or all(row.is_blank for row in rows):
        found = next((_shown(row) for row in rows if not row.is_blank), "")
        expected = "adres, postcode, perceel, x, y, lat, lon, wkt"
        raise SubmissionError(Problem(file, "submission_no_header" if found else "submission_empty", {"found": found, "expected": expected, "n": len(settings.columns)}))  # fmt: skip
    lines = tuple(
        Entry(row.line, part=part, is_none=Note("blank_line"))
        if row.is_blank
        else Entry(row.line, {ALONE: row.cells[0].strip()}, part)
        for row in rows
    )
    return Entries(lines, (ALONE,), headerless=True)


def _shown(row: Row) -> str:
    text = " ".join(cell.strip() for cell in row.cells if cell.strip())
    return text if len(text) <= 60 else f"{text[:60]}…"  # noqa: PLR2004 (as much as fits a sentence)
