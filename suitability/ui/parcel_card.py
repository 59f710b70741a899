"""The card of a parcel on screen, and what of it is drawn on the map: the object that decided, the way to a facility."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
import streamlit as st

from suitability.core.config import config_folder, documents
from suitability.core.measurement import Outcome
from suitability.core.messages import enumeration, message, number, quantity
from suitability.report.explain import explain, route_of, travel_note
from suitability.report.table import frame_texts
from suitability.report.wording.rules import citation_text, criterion_of, limit_text
from suitability.ui.components import place_of, verdict_class
from suitability.ui.markdown import bullets, plain
from suitability.ui.table_filter import parcels_with
from suitability.ui.widget_state import stand_at

if TYPE_CHECKING:
    from suitability.core.types import IntArray
    from suitability.policy.model import Check
    from suitability.report.explain import CheckFacts, ParcelFacts
    from suitability.scan.run import Scan
    from suitability.ui.state import AppState

_MARK: Final = {
    Outcome.PASS: ":material/check_circle:",
    Outcome.UNKNOWN: ":material/help:",
    Outcome.FAIL: ":material/cancel:",
}
_COLOUR: Final = {Outcome.PASS: "green", Outcome.UNKNOWN: "orange", Outcome.FAIL: "red"}
_MOST_FOUND: Final = 50


def search(state: AppState, scan: Scan) -> None:
    """Find a parcel by its designation or address: why here, or why not here."""
    lang = state.lang

    def searched() -> None:
        found = parcels_with(scan, st.session_state["parcel_search"].strip())
        if len(found) and st.session_state["parcel_search"].strip():
            state.choose_parcel(str(scan.parcels.ids[found[0]]))

    text = st.text_input(
        message("app.parcel.search", lang), placeholder=message("app.table.search.example", lang), key="parcel_search",
        on_change=searched,
    ).strip()  # fmt: skip
    if not text:
        return
    found = parcels_with(scan, text)
    if not len(found):
        still = message("app.parcel.still", lang, parcel=state.parcel) if state.parcel else ""
        st.warning(plain(f"{message('app.parcel.none', lang, found=text, area=scan.area.name)} {still}"))
    elif len(found) > 1:
        _which(state, scan, found)


def _which(state: AppState, scan: Scan, found: IntArray) -> None:
    """Let a person choose among several parcels; the control stands at the one that is chosen, when it is among them."""
    lang, labels = state.lang, frame_texts(scan, "label")
    ids = [str(name) for name in scan.parcels.ids[found[:_MOST_FOUND]]]
    names = {name: f"{labels[i]} ({name})" if labels[i] else name for name, i in zip(ids, found, strict=False)}
    stand_at("parcel_found", state.parcel if state.parcel in names else None)
    said = "app.parcel.which" if len(found) <= _MOST_FOUND else "app.parcel.which_first"
    st.selectbox(
        message(said, lang, n=number(len(found), lang), shown=_MOST_FOUND), ids, format_func=names.__getitem__, key="parcel_found",
        index=None, placeholder=message("app.parcel.elsewhere", lang),
        on_change=lambda: state.choose_parcel(st.session_state["parcel_found"]),
    )  # fmt: skip


def show(state: AppState, scan: Scan, index: int) -> None:
    """Show the verdict and every rule that applies."""
    lang = state.lang
    facts = explain(scan, str(scan.parcels.ids[index]), lang)
    _verdict(state, scan, facts)
    for effect in ("exclude", "restrict", "score", "note"):
        chosen = [(rule, fact) for rule, fact in facts.rules if rule.effect == effect]
        if not chosen:
            continue
        with st.expander(
            f"{message(f'explain.section.{effect}', lang)} ({len(chosen)})", expanded=effect in {"exclude", "restrict"}
        ):
            for rule, fact in chosen:
                _rule(state, scan, rule, fact, index)


def _verdict(state: AppState, scan: Scan, facts: ParcelFacts) -> None:
    lang = state.lang
    st.header(plain(facts.parcel_id))
    st.markdown(plain(f"{place_of(facts)} · {quantity(facts.area_m2, 'm2', lang)}"))
    name = verdict_class(facts.outcome, near_miss=facts.near_miss, restricted=bool(facts.consequences))
    st.badge(message(f"outcome.{name}", lang), icon=_MARK[facts.outcome], color=_COLOUR[facts.outcome])  # type: ignore[arg-type]
    if scan.policy.location_types:
        fits = enumeration(facts.fits, lang) or message("explain.fits_none", lang, best=facts.location_type)
        st.markdown(plain(message("explain.fits", lang, types=fits)))
    for text in dict.fromkeys(facts.consequences):
        st.warning(plain(message("explain.consequence", lang, text=text)))
    if facts.outcome != Outcome.FAIL and facts.conditions:
        with st.expander(message("app.parcel.conditions", lang, n=len(facts.conditions))):
            st.markdown(bullets(facts.conditions))


def _rule(state: AppState, scan: Scan, rule: Check, fact: CheckFacts, index: int, depth: int = 0) -> None:
    """Show one rule: mark, words, sentence, and in small print its source, assumption and caution."""
    lang = state.lang
    said = message(f"rule.{fact.outcome.name.lower()}", lang)
    lines = [f"{_MARK[fact.outcome]} **{plain(rule.label.in_(lang))}**: {said}"]
    if fact.parts:
        lines.append(message(f"explain.{rule.form}", lang, n=rule.needed))
    else:
        lines.append(plain(fact.sentence))
        travel = travel_note(scan, rule, index, lang)
        lines += [plain(travel)] if travel else []
    limit = limit_text(rule.limit, lang) if rule.limit and fact.unit != "answer" else ""
    small = [message("app.parcel.limit", lang, limit=limit)] if limit and limit not in fact.sentence else []
    source = citation_text(rule.source, documents(config_folder()), lang)
    small += [message("explain.source", lang, source=source)] if source else []
    small += [message("explain.assumption", lang, text=rule.assumption.in_(lang))] if rule.assumption else []
    small += [message("explain.caution", lang, text=rule.caution.in_(lang))] if rule.caution else []
    with st.container(border=depth == 0):
        st.markdown("  \n".join(lines))
        st.caption("  \n".join(plain(text) for text in small))
        for part in fact.parts:
            _rule(state, scan, part.check, part, index, depth + 1)


def objects(state: AppState, scan: Scan, index: int | None) -> list[dict[str, Any]]:
    """Return what the map points out for a parcel: the objects behind its rules and the way to the nearest facility."""
    if index is None:
        return []
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for rule in (
        rule for j, rule in enumerate(scan.policy.rules) if scan.verdicts.applies[scan.verdicts.best_type[index], j]
    ):
        for check in rule.leaves():
            named_by = criterion_of(check).evidence_of(check.params)
            row = int(scan.findings[check.id].evidence[index])
            if named_by is None or row < 0 or named_by[0] not in scan.layers:
                continue
            shape = scan.layers[named_by[0]].frame.geometry.loc[row]
            key = (named_by[0], row)
            words = check.label.in_(state.lang)
            found[key] = {
                **_drawn(shape),
                "text": "; ".join(dict.fromkeys([found[key]["text"], words])) if key in found else words,
            }
            if criterion_of(check).route is not None and ("route", row) not in found:
                found[("route", row)] = _way(scan, check, index, state)
    return [shown for shown in found.values() if shown]


def _way(scan: Scan, check: Check, index: int, state: AppState) -> dict[str, Any]:
    route = route_of(scan, check, index)
    if route is None:
        return {}
    return {"text": travel_note(scan, check, index, state.lang), "line": True, "parts": [np.asarray(route.xy).tolist()]}


def _drawn(shape: Any) -> dict[str, Any]:  # noqa: ANN401 (a shapely geometry)
    """Return the outlines of a shape as lists of corners."""
    lines = shape.geom_type.endswith("LineString")
    parts = [part.exterior if part.geom_type == "Polygon" else part for part in shapely.get_parts(shape)]
    return {"line": lines, "parts": [shapely.get_coordinates(part).tolist() for part in parts]}
