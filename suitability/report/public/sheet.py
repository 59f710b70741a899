"""The public table for spreadsheets, CSV and XLSX: words instead of codes, and no cell that is ever executed."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from suitability.core.messages import message, number
from suitability.report.files.longlist_sheet import harmless
from suitability.report.public.gate import released

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from suitability.core.messages import Lang
    from suitability.core.types import GeometryArray
    from suitability.report.public.gate import PublicTable

#: Signs that XML 1.0 cannot hold, and the gap signs that mean nothing to people.
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

#: Column -> the words of its codes in the catalogue.
_WORDS: Final = {"verdict": "outcome", "verdict_class": "outcome"}
_NUMBERS: Final = {"area_m2": 0, "margin": 3}
_CODES: Final = {"location_type", "deciding_rule"}
_WIDTHS: Final = {
    "reason": 70,
    "conditions": 50,
    "consequence": 40,
    "deciding_source": 45,
    "deciding_rule": 40,
    "label": 30,
}
_WIDTH: Final = 20
_HEADINGS: Final = {"deciding_source": "source", "verdict_class": "class", "location_type": "location_type"}

#: A heading, the field it is of, and a value per row: texts, or numbers with their decimals.
_Column = tuple[str, str, "GeometryArray | pd.Series[float]", int | None]


def columns_of(table: PublicTable, lang: Lang) -> list[_Column]:
    """Return the columns in ``lang``: those of the profile without codes and without the other language."""
    table = released(table)
    labels = {rule.id: rule.label.in_(lang) for rule in table.about.rules}
    columns: list[_Column] = []
    for name in table.profile.parcel_columns(table.rules):
        values = table.parcels[name]
        if name in _CODES or name.endswith("_en" if lang == "nl" else "_nl"):
            continue
        if name in _NUMBERS:
            columns.append((message(f"column.{name}", lang), name, values, _NUMBERS[name]))
            continue
        field = name.removesuffix(f"_{lang}")
        texts = values.fillna("").astype(str).to_numpy(dtype=object)
        rule = name.removesuffix("_outcome")
        if name in _WORDS:
            texts = _worded(texts, _WORDS[name], lang)
        elif rule in labels and rule != name:
            texts, field = _worded(texts, "rule", lang), "outcome"
        heading = labels[rule] if field == "outcome" else message(f"column.{_HEADINGS.get(field, field)}", lang)
        columns.append((harmless(heading), field, _safe(texts), None))
    return columns


def write_public_csv(table: PublicTable, path: Path, lang: Lang) -> None:
    """Write the table as CSV; in Dutch with semicolons and decimal commas."""
    named: dict[str, object] = {}
    for heading, _field, values, decimals in columns_of(table, lang):
        texts = values if decimals is None else _written(values, decimals, lang)
        named[_unused(heading, named)] = pa.array(texts, pa.string())
    options = pyarrow.csv.WriteOptions(delimiter=";" if lang == "nl" else ",", quoting_style="needed")
    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8)  # or spreadsheets take UTF-8 for something else
        pyarrow.csv.write_csv(pa.table(named), file, options)


def write_public_xlsx(table: PublicTable, path: Path, lang: Lang) -> None:
    """Write the table as a workbook; every text is a text cell, whatever it begins with."""
    columns = columns_of(table, lang)
    book = Workbook(write_only=True)
    book.properties.creator = ""
    book.properties.created = book.properties.modified = table.about.made.replace(tzinfo=None)
    sheet = book.create_sheet(message("public.sheet", lang))
    sheet.freeze_panes = "B2"
    for k, (_heading, field, _values, _decimals) in enumerate(columns):
        sheet.column_dimensions[get_column_letter(k + 1)].width = _WIDTHS.get(field, _WIDTH)
    bold = Font(bold=True)

    def cell(text: str) -> WriteOnlyCell:
        made = WriteOnlyCell(sheet, value=text)
        made.data_type = "s"
        return made

    heads = [cell(heading) for heading, *_ in columns]
    for head in heads:
        head.font = bold
    sheet.append(heads)
    for row in zip(*(_cells(values, decimals) for _, _, values, decimals in columns), strict=True):
        sheet.append([cell(value) if isinstance(value, str) and value else value or None for value in row])
    book.save(path)


def _cells(values: GeometryArray | pd.Series[float], decimals: int | None) -> list[str | float]:
    if decimals is None:
        return list(values)
    rounded = np.round(np.asarray(values, dtype=np.float64), decimals)
    return [float(value) if np.isfinite(value) else "" for value in rounded]


def _written(values: GeometryArray | pd.Series[float], decimals: int, lang: Lang) -> list[str]:
    """Return numbers as text without thousands signs; empty where unknown."""
    mark = number(0.5, lang, 1)[1]
    rounded = np.asarray(values, dtype=np.float64)
    return [f"{value:.{decimals}f}".replace(".", mark) if np.isfinite(value) else "" for value in rounded]


def _worded(codes: GeometryArray, key: str, lang: Lang) -> GeometryArray:
    different, which = np.unique(codes.astype(str), return_inverse=True)
    words = np.array([message(f"{key}.{code}", lang) if code else "" for code in different], dtype=object)
    return np.asarray(words[which], dtype=object)


def _safe(texts: GeometryArray) -> GeometryArray:
    """Return texts that no spreadsheet executes and every XML reader takes; each different text is looked at once."""
    different, which = np.unique(texts.astype(str), return_inverse=True)
    return np.array([harmless(_NOT_IN_XML.sub("", str(text))) for text in different], dtype=object)[which]


def _unused(heading: str, taken: dict[str, object]) -> str:
    """Return a heading that no earlier column has: two rules may carry one label."""
    k, name = 1, heading
    while name in taken:
        k += 1
        name = f"{heading} [{k}]"
    return name
