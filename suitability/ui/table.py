"""The longlist as a table: what is asked for, which parcels those are, and the one that was chosen."""

from __future__ import annotations

import hashlib
from functools import partial
from textwrap import shorten
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import streamlit as st

from suitability.core.messages import message, number
from suitability.report.table import CLASSES, classes_of, frame_texts
from suitability.report.wording.rules import reason_texts
from suitability.ui.table_filter import ORDERS, Asked

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler
    from streamlit.elements.lib.column_types import ColumnConfig

    from suitability.core.messages import Lang
    from suitability.core.types import IntArray
    from suitability.scan.run import Scan
    from suitability.ui.state import AppState

_SHOWN: Final = 1_000
_LONGLIST: Final = ("pass", "pass_restricted", "unknown")
_REASON: Final = 150  # signs of a reason that fit in a row; the whole of it stands with the parcel
_ROW_PX: Final = 88  # a cell wraps its text from 64 on; the reason is a sentence


def filters(state: AppState, scan: Scan) -> Asked:
    """Show the filters and return what is asked for."""
    lang = state.lang
    verdicts = st.pills(
        message("app.table.verdict", lang), CLASSES, selection_mode="multi", default=_LONGLIST, key="table_classes",
        format_func=lambda name: message(f"outcome.{name}", lang), persist_state="session",
    )  # fmt: skip
    kinds = {kind.id: kind.label.in_(lang) for kind in scan.policy.location_types}
    search, place, order, *more = st.columns([3, 2, 2, 2] if kinds else [3, 2, 2])
    text = search.text_input(
        message("app.table.search", lang), key="table_search", placeholder=message("app.table.search.example", lang),
        persist_state="session",
    )  # fmt: skip
    names = sorted(str(name) for name in frame_texts(scan, "settlement").unique() if name)
    settlements = place.multiselect(
        message("app.table.settlement", lang), [*names, ""], key="table_settlements", placeholder=message("app.table.all", lang),
        format_func=lambda name: name or message("outlying_area", lang), persist_state="session",
    )  # fmt: skip
    sort = order.selectbox(
        message("app.table.order", lang), ORDERS, format_func=lambda name: message(f"app.table.order.{name}", lang), key="table_order",
        persist_state="session",
    )  # fmt: skip
    types: list[str] = []
    for column in more:
        types = column.multiselect(
            message("app.table.type", lang), list(kinds), format_func=kinds.__getitem__, key=f"table_types_{state.policy}",
            placeholder=message("app.table.all", lang), persist_state="session",
        )  # fmt: skip
    return Asked(text.strip(), tuple(verdicts), tuple(types), tuple(settlements), sort)


def show(state: AppState, scan: Scan, rows: IntArray) -> None:
    """Show the parcels; choosing a row chooses the parcel everywhere. One chosen elsewhere stands on top."""
    lang, chosen = state.lang, scan.index_of(state.parcel) if state.parcel else None
    shown = _with_on_top(state, scan, rows)
    said = "app.table.count" if len(rows) <= _SHOWN else "app.table.first"
    st.caption(message(said, lang, n=number(len(rows), lang), shown=number(_SHOWN, lang)))
    if chosen is not None and chosen not in rows:
        verdict = message(f"outcome.{CLASSES[classes_of(scan)[chosen]]}", lang)
        st.info(message("app.table.hidden", lang, parcel=state.parcel, verdict=verdict))
    if not len(shown):
        st.info(message("app.table.none", lang))
        return
    ids = [str(name) for name in scan.parcels.ids[shown]]
    digest = hashlib.sha256("\n".join([scan.run.policy_sha256, *ids]).encode()).hexdigest()[:16]
    key = f"table_{digest}_{lang}"

    def choose() -> None:
        picked = st.session_state[key]["selection"]["rows"]
        state.choose_parcel(ids[picked[0]] if picked else None, in_table=True)

    st.dataframe(
        _shown(_frame(scan, shown, lang), lang), hide_index=True, on_select=choose, selection_mode="single-row", height=560,
        row_height=_ROW_PX, key=key, alt=message("app.page.longlist", lang), column_config=_columns(scan, lang),
        selection_default={"selection": {"rows": [ids.index(state.parcel)] if state.parcel in ids else []}},
    )  # fmt: skip


def _with_on_top(state: AppState, scan: Scan, rows: IntArray) -> IntArray:
    """Return the rows that the table shows: the first so many, and before them the parcel that was chosen elsewhere."""
    if state.parcel and state.parcel not in scan.parcels.ids[rows[:_SHOWN]]:
        state.on_top = state.parcel
    top = scan.index_of(state.on_top) if state.on_top else None
    if top is None:
        return rows[:_SHOWN]
    return np.concatenate([[top], rows[rows != top][: _SHOWN - 1]])


def _columns(scan: Scan, lang: Lang) -> dict[str, ColumnConfig]:
    """Return how wide each column is: the reason gets what the others leave."""
    widths = {"parcel": 105, "verdict": 105, "reason": 290, "place": 125, "area": 80, "type": 110}
    names = [name for name in widths if name != "type" or scan.policy.location_types]
    return {
        message(f"app.table.{name}", lang): st.column_config.Column(width=widths[name], pinned=name == "parcel")
        for name in names
    }


def _frame(scan: Scan, rows: IntArray, lang: Lang) -> pd.DataFrame:
    """Return the rows as people read them: the reason stands where it is seen."""
    outcomes = np.array([message(f"outcome.{name}", lang) for name in CLASSES], dtype=object)
    columns = {
        "parcel": scan.parcels.ids[rows],
        "verdict": outcomes[classes_of(scan)[rows]],
        "reason": [shorten(text, _REASON, placeholder=" …") for text in _reasons(scan, rows, lang)],
        "place": frame_texts(scan, "label").to_numpy()[rows],
        "area": np.round(scan.parcels.areas[rows]).astype(np.int64),
    }
    if scan.policy.location_types:
        kinds = np.array([kind.label.in_(lang) for kind in scan.policy.types], dtype=object)
        columns["type"] = kinds[scan.verdicts.best_type[rows]]
    return pd.DataFrame({message(f"app.table.{name}", lang): values for name, values in columns.items()})


def _shown(frame: pd.DataFrame, lang: Lang) -> Styler:
    """Return the frame with areas in local form; they still sort as numbers."""
    return frame.style.format({message("app.table.area", lang): partial(number, lang=lang)})


def _reasons(scan: Scan, rows: IntArray, lang: Lang) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return the rule that decided on each row and its sentence."""
    texts = np.full(len(rows), "", dtype=object)
    decided = scan.verdicts.deciding[rows]
    for j in np.unique(decided[decided >= 0]):
        here, rule = np.flatnonzero(decided == j), scan.policy.rules[j]
        texts[here] = f"{rule.label.in_(lang)}: " + reason_texts(scan, rule, rows[here], lang)
    return texts
