"""The ranking as files: a table (CSV and XLSX), the sites as a GeoPackage that opens styled, and what it was made of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from suitability.core.messages import message
from suitability.core.types import CRS
from suitability.core.units import DECIMALS
from suitability.report.files.geopackage import write_layers
from suitability.report.files.longlist_sheet import IN_HEADER, distinct, harmless, numbers, texts, write_columns
from suitability.report.folder import write_together
from suitability.report.style import qml
from suitability.report.table import CLASSES, classes_of, site_columns, wide_table
from suitability.report.wording.rules import criterion_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.core.types import FloatArray, IntArray
    from suitability.scan.run import Progress
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.ranking.robustness import Firmness

CSV: Final = "ranking.csv"
XLSX: Final = "ranking.xlsx"
GEOPACKAGE: Final = "sites.gpkg"
RECORD: Final = "ranking.json"
FILES: Final = (GEOPACKAGE, CSV, XLSX, RECORD)

SITES: Final = "sites"

_PER_CENT: Final = 100.0


@dataclass(frozen=True)
class Field:
    """One column: a header, a value per site, and decimals if it is a number. NaN and None = not known."""

    header: str
    cells: pd.Series[Any]
    decimals: int | None = None


def write_ranking(
    ranking: Ranking,
    firmness: Firmness,
    folder: Path,
    lang: Lang,
    *,
    documents: dict[str, dict[str, object]],
    progress: Progress,
) -> list[Path]:
    """Write the files of a ranking to ``folder`` and return their paths; an earlier result moves to ``earlier/``.

    ``documents``: what citations name. Raises ``SourceError``; then the folder is as it was.
    """
    fields = ranking_fields(ranking, firmness, lang)
    steps: dict[str, Callable[[Path], object]] = {
        GEOPACKAGE: lambda path: _write_sites(ranking, firmness, path, lang, documents),
        CSV: lambda path: write_columns([(f.header, said(f, lang)) for f in fields], path, lang),
        XLSX: lambda path: write_workbook(fields, path),
        RECORD: lambda path: _write_record(ranking, firmness, path, lang),
    }
    write_together(steps, folder, progress)
    return [folder / file for file in FILES]


def ranking_fields(ranking: Ranking, firmness: Firmness, lang: Lang) -> list[Field]:
    """Return the table of a ranking, the first place first."""
    fields = [*_place_fields(ranking, lang), *_score_fields(ranking, lang), *_firmness_fields(ranking, firmness, lang)]
    order = ranking.order
    return [Field(f.header, f.cells.iloc[order].reset_index(drop=True), f.decimals) for f in fields]


def _place_fields(ranking: Ranking, lang: Lang) -> list[Field]:
    frame, policy = ranking.sites.frame, ranking.sites.scan.policy
    kinds = {kind.id: kind.label.in_(lang) for kind in policy.types}
    verdicts = {name: message(f"outcome.{name}", lang) for name in CLASSES}
    classes = pd.Series(np.array(CLASSES, dtype=object)[classes_of(ranking.sites.scan)], dtype=object)
    columns: dict[str, tuple[pd.Series[Any], int | None]] = {
        "place": (pd.Series(ranking.place), 0),
        "site_id": (frame["site_id"], None),
        "label": (frame["label"], None),
        "settlement": (frame["settlement"], None),
        "municipality": (frame["municipality"], None),
        "location_type": (frame["location_type"].map(kinds), None),
        "verdict": (classes.map(verdicts), None),
        "area_m2": (frame["area_m2"], 0),
        "beds": (frame["beds"], 0),
        "n_parcels": (frame["n_parcels"], 0),
        "parcel_ids": (_joined(frame["parcel_ids"]), None),
    }
    return [Field(message(f"column.{name}", lang), *column) for name, column in columns.items()]


def _joined(parcel_ids: pd.Series[Any]) -> pd.Series[Any]:
    return pd.Series([" ".join(ids) for ids in parcel_ids], dtype=object)


def _score_fields(ranking: Ranking, lang: Lang) -> list[Field]:
    fields = [
        _number(message("column.score", lang), ranking.total_low * _PER_CENT, 1),
        _number(message("column.score_high", lang), ranking.total_high * _PER_CENT, 1),
    ]
    for k, rule in enumerate(ranking.rules):
        label = rule.label.in_(lang)
        for key, values in {
            "contribution": ranking.contributions[:, k],
            "points": ranking.low[:, k],
            "points_high": ranking.high[:, k],
        }.items():
            fields.append(_number(f"{label}: {message(f'column.{key}', lang)}", values * _PER_CENT, 1))
        for leaf in rule.leaves():
            unit = criterion_of(leaf).unit
            name, factor, more = IN_HEADER[unit]
            header = f"{leaf.label.in_(lang)}: {message('column.value', lang)}" + (f" ({name})" if name else "")
            values = ranking.sites.scan.findings[leaf.id].value * factor
            fields.append(_number(header, values, DECIMALS[unit] + more))
    return fields


def _firmness_fields(ranking: Ranking, firmness: Firmness, lang: Lang) -> list[Field]:
    ids = np.array([*ranking.site_ids, None], dtype=object)  # the last for a row of -1
    return [
        _number(message("column.in_top_any", lang, top=firmness.top), firmness.in_top_any * _PER_CENT, 1),
        _number(message("column.in_top_near", lang, top=firmness.top), firmness.in_top_near * _PER_CENT, 1),
        Field(message("column.beaten_by", lang), pd.Series(ids[firmness.beaten_by], dtype=object)),
        _number(message("column.topsis", lang), firmness.check.place, 0),
    ]


def _number(header: str, values: FloatArray | IntArray, decimals: int) -> Field:
    return Field(header, pd.Series(values), decimals)


def said(column: Field, lang: Lang) -> Any:  # noqa: ANN401 (an array of pyarrow, which has no types)
    """Return a column as texts for the CSV."""
    if column.decimals is None:
        return texts(column.cells)
    return numbers(column.cells.astype("float64"), 1.0, column.decimals, lang, message("value.none_there", lang))


def write_workbook(fields: Sequence[Field], path: Path) -> None:
    """Write an XLSX with real numbers, which a spreadsheet shows in its own language; texts are never formulas."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SITES)
    sheet.freeze_panes = "C2"
    heads = []
    for name in distinct([column.header for column in fields]):
        cell = WriteOnlyCell(sheet, value=name)
        cell.font = Font(bold=True)
        heads.append(cell)
    sheet.append(heads)
    for row in zip(*(_cells(column) for column in fields), strict=True):
        sheet.append(row)
    book.save(path)


