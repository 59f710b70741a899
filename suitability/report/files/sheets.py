"""Typed columns as a CSV and an Excel workbook for people: local numbers, and no text that a spreadsheet executes."""

from __future__ import annotations

import csv
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from suitability.core.messages import message
from suitability.report.files.longlist_sheet import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from suitability.core.messages import Lang

_WIDEST: Final = 60
_LONGEST_CELL: Final = 32_767
_SHEET_NAME: Final = 31


@dataclass(frozen=True)
class Column:
    """A header and its values: texts, or numbers with so many decimals; NaN and None are empty, infinity is "none"."""

    header: str
    values: Sequence[str | float | None]
    decimals: int = 0


def write_sheet_csv(columns: Sequence[Column], path: Path, lang: Lang) -> None:
    """Write the columns as UTF-8 with a mark; in Dutch with semicolons and decimal commas."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";" if lang == "nl" else ",")
        writer.writerow([harmless(name) for name in _headers(columns)])
        writer.writerows(zip(*([_text(v, column, lang) for v in column.values] for column in columns), strict=True))


def write_sheet_xlsx(columns: Sequence[Column], path: Path, title: str, lang: Lang) -> None:
    """Write the columns as one sheet with a fixed header and a filter; numbers are numbers, all else is text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:_SHEET_NAME])
    sheet.freeze_panes = "A2"
    headers = _headers(columns)
    rows = list(zip(*(column.values for column in columns), strict=True))
    for i, column in enumerate(columns):
        longest = max([len(headers[i]) // 2, *(len(str(value or "")) for value in list(column.values)[:200])])
        sheet.column_dimensions[_letter(i)].width = min(max(longest + 2, 9), _WIDEST)
    sheet.append([_cell(sheet, name, bold=True) for name in headers])
    for row in rows:
        sheet.append([_value(sheet, value, column, lang) for value, column in zip(row, columns, strict=True)])
    sheet.auto_filter.ref = f"A1:{_letter(len(columns) - 1)}{len(rows) + 1}"
    book.save(path)


def _headers(columns: Sequence[Column]) -> list[str]:
    """Return the headers, those that stand twice with a number."""
    count = Counter(column.header for column in columns)
    used: Counter[str] = Counter()
    names = []
    for column in columns:
        used[column.header] += 1
        names.append(column.header if count[column.header] == 1 else f"{column.header} [{used[column.header]}]")
    return names


def _text(value: str | float | None, column: Column, lang: Lang) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return harmless(" ".join(value.split()))
    if math.isinf(value):
        return message("value.none_there", lang)
    text = f"{value:.{column.decimals}f}"
    return text.replace(".", ",") if lang == "nl" else text


def _value(sheet: object, value: str | float | None, column: Column, lang: Lang) -> object:
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        return _cell(sheet, value)
    if math.isinf(value):
        return _cell(sheet, message("value.none_there", lang))
    cell = WriteOnlyCell(sheet, round(float(value), column.decimals))
    cell.number_format = "0" if not column.decimals else "0." + "0" * column.decimals
    return cell


def _cell(sheet: object, text: str, *, bold: bool = False) -> WriteOnlyCell:
    """Return a cell that is text whatever it begins with."""
    clean = ILLEGAL_CHARACTERS_RE.sub(" ", harmless(text))[:_LONGEST_CELL]
    cell = WriteOnlyCell(sheet, clean)
    cell.data_type = "s"
    cell.font = Font(bold=bold)
    cell.alignment = Alignment(vertical="top", wrap_text=bold)
    return cell


def _letter(index: int) -> str:

    return str(get_column_letter(index + 1))
