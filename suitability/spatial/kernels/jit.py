"""Compilation of kernels with numba, cached on disk for later processes.

The cache folder is named by a hash of all kernel files: numba looks only at the file of the kernel itself, and a step may
stand in another.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import numba
import platformdirs
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numba.core.dispatcher import Dispatcher

_Work = TypeVar("_Work", bound="Callable[..., object]")
_ErrorModel = Literal["python", "numpy"]
_SETTINGS: Final[Any] = numba.config  # numba fills it when it is loaded, unseen by type checkers
_NAME: Final = "suitability-kernels-"
_KEPT_FOLDERS: Final = 3  # more than one: several installations may share NUMBA_CACHE_DIR or the folder of a user


def kernel(work: _Work) -> Dispatcher[_Work]:
    """Return ``work``, a function of arrays and numbers, compiled and cached; it releases the GIL while it runs."""
    return _cached(work, "python")


def kernel_as_numpy(work: _Work) -> Dispatcher[_Work]:
    """Return ``work`` compiled as ``kernel`` does; division by zero gives inf or NaN, where a kernel raises."""
    return _cached(work, "numpy")


def step(work: _Work) -> Dispatcher[_Work]:
    """Return a helper function of kernels, compiled into each kernel that calls it; it has no cache of its own."""
    return njit(nogil=True)(work)


def step_as_numpy(work: _Work) -> Dispatcher[_Work]:
    """Return ``work`` compiled as ``step`` does; division by zero gives inf or NaN."""
    return njit(nogil=True, error_model="numpy")(work)


def _cached(work: _Work, error_model: _ErrorModel) -> Dispatcher[_Work]:
    """Return ``work`` compiled; numba reads the cache folder from its settings, which other packages share."""
    before, _SETTINGS.CACHE_DIR = _SETTINGS.CACHE_DIR, str(_FOLDER or "")
    try:
        return njit(cache=_FOLDER is not None, nogil=True, error_model=error_model)(work)
    finally:
        _SETTINGS.CACHE_DIR = before


def cache_folder(source: Path, parents: list[Path]) -> Path | None:
    """Return the cache folder for the kernel files in ``source``, in the first of ``parents`` that can be written.

    It is made when absent, and the oldest of its kind beside it are removed. None: no parent can be written, and every
    process compiles for itself.
    """
    contents = hashlib.sha256()
    for file in sorted(source.glob("*.py")):
        contents.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    for parent in parents:
        folder = parent / f"{_NAME}{contents.hexdigest()[:16]}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            _prune(parent, folder)
            return folder
    return None


def _prune(parent: Path, current: Path) -> None:
    others = sorted((path for path in parent.glob(f"{_NAME}*") if path != current), key=_changed_at)
    for old in others[: max(len(others) + 1 - _KEPT_FOLDERS, 0)]:
        shutil.rmtree(old, ignore_errors=True)  # another process may be removing it


def _changed_at(folder: Path) -> float:
    """Return the time of the last compilation into a folder; 0 when another process has just removed it."""
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _parents() -> list[Path]:
    """Return where the cache folder may stand: where the user wants it, else beside the source, else with the user."""
    if _SETTINGS.CACHE_DIR:  # NUMBA_CACHE_DIR
        return [Path(_SETTINGS.CACHE_DIR)]
    return [Path(__file__).parent / "__pycache__", platformdirs.user_cache_path("suitability")]


_FOLDER: Final = cache_folder(Path(__file__).parent, _parents())
