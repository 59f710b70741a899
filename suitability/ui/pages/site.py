"""Site: what the workshop says and decides about one site."""

from __future__ import annotations

import streamlit as st

from suitability.core.messages import message
from suitability.ui import workshop_session as seat
from suitability.ui.state import app_state
from suitability.ui.widget_state import stand_at
from suitability.ui.workshop import site_panel as dossier
from suitability.ui.workshop.agenda import agenda, label_of


def page() -> None:
    """Show a site of the session that one is in."""
    state = app_state()
    lang = state.lang
    st.title(message("app.page.site", lang))
    mine = state.seat
    if mine is None:
        st.info(message("meeting.first_join", lang))
        st.page_link(
            "suitability/ui/pages/workshop.py", label=message("app.page.workshop", lang), icon=":material/groups:"
        )
        return
    session = seat.state_of(mine.session)
    sites = list(dict.fromkeys([*([state.site] if state.site else []), *agenda(session), *session.sites]))
    if not sites:
        st.info(message("meeting.no_site", lang))
        st.page_link(
            "suitability/ui/pages/ranking.py", label=message("app.page.ranking", lang), icon=":material/leaderboard:"
        )
        return
    stand_at("site_choice", state.site if state.site in sites else sites[0])
    site = st.selectbox(
        message("app.ranking.site", lang), sites, key="site_choice", format_func=lambda name: label_of(state, session, name),
        on_change=lambda: setattr(state, "site", st.session_state["site_choice"]),
    )  # fmt: skip
    dossier.show(state, mine, session, site)


page()
