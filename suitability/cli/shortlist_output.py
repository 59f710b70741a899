"""Console output of a shortlist: proposed sets, need and alternative numbers of beds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from suitability.cli.options import console
from suitability.core.messages import message, number
from suitability.report.files.shortlist import shortlist_fields
from suitability.report.wording.need import frontier_table, need_notes, need_tables
from suitability.report.wording.shortlist import ChoiceWords

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.core.messages import Lang
    from suitability.policy.portfolio import PortfolioRule
    from suitability.report.files.shortlist import Choice
    from suitability.report.wording.need import TextTable
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.shortlist.propose import Refusal


def show_refusal(refused: Refusal, ranking: Ranking, rules: Sequence[PortfolioRule], lang: Lang) -> None:
    """Say why there is no set."""
    _say(ChoiceWords.of(ranking, lang, rules).refusal(refused))


def show_choices(choices: Sequence[Choice], rules: Sequence[PortfolioRule], lang: Lang) -> None:
    """Show every set with what it does for the need, and once the other numbers of beds."""
    screen = console()
    for i, choice in enumerate(choices):
        screen.print(_sites(choice, i, lang), soft_wrap=False)
        _say([*ChoiceWords.of(choice.ranking, lang, rules).shortlist(choice.found, choice.preferences), ""])
        if choice.need is not None:
            for table in need_tables(choice.need, rules, lang):
                screen.print(_table(table), soft_wrap=False)
            _say([*need_notes(choice.need, lang), ""])
    if choices and choices[0].frontier:
        screen.print(_table(frontier_table(choices[0].frontier, lang)), soft_wrap=False)


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        console().print(line, highlight=False, markup=False)


def _sites(choice: Choice, place: int, lang: Lang) -> Table:
    """Return the sites of a set as a planner knows them."""
    table = _empty(message("shortlist.title", lang, n=number(place + 1, lang)))
    left_out = {message(f"column.{name}", lang) for name in ("municipality", "area_m2")}
    fields = [field for field in shortlist_fields(choice, lang) if field.header not in left_out]
    for field in fields:
        justify: Literal["left", "right"] = "left" if field.decimals is None else "right"
        table.add_column(field.header, justify=justify, overflow="fold")
    for row in zip(*(field.cells.tolist() for field in fields), strict=True):
        cells = zip(row, fields, strict=True)
        table.add_row(*(escape(v or "") if f.decimals is None else number(v, lang, f.decimals) for v, f in cells))
    return table


def _table(told: TextTable) -> Table:
    table = _empty(told.title)
    for i, head in enumerate(told.head):
        table.add_column(escape(head), justify="right" if i >= told.numbers_from else "left", overflow="fold")
    for row in told.rows:
        table.add_row(*map(escape, row))
    return table


def _empty(title: str) -> Table:
    return Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
