"""The cards of a batch: HTML and PDF for every site and every refused line, to go on with after any interruption.

Each card is written under a temporary name and renamed; then one line is added to a journal. What the journal names,
with the same content, is not made again: a batch that was killed goes on where it was, without a card twice or lost.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from suitability.core.errors import Problem, SourceError
from suitability.report.cards.facts import card_facts
from suitability.report.cards.pages import card_html, card_pdf, refusal_html, refusal_pdf
from suitability.report.cards.refusal import refusal_facts
from suitability.report.cards.score_files import CARDS, card_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.scan.run import Progress, Scan
    from suitability.submissions.receipt import Receipt, Receipts
    from suitability.submissions.score import Scored

JOURNAL: Final = "journal.jsonl"
_PART: Final = ".part"


@dataclass(frozen=True)
class Made:
    """Number of cards made now, and of cards that were there already."""

    made: int
    kept: int
    folder: Path


def write_cards(
    receipts: Receipts,
    scored: Scored | None,
    scan: Scan,
    documents: dict[str, dict[str, object]],
    out: Path,
    lang: Lang,
    progress: Progress,
) -> Made:
    """Write the cards of all sites, and the answers to all refused lines, to ``cards/`` in ``out``.

    ``scored``: None where no line was accepted; ``scan``: of the area around. Raises ``SourceError`` when that cannot be
    done. Cards of an earlier run that no line of this batch has go away, so that the folder holds this batch alone.
    """
    folder = out / CARDS
    sites = {} if scored is None else {one.number: at for at, one in enumerate(scored.receipts)}

    def pages(receipt: Receipt) -> tuple[str, bytes]:
        if scored is not None and receipt.number in sites:
            card = card_facts(scored, sites[receipt.number], documents, lang)
            return card_html(card), card_pdf(card)
        refusal = refusal_facts(receipts, receipt, scan, datetime.now(UTC).date(), lang)
        return refusal_html(refusal), refusal_pdf(refusal)

    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _written([one for one in receipts.lines if one.is_answered], scan, pages, folder, lang, progress)
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(Problem(str(folder), "out_not_writable", {"found": error.strerror or str(error)})) from error


def _written(
    receipts: list[Receipt],
    scan: Scan,
    pages: Callable[[Receipt], tuple[str, bytes]],
    folder: Path,
    lang: Lang,
    progress: Progress,
) -> Made:
    done = read_journal(folder)
    _sweep(folder, {card_name(receipt) for receipt in receipts})
    made = 0
    for at, receipt in enumerate(receipts):
        progress("progress.cards", at, len(receipts))
        name, key = card_name(receipt), _key(receipt, scan, lang)
        if done.get(name) == key and all((folder / f"{name}{suffix}").is_file() for suffix in (".html", ".pdf")):
            continue
        html, pdf = pages(receipt)
        _write(folder / f"{name}.html", html.encode("utf-8"))
        _write(folder / f"{name}.pdf", pdf)
        _note(folder, name, key)
        made += 1
    progress("progress.cards", len(receipts), len(receipts))
    return Made(made, len(receipts) - made, folder)


def _key(receipt: Receipt, scan: Scan, lang: Lang) -> str:
    """Return the hash of all that a card depends on, but for the day on which it is made."""
    run = scan.run
    about: list[Any] = [
        lang, run.policy_sha256, run.code, run.area, receipt.number, receipt.reference, receipt.given, receipt.kind, receipt.status.value,
        receipt.place_key, [(note.key, sorted((k, str(v)) for k, v in note.fields.items())) for note in receipt.notes],
        sorted((name, layer.fingerprint) for name, layer in scan.layers.items()),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(about, ensure_ascii=False).encode()).hexdigest()


def read_journal(folder: Path) -> dict[str, str]:
    """Return the key of each card that is whole; a line that was cut off while it was written says nothing."""
    path = folder / JOURNAL
    if not path.exists():
        return {}
    done: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        with contextlib.suppress(ValueError, KeyError, TypeError):
            told = json.loads(line)
            done[str(told["card"])] = str(told["key"])
    return done


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}{_PART}")
    part.write_bytes(content)
    part.replace(path)


def _note(folder: Path, name: str, key: str) -> None:
    """Add a line to the journal and see it to the disk; a line behind a torn one begins anew."""
    path = folder / JOURNAL
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
        else:
            torn = False
        file.write((b"\n" if torn else b"") + json.dumps({"card": name, "key": key}).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _sweep(folder: Path, names: set[str]) -> None:
    """Remove what is half-written, and cards by number of sites that this batch does not have."""
    for path in folder.iterdir():
        is_card = path.suffix in {".html", ".pdf"} and path.stem.isdigit()
        if path.name.endswith(_PART) or (is_card and path.stem not in names):
            path.unlink(missing_ok=True)
