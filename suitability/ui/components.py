"""Components shared by pages: heading, key figures, assumptions, and the chosen parcel."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from suitability.core.measurement import Outcome
from suitability.core.messages import age, between, enumeration, long_date, message, number
from suitability.report.explain import explain
from suitability.report.wording.need import elsewhere_text
from suitability.report.wording.rules import missing_names, reason_texts, stale_text
from suitability.ui.key_figures import beds_that_fit, need_of, oldest, tightest_of
from suitability.ui.markdown import bullets, html_table, plain
from suitability.ui.scan_cache import notices_of

if TYPE_CHECKING:
    from suitability.report.explain import ParcelFacts
    from suitability.scan.longlist import Longlist
    from suitability.scan.run import Scan
    from suitability.ui.state import AppState

_CARD: Final = Path(__file__).parent / "pages" / "parcel.py"
_FUNNEL: Final = ("in_turn", "remaining", "alone", "only_this", "to_look_at")


def heading(state: AppState, scan: Scan) -> None:
    """Show what was scanned, by which policy, and what that policy says in a sentence."""
    policy, lang = scan.policy, state.lang
    st.title(message("map.title", lang, area=scan.area.name))
    dated = message("app.in_force", lang, policy=policy.title.in_(lang), date=long_date(policy.in_force, lang))
    st.markdown(f"**{plain(dated)}**" + (f"  \n{plain(policy.summary.in_(lang))}" if policy.summary else ""))
    if not policy.deciding_rules:
        st.warning(message("explain.excludes_nothing", lang))


def figures(state: AppState, longlist: Longlist, *, against: Scan | None = None) -> None:
    """Show how many parcels pass, fail or are unknown; with ``against`` also how many more or fewer than there."""
    lang = state.lang
    fail = longlist.start - longlist.n_pass - longlist.n_unknown
    shown = {"pass": longlist.n_pass, "unknown": longlist.n_unknown, "fail": fail, "near_miss": longlist.n_near_miss}
    before = None if against is None else {**against.run.counts}
    with st.container(horizontal=True, gap="large"):
        for name, count in shown.items():
            change = 0 if before is None else count - before[name]
            st.metric(
                message(f"app.count.{name}", lang), number(count, lang),
                delta=f"{'+' if change > 0 else '−'}{number(abs(change), lang)}" if change else None,
                delta_color="off", delta_arrow="up" if change > 0 else "down", width="content",
                help=message(f"app.count.{name}.help", lang),
            )  # fmt: skip


def more_facts(state: AppState, scan: Scan, longlist: Longlist) -> None:
    """Say what else must be known of the figures: restrictions, beds against the need, and how old the data is."""
    lang, said = state.lang, []
    if longlist.n_restricted:
        said.append(message("app.restricted", lang, n=number(longlist.n_restricted, lang)))
    beds = beds_that_fit(scan)
    if beds is not None:
        said.append(message("app.beds", lang, n=number(beds.suitable, lang), more=number(beds.to_look_at, lang)))
    for need in need_of(scan.policy, scan.area.name):
        low, high = number(need.low, lang), number(need.high, lang)
        workers = between(low, high, lang)
        said.append(message(f"app.need.{need.counted}", lang, area=need.area, year=need.year, n=workers))
        if text := elsewhere_text(need, lang):
            said.append(text)
        if scan.area.name in need.municipalities:
            level = message(f"need.level.{need.level}", lang)
            said.append(message("app.need.whole", lang, area=need.area, here=scan.area.name, level=level))
        elif need.area.casefold() != scan.area.name.casefold():
            said.append(message("app.need.elsewhere", lang, area=need.area, here=scan.area.name))
    layer, day = oldest(scan)
    name, date = message(f"layer.{layer}", lang).lower(), long_date(day, lang)
    said.append(
        message("app.oldest", lang, layer=name, date=date, age=age((datetime.now(UTC).date() - day).days, lang))
    )
    st.markdown(bullets(said) if len(said) > 1 else plain(said[0]))


def funnel(state: AppState, scan: Scan, longlist: Longlist, *, brief: bool = False) -> None:
    """Show what each rule removes: in turn, if it were the only one, and only by it. ``brief``: for a narrow place."""
    lang = state.lang
    labels = {rule.id: rule.label.in_(lang) for rule in scan.policy.rules}
    names = ("in_turn", "remaining", "only_this") if brief else _FUNNEL
    if not longlist.funnel:
        return
    start = [
        message("funnel.start", lang),
        *(number(longlist.start, lang) if name == "remaining" else "" for name in names),
    ]
    rows = [[labels[step.rule_id], *(number(getattr(step, name), lang) for name in names)] for step in longlist.funnel]
    head = [message(f"app.funnel.{name}", lang) for name in ("rule", *names)]
    st.html(html_table(head, [start, *rows], message("app.funnel", lang), numbers_from=1))
    helps = [
        (message(f"app.funnel.{name}", lang), message(f"app.funnel.{name}.help", lang))
        for name in names
        if name != "remaining"
    ]
    st.caption("  \n".join(f"**{name}**: {said}" for name, said in helps))


def empty_longlist(state: AppState, scan: Scan, longlist: Longlist) -> None:
    """Show the empty state: the strictest rule, and by how much the nearest parcel misses it."""
    if longlist.kept.any():
        return
    found, lang = tightest_of(scan, longlist), state.lang
    if found is None:
        st.warning(message("cli.empty_no_rule", lang))
        return
    rule, n, nearest = found
    said = message("cli.empty", lang, rule=rule.label.in_(lang), n=number(n, lang))
    reason = str(reason_texts(scan, rule, np.array([nearest]), lang)[0])
    short = message("app.empty.nearest", lang, parcel=scan.parcels.ids[nearest], reason=reason)
    st.warning(plain(f"{said} {short}"))


def presumed(state: AppState, scan: Scan) -> None:
    """Say what in the data is derived or assumed, and what is missing."""
    lang = state.lang
    names = [message(f"layer.{name}", lang) for name, layer in sorted(scan.layers.items()) if layer.presumes]
    if names:
        st.info(message("app.presumed", lang, layers=enumeration([name.lower() for name in names], lang)))
    shortcomings(state, scan)


def shortcomings(state: AppState, scan: Scan) -> None:
    """Say which layers are missing, which are older than they may be, and what went wrong while they were read."""
    lang = state.lang
    said = [message("cli.missing_layer", lang, layer=name) for name in missing_names(scan.run, lang)]
    said += [text for text in (stale_text(scan.run, lang),) if text]
    said += [problem.text(lang) for problem in notices_of(state)]
    for text in said:
        st.warning(plain(text))


def chosen_parcel(state: AppState, scan: Scan) -> None:
    """Say in two lines which parcel is chosen and why it stays or falls, with the way to its card."""
    if not state.parcel or scan.index_of(state.parcel) is None:
        return
    facts = explain(scan, state.parcel, state.lang)
    say = {Outcome.PASS: st.success, Outcome.UNKNOWN: st.warning, Outcome.FAIL: st.error}[facts.outcome]
    decided = next(
        (f"{rule.label.in_(state.lang)}: {fact.sentence}" for rule, fact in facts.rules if rule.id == facts.deciding),
        "",
    )
    verdict = message(
        f"outcome.{verdict_class(facts.outcome, near_miss=facts.near_miss, restricted=bool(facts.consequences))}",
        state.lang,
    )
    say(f"**{plain(facts.parcel_id)}**, {plain(place_of(facts))}: **{verdict}**. {plain(decided)}")
    st.page_link(
        "suitability/ui/pages/parcel.py", label=message("app.parcel.open", state.lang), icon=":material/location_on:"
    )


def place_of(facts: ParcelFacts) -> str:
    """Return address and settlement; an address may end in its settlement."""
    return ", ".join(dict.fromkeys(part for part in (*facts.label.split(", "), facts.settlement) if part))


def verdict_class(outcome: Outcome, *, near_miss: bool, restricted: bool) -> str:
    """Return the class of the legend that a verdict belongs to."""
    if outcome == Outcome.PASS:
        return "pass_restricted" if restricted else "pass"
    if outcome == Outcome.UNKNOWN:
        return "unknown"
    return "near_miss" if near_miss else "fail"
