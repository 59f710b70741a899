"""Upload of a policy file: read as data, validated with all problems reported; nothing in it is run."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from suitability.core.config import config_folder
from suitability.core.errors import SuitabilityError
from suitability.core.messages import message
from suitability.policy.reader import policy_names
from suitability.ui.markdown import bullets, plain
from suitability.ui.scan_cache import policy_of

if TYPE_CHECKING:
    from suitability.ui.state import AppState

_LARGEST_MB: Final = 1


def policy(state: AppState) -> None:
    """Take a policy file: with mistakes they are shown, without it can be chosen at the side."""
    lang = state.lang
    st.header(message("app.upload.policy", lang))
    st.markdown(message("app.upload.policy.help", lang))
    brought = st.file_uploader(
        message("app.upload.file", lang), type=["yaml", "yml"], key="policy_file", max_upload_size=_LARGEST_MB
    )
    if brought is None:
        return
    if brought.size > _LARGEST_MB * 1_000_000:  # the browser looks too, but who sends it need not be a browser
        st.error(plain(message("app.upload.too_large", lang, file=brought.name, mb=_LARGEST_MB)))
        return
    try:
        text = brought.getvalue().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        st.error(plain(message("app.upload.not_text", lang, file=brought.name, place=error.start + 1)))
        return
    name = _name_of(brought.name)
    try:
        read = policy_of(replace(state, uploads={**state.uploads, name: text}), name)
    except SuitabilityError as error:
        st.error(plain(message("app.upload.mistakes", lang, file=brought.name, n=len(error.sentences(lang)))))
        st.markdown(bullets([_without_folder(sentence, name, brought.name) for sentence in error.sentences(lang)]))
        return
    st.success(plain(message("cli.policy_ok", lang, file=brought.name, n=len(read.rules))))

    def use() -> None:
        state.bring_policy(name, text)
        state.choose_policy(name)

    st.button(message("app.upload.use", lang), key="use_policy", type="primary", on_click=use)


def _name_of(file: str) -> str:
    """Return what a policy is called by its file; the name of a shipped policy stays that policy's."""
    name = re.sub(r"[^\w-]+", "-", file.rsplit(".", 1)[0]).strip("-") or "policy"
    return f"{name}-2" if name in policy_names(config_folder()) else name


def _without_folder(sentence: str, name: str, file: str) -> str:
    """Return a sentence that names the file as the person knows it."""
    return re.sub(r"^\S*/(?=[^/\s]+\.ya?ml)", "", sentence).replace(f"{name}.yaml", file)
