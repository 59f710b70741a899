"""Two policies or two runs side by side: what changed in words, and which parcels come, go and move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from suitability.core.config import config_folder, documents
from suitability.core.messages import message, number
from suitability.policy.compare import compare_policies
from suitability.report.style import CHANGE_COLOURS
from suitability.report.wording.changes import change_text, difference_lines
from suitability.scan.compare import MOVES, compare_scans
from suitability.scan.previous_run import EarlierRun, compare_with_run, read_earlier_run
from suitability.ui import components as parts
from suitability.ui.maps.legend import legend
from suitability.ui.maps.parcel_map import Picture, parcel_map
from suitability.ui.maps.verdict_map import background_of
from suitability.ui.markdown import bullets, plain
from suitability.ui.scan_cache import COMPARE_KEY, judged, known_policies, packs_key, policy_label

if TYPE_CHECKING:
    from suitability.scan.compare import ScanDifference
    from suitability.scan.run import Scan
    from suitability.ui.state import AppState

#: How a parcel changes -> hatching.
_HATCHES: Final = {"gained": "dots", "lost": "cross", "moved": "up", "same": ""}


_LARGEST_MB: Final = 500


def choose(state: AppState) -> str | EarlierRun | None:
    """Let a person choose a policy to compare with, or bring the table of an earlier run."""
    names = [name for name in known_policies(state) if name != state.policy]
    if st.session_state.get(COMPARE_KEY) not in {*names, None}:  # it is the policy at the side now
        st.session_state[COMPARE_KEY] = None
    left, right = st.columns(2, gap="medium")
    policy = left.selectbox(
        message("app.compare.with", state.lang), names, index=None, format_func=lambda name: policy_label(state, name),
        key=COMPARE_KEY, placeholder=message("app.compare.placeholder", state.lang), persist_state="session",
    )  # fmt: skip
    file = right.file_uploader(
        message("app.compare.run", state.lang), type="parquet", key="earlier_run", max_upload_size=_LARGEST_MB,
        help=message("app.compare.run.help", state.lang),
    )  # fmt: skip
    return policy if file is None else read_earlier_run(file, file.name)


def show_policies(state: AppState, other: str) -> None:
    """Show what differs from the policy chosen at the side to the other."""
    lang = state.lang
    (here, _), (there, _) = judged(state), judged(state, other)
    was, now = here.policy.title.in_(lang), there.policy.title.in_(lang)
    st.markdown(plain(message("app.compare.trial" if state.limits else "app.compare.from_to", lang, was=was, now=now)))
    _show(state, here, compare_scans(here, there))
    st.header(message("app.compare.words", lang))
    known = documents(config_folder())
    lines = [change_text(change, known, lang) for change in compare_policies(here.policy, there.policy)]
    st.markdown(bullets(lines) or message("change.none", lang))


def show_runs(state: AppState, earlier: EarlierRun) -> None:
    """Show what differs from an earlier run to the scan as it stands."""
    here, _ = judged(state)
    now = here.policy.title.in_(state.lang)
    st.markdown(plain(message("app.compare.since", state.lang, n=number(len(earlier.ids), state.lang), now=now)))
    _show(state, here, compare_with_run(earlier, here))


def _show(state: AppState, here: Scan, difference: ScanDifference) -> None:
    """Show figures, map and words of a difference."""
    lang = state.lang
    counts = {"gained": difference.gained, "lost": difference.lost, "moved": difference.moved}
    with st.container(horizontal=True, gap="large"):
        for name, which in counts.items():
            help_text = message(f"app.compare.{name}.help", lang)
            st.metric(
                message(f"app.compare.{name}", lang), number(int(which.sum()), lang), help=help_text, width="content"
            )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _map(state, here, difference)
    with right:
        st.markdown(bullets(difference_lines(difference, lang)))
        parts.chosen_parcel(state, here)


def _map(state: AppState, here: Scan, difference: ScanDifference) -> None:
    """Show what each parcel does; one that only one of the two has, stays as it was."""
    codes = np.full(len(here.parcels), MOVES.index("same"))
    codes[pd.Index(here.parcels.ids).get_indexer(pd.Index(difference.ids))] = difference.moves
    style: list[dict[str, Any]] = [
        {
            "colour": CHANGE_COLOURS[name],
            "hatch": _HATCHES[name],
            "opacity": 0.4 if name == "same" else 0.85,
            "shown": True,
        }
        for name in MOVES
    ]
    n = np.bincount(codes, minlength=len(MOVES))
    names = [
        f"{message(f'app.compare.{name}', state.lang)} ({number(int(n[i]), state.lang)})"
        for i, name in enumerate(MOVES)
    ]
    st.html(legend(list(zip(names, style, strict=True))))
    chosen = here.index_of(state.parcel) if state.parcel else None
    picture = Picture(codes, style, chosen, background=background_of(state))
    parcel_map(
        here, state.lang, picture, key="compare_map", packs_key=packs_key(state, here), on_choose=state.choose_parcel
    )
    st.caption(message("app.map.hint", state.lang))
