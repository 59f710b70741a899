"""Layout around every page: sidebar with language, area and policy, the menu, and one place for error messages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from suitability.core.errors import SuitabilityError
from suitability.core.messages import LANGS, long_date, message
from suitability.ui.markdown import plain
from suitability.ui.permalink import follow_link
from suitability.ui.scan_cache import known_areas, known_policies, policy_label, policy_of
from suitability.ui.state import AppState, app_state
from suitability.ui.widget_state import stand_at
from suitability.ui.workshop.guests import is_guest

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

    from suitability.core.messages import Lang

#: Heading in the menu -> the pages under it.
SECTIONS: Final = {
    "test": ("overview", "what_if", "longlist", "parcel", "compare", "submissions"),
    "choose": ("ranking", "shortlist", "workshop", "site"),
    "files": ("data", "download"),
}
PAGES: Final = tuple(name for names in SECTIONS.values() for name in names)

#: What someone on another machine sees: only that, until they come in as chair. Twice, because the first page of an app
#: stands at its bare address only, and an invitation leads to /workshop.
_FOR_GUESTS: Final = {"choose": ("workshop", "workshop")}
_ICONS: Final = {
    "overview": ":material/map:", "what_if": ":material/tune:", "longlist": ":material/list:",
    "parcel": ":material/location_on:", "compare": ":material/compare_arrows:", "submissions": ":material/inbox:", "ranking": ":material/leaderboard:", "shortlist": ":material/checklist:", "workshop": ":material/groups:", "site": ":material/home_work:", "data": ":material/database:",
    "download": ":material/download:",
}  # fmt: skip
_NAMES: Final[dict[Lang, str]] = {"nl": "Nederlands", "en": "English"}
_HERE: Final = Path(__file__).parent


def run() -> None:
    """Show the app: the side, and the page that was chosen."""
    state = app_state()
    icon = _HERE / "static" / "icon.svg"  # a file: an icon by name would be asked for on the internet
    st.set_page_config(page_title=message("app.title", state.lang), page_icon=icon, layout="wide")
    st.html(_HERE / "static" / "app.css")
    texts = (message(f"app.file.{name}", state.lang) for name in ("choose", "drag"))
    st.html("<style>:root {{ --choose-file: '{}'; --drag-file: '{}'; }}</style>".format(*texts))
    # Streamlit says that every page is English; a screen reader would read Dutch aloud as English.
    st.html(f"<script>document.documentElement.lang = '{state.lang}'</script>", unsafe_allow_javascript=True)
    guest = is_guest() and not (state.seat and state.seat.role == "chair")
    sections = _FOR_GUESTS if guest else SECTIONS
    page = st.navigation(
        {
            message(f"app.section.{section}", state.lang): [
                _page(state, name, first=(i, j) == (0, 0)) for j, name in enumerate(names)
            ]
            for i, (section, names) in enumerate(sections.items())
        },
        position="hidden" if guest else "sidebar",
    )
    try:
        follow_link(state)
        if guest:
            _language(state)
        else:
            with st.sidebar:
                _side(state)
        page.run()
    except SuitabilityError as error:
        for sentence in error.sentences(state.lang):
            st.error(plain(sentence))


def _page(state: AppState, name: str, *, first: bool) -> StreamlitPage:
    return st.Page(
        _HERE / "pages" / f"{name}.py",
        title=message(f"app.page.{name}", state.lang),
        icon=_ICONS[name],
        url_path="start" if first and name == "workshop" else name,  # each needs a name of its own
        default=first,
    )


def _language(state: AppState) -> None:
    stand_at("lang_choice", state.lang)
    st.segmented_control(
        "Taal / Language", LANGS, format_func=_NAMES.__getitem__, required=True, key="lang_choice",
        on_change=lambda: setattr(state, "lang", st.session_state["lang_choice"]),
    )  # fmt: skip


def _side(state: AppState) -> None:
    lang = state.lang
    _language(state)
    areas = known_areas(state)
    if areas:
        state.area = state.area or areas[0]
        stand_at("area_choice", state.area)
        st.selectbox(
            message("app.area", lang), areas, key="area_choice",
            on_change=lambda: state.choose_area(st.session_state["area_choice"]),
        )  # fmt: skip
    stand_at("policy_choice", state.policy)
    st.selectbox(
        message("app.policy", lang), known_policies(state), format_func=lambda name: policy_label(state, name), key="policy_choice",
        on_change=lambda: state.choose_policy(st.session_state["policy_choice"]),
    )  # fmt: skip
    policy = policy_of(state)
    st.caption(
        plain(message("app.in_force", lang, policy=policy.title.in_(lang), date=long_date(policy.in_force, lang)))
    )
    if state.brought is not None:
        st.info(message("app.layers.in_use", lang))
        st.button(
            message("app.layers.leave", lang),
            icon=":material/undo:",
            on_click=state.bring_layers,
            args=(None,),
            key="leave_layers",
        )
    if state.limits:
        st.info(message("app.limits_tried", lang, n=len(state.limits)))
        st.button(
            message("app.reset_all", lang),
            icon=":material/restart_alt:",
            on_click=state.try_limits,
            args=({},),
            key="reset_at_side",
        )
