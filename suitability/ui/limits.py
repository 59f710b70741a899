"""The controls of What if: a slider per limit with its unit, its source and the way back; and the policy that results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from suitability.core.config import config_folder, documents
from suitability.core.messages import LANGS, enumeration, message
from suitability.policy.what_if import changed_limits, overlay_text
from suitability.report.wording.changes import difference_lines
from suitability.report.wording.rules import citation_text, criterion_of, whole_quantity
from suitability.scan.compare import compare_scans
from suitability.ui import permalink as sharing
from suitability.ui.markdown import bullets, plain
from suitability.ui.slider_steps import steps_of
from suitability.ui.widget_state import stand_at

if TYPE_CHECKING:
    from suitability.core.messages import Lang
    from suitability.policy.model import Check, Policy, Rule
    from suitability.scan.run import Scan
    from suitability.ui.state import AppState

_HEIGHT_PX: Final = 600
_EFFECTS: Final = ("exclude", "restrict", "score", "note")


def controls(state: AppState, scan: Scan) -> None:
    """Show a control for every limit that was measured; what nothing was measured for has no slider."""
    lang = state.lang
    with st.container(horizontal=True):
        st.button(
            message("app.undo", lang),
            disabled=not state.can_undo,
            icon=":material/undo:",
            key="undo",
            on_click=state.undo,
        )
        st.button(
            message("app.reset_all", lang), disabled=not state.limits, icon=":material/restart_alt:", key="reset",
            on_click=state.try_limits, args=({},),
        )  # fmt: skip
    with st.container(height=_HEIGHT_PX, border=False):  # the figures and the map stay in sight
        _by_effect(state, scan)


def _by_effect(state: AppState, scan: Scan) -> None:
    lang, policy = state.lang, scan.policy
    for effect in _EFFECTS:
        rules = [
            rule
            for rule in policy.rules
            if rule.effect == effect and any(_measured(scan, leaf) for leaf in rule.leaves())
        ]
        if rules:
            with st.expander(message(f"explain.section.{effect}", lang), expanded=effect in {"exclude", "restrict"}):
                for rule in rules:
                    _rule(state, scan, rule)
    without = [leaf.label.in_(lang) for rule in policy.rules for leaf in rule.leaves() if not _measured(scan, leaf)]
    if without:
        st.caption(message("app.what_if.without", lang, rules=plain(enumeration(dict.fromkeys(without), lang))))


def _measured(scan: Scan, check: Check) -> bool:
    """Return whether a number was measured that the limit can be held against."""
    needs = criterion_of(check).needs_of(check.params)
    return check.limit is not None and check.limit.unit != "answer" and all(need.layer in scan.layers for need in needs)


def _rule(state: AppState, scan: Scan, rule: Rule) -> None:
    """Show the controls of a rule; those of a rule of rules together in a frame."""
    with st.container(border=bool(rule.children)):
        if rule.children:
            form = message(f"explain.{rule.form}", state.lang, n=rule.needed)
            st.markdown(f"**{plain(rule.label.in_(state.lang))}**  \n{form}")
        for check in rule.leaves():
            if _measured(scan, check):
                _control(state, scan.policy, rule, check)


def _control(state: AppState, policy: Policy, rule: Rule, check: Check) -> None:
    """Show one slider at the number that is tried, and the way back when that is not the policy's own."""
    lang, steps = state.lang, steps_of(check, state.lang)
    own = check.limit.numbers if check.limit else ()
    now = state.limits.get(check.id, own)
    key = f"limit_{policy.id}_{check.id}_{lang}"
    stand_at(key, now if len(now) > 1 else now[0])

    def follow() -> None:
        found = st.session_state[key]
        _try(state, policy, check, found if isinstance(found, tuple) else (found,))

    kind = "between" if len(own) > 1 else "at_most" if check.limit and check.limit.at_most is not None else "at_least"
    st.select_slider(
        f"{plain(check.label.in_(lang))}: {message(f'app.limit.{kind}', lang)}", options=list(steps), format_func=steps.__getitem__,
        value=own if len(own) > 1 else own[0],
        key=key, on_change=follow, help=_origin(rule, check, lang),
    )  # fmt: skip
    if now != own:
        said = enumeration(
            [whole_quantity(number, check.limit.unit if check.limit else "", lang) for number in own], lang
        )
        st.button(
            message("app.limit.reset", lang, limit=said), key=f"reset_{key}", type="tertiary", icon=":material/restart_alt:",
            on_click=_try, args=(state, policy, check, own),
        )  # fmt: skip


def _try(state: AppState, policy: Policy, check: Check, numbers: tuple[float, ...]) -> None:
    state.try_limits(changed_limits(policy, {**state.limits, check.id: numbers}))


def _origin(rule: Rule, check: Check, lang: Lang) -> str | None:
    """Return where the policy's own number comes from, and what in it is assumed."""
    source = citation_text(check.source or rule.source, documents(config_folder()), lang)
    assumed = check.assumption or rule.assumption
    said = [message("explain.source", lang, source=source)] if source else []
    said += [message("explain.assumption", lang, text=assumed.in_(lang))] if assumed else []
    return "  \n".join(plain(text) for text in said) or None


def outcome(state: AppState, original: Scan, tried: Scan) -> None:
    """Say what the tried limits change against the policy, and offer them as a policy file."""
    lang = state.lang
    if not state.limits:
        st.info(message("app.what_if.none", lang))
        return
    st.header(message("app.what_if.changes", lang))
    st.markdown(bullets(difference_lines(compare_scans(original, tried), lang)))
    title: dict[str, str] = {
        each: message("app.what_if.title", each, policy=original.policy.title.in_(each)) for each in LANGS
    }
    text = overlay_text(original.policy, state.limits, title)
    st.download_button(
        message("app.what_if.save", lang), text, file_name=f"{original.policy.id}-variant.yaml", mime="text/yaml",
        icon=":material/save:", help=message("app.what_if.save.help", lang), on_click="ignore", key="save_trial",
    )  # fmt: skip
    sharing.link(state)
