"""A folder of results: all files of a result are put there or none, never over an earlier result."""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyogrio.errors import DataLayerError, DataSourceError

from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from suitability.scan.run import Progress

EARLIER: Final = "earlier"

WRITING: Final = ".writing-"
_ABANDONED_S: Final = 24 * 3600.0  # a folder of half-written files this old is of a process that was killed
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_HARDLY_FREE: Final = 1_000_000  # bytes; GDAL and SQLite do not tell a full disk from other trouble

#: What the writers of files raise when a folder or disk does not do.
WRITERS_ERRORS: Final = (OSError, sqlite3.Error, DataSourceError, DataLayerError)


def check_folder(folder: Path) -> None:
    """Make the folder if need be, and try to write in it; raises ``SourceError``. Before a scan, not after it."""
    if folder.exists() and not folder.is_dir():
        raise SourceError(Problem(str(folder), "out_not_a_folder"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise as_known(error, folder) from error


def write_together(
    steps: dict[str, Callable[[Path], object]], folder: Path, progress: Progress, *, also: Iterable[str] = ()
) -> None:
    """Write files by name, in their order: all of them or none; an earlier result moves to ``earlier/``.

    ``also``: names that an earlier result may have beside these; they move with it. Raises ``SourceError`` when the disk is full or not writable; then the folder is as it was.
    """
    check_folder(folder)
    sweep(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=WRITING, dir=folder) as name:
            here = Path(name)
            for done, (file, write) in enumerate(steps.items()):
                progress("progress.writing", done, len(steps))
                write(here / file)
            put_in_place([here / file for file in steps], folder, also)
    except WRITERS_ERRORS as error:
        raise as_known(error, folder) from error


def put_in_place(written: list[Path], folder: Path, also: Iterable[str] = ()) -> None:
    """Move an earlier result aside and the written files into ``folder``: all of it, or nothing.

    ``also``: names of files of an earlier result that have no successor among the written ones.
    """
    names = dict.fromkeys([*(path.name for path in written), *also])
    earlier = [folder / name for name in names if (folder / name).exists()]
    aside = _new_folder(folder / EARLIER, _when_made(earlier)) if earlier else folder
    moves = [(path, aside / path.name) for path in earlier] + [(path, folder / path.name) for path in written]
    begun: list[tuple[Path, Path]] = []
    try:
        for old, new in moves:
            begun.append((old, new))
            old.rename(new)
    except BaseException:  # also Ctrl-C
        for old, new in reversed(begun):
            if not old.exists() and new.exists():
                new.rename(old)
        if earlier:
            with contextlib.suppress(OSError):
                aside.rmdir()
        raise


def _when_made(files: list[Path]) -> str:
    """Return when a result was made, as a name for a folder: as its record says, else by its newest file."""
    for record in (path for path in files if path.suffix == ".json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # of a record that was edited
            started = datetime.fromisoformat(json.loads(record.read_text(encoding="utf-8"))["started"])
            return _as_name(started)
    return _as_name(datetime.fromtimestamp(max(path.stat().st_mtime for path in files), UTC))


def _as_name(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H.%M.%S")


def _new_folder(parent: Path, name: str) -> Path:
    """Make and return a folder that did not exist: another process may have chosen the same name."""
    parent.mkdir(exist_ok=True)
    count = 1
    while True:
        folder = parent / (name if count == 1 else f"{name} ({count})")
        try:
            folder.mkdir()
        except FileExistsError:
            count += 1
        else:
            return folder


def sweep(folder: Path) -> None:
    """Remove what a killed process left half-written long ago."""
    for path in folder.glob(f"{WRITING}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(path, ignore_errors=True)


def as_known(error: Exception, folder: Path) -> SourceError:
    """Return a sentence for whatever a writer met."""
    if isinstance(error, SourceError):
        return error
    if getattr(error, "errno", None) in _FULL or _hardly_free(folder):
        return SourceError(Problem(str(folder), "disk_full"))
    return SourceError(Problem(str(folder), "out_not_writable", {"found": getattr(error, "strerror", None) or error}))


def _hardly_free(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return shutil.disk_usage(folder).free < _HARDLY_FREE
    return False
