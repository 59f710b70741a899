"""Upload of layers: inferred, validated with all problems reported, and put before those of the source.

The files are read as data by the same readers as a folder of files; what they hold is never run.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import streamlit as st

from layers import infer_manifest, write_manifest
from suitability.core.errors import SuitabilityError
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.core.messages import message, number
from suitability.ui.lru_cache import Shelf
from suitability.ui.markdown import bullets, plain
from suitability.ui.scan_cache import folder_source
from suitability.ui.temporary_folder import KeptFolder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from suitability.ui.state import AppState

_LARGEST_MB: Final = 200
_KEPT: Final = 4
_ENDINGS: Final = ("gpkg", "geojson", "json", "parquet", "csv", "zip", "gml", "xml", "tif", "pbf")

#: Files as they were brought, and with the list that says what they are.
_BROUGHT: Final[Shelf[KeptFolder]] = Shelf(_KEPT)
_LISTED: Final[Shelf[KeptFolder]] = Shelf(_KEPT)


def layers(state: AppState) -> None:
    """Take files with layers: with mistakes these are shown, without the scan can be made with them."""
    lang = state.lang
    st.header(message("app.layers", lang))
    st.markdown(message("app.layers.help", lang))
    files = st.file_uploader(
        message("app.layers.files", lang), type=list(_ENDINGS), accept_multiple_files=True, key="layer_files",
        max_upload_size=_LARGEST_MB,
    )  # fmt: skip
    if not files:
        return
    with st.spinner(message("app.layers.looking", lang)):
        brought = _brought(files)
        proposal = infer_manifest(brought.path, lang)
    text = st.text_area(message("app.layers.list", lang), proposal, height="content", key=f"layer_list_{brought.key}_{lang}",
                        help=message("app.layers.list.help", lang))  # fmt: skip
    _offer(state, brought, text)


def _brought(files: Sequence[UploadedFile]) -> KeptFolder:
    """Return a folder with the files that were brought, each under its own name and nowhere else."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{file.size}\0".encode() + hashlib.sha256(file.getbuffer()).digest())
    key = digest.hexdigest()

    def write() -> KeptFolder:
        folder = KeptFolder(key)
        for file in files:
            (folder.path / file.name.replace("\\", "/").rsplit("/", 1)[-1]).write_bytes(file.getbuffer())
        return folder

    return _BROUGHT.get(key, write)


def _offer(state: AppState, brought: KeptFolder, text: str) -> None:
    """Read the layers as the list says; show what is wrong, or what they hold with the way to use them."""
    lang = state.lang
    folder = _LISTED.get(hashlib.sha256(f"{brought.key}\0{text}".encode()).hexdigest(), lambda: _listed(brought, text))
    try:
        with st.spinner(message("app.layers.looking", lang)):
            found = _rows(folder.path, state)
    except SuitabilityError as error:
        st.error(message("app.layers.mistakes", lang, n=len(error.problems)))
        st.markdown(bullets([sentence.replace(f"{folder.path}/", "") for sentence in error.sentences(lang)]))
        return
    if not found:
        st.warning(message("app.layers.none", lang))
        return
    said = [
        message(
            "app.layers.rows", lang, layer=message(f"layer.{name}", lang), n=number(n, lang), km2=number(km2, lang, 1)
        )
        for name, n, km2 in found
    ]
    st.success(message("app.layers.fine", lang))
    st.markdown(bullets(said))
    for name, _, km2 in found:
        if not km2 and LAYERS[name].kind != "table":
            st.warning(plain(message("app.layers.nowhere", lang, layer=message(f"layer.{name}", lang))))
    st.button(
        message("app.layers.use", lang), key="use_layers", type="primary", on_click=state.bring_layers, args=(folder,)
    )


def _listed(brought: KeptFolder, text: str) -> KeptFolder:
    """Return a folder with the same files and the list that says what they are."""
    folder = KeptFolder(hashlib.sha256(f"{brought.key}\0{text}".encode()).hexdigest())
    for path in brought.path.iterdir():
        (folder.path / path.name).hardlink_to(path)
    write_manifest(folder.path, text)
    return folder


def _rows(folder: Path, state: AppState) -> list[tuple[str, int, float]]:
    """Return each layer of a folder with its rows and the km2 in which it is complete; all its mistakes are raised."""
    source = folder_source(state, folder)
    read = [source.load(LAYERS[name], Area.everywhere()) for name in LAYERS if name in source.offers()]
    return [(layer.spec.name, layer.provenance.rows, layer.ground.area / 1e6) for layer in read]
