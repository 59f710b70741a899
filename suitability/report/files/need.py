"""Need and choice as files beside a set: one CSV per table."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from suitability.report.files.longlist_sheet import texts, write_columns
from suitability.report.wording.need import frontier_table, need_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.policy.portfolio import PortfolioRule
    from suitability.report.wording.need import TextTable
    from suitability.selection.shortlist.alternatives import Point
    from suitability.selection.shortlist.best_set import Shortlist
    from suitability.selection.shortlist.need_report import NeedReport

#: File of each table; those about which nothing is known or asked are not written.
FILES: Final = {
    "need": "need.csv", "spread": "spread.csv", "workers": "workers.csv", "sides": "municipalities.csv",
    "frontier": "frontier.csv",
}  # fmt: skip


def need_steps(
    report: NeedReport | None, points: Sequence[Point], rules: Sequence[PortfolioRule], lang: Lang
) -> dict[str, Callable[[Path], object]]:
    """Return what writes each file, by its name."""
    tables = [] if report is None else need_tables(report, rules, lang, file=True)
    if points:
        tables.append(frontier_table(points, lang, file=True))
    return {FILES[table.name]: partial(_write, table, lang) for table in tables}


def need_record(report: NeedReport | None, points: Sequence[Point]) -> dict[str, Any]:
    """Return the same as parts of a record, in numbers; NaN = not known."""
    record: dict[str, Any] = {}
    if report is not None:
        work = report.workers
        record["need"] = {
            "area": report.area,
            "there_known": report.there_known,
            "balances": [
                {**asdict(each), "need": each.need.model_dump(mode="json", exclude_none=True)}
                for each in report.balances
            ],
            "workers": None if work is None else {str(name): work.loc[name].to_dict() for name in work.index},
            "spread": [{**asdict(each), "outcome": each.outcome.name.lower()} for each in report.spread],
            "municipalities": [asdict(each) for each in report.efforts],
        }
    if points:
        record["frontier"] = [
            {"wanted_beds": point.wanted_beds, "reason": point.reason, **_figures(point.shortlist)} for point in points
        ]
    return record


def _figures(found: Shortlist | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {
        "beds": found.beds, "mean_suitability": found.mean_suitability, "gap": found.gap, "status": found.status,
        "sites": found.ids,
    }  # fmt: skip


def _write(table: TextTable, lang: Lang, path: Path) -> None:
    columns = zip(*table.rows, strict=True)
    write_columns(
        [
            (head, texts(pd.Series(list(cells), dtype="str")))
            for head, cells in zip(table.head, columns, strict=True)
        ],
        path,
        lang,
    )  # fmt: skip
