"""The shortlist: what is asked, the set on the map and in a table, how good it is, or what cannot hold together."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from suitability.core.messages import message, number, quantity
from suitability.report.files.shortlist import shortlist_fields
from suitability.report.wording.ranking import share_text
from suitability.report.wording.shortlist import ChoiceWords
from suitability.selection.shortlist.best_set import Shortlist
from suitability.ui import shortlist_details as shortlist_more
from suitability.ui.maps.site_map import Rings, SiteGroup, labels_of, site_map
from suitability.ui.markdown import bullets, plain
from suitability.ui.shortlist_cache import choice_of, known, locks_of, look, need_beds, wanted_of

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.report.files.shortlist import Choice
    from suitability.selection.shortlist.choice import Wanted
    from suitability.ui.shortlist_cache import Outcome
    from suitability.ui.state import AppState

_BEDS: Final = 300
_MOST_BEDS: Final = 1_000_000
_MOST_SITES: Final = 200
_CHOSEN: Final = {"colour": "#5b2a86", "hatch": "", "opacity": 0.95, "shown": True}
_REST: Final = {"colour": "#a3dbc8", "hatch": "", "opacity": 0.9, "shown": True}


def question(state: AppState) -> Wanted:
    """Let a person say what the set must do."""
    lang, need = state.lang, need_beds(state)
    beds = st.number_input(
        message("app.shortlist.beds", lang), 0, _MOST_BEDS, value=min(need or _BEDS, _MOST_BEDS), step=10, key=f"shortlist_beds_{state.policy}",
        persist_state="session", help=message("app.shortlist.beds.policy" if need else "app.shortlist.beds.none", lang),
    )  # fmt: skip
    limited = st.checkbox(message("app.shortlist.limit_sites", lang), key="shortlist_limited", persist_state="session")
    most = st.number_input(
        message("app.shortlist.sites", lang), 1, _MOST_SITES, value=20, key="shortlist_sites", disabled=not limited, persist_state="session"
    )  # fmt: skip
    held = locks_of(state)
    if held:
        counts = {
            "n_in": sum(lock == "in" for lock in held.values()),
            "n_out": sum(lock == "out" for lock in held.values()),
        }
        st.caption(message("app.shortlist.locks", lang, **counts))
    return wanted_of(state, int(beds), int(most) if limited else None)


def search(state: AppState, wanted: Wanted) -> Outcome | None:
    """Look for the set when asked to; return it when it is known."""
    lang, outcome = state.lang, known(state, wanted)
    if outcome is None and st.button(message("app.shortlist.look", lang), type="primary", key="look_for_set"):
        with st.spinner(message("app.shortlist.looking", lang), show_time=True):
            outcome = look(state, wanted)
    return outcome


def show(state: AppState, outcome: Outcome) -> None:
    """Show the set, or why there is none."""
    lang, ranking = state.lang, outcome.ranking
    labels = ranking.sites.frame["label"].fillna("").astype("str")
    words = ChoiceWords(ranking.sites.scan.policy.portfolio, dict(zip(ranking.site_ids, labels, strict=True)), lang)
    if not isinstance(outcome.found, Shortlist):
        lines = words.refusal(outcome.found)
        st.warning(plain(lines[0]))
        if lines[1:]:
            st.markdown(
                bullets([line.replace("  - ", "  ", 1) if line.startswith("  - ") else line for line in lines[1:]])
            )
        return
    found = shortlist_more.which(state, outcome, outcome.found)
    _figures(found, lang)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _map(state, outcome, found)
    with right:
        st.markdown(bullets(words.shortlist(found, outcome.preferences)[1:]))
    choice = choice_of(state, outcome, found)
    _table(state, choice)
    shortlist_more.files(state, choice)
    shortlist_more.need(state, choice)
    shortlist_more.curve(state, outcome, outcome.found)


def _figures(found: Shortlist, lang: Lang) -> None:
    with st.container(horizontal=True, gap="large"):
        figures = {
            "sites": number(len(found.chosen), lang), "beds": number(found.beds, lang),
            "mean": share_text(found.mean_suitability, lang), "gap": share_text(found.gap, lang, 1),
        }  # fmt: skip
        for name, figure in figures.items():
            st.metric(message(f"app.shortlist.figure.{name}", lang), figure, width="content",
                      help=message(f"app.shortlist.figure.{name}.help", lang))  # fmt: skip


def _map(state: AppState, outcome: Outcome, found: Shortlist) -> None:
    lang, sites = state.lang, outcome.ranking.sites.frame
    chosen = sites["site_id"].isin(found.ids).to_numpy()
    rows, beds = np.flatnonzero(chosen), {each.site_id: each.beds for each in found.chosen}
    texts = [
        message("app.shortlist.spot", lang, where=label, beds=quantity(float(beds[name]), "beds", lang))
        for label, name in zip(labels_of(sites, rows), sites["site_id"].to_numpy()[rows], strict=True)
    ]
    groups = (
        SiteGroup(message("app.shortlist.chosen", lang, n=number(len(found.ids), lang)), _CHOSEN),
        SiteGroup(message("app.shortlist.others", lang), _REST),
    )
    rings = Rings(rows, texts)
    site_map(state, sites, chosen, groups, rings, key="shortlist_map", height=480, on_choose=state.choose_parcel)


def _table(state: AppState, choice: Choice) -> None:
    """Show the sites of the set; choosing a row chooses the site everywhere."""
    lang, ids = state.lang, list(choice.found.ids)
    fields = shortlist_fields(choice, lang)
    frame = pd.DataFrame({field.header: field.cells for field in fields})
    key = f"shortlist_{hashlib.sha256(chr(10).join(ids).encode()).hexdigest()[:16]}_{lang}"

    def choose() -> None:
        picked = st.session_state[key]["selection"]["rows"]
        if picked:
            row = choice.rows[picked[0]]
            state.choose_site(ids[picked[0]], str(choice.ranking.sites.frame["parcel_ids"].iloc[row][0]))

    formats: dict[Any, Any] = {
        f.header: partial(number, lang=lang, decimals=f.decimals) for f in fields if f.decimals is not None
    }
    shown = frame.style.format(formats)
    st.dataframe(
        shown, hide_index=True, on_select=choose, selection_mode="single-row", key=key, row_height=56,
        alt=message("app.page.shortlist", lang), column_config={message("column.why", lang): st.column_config.Column(width="large")},
        selection_default={"selection": {"rows": [ids.index(state.site)] if state.site in ids else []}},
    )  # fmt: skip
    st.page_link(
        "suitability/ui/pages/site.py", label=message("app.shortlist.to_site", lang), icon=":material/home_work:"
    )