def _cells(column: Field) -> list[object]:
    """Return the values of a column as a workbook takes them; not known and none there are empty."""
    if column.decimals is None:
        return [harmless(value) if isinstance(value, str) else None for value in column.cells.tolist()]
    rounded = np.round(column.cells.to_numpy(dtype=np.float64), column.decimals) + 0.0
    return [(int(v) if column.decimals <= 0 else v) if np.isfinite(v) else None for v in rounded.tolist()]


def _write_sites(
    ranking: Ranking, firmness: Firmness, path: Path, lang: Lang, documents: dict[str, dict[str, object]]
) -> None:
    """Write the layer ``sites``: place, score, what each rule adds, and all that the scan says of them."""
    scan, score = ranking.sites.scan, pd.DataFrame(site_columns(ranking, firmness))
    table = pd.concat([score, wide_table(scan, documents, lang).drop(columns="parcel_id")], axis=1)
    frame = gpd.GeoDataFrame(table, geometry=scan.parcels.geometry, crs=CRS).iloc[ranking.order]
    styles = {SITES: qml(frame["verdict_class"].unique(), lang, "site_id")}
    write_layers({SITES: frame}, styles, path, scan.run.started)


def _write_record(ranking: Ranking, firmness: Firmness, path: Path, lang: Lang) -> None:
    """Write what the ranking was made of: the run, the weights, and what was drawn at random."""
    sites = ranking.sites
    record = {
        **sites.scan.run.as_dict(),
        "lang": lang,
        "sites": len(sites),
        "joined_sites": int((sites.frame["n_parcels"] > 1).sum()),
        "weights": {rule.id: float(weight) for rule, weight in zip(ranking.rules, ranking.weights, strict=True)},
        "left_out": list(ranking.left_out),
        "top": firmness.top,
        "draws": firmness.draws,
        "seed": firmness.seed,
        "unseated": [asdict(each) for each in firmness.unseated],
        "unbeaten": int((firmness.beaten_by < 0).sum()),
        "topsis": {name: _plain(getattr(firmness.check, name)) for name in ("spearman", "kendall")},
    }
    path.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _plain(value: float) -> float | None:
    """Return a number as JSON knows it."""
    return None if np.isnan(value) else value
