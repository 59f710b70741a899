"""The longlist for spreadsheets: words instead of codes, local numbers, units in the headers.

No text is one that a spreadsheet would execute (OWASP, CSV injection): such a text gets an apostrophe in front.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from suitability.core.measurement import Outcome
from suitability.core.messages import message
from suitability.core.units import DECIMALS
from suitability.report.table import all_checks
from suitability.report.wording.rules import criterion_of

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.core.types import BoolArray
    from suitability.policy.model import Check
    from suitability.scan.run import Scan

#: Unit of a criterion -> (how a header names it, factor, decimals beyond what a sentence shows).
IN_HEADER: Final = {
    "min": ("min", 1.0, 1), "m": ("m", 1.0, 1), "m2": ("m²", 1.0, 0), "1": ("%", 100.0, 1),
    "dB": ("dB", 1.0, 1), "beds": ("beds", 1.0, 0), "answer": ("", 1.0, 0),
    "count": ("", 1.0, 0), "number": ("", 1.0, 0),
}  # fmt: skip

#: What a spreadsheet takes for a formula, also behind blanks and in the wide forms of East Asian keyboards.
_EXECUTED: Final = re.compile(
    r"[\s\x00-\x20\u00ad\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]|[\t\r\n]"
)

#: A header, and a text for each row.
Column = tuple[str, pa.StringArray]


def write_csv(scan: Scan, table: pd.DataFrame, kept: BoolArray, path: Path, lang: Lang) -> None:
    """Write the ``kept`` rows of the wide table: what passes first, then what must be looked at, each by parcel id."""
    later = table["verdict"] != Outcome.PASS.name.lower()
    rows = table.assign(later=later)[kept].sort_values(["later", "parcel_id"], kind="stable")
    columns = _head(rows, lang)
    for check in all_checks(scan):
        columns += _of_check(rows, check, lang)
    write_columns(columns, path, lang)


def write_columns(columns: list[Column], path: Path, lang: Lang) -> None:
    """Write columns of safe texts as CSV with the separator of the language."""
    named = dict(zip(distinct([header for header, _ in columns]), (values for _, values in columns), strict=True))
    options = pyarrow.csv.WriteOptions(delimiter=";" if lang == "nl" else ",", quoting_style="needed")
    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8)  # or spreadsheets take UTF-8 for something else
        pyarrow.csv.write_csv(pa.table(named), file, options)


def distinct(names: list[str]) -> list[str]:
    """Return headers made harmless, those that occur more than once numbered: two rules may carry one label."""
    headers = Counter(names)
    used: Counter[str] = Counter()
    made = []
    for header in names:
        used[header] += 1
        made.append(harmless(header if headers[header] == 1 else f"{header} [{used[header]}]"))
    return made


def harmless(text: str) -> str:
    """Return a text that no spreadsheet executes."""
    return f"'{text}" if _EXECUTED.match(text) else text


def _head(rows: pd.DataFrame, lang: Lang) -> list[Column]:
    """Return the columns that every longlist has."""
    columns = {
        "parcel_id": texts(rows["parcel_id"]),
        "label": texts(rows["label"]),
        "settlement": texts(rows["settlement"]),
        "area_m2": numbers(rows["area_m2"], 1.0, 0, lang),
        "verdict": _words(rows["verdict_class"], "outcome", lang),
        "location_type": texts(rows[f"location_type_{lang}"]),
        "conditions": texts(rows[f"conditions_{lang}"]),
        "consequence": texts(rows[f"consequence_{lang}"]),
        "deciding_rule": texts(rows[f"deciding_rule_{lang}"]),
        "reason": texts(rows[f"reason_{lang}"]),
        "source": texts(rows[f"deciding_source_{lang}"]),
        "x": numbers(rows["x"], 1.0, 1, lang),
        "y": numbers(rows["y"], 1.0, 1, lang),
    }
    return [(message(f"column.{name}", lang), values) for name, values in columns.items()]


def _of_check(rows: pd.DataFrame, check: Check, lang: Lang) -> list[Column]:
    """Return the columns of one check, headed by its label."""
    label = check.label.in_(lang)
    outcome = _words(rows[f"{check.id}_outcome"], "rule", lang)
    columns = [(f"{label}: {message('column.outcome', lang)}", outcome)]
    if check.children:
        return columns
    unit = criterion_of(check).unit
    name, factor, more = IN_HEADER[unit]
    ending = f" ({name})" if name else ""
    for key, none_there in (("value", message("value.none_there", lang)), ("margin", "")):
        values = numbers(rows[f"{check.id}_{key}"], factor, DECIMALS[unit] + more, lang, none_there)
        columns.append((f"{label}: {message(f'column.{key}', lang)}{ending}", values))
    if f"{check.id}_object" in rows:
        columns.append((f"{label}: {message('column.object', lang)}", texts(rows[f"{check.id}_object"])))
    if f"{check.id}_access_leg_m" in rows:
        legs = numbers(rows[f"{check.id}_access_leg_m"], 1.0, 0, lang)
        columns.append((f"{label}: {message('column.access_leg', lang)} (m)", legs))
    return columns


def texts(values: pd.Series[str]) -> pa.StringArray:
    """Return texts made harmless; each different text is looked at once."""
    codes, different = pd.factorize(values.fillna(""))
    safe = pa.array([harmless(str(text)) for text in different], pa.string())
    return safe.take(pa.array(codes))


def _words(values: pd.Series[str], key: str, lang: Lang) -> pa.StringArray:
    """Return the word of the catalogue for each code."""
    codes, different = pd.factorize(values)
    return pa.array([message(f"{key}.{code}", lang) for code in different], pa.string()).take(pa.array(codes))


def numbers(values: pd.Series[float], factor: float, decimals: int, lang: Lang, none_there: str = "") -> pa.StringArray:
    """Return numbers as text with the local decimal sign; empty where unknown, ``none_there`` where infinite."""
    rounded = np.round(values.to_numpy() * factor, decimals) + 0.0  # no -0
    said = pc.cast(pa.array(rounded, from_pandas=True), pa.string())
    if lang == "nl":
        said = pc.replace_substring(said, ".", ",")
    said = pc.if_else(pa.array(np.isinf(rounded)), none_there, said)
    return pc.fill_null(said, "")
