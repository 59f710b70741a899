"""The folder of a batch: it says whose results it holds, and those of another batch are moved aside, never overwritten."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from suitability.report.cards.score_files import CARDS, RECEIPT, SCORES

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.submissions.receipt import Receipts

NAME: Final = "batch.json"
EARLIER: Final = "earlier"
_RESULTS: Final = (f"{RECEIPT}.*", f"{SCORES}.*", CARDS, NAME)


def prepare_folder(out: Path, receipts: Receipts, day: str) -> None:
    """Make the folder ready for a batch: results of another one move to ``earlier/``; the same one goes on."""
    out.mkdir(parents=True, exist_ok=True)
    before = _batch_in(out)
    if before is not None and before[0] != receipts.batch:
        _move_aside(out, before[1])
    about = {"batch": receipts.batch, "file": receipts.file, "day": day}
    part = out / f".{NAME}.part-{os.getpid()}"
    part.write_text(json.dumps(about, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(out / NAME)


def _batch_in(out: Path) -> tuple[str, str] | None:
    """Return hash and day of the batch whose results a folder holds; None where it holds none that say so."""
    try:
        told = json.loads((out / NAME).read_text(encoding="utf-8"))
        return str(told["batch"]), str(told["day"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _move_aside(out: Path, day: str) -> None:
    count, safe = 1, "".join(c for c in day if c.isdigit() or c == "-")
    while (aside := out / EARLIER / (safe if count == 1 else f"{safe} ({count})")).exists():
        count += 1
    aside.mkdir(parents=True)
    for pattern in _RESULTS:
        for path in out.glob(pattern):
            path.rename(aside / path.name)
