"""A chosen set of sites as files: a table (CSV and XLSX), a GeoPackage that opens styled, and what it was made of.

Beside them the tables of need, and of beds against suitability where these were looked for.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from suitability.core.messages import enumeration, message
from suitability.core.types import CRS
from suitability.report.files.geopackage import write_layers
from suitability.report.files.longlist_sheet import write_columns
from suitability.report.files.need import FILES as SOMETIMES
from suitability.report.files.need import need_record, need_steps
from suitability.report.files.ranking import Field, said, write_workbook
from suitability.report.folder import write_together
from suitability.report.style import qml
from suitability.report.table import wide_table
from suitability.report.wording.rules import reason_texts
from suitability.report.wording.shortlist import limit_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.core.types import IntArray
    from suitability.scan.run import Progress
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.shortlist.alternatives import Point
    from suitability.selection.shortlist.best_set import Shortlist
    from suitability.selection.shortlist.choice import Preferences, Wanted
    from suitability.selection.shortlist.need_report import NeedReport

CSV: Final = "shortlist.csv"
XLSX: Final = "shortlist.xlsx"
GEOPACKAGE: Final = "shortlist.gpkg"
RECORD: Final = "shortlist.json"

LAYER: Final = "shortlist"


@dataclass(frozen=True)
class Choice:
    """A set, and what it was chosen from and by; what it does for the need, and other numbers of beds, where known."""

    found: Shortlist
    ranking: Ranking
    wanted: Wanted
    preferences: Preferences
    need: NeedReport | None = None
    frontier: tuple[Point, ...] = ()

    @property
    def rows(self) -> IntArray:
        """The row of each chosen site in the ranking."""
        place = {name: i for i, name in enumerate(self.ranking.site_ids)}
        return np.array([place[name] for name in self.found.ids], dtype=np.int64)


def write_shortlist(
    choice: Choice, folder: Path, lang: Lang, *, documents: dict[str, dict[str, object]], progress: Progress
) -> list[Path]:
    """Write the files of a set to ``folder`` and return their paths; an earlier result moves to ``earlier/``.

    Raises ``SourceError``; then the folder is as it was.
    """
    fields = shortlist_fields(choice, lang)
    steps: dict[str, Callable[[Path], object]] = {
        GEOPACKAGE: lambda path: _write_sites(choice, path, lang, documents),
        CSV: lambda path: write_columns([(f.header, said(f, lang)) for f in fields], path, lang),
        XLSX: lambda path: write_workbook(fields, path),
        **need_steps(choice.need, choice.frontier, choice.ranking.sites.scan.policy.portfolio, lang),
        RECORD: lambda path: _write_record(choice, path, lang),
    }
    write_together(steps, folder, progress, also=SOMETIMES.values())
    return [folder / file for file in steps]


def shortlist_fields(choice: Choice, lang: Lang) -> list[Field]:
    """Return the table of a set, in the order of the site ids."""
    chosen, frame = choice.found.chosen, choice.ranking.sites.frame.iloc[choice.rows].reset_index(drop=True)
    kinds = {kind.id: kind.label.in_(lang) for kind in choice.ranking.sites.scan.policy.types}
    limits = [limit_text(site, lang) for site in chosen]
    columns: dict[str, tuple[list[Any], int | None]] = {
        "label": (frame["label"].tolist(), None),
        "settlement": (frame["settlement"].tolist(), None),
        "municipality": (frame["municipality"].tolist(), None),
        "location_type": (frame["location_type"].map(kinds).tolist(), None),
        "beds": ([site.beds for site in chosen], 0),
        "capacity": ([site.capacity for site in chosen], 0),
        **({"limited": (limits, None)} if any(limits) else {}),
        "stays": ([stays_text(site.stays, lang) for site in chosen], None),
        **{
            f"beds_{stay}": ([site.by_stay[stay] for site in chosen], 0)
            for stay in (chosen[0].by_stay if chosen else ())
        },
        "suitability": ([site.suitability * 100 for site in chosen], 0),
        "why": (why(choice, lang), None),
        "area_m2": (frame["area_m2"].tolist(), 0),
        "site_id": ([site.site_id for site in chosen], None),
    }
    fields = []
    for name, (values, decimals) in columns.items():
        cells = pd.Series(values, dtype=object if decimals is None else np.float64)
        fields.append(Field(message(f"column.{name}", lang), cells, decimals))
    return fields


def stays_text(stays: tuple[str, ...], lang: Lang) -> str:
    """Return the lengths of stay that a site can serve."""
    return enumeration([message(f"stay.{stay}", lang) for stay in stays], lang)


def why(choice: Choice, lang: Lang) -> list[str]:
    """Return for each chosen site what counts most for it, and what its use is limited to."""
    ranking, rows = choice.ranking, choice.rows
    scan = ranking.sites.scan
    texts = np.full(len(rows), "", dtype=object)
    if ranking.rules and len(rows):
        strongest = ranking.contributions[rows].argmax(axis=1)
        for k, rule in enumerate(ranking.rules):
            here = strongest == k
            if here.any():
                texts[here] = reason_texts(scan, rule, rows[here], lang)
    limited = scan.verdicts.restricted[rows]
    rules = scan.policy.rules
    told = [
        dict.fromkeys(c.in_(lang) for j in np.flatnonzero(pattern) if (c := rules[j].consequence) is not None)
        for pattern in limited
    ]
    return [
        " ".join([text, *(f"{part[0].upper()}{part[1:]}." for part in parts)]).strip()
        for text, parts in zip(texts, told, strict=True)
    ]


def _write_sites(choice: Choice, path: Path, lang: Lang, documents: dict[str, dict[str, object]]) -> None:
    """Write the layer ``shortlist``: the beds of each site, and all that the scan says of it."""
    scan, rows = choice.ranking.sites.scan, choice.rows
    chosen = choice.found.chosen
    own = pd.DataFrame(
        {
            "site_id": [site.site_id for site in chosen],
            "chosen_beds": np.array([site.beds for site in chosen], dtype=np.int64),
            "capacity": np.array([site.capacity for site in chosen], dtype=np.int64),
            "limited": [limit_text(site, lang) for site in chosen],
            "stays": [" ".join(site.stays) for site in chosen],
            "suitability": np.array([site.suitability for site in chosen], dtype=np.float64),
        }
    )
    wide = wide_table(scan, documents, lang).drop(columns="parcel_id").iloc[rows].reset_index(drop=True)
    frame = gpd.GeoDataFrame(pd.concat([own, wide], axis=1), geometry=scan.parcels.geometry[rows], crs=CRS)
    styles = {LAYER: qml(frame["verdict_class"].unique(), lang, "site_id")}
    write_layers({LAYER: frame}, styles, path, scan.run.started)


def _write_record(choice: Choice, path: Path, lang: Lang) -> None:
    """Write what the set was made of, what was asked, and how good it is."""
    record = {
        **choice.ranking.sites.scan.run.as_dict(),
        "lang": lang,
        "wanted": asdict(choice.wanted),
        "preferences": choice.preferences.model_dump(mode="json"),
        "candidates": len(choice.ranking.sites),
        "shortlist": asdict(choice.found),
        "beds": choice.found.beds,
        **need_record(choice.need, choice.frontier),
    }
    path.write_text(_json(record), encoding="utf-8")


def _json(record: dict[str, Any]) -> str:
    """Return a record as JSON, in which a number that is not known is null."""

    def plain(node: Any) -> Any:  # noqa: ANN401 (any part of the record)
        if isinstance(node, dict):
            return {key: plain(value) for key, value in node.items()}
        if isinstance(node, list | tuple):
            return [plain(value) for value in node]
        return None if isinstance(node, float) and not np.isfinite(node) else node

    return json.dumps(plain(record), ensure_ascii=False, indent=2) + "\n"
