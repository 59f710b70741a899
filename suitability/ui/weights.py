"""The weights of the ranking: a slider per rule that counts, what each comes to, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from suitability.core.config import config_folder, documents
from suitability.core.messages import message
from suitability.report.wording.ranking import share_text
from suitability.report.wording.rules import citation_text
from suitability.ui.markdown import plain
from suitability.ui.widget_state import stand_at

if TYPE_CHECKING:
    from suitability.policy.model import Policy, Rule
    from suitability.selection.ranking.order import Ranking
    from suitability.ui.state import AppState

#: Steps of a slider; the heaviest rule of the policy starts in the middle.
_MOST: Final = 10
_MIDDLE: Final = 5.0


def controls(state: AppState, ranking: Ranking) -> None:
    """Show a slider per rule with a weight in the policy; 0 leaves the rule out."""
    lang, policy = state.lang, ranking.sites.scan.policy
    shares = {rule.id: weight for rule, weight in zip(ranking.rules, ranking.weights, strict=True)}
    own = own_weights(policy)
    if not own:
        st.info(message("ranking.no_weights", lang))
        return
    for rule in policy.rules:
        if rule.id in own:
            _control(state, policy, rule, own[rule.id], shares.get(rule.id, 0.0))
    st.button(
        message("app.reset_all", lang), disabled=not state.weights, icon=":material/restart_alt:", key="reset_weights",
        on_click=state.weigh, args=({},),
    )  # fmt: skip


def own_weights(policy: Policy) -> dict[str, float]:
    """Return the policy's own weights on the scale of the sliders."""
    heaviest = max(policy.weights.values(), default=0.0)
    return {name: weight / heaviest * _MIDDLE if heaviest else 0.0 for name, weight in policy.weights.items()}


def _control(state: AppState, policy: Policy, rule: Rule, own: float, share: float) -> None:
    lang, key = state.lang, f"weight_{policy.id}_{rule.id}"
    stand_at(key, float(state.weights.get(rule.id, own)))

    def follow() -> None:
        tried = {**own_weights(policy), **state.weights, rule.id: st.session_state[key]}
        state.weigh({} if tried == own_weights(policy) else tried)

    st.slider(
        f"{plain(rule.label.in_(lang))} ({share_text(share, lang)})", 0.0, float(_MOST), step=0.5, key=key, on_change=follow,
        format="localized", help=_help(state, rule),
    )  # fmt: skip


def _help(state: AppState, rule: Rule) -> str:
    """Return how points are given by this rule, and on whose word."""
    lang = state.lang
    said: list[str] = [message("app.ranking.weight.help", lang)]
    for leaf in rule.leaves():
        scale = leaf.scale
        if scale is None:
            continue
        source = citation_text(scale.source, documents(config_folder()), lang) if scale.source else ""
        said += [message("explain.source", lang, source=source)] if source else []
        said += [message("explain.assumption", lang, text=scale.assumption.in_(lang))] if scale.assumption else []
    return "  \n".join(plain(text) for text in dict.fromkeys(said))
