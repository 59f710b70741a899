"""Places drawn on the map, or typed beside it: from there on a batch like a file, by the same functions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
import streamlit as st

from suitability.core.errors import SuitabilityError
from suitability.core.messages import message
from suitability.submissions.readers.drawn import ROLES, Drawn, batch_of_drawn, corners_of, shape_of
from suitability.submissions.receipt import Receipts
from suitability.ui.maps.verdict_map import verdict_map
from suitability.ui.markdown import bullets
from suitability.ui.submission_batch import receipts_of, show_answers

if TYPE_CHECKING:
    from suitability.scan.run import Scan
    from suitability.submissions.receipt import Receipt
    from suitability.ui.state import AppState

_HEIGHT_PX: Final = 460  # the answers below it stay in sight
_TYPED: Final = "drawn_typed"
_LONGEST_TEXT: Final = 100_000  # WKT of a place with some thousands of corners
_LONGEST_REFERENCE: Final = 40


def show(state: AppState, scan: Scan) -> None:
    """Let places be drawn, named and taken away again; show what each of them is judged to be."""
    lang, receipts = state.lang, Receipts("", "", ())
    if state.drawn:
        try:
            batch = batch_of_drawn(list(state.drawn.values()), message("app.draw.file", lang))
            receipts = receipts_of(state, scan, batch, ROLES)
        except SuitabilityError as error:
            st.error(bullets(error.sentences(lang)))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        verdict_map(
            state, scan, key="draw_map", objects=_objects(state, receipts), height=_HEIGHT_PX,
            on_draw=lambda places: state.draw(Drawn("", corners_of(places))),
        )  # fmt: skip
    with right:
        _typed(state)
        _list(state)
    if receipts.lines:
        show_answers(state, scan, receipts)


def _typed(state: AppState) -> None:
    """Accept a place as text, the alternative to drawing."""
    lang = state.lang

    def add() -> None:
        text = st.session_state[_TYPED].strip()
        if text:
            state.draw(Drawn("", text=text))

    with st.form("drawn_form", clear_on_submit=True, border=False):
        st.text_input(
            message("app.draw.typed", lang), key=_TYPED, max_chars=_LONGEST_TEXT, help=message("app.draw.typed.help", lang)
        )  # fmt: skip
        st.form_submit_button(message("app.draw.add", lang), on_click=add, icon=":material/add:")


def _list(state: AppState) -> None:
    """Show the places with the reference of each, and a way to take one away."""
    lang = state.lang
    for line, (number, one) in enumerate(state.drawn.items(), start=1):
        key = f"drawn_reference_{number}"

        def rename(number: int = number, key: str = key) -> None:
            state.drawn[number] = replace(state.drawn[number], reference=st.session_state[key])

        def remove(number: int = number) -> None:
            state.drawn.pop(number, None)

        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                message("app.draw.reference", lang, line=line), one.reference, key=key, on_change=rename,
                max_chars=_LONGEST_REFERENCE, placeholder=message("app.draw.reference.example", lang),
            )  # fmt: skip
            st.button(
                message("app.draw.remove", lang, line=line), key=f"drawn_remove_{number}", icon=":material/delete:",
                on_click=remove,
            )  # fmt: skip


def _objects(state: AppState, receipts: Receipts) -> list[dict[str, Any]]:
    """Return for the map the ground that is judged; of a place that was refused what was drawn."""
    shown = []
    for one, receipt in zip(state.drawn.values(), receipts.lines, strict=False):
        shape = receipt.geometry if receipt.geometry is not None else shape_of(one.corners) if one.corners else None
        if shape is not None:
            shown.append({"text": _name(state, receipt), "line": False, "parts": _outlines(shape)})
    return shown


def _name(state: AppState, receipt: Receipt) -> str:
    name = message("app.draw.place", state.lang, line=receipt.line)
    return f"{name}: {receipt.reference}" if receipt.reference else name


def _outlines(shape: Any) -> list[list[list[float]]]:  # noqa: ANN401 (a shapely geometry)
    parts = [part.exterior if part.geom_type == "Polygon" else part for part in shapely.get_parts(shape)]
    return [np.asarray(shapely.get_coordinates(part)).tolist() for part in parts]
