"""The engine as the pages use it: each scan is made once and shared, never changed; a moved limit is only judged.

What is shared is bounded: the oldest goes first.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
import threading
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from layers import notices, open_source, read_freshness
from layers.first_of import FirstOf
from layers.folder.local import LocalSource
from suitability.core.config import config_folder
from suitability.core.errors import SuitabilityError
from suitability.core.layer import Area
from suitability.core.layer_specs import LAYERS
from suitability.core.messages import message
from suitability.criteria import REGISTRY
from suitability.policy.reader import policy_names, read_policy
from suitability.policy.what_if import changed_limits, with_limits
from suitability.scan.cache import MeasurementCache, default_folder
from suitability.scan.longlist import make_longlist
from suitability.scan.run import find_area, rejudge, run_scan
from suitability.ui.lru_cache import LruCache
from suitability.ui.markdown import plain

if TYPE_CHECKING:
    from suitability.core.errors import Problem
    from suitability.core.layer import Source
    from suitability.policy.model import Policy
    from suitability.scan.longlist import Longlist
    from suitability.scan.run import Progress, Scan
    from suitability.ui.state import AppState

_SCANS: Final = 4
_JUDGED: Final = 8
_POLICIES: Final = 32

#: Key of the control on the page Compare, that a stopped scan must leave empty.
COMPARE_KEY: Final = "compare_with"

#: What all sessions share: scans as the policies say, and as limits were moved.
SCANS: Final[LruCache[Scan]] = LruCache(_SCANS)
JUDGED: Final[LruCache[tuple[Scan, Longlist]]] = LruCache(_JUDGED)

_AREAS: Final[LruCache[tuple[str, ...]]] = LruCache(_SCANS)

#: What went wrong while a scan was made and did not stop it, such as a service that gave no newer data.
_NOTICES: Final[LruCache[tuple[Problem, ...]]] = LruCache(_SCANS)


def known_policies(state: AppState) -> list[str]:
    """Return the policies that can be chosen: those shipped, and those brought in this session."""
    return [*policy_names(config_folder()), *sorted(state.uploads)]


def known_areas(state: AppState) -> tuple[str, ...]:
    """Return the municipalities that can be chosen; none where the source is about one."""

    def find() -> tuple[str, ...]:
        source = _about(state)
        if source.home is not None or "municipality" not in source.offers():
            return ()
        frame = source.load(LAYERS["municipality"], Area.everywhere()).frame
        return tuple(sorted({str(name) for name in frame["name"]}))

    return _AREAS.get(data_key(replace(state, area=None)), find)


@lru_cache(maxsize=_POLICIES)
def _read(name: str, uploads: tuple[tuple[str, str], ...], stamp: str) -> Policy:  # noqa: ARG001 (a changed file is new)
    """Return a policy by name: a shipped one, or one of the texts brought, which may extend each other."""
    if name not in dict(uploads):
        return read_policy(name, REGISTRY)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(shutil.copytree(config_folder(), Path(folder) / "config"))
        for each, text in uploads:
            (config / f"{each}.yaml").write_text(text, encoding="utf-8")
        return read_policy(str(config / f"{name}.yaml"), REGISTRY, config)


def policy_of(state: AppState, name: str | None = None) -> Policy:
    """Return a policy as its file says; raises ``PolicyError`` with every mistake in it."""
    chosen = name or state.policy
    stamp = "".join(f"{path}{path.stat().st_mtime_ns}" for path in sorted(config_folder().rglob("*.yaml")))
    uploads = tuple(sorted(state.uploads.items())) if chosen in state.uploads else ()
    return _read(chosen, uploads, hashlib.sha256(stamp.encode()).hexdigest())


def policy_label(state: AppState, name: str) -> str:
    """Return the title of a policy; of one that cannot be read its file name."""
    try:
        return policy_of(state, name).title.in_(state.lang)
    except SuitabilityError:
        return name


def scan_key(state: AppState, policy: Policy) -> str:
    """Return what names the measurements of a scan."""
    return f"{data_key(state)}/{policy.sha256}"


def data_key(state: AppState) -> str:
    """Return what names the data that a session looks at."""
    return f"{state.source}/{state.brought.key if state.brought else ''}/{state.area or ''}"


def source_of(state: AppState) -> Source:
    """Return the source of a session, with the layers that were brought before its own."""
    source = open_source(state.source)
    if state.brought is None:
        return source
    return FirstOf((folder_source(state, state.brought.path), source))


def _about(state: AppState) -> Source:
    """Return what says which municipality is meant: who brings parcels, brings the area too."""
    if state.brought is not None:
        brought = folder_source(state, state.brought.path)
        if "parcels" in brought.offers():
            return brought
    return source_of(state)


def folder_source(state: AppState, folder: Path) -> Source:
    """Return the layers in a folder of files that a person brought, under a name that says so."""
    return LocalSource(folder, message("app.brought", state.lang))


def prepared(state: AppState, name: str | None = None) -> Scan:
    """Return the scan as the policy says; measured once, with progress and a way to stop while that lasts."""
    policy = policy_of(state, name)
    key = scan_key(state, policy)
    known = SCANS.known(key)
    if known is not None:
        return known

    def make() -> Scan:
        bar = st.progress(0.0, message("app.scanning", state.lang))
        _way_out(state, policy)
        return _scanned(state, policy, _shown_by(bar, state, policy))

    place = st.empty()
    with place.container(), st.spinner(message("app.scanning", state.lang)):  # also while another session makes it
        scan = SCANS.get(key, make)
    place.empty()
    return scan


def _scanned(state: AppState, policy: Policy, progress: Progress) -> Scan:
    source = source_of(state)
    scan = run_scan(
        policy, source, find_area(_about(state), state.area), cache=MeasurementCache(default_folder()), progress=progress, roomy=True,
        freshness=read_freshness(),
    )  # fmt: skip
    _NOTICES.get(scan_key(state, policy), lambda: tuple(notices(source)))
    return scan


def notices_of(state: AppState) -> tuple[Problem, ...]:
    """Return what went wrong while the scan of this session was made and did not stop it."""
    return _NOTICES.known(scan_key(state, policy_of(state))) or ()


def warm_up(state: AppState) -> threading.Thread:
    """Start the default scan in the background when the server starts."""

    def work() -> None:
        # A mistake is told by the page that meets it too.
        with contextlib.suppress(SuitabilityError):
            policy = policy_of(state)
            SCANS.get(scan_key(state, policy), lambda: _scanned(state, policy, lambda *_: None))

    thread = threading.Thread(target=work, name="warm-up", daemon=True)
    thread.start()
    return thread


def _way_out(state: AppState, policy: Policy) -> None:
    """Offer to stop measuring, where there is something to go back to."""

    def back() -> None:
        if policy.id == state.policy and state.before is not None:
            state.choose_policy(state.before)
        else:
            st.session_state[COMPARE_KEY] = None

    if policy.id != state.policy or state.before is not None:
        st.button(message("app.stop", state.lang), key="stop_scan", on_click=back, icon=":material/stop_circle:")


def _shown_by(bar: Any, state: AppState, policy: Policy) -> Progress:  # noqa: ANN401 (a Streamlit element)
    title = plain(policy.title.in_(state.lang))

    def report(step: str, done: int, total: int) -> None:
        bar.progress(min(done / total, 1.0) if total else 0.0, f"{title}: {message(step, state.lang)}")

    return report


def judged(state: AppState, name: str | None = None) -> tuple[Scan, Longlist]:
    """Return the scan under the limits that are tried, and its longlist; nothing is measured again."""
    scan = prepared(state, name)
    limits = changed_limits(scan.policy, state.limits) if name in {None, state.policy} else {}

    def make() -> tuple[Scan, Longlist]:
        result = rejudge(scan, with_limits(scan.policy, limits)) if limits else scan
        return result, make_longlist(result)

    return JUDGED.get(f"{scan_key(state, scan.policy)}/{sorted(limits.items())}", make)


def packs_key(state: AppState, scan: Scan) -> str:
    """Return what names the shapes that the map draws."""
    return hashlib.sha256(f"{data_key(state)}/{scan.parcels.fingerprint}".encode()).hexdigest()[:16]
