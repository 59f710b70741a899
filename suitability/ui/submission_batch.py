"""A file of submitted locations on a page: read, mended, scored and answered by the same functions as the command.

What is about persons is not shown; it is in the receipt that the case officer downloads, and goes with the session.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from suitability.core.config import config_folder, documents
from suitability.core.errors import SuitabilityError
from suitability.core.messages import message, number
from suitability.report.cards.answer import answer
from suitability.report.cards.score_files import CARDS
from suitability.report.table import CLASSES, classes_of, reasons
from suitability.report.wording.receipt import notes_text
from suitability.submissions.columns import PLACE_ROLES, recognise
from suitability.submissions.files import KINDS, read_batch
from suitability.submissions.intake import make_receipts
from suitability.submissions.lookup import LookupSources, surroundings_of
from suitability.submissions.receipt import Status
from suitability.submissions.score import score
from suitability.submissions.settings import read_settings
from suitability.ui.lru_cache import LruCache
from suitability.ui.markdown import bullets, plain
from suitability.ui.scan_cache import data_key, source_of
from suitability.ui.temporary_folder import KeptFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from suitability.scan.run import Scan
    from suitability.submissions.intake import Batch
    from suitability.submissions.lookup_context import Surroundings
    from suitability.submissions.receipt import Receipts
    from suitability.submissions.settings import Settings
    from suitability.ui.state import AppState

_LARGEST_MB: Final = 50
_KEPT: Final = 4
_ANSWERS: Final = "submission_answers"
_ZIP: Final = "kaarten.zip"

#: Addresses and buildings to look places up in, by the data that a session looks at.
_AROUND: Final[LruCache[Surroundings]] = LruCache(_KEPT)


def show(state: AppState, scan: Scan) -> None:
    """Take the file; show its mistakes, or the receipts with the way to the answers."""
    lang, settings = state.lang, read_settings(config_folder())
    file = st.file_uploader(
        message("app.submissions.file", lang), type=[kind[1:] for kind in KINDS], key="submission_file", max_upload_size=_LARGEST_MB,
    )  # fmt: skip
    if file is None:
        return
    try:
        batch = _read(file, settings)
        receipts = receipts_of(state, scan, batch, _mapping(state, batch, settings))
    except SuitabilityError as error:
        st.error(bullets(error.sentences(lang)))
        return
    show_answers(state, scan, receipts)


def receipts_of(state: AppState, scan: Scan, batch: Batch, mapping: Mapping[str, str]) -> Receipts:
    """Return the receipts of a batch, with the addresses and buildings of the session's data to look places up in."""
    with st.spinner(message("progress.submissions", state.lang)):
        return make_receipts(batch, _around(state, scan), read_settings(config_folder()), mapping)


def _around(state: AppState, scan: Scan) -> Surroundings:
    return _AROUND.get(data_key(state), lambda: surroundings_of(scan, LookupSources(source_of(state), state.source)))


def show_answers(state: AppState, scan: Scan, receipts: Receipts) -> None:
    """Show what became of every line and the verdict on every place, and offer the answers as files."""
    settings = read_settings(config_folder())
    _summary(state, receipts)
    _table(state, scan, receipts, settings)
    _answers(state, scan, receipts, settings)


def _read(file: UploadedFile, settings: Settings) -> Batch:
    """Return what stands in a file, under the last part of its name and nowhere else."""
    name = file.name.replace("\\", "/").rsplit("/", 1)[-1]
    with tempfile.TemporaryDirectory(prefix="locatiescan-") as folder:
        path = Path(folder) / name
        path.write_bytes(file.getbuffer())
        return read_batch(path, settings)


def _mapping(state: AppState, batch: Batch, settings: Settings) -> dict[str, str]:
    """Show what each column is taken for, and let that be changed; return the changes."""
    columns = batch.entries.columns
    if batch.entries.headerless or not columns:
        return {}
    found = recognise(columns, settings).roles
    chosen: dict[str, str] = {}
    with st.expander(message("app.submissions.columns", state.lang)):
        sides = st.columns(3)
        for i, role in enumerate(("reference", *PLACE_ROLES)):
            options = ["", *columns]
            taken = sides[i % 3].selectbox(
                message(f"submission.role.{role}", state.lang), options, options.index(found.get(role, "")),
                format_func=lambda name: name or "–", key=f"submission_{role}_{batch.sha256[:8]}",
            )  # fmt: skip
            if taken and taken != found.get(role):
                chosen[role] = taken
    return chosen


