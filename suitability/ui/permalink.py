"""A trial as a link: another person opens it and sees the same policy with the same limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

import streamlit as st

from suitability.core.messages import message
from suitability.policy.what_if import limits_as_text, limits_from_text
from suitability.ui.scan_cache import known_policies, policy_of

if TYPE_CHECKING:
    from suitability.ui.state import AppState

_POLICY: Final = "policy"
_LIMIT: Final = "limit."
_CODE: Final = "code"


def link(state: AppState) -> None:
    """Show the link to what is tried, for a policy that others have too."""
    if state.policy in state.uploads:
        return
    here = urlsplit(st.context.url or "")
    asked = urlencode({_POLICY: state.policy, **{f"{_LIMIT}{k}": v for k, v in limits_as_text(state.limits).items()}})
    st.caption(message("app.share", state.lang))
    st.code(f"{here.scheme}://{here.netloc}/what_if?{asked}", language=None, wrap_lines=True)


def follow_link(state: AppState) -> None:
    """Take the policy and limits of a link, or the code of an invitation, once; raises ``PolicyError`` when they do not fit."""
    asked = {name: st.query_params[name] for name in st.query_params}
    state.code = asked.get(_CODE) or state.code
    if _POLICY not in asked:
        return
    st.query_params.clear()
    name = asked[_POLICY]
    texts = {key.removeprefix(_LIMIT): text for key, text in asked.items() if key.startswith(_LIMIT)}
    if name not in known_policies(state):  # a name from a link is never read as a path
        st.error(message("app.share.unknown", state.lang))
        return
    state.choose_policy(name)
    state.try_limits(limits_from_text(policy_of(state), texts))
