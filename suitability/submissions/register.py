"""Register of earlier submissions: a JSON Lines file beside each result, with places and without persons.

It is written under a temporary name and then renamed; a line that cannot be read says nothing about any place.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from suitability.submissions.receipt import Receipts

NAME: Final = "places.jsonl"


@dataclass(frozen=True)
class Known:
    """A place of an earlier batch: ``batch`` is the hash of its file, ``day`` as 2025-01-31."""

    batch: str
    file: str
    line: int
    day: str
    place: str


def read_register(folder: Path, *, must_exist: bool = False) -> tuple[Known, ...]:
    """Return what a folder remembers; raises ``SourceError`` when it is there and cannot be read, or must be there."""
    path = folder / NAME
    if not path.exists():
        if must_exist:
            raise SourceError(Problem(str(folder), "submission_no_register", {"expected": NAME}))
        return ()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": str(error)})) from error
    known = []
    for line in lines:
        with contextlib.suppress(ValueError, TypeError):  # a torn line
            known.append(Known(**json.loads(line)))
    return tuple(known)


def write_register(folder: Path, receipts: Receipts, day: str) -> None:
    """Remember the places of a batch beside those of other batches; the same batch twice is remembered once."""
    others = [one for one in read_register(folder) if one.batch != receipts.batch]
    own = [Known(receipts.batch, receipts.file, one.line, day, one.place_key) for one in receipts.accepted]
    text = "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in (*others, *own))
    temporary = folder / f".{NAME}.part-{os.getpid()}"
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(folder / NAME)


def by_place(known: Iterable[Known]) -> dict[str, Known]:
    """Return the first time that each place was submitted."""
    first: dict[str, Known] = {}
    for one in known:
        first.setdefault(one.place, one)
    return first
