"""The ranking as a table with what each rule contributes, and on the map the sites that come first."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import shapely
import streamlit as st

from suitability.export.style import COLOURS
from suitability.geometry import inner_points
from suitability.messages import message, number
from suitability.ranking.wording import ranking_lines
from suitability.ui import parts
from suitability.ui.legend import legend
from suitability.ui.parcel_map import Picture, parcel_map
from suitability.ui.site_work import firmness_of, site_of_parcels
from suitability.ui.verdict_map import background_of
from suitability.ui.words import bullets
from suitability.ui.work import judged, packs_key

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

    from suitability.ranking.order import Ranking
    from suitability.types import BoolArray, IntArray
    from suitability.ui.state import AppState

_SHOWN: Final = 200
_TOPS: Final = (10, 25, 50, 100)
_ROW_PX: Final = 52
_RINGS: Final = 100
_PALE: Final = "#a3dbc8"


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
        "score": ranking.total_low[rows] * 100,
        "firm": firmness_of(state, top).in_top_any[rows] * 100,
    }
    shown = {message(f"app.ranking.{name}", lang): values for name, values in columns.items()}
    return pd.DataFrame(
        shown | {_rule_name(ranking, j, state): ranking.contributions[rows, j] * 100 for j in range(len(ranking.rules))}
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
        message("app.ranking.beds", lang): st.column_config.NumberColumn(width=70, format="%.0f"),
        message("app.ranking.score", lang): st.column_config.NumberColumn(
            width=70, format="%.1f", help=message("app.ranking.score.help", lang)
        ),
        message("app.ranking.firm", lang): st.column_config.NumberColumn(
            width=80, format="%.0f%%", help=message("app.ranking.firm.help", lang)
        ),
    }
    for j, weight in enumerate(ranking.weights):
        name = _rule_name(ranking, j, state)
        config[name] = st.column_config.ProgressColumn(
            name, min_value=0.0, max_value=float(weight * 100), format="%.1f", width=120, help=name
        )
    return config


def site_map(state: AppState, ranking: Ranking, top: int) -> None:
    """Show the sites on the map, the first so many in full colour; a click chooses a parcel."""
    lang, (scan, _) = state.lang, judged(state)
    first = ranking.place <= top
    site = site_of_parcels(state)
    codes = np.where(site < 0, 2, np.where(np.append(first, False)[site], 0, 1))
    style: list[dict[str, Any]] = [
        {"colour": COLOURS["pass"], "hatch": "dots", "opacity": 1.0, "shown": True},
        {"colour": _PALE, "hatch": "", "opacity": 0.9, "shown": True},
    ]
    counts = [number(int(first.sum()), lang), number(int((~first).sum()), lang)]
    names = [message("app.ranking.first", lang, n=counts[0]), message("app.ranking.rest", lang, n=counts[1])]
    st.html(legend(list(zip(names, style, strict=True))))

    def choose(parcel: str | None) -> None:
        index = scan.index_of(parcel) if parcel else None
        state.choose_parcel(parcel)
        state.site = ranking.site_ids[site[index]] if index is not None and site[index] >= 0 else None

    picture = Picture(
        codes.astype(np.int64), style, scan.index_of(state.parcel) if state.parcel else None, background=background_of(state),
        objects=_first(ranking, first), height=440,
    )  # fmt: skip
    parcel_map(scan, lang, picture, key="ranking_map", packs_key=packs_key(state, scan), on_choose=choose)
    st.caption(message("app.map.hint", lang))
    parts.chosen_parcel(state, scan)


def _first(ranking: Ranking, first: BoolArray) -> list[dict[str, Any]]:
    """Return a ring around each of the first sites, which are too small to see; the best of them where many tie."""
    frame = ranking.sites.frame
    rows = ranking.order[first[ranking.order]][:_RINGS]
    spots = shapely.get_coordinates(inner_points(frame.geometry.to_numpy()[rows])).tolist()
    labels = frame["label"].fillna(frame["site_id"]).astype(str).to_numpy()[rows]
    return [
        {"text": f"{ranking.place[row]}. {label}", "line": False, "parts": [[spot]]}
        for row, label, spot in zip(rows, labels, spots, strict=True)
    ]


def firmness(state: AppState, ranking: Ranking, top: int) -> None:
    """Say how firm the ranking stands."""
    st.header(message("app.ranking.how_firm", state.lang))
    st.markdown(bullets(ranking_lines(ranking, firmness_of(state, top), state.lang)))
