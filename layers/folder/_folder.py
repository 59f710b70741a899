"""Finds files in a folder by the names people write, and never outside it."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path, PureWindowsPath
from typing import Final

_ABSOLUTE: Final = re.compile(r"[/\\~]|[A-Za-z]:")
_LONGEST_NAME: Final = 255  # bytes; a longer one can be on no disk
#: More files than any folder of layers holds; a whole disk given by mistake stops here.
MOST_FILES: Final = 5_000


def find(folder: Path, text: str) -> Path | None:
    """Return the file that ``text`` names, relative to the folder; None when there is none.

    Upper and lower case, the two ways to write an accent, and the slashes of Windows make no difference unless two
    files differ in nothing else. Raises ``ValueError`` for a name that leads outside, also through a link.
    """
    if _ABSOLUTE.match(text) or "\0" in text:
        raise ValueError(text)
    steps = [step for step in PureWindowsPath(text).parts if step != "."]  # takes both kinds of slashes apart
    if ".." in steps:
        raise ValueError(text)
    if any(len(step.encode()) > _LONGEST_NAME for step in steps):
        return None
    exact = folder / text
    found: Path | None = exact if exact.exists() else folder
    for step in [] if exact.exists() else steps:
        found = _step(found, step)
        if found is None:
            return None
    if found is None or not found.resolve().is_relative_to(folder.resolve()):
        raise ValueError(text)
    return found


def _step(folder: Path | None, name: str) -> Path | None:
    if folder is None or not folder.is_dir():
        return None
    if (folder / name).exists():
        return folder / name
    same = [other for other in folder.iterdir() if _plain(other.name) == _plain(name)]
    return same[0] if len(same) == 1 else None


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def files_in(folder: Path) -> list[Path]:
    """Return the files under a folder in the order of their names, hidden ones and links to elsewhere left out.

    Raises ``OverflowError`` when there are more than ``MOST_FILES``.
    """
    found: list[Path] = []
    home = folder.resolve()
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        paths = [Path(here) / name for name in sorted(names) if not name.startswith(".")]
        found += [path for path in paths if path.is_file() and path.resolve().is_relative_to(home)]
        if len(found) > MOST_FILES:
            raise OverflowError(MOST_FILES)
    return found


def relative(path: Path, folder: Path) -> str:
    """Return the name of a file within the folder, with forward slashes."""
    return path.relative_to(folder).as_posix()
