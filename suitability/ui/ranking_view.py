"""The ranking as a table with what each rule contributes, and on the map the sites that come first."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from suitability.core.messages import message, number
from suitability.report.style import COLOURS
from suitability.report.wording.ranking import ranking_lines
from suitability.ui import components as parts
from suitability.ui.maps.site_map import Meaning, Rings, labels_of, site_map
from suitability.ui.markdown import bullets
from suitability.ui.ranking_cache import firmness_of, site_of_parcels
from suitability.ui.scan_cache import judged

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

    from suitability.core.types import IntArray
    from suitability.selection.ranking.order import Ranking
    from suitability.ui.state import AppState

_SHOWN: Final = 200
_TOPS: Final = (10, 25, 50, 100)
_ROW_PX: Final = 52
_RINGS: Final = 100
_FIRST: Final = {"colour": COLOURS["pass"], "hatch": "dots", "opacity": 1.0, "shown": True}
_REST: Final = {"colour": "#a3dbc8", "hatch": "", "opacity": 0.9, "shown": True}


def top_of(state: AppState) -> int:
    """Let a person choose how many sites count as first."""
    return int(
        st.segmented_control(
            message("app.ranking.top", state.lang), _TOPS, default=_TOPS[1], required=True, key="ranking_top", persist_state="session"
        )
    )  # fmt: skip


def table(state: AppState, ranking: Ranking, top: int) -> None:
    """Show the first sites; choosing a row chooses the site, and its first parcel, everywhere."""
    lang, rows = state.lang, ranking.order[:_SHOWN]
    if not len(rows):
        st.info(message("ranking.no_sites", lang))
        return
    n_sites = number(len(ranking.order), lang)
    st.caption(message("app.ranking.count", lang, n=n_sites, shown=number(len(rows), lang)))
    ids = [ranking.site_ids[row] for row in rows]
    key = f"ranking_{hashlib.sha256(chr(10).join(ids).encode()).hexdigest()[:16]}_{lang}_{top}"

    def choose() -> None:
        picked = st.session_state[key]["selection"]["rows"]
        frame = ranking.sites.frame
        state.choose_site(ids[picked[0]], str(frame["parcel_ids"].iloc[rows[picked[0]]][0])) if picked else None

    st.dataframe(
        _frame(state, ranking, rows, top), hide_index=True, on_select=choose, selection_mode="single-row", height=560, key=key,
        row_height=_ROW_PX, alt=message("app.page.ranking", lang), column_config=_columns(state, ranking),
        selection_default={"selection": {"rows": [ids.index(state.site)] if state.site in ids else []}},
    )  # fmt: skip


def _frame(state: AppState, ranking: Ranking, rows: IntArray, top: int) -> pd.DataFrame:
    lang, frame = state.lang, ranking.sites.frame.iloc[rows]
    kinds = {kind.id: kind.label.in_(lang) for kind in ranking.sites.scan.policy.types}
    where = frame["label"].fillna("").astype(str).where(frame["label"].notna(), frame["settlement"].fillna(""))
    columns: dict[str, Any] = {
        "place": ranking.place[rows],
        "site": frame["site_id"].to_numpy(),
        "where": where.to_numpy(),
        "type": frame["location_type"].map(kinds).to_numpy(),
        "beds": frame["beds"].to_numpy(dtype=float),
        "score": np.round(ranking.total_low[rows] * 100, 1),
        "firm": firmness_of(state, top).in_top_any[rows] * 100,
    }
    shown = {message(f"app.ranking.{name}", lang): values for name, values in columns.items()}
    return pd.DataFrame(
        shown
        | {
            _rule_name(ranking, j, state): np.round(ranking.contributions[rows, j] * 100, 1)
            for j in range(len(ranking.rules))
        }
    )


def _rule_name(ranking: Ranking, j: int, state: AppState) -> str:
    return ranking.rules[j].label.in_(state.lang)


def _columns(state: AppState, ranking: Ranking) -> dict[str, ColumnConfig]:
    """Return the columns: what a rule contributes as a bar that is full at the most it can."""
    lang = state.lang
    config: dict[str, ColumnConfig] = {
        message("app.ranking.place", lang): st.column_config.NumberColumn(width=60, pinned=True),
        message("app.ranking.site", lang): st.column_config.Column(width=130, pinned=True),
        message("app.ranking.where", lang): st.column_config.Column(width=170),
        message("app.ranking.type", lang): st.column_config.Column(width=130),
        message("app.ranking.beds", lang): st.column_config.NumberColumn(width=110, format="%.0f"),
        message("app.ranking.score", lang): st.column_config.NumberColumn(
            width=70, format="localized", help=message("app.ranking.score.help", lang)
        ),
        message("app.ranking.firm", lang): st.column_config.NumberColumn(
            width=80, format="%.0f%%", help=message("app.ranking.firm.help", lang)
        ),
    }
    for j, weight in enumerate(ranking.weights):
        name = _rule_name(ranking, j, state)
        config[name] = st.column_config.ProgressColumn(
            name, min_value=0.0, max_value=float(weight * 100), format="localized", width=120, help=name
        )
    return config


def ranking_map(state: AppState, ranking: Ranking, top: int) -> None:
    """Show the sites on the map, the first so many in full colour; a click chooses a parcel."""
    lang, (scan, _) = state.lang, judged(state)
    sites, site, first = ranking.sites.frame, site_of_parcels(state), ranking.place <= top
    counts = [number(int(first.sum()), lang), number(int((~first).sum()), lang)]
    meanings = (
        Meaning(message("app.ranking.first", lang, n=counts[0]), _FIRST),
        Meaning(message("app.ranking.rest", lang, n=counts[1]), _REST),
    )
    rows = ranking.order[first[ranking.order]][:_RINGS]  # the best of them where many tie
    texts = [f"{place}. {label}" for place, label in zip(ranking.place[rows], labels_of(sites, rows), strict=True)]

    def choose(parcel: str | None) -> None:
        index = scan.index_of(parcel) if parcel else None
        state.choose_parcel(parcel)
        state.site = ranking.site_ids[site[index]] if index is not None and site[index] >= 0 else None

    site_map(state, sites, first, meanings, Rings(rows, texts), key="ranking_map", height=440, on_choose=choose)
    parts.chosen_parcel(state, scan)


def firmness(state: AppState, ranking: Ranking, top: int) -> None:
    """Say how firm the ranking stands."""
    st.header(message("app.ranking.how_firm", state.lang))
    st.markdown(bullets(ranking_lines(ranking, firmness_of(state, top), state.lang)))
