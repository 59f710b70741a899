"""Workshop: come in with a code, vote on one's own phone; the wall follows, the chair decides."""

from __future__ import annotations

import streamlit as st

from suitability.core.messages import message
from suitability.ui import workshop_session as seat
from suitability.ui.markdown import plain
from suitability.ui.state import app_state
from suitability.ui.workshop import chair, joining, voting
from suitability.ui.workshop import projector as wall


def page() -> None:
    """Show the doors, or the session that one is in."""
    state = app_state()
    mine = state.seat
    if mine is None:
        st.title(message("app.page.workshop", state.lang))
        joining.doors(state)
        return
    session = seat.state_of(mine.session)
    st.title(plain(session.opened[1].title))
    if mine.role == "chair":
        wall_side, table_side = st.tabs([message("meeting.wall", state.lang), message("meeting.table", state.lang)])
        with wall_side:
            wall.invitation(state, mine.session)
            wall.results(state, mine.session)
        with table_side:
            chair.table(state, mine, session)
    else:
        voting.ballot(state, mine, session)
    joining.leave(state)


page()
