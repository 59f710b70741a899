"""The receipts of the forty files as one table to be read; ``python -m tests.submissions.receipts`` writes it again."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from layers import open_source
from suitability.core.config import config_folder
from suitability.core.errors import SuitabilityError
from suitability.report.wording.receipt import notes_text
from suitability.submissions.files import read_batch
from suitability.submissions.intake import make_receipts
from suitability.submissions.lookup import LookupSources, surroundings_of
from suitability.submissions.settings import read_settings
from tests.conftest import demo_scan
from tests.submissions.files import MAPPINGS, make_files

if TYPE_CHECKING:
    from suitability.submissions.lookup_context import Surroundings
    from suitability.submissions.receipt import Receipts

TABLE = Path(__file__).parent / "receipts.md"
POLICY = "kadaster-scan"
SETTINGS = read_settings(config_folder())


@cache
def kampen() -> Surroundings:
    """Return the embedded municipality as what places are looked up in; made once per process."""
    return surroundings_of(demo_scan(POLICY), LookupSources(open_source("demo"), "demo"))


def receipts_of(path: Path, mapping: dict[str, str] | None = None) -> Receipts:
    """Return the receipts of a file."""
    return make_receipts(read_batch(path, SETTINGS, mapping or {}), kampen(), SETTINGS, mapping or {})


def section_of(path: Path) -> str:
    """Return what a person reads about one file: a row per line, or the sentence by which it is refused as a whole."""
    try:
        found = receipts_of(path, MAPPINGS.get(path.name))
    except SuitabilityError as error:
        said = [sentence.replace(str(path.parent), "…") for sentence in error.sentences("en")]
        return "\n".join([f"## {path.name}", "", *said, ""])
    rows = ["| line | reference | given | receipt | site | what is said |", "|---|---|---|---|---|---|"]
    for one in found.lines:
        line = f"{one.part} {one.line}".strip()
        cells = (line, one.reference, one.given, one.status.value, one.site_id if one.is_accepted else "", notes_text(one, "en"))  # fmt: skip
        rows.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    apart = list(dict.fromkeys(name for one in found.lines for name in one.personal))
    rows += ["", f"Kept apart, for the case officer only: {', '.join(apart)}."] if apart else []
    return "\n".join([f"## {path.name}", "", *rows, ""])


def whole_table() -> str:
    """Return the table of all files."""
    with tempfile.TemporaryDirectory() as folder:
        sections = [section_of(path) for path in make_files(Path(folder))]
    head = "# What becomes of every line of forty files\n\nWritten by `python -m tests.submissions.receipts`; read every change.\n"
    return "\n".join([head, *sections])


if __name__ == "__main__":
    TABLE.write_text(whole_table(), encoding="utf-8")
