"""Need and choice as tables of texts: for the screen, a page and a file, each with what is not known said as such."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from suitability.core.messages import between, enumeration, message, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.core.messages import Lang
    from suitability.policy.portfolio import Need, PortfolioRule
    from suitability.selection.need import SpreadMeasured
    from suitability.selection.shortlist.alternatives import Point
    from suitability.selection.shortlist.need_report import NeedReport

Value = str | float | tuple[float, float]

_PER_CENT: Final = 100.0


@dataclass(frozen=True)
class TextTable:
    """A table in one language. ``name``: what is in it; ``numbers_from``: the first column of numbers."""

    name: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers_from: int


@dataclass(frozen=True)
class _Column:
    """A column: its header by key, a value per row, and decimals; a pair of numbers is the low and the high."""

    key: str
    values: list[Value]
    decimals: int = 0


def need_tables(
    report: NeedReport, rules: Sequence[PortfolioRule], lang: Lang, *, file: bool = False
) -> list[TextTable]:
    """Return what there is to show of a need: balance, spread, workers against beds, municipalities side by side.

    ``file``: numbers without separators of thousands, low and high each in a column of its own. A table about which
    neither the policy nor the data say anything is left out.
    """
    parts = [
        _table("need", _balance_columns(report, lang), 4, lang, file=file),
        _table("spread", _spread_columns(report.spread, rules, lang), 2, lang, file=file),
        _workers(report, lang, file=file),
        _table("sides", _side_columns(report, lang), 1, lang, file=file),
    ]
    return [part for part in parts if part is not None and part.rows]


def frontier_table(points: Sequence[Point], lang: Lang, *, file: bool = False) -> TextTable:
    """Return the points of beds against suitability, one per row."""
    unknown = float("nan")
    sets = [point.shortlist for point in points]
    columns = [
        _Column("wanted_beds", [point.wanted_beds for point in points]),
        _Column("beds", [each.beds if each else unknown for each in sets]),
        _Column("n_sites", [len(each.chosen) if each else unknown for each in sets]),
        _Column("suitability", [each.mean_suitability * _PER_CENT if each else unknown for each in sets], 1),
        _Column("gap", [each.gap * _PER_CENT if each else unknown for each in sets], 1),
        _Column("search", [_search(point, lang) for point in points]),
    ]
    table = _table("frontier", columns, 0, lang, file=file)
    none = "" if file else "-"  # where there is no set, its figures are not unknown: there are none
    rows = [
        row if each else (row[0], *(none for _ in row[1:-1]), row[-1])
        for row, each in zip(table.rows, sets, strict=True)
    ]
    return replace(table, rows=tuple(rows))


def _search(point: Point, lang: Lang) -> str:
    found = f"none_{point.reason}" if point.shortlist is None else point.shortlist.status
    return message(f"need.search.{found}", lang)


def need_notes(report: NeedReport, lang: Lang) -> list[str]:
    """Return what must be said beside the tables: what the policy does not name, and what nobody knows."""
    notes = []
    if not report.balances:
        notes.append(message("need.none", lang, area=report.area))
    elif any(math.isnan(each.there) for each in report.balances if not each.stay):
        notes.append(message("need.there_unknown", lang))
    wholes = {each.need.area: each.need for each in report.balances if each.need.municipalities}
    for need in wholes.values():
        names = enumeration(need.municipalities, lang)
        notes.append(message("need.counted_in", lang, area=area_text(need, lang), names=names))
        if need.assumption is not None:
            notes.append(message("need.assumed", lang, text=need.assumption.in_(lang)))
    notes += [text for each in report.balances if not each.stay and (text := elsewhere_text(each.need, lang))]
    if report.spread and report.workers is None:
        notes.append(message("need.workplaces_unknown", lang))
    if report.efforts:
        unknown = any(math.isnan(each.carried) for each in report.efforts)
        notes.append(message("need.sides_unknown" if unknown else "need.sides", lang))
    return notes


def area_text(need: Need, lang: Lang) -> str:
    """Return the area of a need; above a municipality with what kind of area it is."""
    return f"{need.area}{_level_after(need.level, lang)}"


def _level_after(level: str, lang: Lang) -> str:
    return "" if level == "municipality" else f" ({message(f'need.level.{level}', lang)})"


def elsewhere_text(need: Need, lang: Lang) -> str:
    """Return how many workers of which stays the policy sends to the ordinary housing market; empty where none."""
    if not need.housed_elsewhere:
        return ""
    stays = enumeration([message(f"stay.{stay}", lang) for stay in need.housed_elsewhere], lang)
    whole, part = (
        _text((float(low), float(high)), 0, lang, file=False) for low, high in ((need.low, need.high), need.elsewhere)
    )
    return message(
        "need.housed_elsewhere", lang, area=area_text(need, lang), year=need.year, n=whole, part=part, stays=stays
    )


def _balance_columns(report: NeedReport, lang: Lang) -> list[_Column]:
    rows = report.balances
    return [
        _Column("area_of_need", [area_text(each.need, lang) for each in rows]),
        _Column("year", [str(each.need.year) for each in rows]),
        _Column("counted", [message(f"need.counted.{each.need.counted}", lang) for each in rows]),
        _Column("stay_asked", [message(f"stay.{each.stay}" if each.stay else "need.all_stays", lang) for each in rows]),
        _Column("needed", [each.wanted for each in rows]),
        _Column("there", [each.there for each in rows]),
        _Column("proposed", [each.chosen for each in rows]),
        _Column("short", [each.short for each in rows]),
        _Column("not_living_there", [each.not_living_there for each in rows]),
    ]


def _spread_columns(spread: Sequence[SpreadMeasured], rules: Sequence[PortfolioRule], lang: Lang) -> list[_Column]:
    labels = {rule.id: rule.label.in_(lang) for rule in rules}
    return [
        _Column("rule", [labels[each.rule_id] for each in spread]),
        _Column("kept", [message(f"need.kept.{each.outcome.name.lower()}", lang) for each in spread]),
        _Column("share_found", [each.found for each in spread], 1),
        _Column("share_asked", [each.limit for each in spread], 1),
    ]


def _workers(report: NeedReport, lang: Lang, *, file: bool) -> TextTable | None:
    """Return beds by where people work (rows) and live (columns)."""
    if report.workers is None:
        return None
    unknown = message("value.unknown", lang)
    head = [message("column.work", lang)]
    head += [message("need.live_in", lang, area=str(name) or unknown) for name in report.workers.columns]
    rows = [
        (str(work) or unknown, *(_text(float(beds), 0, lang, file=file) for beds in line))
        for work, line in zip(report.workers.index, report.workers.to_numpy(), strict=True)
    ]
    return TextTable("workers", message("need.title.workers", lang), tuple(head), tuple(rows), 1)


def _side_columns(report: NeedReport, lang: Lang) -> list[_Column]:
    rows = report.efforts
    return [
        _Column("area_of_need", [f"{each.area}{_level_after(each.level, lang)}" for each in rows]),
        _Column("needed", [each.need for each in rows]),
        _Column("living_there", [each.living_there for each in rows]),
        _Column("there", [each.beds.existing + each.beds.permitted for each in rows]),
        _Column("proposed", [each.beds.chosen for each in rows]),
        _Column("part_of_need", [each.part_of_need * _PER_CENT for each in rows], 1),
        _Column("part_of_beds", [each.part_of_beds * _PER_CENT for each in rows], 1),
        _Column("carried", [each.carried for each in rows], 2),
    ]


def _table(name: str, columns: Sequence[_Column], numbers_from: int, lang: Lang, *, file: bool) -> TextTable:
    head: list[str] = []
    cells: list[list[str]] = []
    for column in columns:
        title = message(f"column.{column.key}", lang)
        if file and any(isinstance(value, tuple) for value in column.values):
            for i, end in enumerate(("low", "high")):
                head.append(message("need.end", lang, what=title, end=message(f"need.{end}", lang)))
                ends = [value[i] for value in column.values if isinstance(value, tuple)]
                cells.append([_text(value, column.decimals, lang, file=file) for value in ends])
        else:
            head.append(title)
            cells.append([_text(value, column.decimals, lang, file=file) for value in column.values])
    rows = tuple(zip(*cells, strict=True))
    return TextTable(name, message(f"need.title.{name}", lang), tuple(head), rows, numbers_from)


def _text(value: Value, decimals: int, lang: Lang, *, file: bool) -> str:
    """Return a value as text: unknown is said, a range of one number is that number."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        low, high = (_text(end, decimals, lang, file=file) for end in value)
        return between(low, high, lang)
    if math.isnan(value):
        return message("value.unknown", lang)
    told = number(value, lang, decimals)
    return told.replace("." if lang == "nl" else ",", "") if file else told
