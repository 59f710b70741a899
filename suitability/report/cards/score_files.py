"""The files of a batch: the receipt for the case officer, and the scores, which hold nothing about persons."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from suitability.core.messages import message
from suitability.core.types import CRS
from suitability.core.units import DECIMALS
from suitability.report.cards.impact import added_columns, added_fields
from suitability.report.files.sheets import Column, write_sheet_csv, write_sheet_xlsx
from suitability.report.table import all_checks, wide_table
from suitability.report.wording.receipt import notes_text
from suitability.report.wording.rules import criterion_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from suitability.core.messages import Lang
    from suitability.policy.model import Check
    from suitability.submissions.receipt import Receipt, Receipts
    from suitability.submissions.score import Scored

RECEIPT: Final = "receipt"
SCORES: Final = "scores"
CARDS: Final = "cards"
_PERCENT: Final = 100.0
#: Unit of a criterion -> (how a header names it, factor, decimals beyond what a sentence shows).
_IN_HEADER: Final = {"min": ("min", 1.0, 1), "m": ("m", 1.0, 1), "m2": ("m²", 1.0, 0), "1": ("%", 100.0, 1), "dB": ("dB", 1.0, 1)}  # fmt: skip


def card_name(receipt: Receipt) -> str:
    """Return the name of a card's files without ending: of the number alone, never of what a submitter wrote."""
    return f"{receipt.number:04}"


def write_receipt(receipts: Receipts, folder: Path, lang: Lang) -> list[Path]:
    """Write ``receipt.csv`` and ``receipt.xlsx``: one row per line, what is about persons included."""
    columns = receipt_columns(receipts.lines, lang)
    return _put(folder, {
        f"{RECEIPT}.csv": lambda path: write_sheet_csv(columns, path, lang),
        f"{RECEIPT}.xlsx": lambda path: write_sheet_xlsx(columns, path, RECEIPT, lang),
    })  # fmt: skip


def write_scores(scored: Scored, documents: dict[str, dict[str, object]], folder: Path, lang: Lang) -> list[Path]:
    """Write ``scores.csv``, ``.xlsx`` and ``.gpkg``: one row per site, in the order of the receipts."""
    table = wide_table(scored.scan, documents, lang)
    columns = score_columns(scored, table, lang)
    frame = gpd.GeoDataFrame(_plain(scored, table), geometry=scored.scan.parcels.geometry, crs=CRS)
    return _put(folder, {
        f"{SCORES}.csv": lambda path: write_sheet_csv(columns, path, lang),
        f"{SCORES}.xlsx": lambda path: write_sheet_xlsx(columns, path, SCORES, lang),
        f"{SCORES}.gpkg": lambda path: pyogrio.write_dataframe(
            frame, path, layer=SCORES, driver="GPKG", geometry_type="MultiPolygon", promote_to_multi=True,
        ),
    })  # fmt: skip


