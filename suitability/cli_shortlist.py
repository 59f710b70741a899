"""The command that proposes a set of sites: scan, join, rank, choose, and say how good the set is or why there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from suitability.cli_parts import (
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
    policy_named,
    progress_bar,
    run_policy,
)
from suitability.messages import message, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from suitability.candidates import Candidates
    from suitability.choice import Demand, Preferences, Wanted
    from suitability.conflicts import Conflict
    from suitability.export.shortlist_files import Choice
    from suitability.messages import Lang
    from suitability.portfolio_rules import PortfolioRule
    from suitability.ranking import Ranking
    from suitability.scan import Progress, Scan
    from suitability.shortlist import NotFound
    from suitability.shortlist_wording import ChoiceWords

NO_SET = 3


def shortlist(  # noqa: PLR0913 (options of the command line)
    policy: PolicyOption = DEFAULT_POLICY,
    source: SourceOption = DEFAULT_SOURCE,
    area: AreaOption = None,
    need: Annotated[
        int | None, typer.Option("--need", min=1, help="Beds needed; default what the policy says.")
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
    offline: OfflineOption = False,  # noqa: FBT002
    out: OutOption = Path("out"),
    lang: LangOption = "nl",
    cache: CacheOption = True,  # noqa: FBT002
) -> None:
    """Propose the best set of sites for a need, under the policy's rules on sites together; exit code 3 when none exists."""
    language = language_of(lang)
    from suitability.choice import Wanted, read_preferences  # noqa: PLC0415
    from suitability.choice_input import with_sizes  # noqa: PLC0415
    from suitability.export.outputs import check_folder  # noqa: PLC0415
    from suitability.export.shortlist_files import write_shortlist  # noqa: PLC0415
    from suitability.policy_folder import config_folder, documents  # noqa: PLC0415

    check_folder(out)
    checked, preferences = policy_named(policy), read_preferences(config_folder())
    rules = with_sizes(checked.portfolio, min_beds, max_beds)
    wanted = Wanted((), min_sites, max_sites, tuple(lock_in or ()), tuple(lock_out or ()))
    with progress_bar(language) as progress:
        scan = run_policy(checked, source, language, area=area, offline=offline, cache=cache, progress=progress)
        candidates, ranking = _candidates(scan, source, progress, offline=offline, cache=cache)
        wanted = replace(wanted, demands=(_demand(scan, candidates, need, scenario),))
        progress("progress.choosing", 0, 1)
        choices, refused = _choices(candidates, ranking, rules, wanted, preferences, sets)
        named = documents(config_folder())
        files = write_shortlist(choices[0], out, language, documents=named, progress=progress) if choices else []
    screen, words = console(), _words(rules, ranking, language)
    for line in words.refusal(refused) if refused is not None else ():
        screen.print(line, highlight=False, markup=False)
    if not choices:
        raise typer.Exit(NO_SET)
    for i, choice in enumerate(choices):
        screen.print(_table(choice, i, language), soft_wrap=False)
        for line in (*words.shortlist(choice.found, preferences), ""):
            screen.print(line, highlight=False, markup=False)
    screen.print(message("cli.files", language, folder=out), highlight=False, markup=False)
    for file in files:
        screen.print(f"  {file.name}", highlight=False)


def _candidates(
    scan: Scan, source: str, progress: Progress, *, offline: bool, cache: bool
) -> tuple[Candidates, Ranking]:
    """Return the sites of a scan as candidates, beside what there is already, and their ranking."""
    from layers import Settings, open_source  # noqa: PLC0415
    from suitability.cache import MeasurementCache, default_folder  # noqa: PLC0415
    from suitability.candidates import make_candidates  # noqa: PLC0415
    from suitability.choice_input import sites_there  # noqa: PLC0415
    from suitability.ranking import rank  # noqa: PLC0415
    from suitability.sites import make_sites  # noqa: PLC0415

    progress("progress.ranking", 0, 1)
    ranking = rank(make_sites(scan, cache=MeasurementCache(default_folder()) if cache else None))
    there = sites_there(open_source(source, Settings(offline=offline, progress=progress)), scan.area, scan.layers)
    types = scan.policy.location_types
    return make_candidates(ranking.sites.frame, ranking.total_low, types, there=there), ranking


def _demand(scan: Scan, candidates: Candidates, need: int | None, scenario: Literal["low", "high"]) -> Demand:
    """Return the beds asked for, or those that the policy says the area needs."""
    from suitability.choice import Demand  # noqa: PLC0415
    from suitability.choice_input import demand_of  # noqa: PLC0415

    return Demand(need) if need is not None else demand_of(scan.policy, scan.area.name, candidates.there, scenario)


def _choices(
    candidates: Candidates,
    ranking: Ranking,
    rules: Sequence[PortfolioRule],
    wanted: Wanted,
    preferences: Preferences,
    sets: int,
) -> tuple[list[Choice], Conflict | NotFound | None]:
    """Return the sets, the best first; without one, why."""
    from suitability.alternatives import best_sets  # noqa: PLC0415
    from suitability.export.shortlist_files import Choice  # noqa: PLC0415
    from suitability.shortlist import Shortlist, choose  # noqa: PLC0415

    found = best_sets(candidates, rules, wanted, preferences, sets) if sets > 1 else ()
    if not found:
        only = choose(candidates, rules, wanted, preferences)
        if not isinstance(only, Shortlist):
            return [], only
        found = (only,)
    return [Choice(each, ranking, wanted, preferences) for each in found], None


def _words(rules: Sequence[PortfolioRule], ranking: Ranking, lang: Lang) -> ChoiceWords:
    from suitability.shortlist_wording import ChoiceWords  # noqa: PLC0415

    labels = ranking.sites.frame["label"].fillna("").astype("str")
    return ChoiceWords(rules, dict(zip(ranking.site_ids, labels, strict=True)), lang)


def _table(choice: Choice, place: int, lang: Lang) -> Table:
    """Return the sites of a set as a planner knows them."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from suitability.export.shortlist_files import shortlist_fields  # noqa: PLC0415

    title = message("shortlist.title", lang, n=number(place + 1, lang))
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    left_out = {message(f"column.{name}", lang) for name in ("municipality", "area_m2")}
    fields = [field for field in shortlist_fields(choice, lang) if field.header not in left_out]
    for field in fields:
        justify: Literal["left", "right"] = "left" if field.decimals is None else "right"
        table.add_column(field.header, justify=justify, overflow="fold")
    for row in zip(*(field.cells.tolist() for field in fields), strict=True):
        cells = zip(row, fields, strict=True)
        table.add_row(*(escape(v or "") if f.decimals is None else number(v, lang, f.decimals) for v, f in cells))
    return table
