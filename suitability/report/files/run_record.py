"""The run record as a file, with what the run found: what makes a result reproducible."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.core.messages import Lang
    from suitability.scan.longlist import Counts
    from suitability.scan.run_record import RunRecord

RUN: Final = "run.json"


def write_record(run: RunRecord, counts: Counts, path: Path, lang: Lang, **more: object) -> None:
    """Write what the run was made of, what it found, and ``more`` under its own names."""
    record: dict[str, Any] = {
        **run.as_dict(),
        "lang": lang,
        "longlist": counts.n_kept,
        "restricted": counts.n_restricted,
        "funnel": [asdict(step) for step in counts.funnel],
        **more,
    }
    path.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
