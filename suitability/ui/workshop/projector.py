"""The wall: who is here, what the votes come to with the disagreement in them, following along without reloading."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

import segno
import streamlit as st

from suitability.core.messages import enumeration, message, number
from suitability.ui.markdown import html_table, plain
from suitability.ui.workshop.agenda import agenda, labels_of, rules_of
from suitability.ui.workshop_session import state_of, store
from suitability.workshop.votes import tally_site, tally_weight
from suitability.workshop.wording import weight_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from suitability.ui.state import AppState
    from suitability.workshop.events import Choice
    from suitability.workshop.state import State

#: How often the wall looks for news, in seconds: what is voted is there within two.
_EVERY_S: Final = 0.5
_QR_PX: Final = 5


def invitation(state: AppState, session: UUID) -> None:
    """Show the code, and where to type it: as a picture for a phone, and as text."""
    lang, code = state.lang, store().participant_code(session)
    address = join_address(code)
    left, right = st.columns([1, 2], vertical_alignment="center")
    with left:
        picture = segno.make(address, error="m").png_data_uri(scale=_QR_PX, border=2)
        st.html(
            f'<img src="{picture}" alt="{message("meeting.qr", lang)}" style="width:14rem;image-rendering:pixelated">'
        )
    with right:
        st.markdown(message("meeting.go_to", lang, address=plain(address.split("?")[0])))
        st.markdown(f"# {plain(code)}")
        if not is_open_to_network():
            st.warning(message("meeting.only_here", lang))


def is_open_to_network() -> bool:
    """Return whether the app was started so that phones can reach it."""
    return bool(os.environ.get("SUITABILITY_NETWORK"))


def join_address(code: str) -> str:
    """Return the address at which one joins: of this machine in the network where phones can reach it."""
    here = urlsplit(st.context.url or "http://localhost")
    host = own_address() if is_open_to_network() else here.hostname or "localhost"
    port = f":{here.port}" if here.port else ""
    return f"{here.scheme}://{host}{port}/workshop?{urlencode({'code': code})}"


def own_address() -> str:
    """Return the address of this machine in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation, RFC 5737: only a route is chosen
        except OSError:
            return "localhost"
        return str(probe.getsockname()[0])


@st.fragment(run_every=_EVERY_S)
def results(state: AppState, session_id: UUID) -> None:
    """Show who is here and what was voted, as it is now."""
    session = state_of(session_id)
    lang = state.lang
    parties: dict[str, int] = {}
    for person in session.participants.values():
        parties[person.party] = parties.get(person.party, 0) + 1
    here = enumeration([f"{party} ({number(n, lang)})" for party, n in sorted(parties.items())], lang)
    st.markdown(plain(message("meeting.present", lang, n=number(len(session.participants), lang), parties=here)))
    _weights(state, session)
    _sites(state, session)
    st.caption(message("meeting.per_party", lang))


def _weights(state: AppState, session: State) -> None:
    lang, rows = state.lang, []
    rules = rules_of(state, session)
    if not rules:
        st.info(message("meeting.weights.nothing", lang))
        return
    for rule in rules:
        tally = tally_weight(session, rule.id)
        label = rule.label.in_(lang)
        if tally.median is None or tally.low is None or tally.high is None:
            rows.append([label, "0", "-", "-", "-", ""])
            continue
        by_party = ", ".join(f"{party} {weight_text(value, lang)}" for party, value in (tally.by_party or {}).items())
        span = f"{weight_text(tally.low, lang)} – {weight_text(tally.high, lang)}"
        split = message("meeting.split", lang) if tally.is_split else ""
        rows.append([label, number(tally.n, lang), weight_text(tally.median, lang), span, by_party, split])
    st.header(message("meeting.tab.weights", lang))
    names = ("rule", "voters", "median", "span", "by_party", "split")
    head = [message(f"meeting.column.{name}", lang) for name in names]
    st.html(html_table(head, rows, message("meeting.tab.weights", lang)))


def _sites(state: AppState, session: State) -> None:
    lang, sites = state.lang, agenda(session)
    if not sites:
        return
    st.header(message("meeting.tab.sites", lang))
    labels, rows = labels_of(state, session, sites), []
    for site in sites:
        tally = tally_site(session, site)
        split = message("meeting.split", lang) if tally.is_split else ""
        split = message("meeting.split_parties", lang) if tally.is_between_parties else split
        counts = [number(tally.counts[choice], lang) for choice in ("for", "unsure", "against")]
        rows.append([labels.get(site, site), *counts, _by_party(tally.by_party), split])
    head = [
        message(f"meeting.column.{name}", lang) for name in ("site", "for", "unsure", "against", "by_party", "split")
    ]
    st.html(html_table(head, rows, message("meeting.tab.sites", lang)))


def _by_party(by_party: Mapping[str, Mapping[Choice, int]]) -> str:
    """Return what each party says in a few signs: for – against."""
    return ", ".join(f"{party} {counts['for']}–{counts['against']}" for party, counts in by_party.items())
