"""Spreadsheets in and out without harm: text stays text, and a file that would swell or run is refused beforehand.

A text is written as text, with the mark that a spreadsheet gives it when one types an apostrophe in front: no programme
executes it, and it reads back unchanged.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation

from suitability.core.errors import Problem, WorkshopError
from suitability.workshop.events import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.cell import Cell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

#: Far more than an evening brings forth.
MOST_BYTES: Final = 5_000_000
MOST_UNPACKED: Final = 20_000_000
MOST_PARTS: Final = 500
MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 100

#: A spreadsheet takes no longer list of choices.
_LONGEST_LIST: Final = 255

_CHUNK: Final = 1 << 16
_ENCODINGS: Final = ("ascii", "utf-16-le", "utf-16-be")
_GREY: Final = PatternFill("solid", fgColor="E8E8E8")
_OPEN: Final = PatternFill("solid", fgColor="FFF9DB")
_MOMENT: Final = "dd-mm-yyyy hh:mm"

#: What a cell may hold when it is written.
CellValue = str | float | int | datetime | None


@dataclass(frozen=True)
class Column:
    """One column of a sheet. ``is_open``: to be filled in; ``choices``: what may be chosen; ``width`` in characters."""

    header: str
    width: int
    is_open: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class SheetRow:
    """One row as it was read: its number as the spreadsheet shows it, cells by position; ``is_merged`` with others."""

    number: int
    cells: tuple[object, ...]
    is_merged: bool


def add_sheet(book: Workbook, title: str, columns: Sequence[Column], rows: Sequence[Sequence[CellValue]]) -> None:
    """Add a sheet with a header that stays in sight, grey where nothing is to be changed."""
    sheet: Worksheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for i, column in enumerate(columns, 1):
        _put(sheet.cell(1, i), column.header).font = Font(bold=True)
        letter = get_column_letter(i)
        sheet.column_dimensions[letter].width = column.width
        listed = '"' + ",".join(column.choices) + '"'
        if column.choices and rows and len(listed) <= _LONGEST_LIST and not any("," in x for x in column.choices):
            choice = DataValidation(type="list", formula1=listed, allow_blank=True)
            sheet.add_data_validation(choice)
            choice.add(f"{letter}2:{letter}{len(rows) + 1}")
    for y, row in enumerate(rows, 2):
        for x, (value, column) in enumerate(zip(row, columns, strict=True), 1):
            cell = _put(sheet.cell(y, x), value)
            cell.fill = _OPEN if column.is_open else _GREY
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    if rows:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"


def _put(cell: Cell, value: CellValue) -> Cell:
    if isinstance(value, datetime):
        cell.value = value
        cell.number_format = _MOMENT
    elif isinstance(value, str):
        cell.value = plain(value)
        cell.data_type = "s"  # also what begins with = or @
        cell.quotePrefix = True
    else:
        cell.value = value
    return cell


def written(book: Workbook) -> bytes:
    """Return the file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def empty_book() -> Workbook:
    """Return a workbook without sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    return book


def read_sheets(content: bytes, name: str) -> dict[str, list[SheetRow]]:
    """Return the rows of every sheet, by title, empty rows left out. Formulas come as text with ``=`` and are not run.

    Raises ``WorkshopError`` for a file that is no spreadsheet, too large, packed to swell, or made to run something.
    """
    _check_package(content, name)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), keep_links=False)
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        SyntaxError,
        OSError,
    ) as error:
        raise WorkshopError(Problem(name, "xlsx_damaged", {"found": type(error).__name__})) from error
    found = {}
    for sheet in book.worksheets:
        if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
            fields = {"found": f"{sheet.max_row} × {sheet.max_column}", "expected": f"{MOST_ROWS} × {MOST_COLUMNS}"}
            raise WorkshopError(Problem(f"{name}, {sheet.title}", "xlsx_large_sheet", fields))
        found[sheet.title] = _rows(sheet)
    return found


def _rows(sheet: Worksheet) -> list[SheetRow]:
    merged = {y for area in sheet.merged_cells.ranges for y in range(area.min_row, area.max_row + 1)}
    rows = (
        SheetRow(y, tuple(cell.value for cell in cells), y in merged) for y, cells in enumerate(sheet.iter_rows(), 1)
    )
    return [row for row in rows if any(value is not None and str(value).strip() for value in row.cells)]


def _check_package(content: bytes, name: str) -> None:
    """Refuse what is no zip, or what is dangerous as one, before anything is unpacked to memory."""
    if len(content) > MOST_BYTES:
        raise WorkshopError(Problem(name, "xlsx_large", {"expected": MOST_BYTES // 1_000_000}))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or len({part.filename for part in parts}) < len(parts):
                raise WorkshopError(Problem(name, "xlsx_damaged", {"found": f"{len(parts)} parts"}))
            left = MOST_UNPACKED
            for part in parts:
                left -= _check_part(package, part, left, name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        if isinstance(error, WorkshopError):
            raise
        raise WorkshopError(Problem(name, "xlsx_not", {"found": type(error).__name__})) from error


def _check_part(package: zipfile.ZipFile, part: zipfile.ZipInfo, left: int, name: str) -> int:
    """Return the true size of a part, counted while unpacking: the size that a zip names may be a lie."""
    if part.filename.lower().endswith(("vbaproject.bin", ".exe")) or "/activex/" in part.filename.lower():
        raise WorkshopError(Problem(name, "xlsx_macro", {"found": part.filename}))
    content = bytearray()
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            content += chunk
            if len(content) > left:
                raise WorkshopError(Problem(name, "xlsx_swells", {"expected": MOST_UNPACKED // 1_000_000}))
    if any(mark.encode(encoding) in content for mark in ("<!DOCTYPE", "<!ENTITY") for encoding in _ENCODINGS):
        raise WorkshopError(Problem(name, "xlsx_doctype", {"found": part.filename}))
    return len(content)
