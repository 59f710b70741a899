"""The command that writes what residents may see: map, posters and open data, all through one publication profile."""

from __future__ import annotations

import os
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
    measurements,
    opened,
    policy_named,
    progress_bar,
    run_policy,
)
from suitability.core.messages import message

if TYPE_CHECKING:
    from suitability.report.public.sites import Sites
    from suitability.scan.run import Scan


def publish(  # noqa: PLR0913 (each is an option)
    policy: PolicyOption = DEFAULT_POLICY,
    source: SourceOption = DEFAULT_SOURCE,
    area: AreaOption = None,
    profile: Annotated[
        str, typer.Option("--profile", help="Name of a publication profile in config/publication/: what may leave.")
    ] = "residents",
    formats: Annotated[
        str,
        typer.Option("--formats", help="What to write: html, a3, a0, gpkg, parquet, geojson, xlsx, csv; default all."),
    ] = "html,a3,a0,gpkg,parquet,geojson,xlsx,csv",
    session: Annotated[
        str | None, typer.Option("--session", help="Title or id of a workshop: its released sites come along.")
    ] = None,
    store: Annotated[
        str | None, typer.Option("--store", help="Where the workshop is kept; default as in the app.")
    ] = None,
    offline: OfflineOption = False,  # noqa: FBT002 (an option of the command line)
    out: OutOption = Path("public"),
    lang: LangOption = "nl",
    cache: CacheOption = True,  # noqa: FBT002
) -> None:
    """Write what may be made public: a map in one file, posters, and open data, under a publication profile."""
    language = language_of(lang)
    from suitability.core.config import config_folder, documents  # noqa: PLC0415
    from suitability.report.folder import check_folder  # noqa: PLC0415
    from suitability.report.maps.base_map import load_base_layers  # noqa: PLC0415
    from suitability.report.public.gate import make_public  # noqa: PLC0415
    from suitability.report.public.profile import read_profile  # noqa: PLC0415
    from suitability.report.public.publish import publish as write  # noqa: PLC0415
    from suitability.scan.longlist import make_longlist  # noqa: PLC0415

    config = config_folder()
    allowed, checked = read_profile(profile, config), policy_named(policy)
    check_folder(out)
    with progress_bar(language) as progress:
        from_there = opened(source, progress, offline=offline)
        result = run_policy(checked, from_there, language, area=area, offline=offline, cache=cache, progress=progress)
        ground = load_base_layers(from_there, result)
        sites = _sites(session, store, result, cache=cache) if session else None
        table = make_public(
            result, make_longlist(result), allowed, documents(config), lang=language, more_layers=ground, sites=sites
        )
        files = write(table, out, [name.strip() for name in formats.split(",") if name.strip()], language, progress)
    console().print(message("public.done", language, profile=allowed.title.in_(language), folder=out), highlight=False)
    for file in files:
        console().print(f"  {file.name}", highlight=False)


def _sites(session: str, address: str | None, scan: Scan, *, cache: bool) -> Sites:
    """Return the sites of a workshop with their stages."""
    from suitability.report.public.workshop_sites import released_sites, session_named  # noqa: PLC0415
    from suitability.workshop.store import open_store  # noqa: PLC0415

    store = open_store(address or os.environ.get("SUITABILITY_STORE"))
    return released_sites(store, session_named(store, session), scan, measurements(kept=cache))
