"""The command that ranks sites: scan, join parcels, weigh, and say how firm the ranking stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suitability.cli.options import (
    DEFAULT_POLICY,
    DEFAULT_SOURCE,
    AreaOption,
    CacheOption,
    LangOption,
    OfflineOption,
    OutOption,
    PolicyOption,
    SourceOption,
    console,
    language_of,
    list_files,
    measurements,
    policy_named,
    progress_bar,
    run_policy,
)
from suitability.core.messages import message, number

if TYPE_CHECKING:
    from rich.table import Table

    from suitability.core.messages import Lang
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.ranking.robustness import Firmness


def rank(  # noqa: PLR0913 (options of the command line)
    policy: PolicyOption = DEFAULT_POLICY,
    source: SourceOption = DEFAULT_SOURCE,
    area: AreaOption = None,
    weights: Annotated[
        str | None, typer.Option("--weights", "-w", help="Other weights: rule=2,rule=0.5, or a .yaml file of them.")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many sites are shown.")] = 10,
    unknown: Annotated[bool, typer.Option("--unknown", help="Rank parcels that must be looked at too.")] = False,  # noqa: FBT002
    offline: OfflineOption = False,  # noqa: FBT002
    out: OutOption = Path("out"),
    lang: LangOption = "nl",
    cache: CacheOption = True,  # noqa: FBT002
) -> None:
    """Rank the sites of an area by the policy's scales and weights, and say how firm that ranking stands."""
    language = language_of(lang)
    from suitability.core.config import config_folder, documents  # noqa: PLC0415
    from suitability.core.measurement import Outcome  # noqa: PLC0415
    from suitability.report.files.ranking import write_ranking  # noqa: PLC0415
    from suitability.report.folder import check_folder  # noqa: PLC0415
    from suitability.report.wording.ranking import ranking_lines  # noqa: PLC0415
    from suitability.selection.ranking.order import rank as rank_sites  # noqa: PLC0415
    from suitability.selection.ranking.robustness import assess  # noqa: PLC0415
    from suitability.selection.ranking.sites import make_sites  # noqa: PLC0415
    from suitability.selection.ranking.weights import checked_weights, read_weights  # noqa: PLC0415

    check_folder(out)
    checked = policy_named(policy)
    other = checked_weights(checked, read_weights(weights)) if weights else {}
    outcomes = (Outcome.PASS, Outcome.UNKNOWN) if unknown else (Outcome.PASS,)
    with progress_bar(language) as progress:
        scan = run_policy(checked, source, language, area=area, offline=offline, cache=cache, progress=progress)
        progress("progress.ranking", 0, 1)
        sites = make_sites(scan, outcomes, cache=measurements(kept=cache))
        ranking = rank_sites(sites, other)
        firmness = assess(ranking, top)
        named = documents(config_folder())
        files = write_ranking(ranking, firmness, out, language, documents=named, progress=progress)
    screen = console()
    if len(sites):
        screen.print(_table(ranking, firmness, top, language), soft_wrap=False)
    for line in ranking_lines(ranking, firmness, language):
        screen.print(line, highlight=False, markup=False)
    list_files(out, files, language)


def _table(ranking: Ranking, firmness: Firmness, top: int, lang: Lang) -> Table:
    """Return the first sites with what each rule adds to their score."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from suitability.report.wording.ranking import mark, score_text, share_text  # noqa: PLC0415

    frame, policy = ranking.sites.frame, ranking.sites.scan.policy
    kinds = {kind.id: kind.label.in_(lang) for kind in policy.types}
    shown = ranking.order[:top]
    counts = {"n": number(len(shown), lang), "total": number(len(frame), lang)}
    title = message("ranking.title", lang, policy=policy.title.in_(lang), **counts)
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for key in ("place", "site_id", "label", "location_type"):
        table.add_column(message(f"column.{key}", lang), overflow="fold", no_wrap=key == "site_id")
    table.add_column(message("cli.score", lang), justify="right", no_wrap=True)
    for k in range(len(ranking.rules)):
        table.add_column(mark(k), justify="right", no_wrap=True)
    table.add_column(message("cli.in_top", lang, top=top), justify="right", overflow="fold")
    low, high, place, added = ranking.total_low, ranking.total_high, ranking.place, ranking.contributions
    for i in shown.tolist():
        row = frame.iloc[i]
        told = [row["site_id"], row["label"] or "", kinds[row["location_type"]]]
        table.add_row(
            number(int(place[i]), lang), *(escape(str(text)) for text in told),
            score_text(low[i], high[i], lang), *(number(part * 100, lang, 1) for part in added[i]),
            share_text(firmness.in_top_any[i], lang),
        )  # fmt: skip
    return table