def _summary(state: AppState, receipts: Receipts) -> None:
    lang = state.lang
    counts = {status: number(receipts.count(status), lang) for status in Status}
    said = message(
        "submission.summary", lang, n=number(len(receipts.lines), lang), accepted=counts[Status.ACCEPTED],
        mended=counts[Status.MENDED], refused=counts[Status.REFUSED], none=counts[Status.NO_SUBMISSION],
    )  # fmt: skip
    st.markdown(plain(said))
    if not receipts.accepted:
        st.warning(message("submission.nothing", lang))


def _table(state: AppState, scan: Scan, receipts: Receipts, settings: Settings) -> None:
    """Show a row per line: what was given, what became of it, and the verdict on its place."""
    lang = state.lang
    verdicts: dict[int, str] = {}
    why: dict[int, str] = {}
    if receipts.accepted:
        scored = score(receipts, scan, settings.limits.least_overlap_m2, there=_around(state, scan).there)
        numbers = [one.number for one in scored.receipts]
        names = (message(f"outcome.{CLASSES[code]}", lang) for code in classes_of(scored.scan))
        verdicts = dict(zip(numbers, names, strict=True))
        why = dict(zip(numbers, reasons(scored.scan, lang), strict=True))
    rows = [
        {
            "line": f"{one.part} {one.line}".strip(), "reference": one.reference, "given": one.given,
            "status": message(f"submission.status.{one.status.value}", lang), "verdict": verdicts.get(one.number, ""),
            "reason": why.get(one.number, ""),
            "site": one.site_id if one.is_accepted else "", "notes": notes_text(one, lang),
        }
        for one in receipts.lines
    ]  # fmt: skip
    heads = {key: message(f"submission.column.{key}", lang) for key in rows[0]}
    st.dataframe([{heads[k]: v for k, v in row.items()} for row in rows], hide_index=True, width="stretch")


def _answers(state: AppState, scan: Scan, receipts: Receipts, settings: Settings) -> None:
    """Offer to make receipt, scores and cards, and then each of them."""
    lang = state.lang
    about = f"{receipts.batch}{[(r.place_key, r.reference) for r in receipts.lines]}{scan.run.policy_sha256}{sorted(state.limits.items())}{data_key(state)}{lang}"  # fmt: skip
    key = hashlib.sha256(about.encode()).hexdigest()
    folder: KeptFolder | None = st.session_state.get(_ANSWERS)
    if folder is None or folder.key != key:
        if not st.button(message("app.submissions.make", lang), type="primary", key="make_answers"):
            return
        folder = _made(state, scan, receipts, settings, key)
        st.session_state[_ANSWERS] = folder
    st.caption(plain(message("submission.private", lang, receipt="receipt.xlsx")))
    for name in ("receipt.xlsx", "scores.xlsx", "scores.gpkg", _ZIP):
        path = folder.path / name
        if path.exists():
            st.download_button(
                name, path.read_bytes, file_name=name, key=f"download_{name}", icon=":material/download:", on_click="ignore",
            )  # fmt: skip


def _made(state: AppState, scan: Scan, receipts: Receipts, settings: Settings, key: str) -> KeptFolder:
    bar = st.progress(0.0, message("progress.cards", state.lang))

    def report(step: str, done: int, total: int) -> None:
        bar.progress(min(done / total, 1.0) if total else 0.0, message(step, state.lang))

    folder = KeptFolder(key)
    answer(
        receipts, scan, settings, folder.path, state.lang, documents(config_folder()), cards=True, progress=report,
        there=_around(state, scan).there,
    )  # fmt: skip
    cards = sorted(path for path in (folder.path / CARDS).glob("*.*") if path.suffix in {".html", ".pdf"})
    if cards:
        with zipfile.ZipFile(folder.path / _ZIP, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in cards:
                archive.write(path, path.name)
    bar.empty()
    return folder
