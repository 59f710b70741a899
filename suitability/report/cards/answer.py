"""Answer to a batch of submissions: receipt, scores and a card for each, as files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from suitability.report.cards.batch import write_cards
from suitability.report.cards.folder import prepare_folder
from suitability.report.cards.score_files import write_receipt, write_scores
from suitability.submissions.register import write_register
from suitability.submissions.score import score

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from suitability.core.messages import Lang
    from suitability.report.cards.batch import Made
    from suitability.scan.run import Progress, Scan
    from suitability.submissions.receipt import Receipts
    from suitability.submissions.score import Scored
    from suitability.submissions.settings import Settings


@dataclass(frozen=True)
class Answered:
    """Files written for a batch. ``scored`` is None where no line was accepted, ``cards`` where none were asked for."""

    files: tuple[Path, ...]
    scored: Scored | None = None
    cards: Made | None = None


def answer(  # noqa: PLR0913 (what an answer is made of)
    receipts: Receipts,
    scan: Scan,
    settings: Settings,
    out: Path,
    lang: Lang,
    documents: dict[str, dict[str, object]],
    *,
    cards: bool,
    progress: Progress,
    there: gpd.GeoDataFrame | None = None,
) -> Answered:
    """Write receipt, scores, register and cards of a batch to ``out``; raises ``SourceError`` when that cannot be done.

    ``there``: existing and permitted sites, which count under the caps; None = not in the data.
    The receipt comes first: whatever happens later, every line has its answer. Run again, the cards go on.
    """
    day = datetime.now(UTC).date().isoformat()
    prepare_folder(out, receipts, day)
    files = write_receipt(receipts, out, lang)
    scored, made = None, None
    if receipts.accepted:
        scored = score(receipts, scan, settings.limits.least_overlap_m2, progress, there)
        files += write_scores(scored, documents, out, lang)
    write_register(out, receipts, day)
    if cards:
        made = write_cards(receipts, scored, scan, documents, out, lang, progress)
    return Answered(tuple(files), scored, made)
