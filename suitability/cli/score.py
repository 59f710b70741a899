"""The command for submitted locations: read, score, answer. A thin skin, as the others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from suitability.cli.options import (
    DEFAULT_POLICY,
    DEFAULT_SOURCE,
    AreaOption,
    CacheOption,
    LangOption,
    OfflineOption,
    PolicyOption,
    SourceOption,
    console,
    language_of,
    list_files,
    opened,
    policy_named,
    progress_bar,
    run_policy,
)
from suitability.core.errors import Problem, SubmissionError
from suitability.core.messages import message, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.core.messages import Lang
    from suitability.report.cards.answer import Answered
    from suitability.submissions.receipt import Receipts

_SHOWN: Final = 10
CardsOption = Annotated[bool, typer.Option("--cards/--no-cards", help="Make a card per site, HTML and PDF.")]


def score(  # noqa: PLR0913 (one argument per option)
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, GeoJSON, GeoPackage, zipped Shapefile, KML, KMZ or WKT.")],
    policy: PolicyOption = DEFAULT_POLICY,
    source: SourceOption = DEFAULT_SOURCE,
    area: AreaOption = None,
    offline: OfflineOption = False,  # noqa: FBT002 (an option of the command line)
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write to; run again to go on with the cards.")] = Path("submissions"),
    column: Annotated[list[str] | None, typer.Option("--column", help="What a column is: lat=breedtegraad. Repeatable.")] = None,
    addresses: Annotated[Path | None, typer.Option("--addresses", help="File with addresses, where the source has none.")] = None,
    earlier: Annotated[list[Path] | None, typer.Option("--earlier", help="Folder of an earlier batch, to find repeats. Repeatable.")] = None,
    cards: CardsOption = True,  # noqa: FBT002
    lang: LangOption = "nl",
    cache: CacheOption = True,  # noqa: FBT002
) -> None:  # fmt: skip
    """Score locations that people put forward: a receipt for every line, a verdict and a card for every place."""
    language = language_of(lang)
    from suitability.core.config import config_folder, documents  # noqa: PLC0415
    from suitability.report.cards.answer import answer  # noqa: PLC0415
    from suitability.report.folder import check_folder  # noqa: PLC0415
    from suitability.selection.shortlist.from_scan import sites_there  # noqa: PLC0415
    from suitability.submissions.files import read_batch  # noqa: PLC0415
    from suitability.submissions.lookup import LookupSources, take_in  # noqa: PLC0415
    from suitability.submissions.settings import read_settings  # noqa: PLC0415

    mapping, settings, checked = _mapping(column or []), read_settings(config_folder()), policy_named(policy)
    check_folder(out)
    batch = read_batch(file, settings, mapping)
    with progress_bar(language) as progress:
        from_there = opened(source, progress, offline=offline)
        scan = run_policy(checked, from_there, language, area=area, offline=offline, cache=cache, progress=progress)
        progress("progress.submissions", 0, 1)
        ways = LookupSources(from_there, source, addresses, tuple(earlier or ()), offline=offline)
        receipts = take_in(batch, scan, ways, settings, mapping, out)
        done = answer(
            receipts, scan, settings, out, language, documents(config_folder()), cards=cards, progress=progress,
            there=sites_there(from_there, scan.area, scan.layers),
        )  # fmt: skip
    _show(receipts, done, language)


def _mapping(given: Sequence[str]) -> dict[str, str]:
    """Return columns by role; raises ``SubmissionError`` for what is no ``role=column``."""
    wrong = [text for text in given if not all(part.strip() for part in text.partition("=")[::2])]
    if wrong:
        raise SubmissionError(*(Problem("--column", "submission_mapping", {"found": text}) for text in wrong))
    return {text.partition("=")[0].strip(): text.partition("=")[2].strip() for text in given}


def _show(receipts: Receipts, done: Answered, lang: Lang) -> None:
    written, scored = done.files, done.scored
    from suitability.report.wording.receipt import notes_text  # noqa: PLC0415
    from suitability.submissions.receipt import Status  # noqa: PLC0415

    screen = console()
    counts = {status: number(receipts.count(status), lang) for status in Status}
    screen.print(
        message(
            "submission.summary", lang, n=number(len(receipts.lines), lang), accepted=counts[Status.ACCEPTED],
            mended=counts[Status.MENDED], refused=counts[Status.REFUSED], none=counts[Status.NO_SUBMISSION],
        ), highlight=False,
    )  # fmt: skip
    refused = [line for line in receipts.lines if line.status is Status.REFUSED]
    for line in refused[:_SHOWN]:
        key = "submission.refused_part" if line.part else "submission.refused_line"
        said = message(key, lang, line=line.line, part=line.part, notes=notes_text(line, lang))
        screen.print(said, highlight=False, markup=False)
    if len(refused) > _SHOWN:
        more = message("submission.more_refused", lang, n=number(len(refused) - _SHOWN, lang), file=written[0].name)
        screen.print(more, highlight=False)
    if scored is None:
        screen.print(message("submission.nothing", lang), highlight=False)
    else:
        found = scored.counts
        fields = {"sites": len(scored.receipts), "suitable": found["pass"], "unknown": found["unknown"], "unsuitable": found["fail"]}  # fmt: skip
        screen.print(message("submission.verdicts", lang, **{k: number(v, lang) for k, v in fields.items()}), highlight=False)  # fmt: skip
    list_files(written[0].parent, written, lang)
    screen.print(message("submission.private", lang, receipt=written[0].name), highlight=False)
    if done.cards is not None:
        counts_of_cards = {"made": number(done.cards.made, lang), "kept": number(done.cards.kept, lang)}
        screen.print(message("submission.cards_done", lang, **counts_of_cards), highlight=False)
