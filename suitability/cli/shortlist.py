"""The command that proposes a set of sites: scan, join, rank, choose, and say how good the set is or why there is none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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
    language_of,
    list_files,
    measurements,
    opened,
    policy_named,
    progress_bar,
    run_policy,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suitability.core.layer import Source
    from suitability.policy.portfolio import PortfolioRule
    from suitability.report.files.shortlist import Choice
    from suitability.scan.run import Progress, Scan
    from suitability.selection.ranking.order import Ranking
    from suitability.selection.shortlist.candidates import Candidates
    from suitability.selection.shortlist.choice import Preferences
    from suitability.selection.shortlist.propose import Proposed, Refusal

NO_SET = 3


def shortlist(  # noqa: PLR0913 (options of the command line)
    policy: PolicyOption = DEFAULT_POLICY,
    source: SourceOption = DEFAULT_SOURCE,
    area: AreaOption = None,
    need: Annotated[
        list[str] | None,
        typer.Option(
            "--need",
            help="Beds needed, in all, in a place or for a stay; repeat for more: 300, Kampen=200, short=120,"
            " Kampen/short=80, settlement:Kampen=50. Default what the policy says.",
        ),
    ] = None,
    scenario: Annotated[
        Literal["low", "high"], typer.Option("--scenario", help="Which need of the policy: low or high.")
    ] = "high",
    min_sites: Annotated[int | None, typer.Option("--min-sites", min=0, help="At least so many sites.")] = None,
    max_sites: Annotated[int | None, typer.Option("--max-sites", min=1, help="At most so many sites.")] = None,
    lock_in: Annotated[
        list[str] | None, typer.Option("--lock-in", help="A site that must be in; repeat for more.")
    ] = None,
    lock_out: Annotated[list[str] | None, typer.Option("--lock-out", help="A site that must not be in.")] = None,
    min_beds: Annotated[
        int | None, typer.Option("--min-beds-per-site", min=1, help="In place of the policy's own least size.")
    ] = None,
    max_beds: Annotated[
        int | None, typer.Option("--max-beds-per-site", min=1, help="In place of the policy's own largest size.")
    ] = None,
    sets: Annotated[int, typer.Option("--sets", min=1, help="How many different sets to look for.")] = 1,
    frontier: Annotated[  # noqa: FBT002
        bool, typer.Option("--frontier", help="Also the best sets for other numbers of beds; takes several searches.")
    ] = False,
    offline: OfflineOption = False,  # noqa: FBT002
    out: OutOption = Path("out"),
    lang: LangOption = "nl",
    cache: CacheOption = True,  # noqa: FBT002
) -> None:
    """Propose the best set of sites for a need, under the policy's rules on sites together; exit code 3 when none exists."""
    language = language_of(lang)
    from suitability.cli.shortlist_output import show_choices, show_refusal  # noqa: PLC0415
    from suitability.core.config import config_folder, documents  # noqa: PLC0415
    from suitability.report.files.shortlist import write_shortlist  # noqa: PLC0415
    from suitability.report.folder import check_folder  # noqa: PLC0415
    from suitability.selection.shortlist.choice import Wanted, read_preferences  # noqa: PLC0415
    from suitability.selection.shortlist.from_scan import with_sizes  # noqa: PLC0415
    from suitability.selection.shortlist.propose import Proposed, propose  # noqa: PLC0415

    check_folder(out)
    checked, preferences = policy_named(policy), read_preferences(config_folder())
    rules = with_sizes(checked.portfolio, min_beds, max_beds)
    wanted = Wanted((), min_sites, max_sites, tuple(lock_in or ()), tuple(lock_out or ()))
    with progress_bar(language) as progress:
        from_there = opened(source, progress, offline=offline)
        scan = run_policy(checked, from_there, language, area=area, offline=offline, cache=cache, progress=progress)
        candidates, ranking = _candidates(scan, from_there, progress, cache=cache)
        progress("progress.choosing", 0, 1)
        found = propose(
            ranking, candidates, wanted, preferences, need=need or (), scenario=scenario, rules=rules, sets=sets
        )
        choices = _choices(found, ranking, candidates, rules, preferences, with_frontier=frontier)
        named = documents(config_folder())
        files = write_shortlist(choices[0], out, language, documents=named, progress=progress) if choices else []
    if not isinstance(found, Proposed):
        show_refusal(found, ranking, rules, language)
        raise typer.Exit(NO_SET)
    show_choices(choices, rules, language)
    list_files(out, files, language)


def _candidates(scan: Scan, source: Source, progress: Progress, *, cache: bool) -> tuple[Candidates, Ranking]:
    """Return the sites of a scan as candidates, beside what there is already, and their ranking."""
    from suitability.selection.ranking.order import rank  # noqa: PLC0415
    from suitability.selection.ranking.sites import make_sites  # noqa: PLC0415
    from suitability.selection.shortlist.from_scan import candidates_of, sites_there  # noqa: PLC0415

    progress("progress.ranking", 0, 1)
    ranking = rank(make_sites(scan, cache=measurements(kept=cache)))
    there = sites_there(source, scan.area, scan.layers)
    return candidates_of(ranking, there), ranking


def _choices(
    found: Proposed | Refusal,
    ranking: Ranking,
    candidates: Candidates,
    rules: Sequence[PortfolioRule],
    preferences: Preferences,
    *,
    with_frontier: bool,
) -> list[Choice]:
    """Return the sets that were found with what they do for the need, and once the other numbers of beds."""
    from suitability.report.files.shortlist import Choice  # noqa: PLC0415
    from suitability.selection.shortlist.alternatives import frontier_around  # noqa: PLC0415
    from suitability.selection.shortlist.need_report import make_need_report  # noqa: PLC0415
    from suitability.selection.shortlist.propose import Proposed  # noqa: PLC0415

    if not isinstance(found, Proposed):
        return []
    points = frontier_around(found.sets[0], candidates, rules, found.wanted, preferences) if with_frontier else ()
    reports = [make_need_report(ranking.sites.scan, candidates, each) for each in found.sets]
    return [
        Choice(each, ranking, found.wanted, preferences, report, points)
        for each, report in zip(found.sets, reports, strict=True)
    ]