def _put(folder: Path, files: dict[str, Callable[[Path], None]]) -> list[Path]:
    """Write each file under a temporary name in the folder, then give all of them their names."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".writing-{os.getpid()}-", dir=folder) as room:
        for name, write in files.items():
            write(Path(room) / name)
        for name in files:
            (Path(room) / name).replace(folder / name)
    return [folder / name for name in files]


def receipt_columns(lines: Sequence[Receipt], lang: Lang) -> list[Column]:
    """Return the receipt as columns: first what the tool says, then the columns about persons, then remarks."""
    texts: dict[str, Sequence[str | float | None]] = {
        "line": [float(one.line) for one in lines],
        "part": [one.part for one in lines],
        "reference": [one.reference for one in lines],
        "given": [one.given for one in lines],
        "kind": [message(f"submission.kind.{one.kind}", lang) if one.kind else "" for one in lines],
        "status": [message(f"submission.status.{one.status.value}", lang) for one in lines],
        "notes": [notes_text(one, lang) for one in lines],
        "site": [one.site_id for one in lines],
        "card": [card_name(one) if one.is_answered else "" for one in lines],
    }
    columns = [Column(_name(key, lang), values) for key, values in texts.items() if key != "part" or any(values)]
    for kept in ("personal", "remarks"):
        names = dict.fromkeys(name for one in lines for name in getattr(one, kept))
        columns += [Column(name, [getattr(one, kept).get(name, "") for one in lines]) for name in names]
    return columns


def score_columns(scored: Scored, table: pd.DataFrame, lang: Lang) -> list[Column]:
    """Return the scores as columns: verdict and outlook first, then each rule's value, margin, outcome and object."""
    receipts, outlook = scored.receipts, scored.outlook
    around = np.append(scored.around.parcels.ids, "")
    columns: dict[str, Sequence[str | float | None]] = {
        "number": [float(one.number) for one in receipts],
        "reference": [one.reference for one in receipts],
        "given": [one.given for one in receipts],
        "site": [one.site_id for one in receipts],
        "parcels": [", ".join(over) for over in scored.overlaps],
        "label": list(table["label"]),
        "area": list(table["area_m2"]),
        "verdict": [message(f"outcome.{name}", lang) for name in table["verdict_class"]],
        "location_type": list(table[f"location_type_{lang}"]),
        "deciding_rule": list(table[f"deciding_rule_{lang}"]),
        "reason": list(table[f"reason_{lang}"]),
        "beds": list(outlook.beds),
        "larger": list(outlook.larger * _PERCENT),
        "better": list(outlook.better * _PERCENT),
        "alternative": [str(around[row]) for row in outlook.alternative],
        "alternative_m": list(outlook.alternative_m),
        "x": list(table["x"]),
        "y": list(table["y"]),
        "card": [card_name(one) for one in receipts],
    }
    found = [
        Column(_name(key, lang), values, 1 if key in {"larger", "better"} else 0) for key, values in columns.items()
    ]
    found += [Column(header, values) for header, values in added_columns(scored.added, lang)]
    for check in all_checks(scored.scan):
        found += _of_check(table, check, lang)
    return found


def _of_check(table: pd.DataFrame, check: Check, lang: Lang) -> list[Column]:
    label = check.label.in_(lang)
    outcome = [message(f"rule.{name}", lang) for name in table[f"{check.id}_outcome"]]
    columns = [Column(f"{label}: {message('column.outcome', lang)}", outcome)]
    if check.children:
        return columns
    unit = criterion_of(check).unit
    name, factor, more = _IN_HEADER.get(unit, ("", 1.0, 0))
    ending = f" ({name})" if name else ""
    for key in ("value", "margin"):
        header = f"{label}: {message(f'column.{key}', lang)}{ending}"
        columns.append(Column(header, list(table[f"{check.id}_{key}"] * factor), DECIMALS[unit] + more))
    if f"{check.id}_object" in table:
        columns.append(Column(f"{label}: {message('column.object', lang)}", list(table[f"{check.id}_object"])))
    return columns


def _plain(scored: Scored, table: pd.DataFrame) -> pd.DataFrame:
    """Return the wide table of the sites with what is known of each as a submission; no persons."""
    outlook = scored.outlook
    around = np.append(scored.around.parcels.ids, "")
    first = pd.DataFrame({
        "number": [one.number for one in scored.receipts],
        "reference": [one.reference for one in scored.receipts],
        "given": [one.given for one in scored.receipts],
        "parcels": [", ".join(over) for over in scored.overlaps],
        "beds": outlook.beds,
        "larger_share": outlook.larger,
        "better_share": outlook.better,
        "alternative": [str(around[row]) for row in outlook.alternative],
        "alternative_m": outlook.alternative_m,
        **added_fields(scored.added),
    })  # fmt: skip
    rest = table.rename(columns={"parcel_id": "site_id"})
    return pd.concat([first, rest[[name for name in rest.columns if name not in first.columns]]], axis=1)


def _name(key: str, lang: Lang) -> str:
    return message(f"submission.column.{key}", lang)
