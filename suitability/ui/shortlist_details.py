"""Beside a set of sites: the next best sets, what it does for the need, other numbers of beds, and its files."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Final

import altair as alt
import pandas as pd
import streamlit as st

from suitability.core.messages import message, number
from suitability.report.wording.need import frontier_table, need_notes, need_tables
from suitability.report.wording.ranking import share_text
from suitability.ui.markdown import html_table, plain
from suitability.ui.shortlist_cache import frontier_known, look_along_frontier, look_for_sets, sets_known, zipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.core.messages import Lang
    from suitability.report.files.shortlist import Choice
    from suitability.report.wording.need import TextTable
    from suitability.selection.shortlist.alternatives import Point
    from suitability.selection.shortlist.best_set import Shortlist
    from suitability.ui.shortlist_cache import Outcome
    from suitability.ui.state import AppState

_LINE: Final = "#5b2a86"
_ZIP: Final = "shortlist.zip"


def which(state: AppState, outcome: Outcome, best: Shortlist) -> Shortlist:
    """Offer to look for other sets, and return the one that is to be shown."""
    lang, sets = state.lang, sets_known(state, outcome.wanted)
    if sets is None:
        place = st.empty()
        if place.button(message("app.shortlist.others_look", lang), key="look_for_sets", icon=":material/alt_route:"):
            with st.spinner(message("app.shortlist.looking", lang), show_time=True):
                sets = look_for_sets(state, outcome)
            place.empty()
    if sets is None:
        return best
    if len(sets) < 2:  # noqa: PLR2004 (nothing to choose between)
        st.caption(message("app.shortlist.no_others", lang))
        return best
    asked = hashlib.sha256(repr((outcome.wanted, [each.ids for each in sets])).encode()).hexdigest()[:16]
    chosen = st.radio(
        message("app.shortlist.which", lang), range(len(sets)), key=f"shortlist_set_{asked}", horizontal=True,
        format_func=lambda i: _name(i, sets[i], lang), help=message("app.shortlist.which.help", lang, share=number(outcome.preferences.different_share, lang)),
    )  # fmt: skip
    return sets[chosen]


def _name(place: int, found: Shortlist, lang: Lang) -> str:
    fields = {"n": number(place + 1, lang), "sites": number(len(found.chosen), lang)}
    mean = share_text(found.mean_suitability, lang)
    return message("app.shortlist.set_name", lang, **fields, beds=number(found.beds, lang), mean=mean)


def need(state: AppState, choice: Choice) -> None:
    """Show how far the set meets what the policy says is needed."""
    if choice.need is None:
        return
    lang = state.lang
    st.header(message("need.title.need", lang))
    for i, table in enumerate(need_tables(choice.need, choice.ranking.sites.scan.policy.portfolio, lang)):
        if i or table.name != "need":
            st.subheader(table.title)
        _table(table)
    for note in need_notes(choice.need, lang):
        st.caption(plain(note))


def curve(state: AppState, outcome: Outcome, best: Shortlist) -> None:
    """Offer to look for the best sets of other sizes, and show them as a line and as a table."""
    lang, points = state.lang, frontier_known(state, outcome.wanted)
    st.header(message("need.title.frontier", lang))
    st.markdown(message("app.shortlist.frontier", lang))
    if points is None:
        place = st.empty()
        if not place.button(message("app.shortlist.frontier_look", lang), key="look_along_frontier", icon=":material/show_chart:"):  # fmt: skip
            return
        with st.spinner(message("app.shortlist.frontier_looking", lang), show_time=True):
            points = look_along_frontier(state, outcome, best)
        place.empty()
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.altair_chart(_chart(points, lang), width="stretch")
    with right:
        _table(frontier_table(points, lang))


def _chart(points: Sequence[Point], lang: Lang) -> alt.Chart:
    sets = [point.shortlist for point in points if point.shortlist is not None]
    rows = pd.DataFrame({"beds": [each.beds for each in sets], "mean": [each.mean_suitability * 100 for each in sets]})
    x = alt.X("beds:Q", title=message("column.beds", lang), scale=alt.Scale(zero=True))
    y = alt.Y("mean:Q", title=message("column.suitability", lang), scale=alt.Scale(zero=False))
    told = message("app.shortlist.frontier_chart", lang)
    drawn: alt.Chart = alt.Chart(rows, description=told, height=260).mark_line(point=True, color=_LINE).encode(x=x, y=y)
    return drawn


def _table(table: TextTable) -> None:
    st.html(html_table(table.head, table.rows, table.title, numbers_from=table.numbers_from))


def files(state: AppState, choice: Choice) -> None:
    """Offer the files of the set that is shown, made when they are asked for."""
    st.download_button(
        message("app.shortlist.files", state.lang), partial(zipped, choice, state.lang), file_name=_ZIP,
        mime="application/zip", key="download_shortlist", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
