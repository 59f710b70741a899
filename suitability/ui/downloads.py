"""Everything that the command line writes, made when it is asked for; kept on disk, not in memory, and the oldest goes first."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from suitability.core.config import config_folder, documents
from suitability.core.messages import message, number
from suitability.report.explain import card_text, explain
from suitability.report.scan_files import write_outputs
from suitability.ui.lru_cache import Shelf
from suitability.ui.markdown import plain
from suitability.ui.scan_cache import data_key
from suitability.ui.temporary_folder import KeptFolder

if TYPE_CHECKING:
    from suitability.scan.longlist import Longlist
    from suitability.scan.run import Scan
    from suitability.ui.state import AppState

_MIME: Final = {
    ".gpkg": "application/geopackage+sqlite3", ".parquet": "application/vnd.apache.parquet", ".csv": "text/csv",
    ".html": "text/html", ".json": "application/json", ".zip": "application/zip",
}  # fmt: skip
_ZIP: Final = "locatiescan.zip"
_KEPT: Final = 2


#: The folders of files that were made.
_FOLDERS: Final[Shelf[KeptFolder]] = Shelf(_KEPT)


def show(state: AppState, scan: Scan, longlist: Longlist) -> None:
    """Offer to make the files, and then each of them and all together."""
    lang = state.lang
    st.markdown(message("app.download.what", lang))
    if state.limits:
        st.warning(message("app.download.tried", lang, n=len(state.limits)))
    key = f"{scan.run.policy_sha256}/{data_key(state)}/{lang}"
    folder = _FOLDERS.known(key)
    if folder is None:
        place = st.empty()
        if place.button(message("app.download.make", lang), type="primary", key="make_files"):
            folder = _FOLDERS.get(key, lambda: _written(state, scan, longlist, key))
            place.empty()
    if folder is not None:
        _offer(state, folder)
    _card(state, scan)


def _written(state: AppState, scan: Scan, longlist: Longlist, key: str) -> KeptFolder:
    """Return a folder with the files of the scan, as the command line writes them, and all of them in one."""
    began, lang = time.perf_counter(), state.lang
    bar = st.progress(0.0, message("progress.writing", lang))

    def report(step: str, done: int, total: int) -> None:
        bar.progress(done / (total + 1), message(step, lang))

    folder = KeptFolder(key)
    paths = write_outputs(
        scan, longlist, folder.path, lang, documents=documents(config_folder()), progress=report,
        wall_seconds=lambda: time.perf_counter() - began,
    )  # fmt: skip
    report("progress.writing", len(paths), len(paths))
    with zipfile.ZipFile(folder.path / _ZIP, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in paths:
            archive.write(path, path.name)
    bar.empty()
    return folder


def _offer(state: AppState, folder: KeptFolder) -> None:
    lang = state.lang
    names = [path.name for path in folder.path.iterdir() if path.suffix in _MIME]
    for name in sorted(names, key=lambda name: list(_MIME).index(Path(name).suffix)):
        path = folder.path / name
        kind = path.suffix
        left, right = st.columns([2, 3], vertical_alignment="center")
        left.download_button(
            f"{name} ({_size(path.stat().st_size, state)})", path.read_bytes, file_name=name, mime=_MIME[kind],
            key=f"download_{name}", icon=":material/download:", on_click="ignore", width="stretch",
        )  # fmt: skip
        right.markdown(message(f"app.download.{kind[1:]}", lang))


def _size(n_bytes: int, state: AppState) -> str:
    kb = n_bytes / 1000
    return f"{number(kb / 1000, state.lang, 1)} MB" if kb >= 1000 else f"{number(max(kb, 1), state.lang)} kB"  # noqa: PLR2004 (kB in a MB)


def _card(state: AppState, scan: Scan) -> None:
    """Offer the card of the chosen parcel as text."""
    if not state.parcel or scan.index_of(state.parcel) is None:
        return
    facts = explain(scan, state.parcel, state.lang)
    st.header(plain(message("app.download.card", state.lang, parcel=facts.parcel_id)))
    text = card_text(scan, facts, lang=state.lang)
    st.download_button(
        f"{facts.parcel_id}.txt", text, file_name=f"{facts.parcel_id}.txt", key="download_card", icon=":material/download:",
        on_click="ignore",
    )  # fmt: skip
