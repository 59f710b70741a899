"""The commands about data: fetch it, list what can be used and what is kept, describe a folder of files."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (typer reads the annotations when it runs)
from typing import TYPE_CHECKING, Annotated, Final

import typer

from suitability.cli.options import (
    DEFAULT_POLICY,
    AreaOption,
    LangOption,
    PolicyOption,
    console,
    language_of,
    policy_named,
    progress_bar,
)
from suitability.core.messages import age, long_date, message, number

if TYPE_CHECKING:
    from rich.table import Table

    from suitability.core.errors import SuitabilityError
    from suitability.core.layer import Layer, Layers
    from suitability.core.messages import Lang

DEFAULT_SERVICES: Final = "pdok,noise,overpass"

app = typer.Typer(
    invoke_without_command=True, help="List the sources that can be used, and the copies that were fetched."
)


def fetch(
    area: AreaOption = None,
    policy: PolicyOption = DEFAULT_POLICY,
    source: Annotated[
        str, typer.Option("--source", "-s", help="The services to ask, in order of preference.")
    ] = DEFAULT_SERVICES,
    again: Annotated[bool, typer.Option("--again", help="Ask again, also for what was fetched recently.")] = False,  # noqa: FBT002
    lang: LangOption = "nl",
) -> None:
    """Fetch what a policy needs of an area, keep dated copies, and work without internet from then on."""
    language = language_of(lang)
    from layers import Settings, estimates, open_source  # noqa: PLC0415
    from suitability.scan.run import find_area, load_layers, reach_of  # noqa: PLC0415

    checked = policy_named(policy)
    failures: list[tuple[str, SuitabilityError]] = []
    with progress_bar(language) as progress:
        opened = open_source(source, Settings(progress=progress, again=again))
        where = find_area(opened, area)
        for name, guess in estimates(opened, where, reach_of(checked, roomy=True)).items():
            key = "fetch.counted" if guess.is_count else "fetch.estimated"
            fields = {"n": number(guess.features, language), "mb": number(guess.megabytes, language, 1)}
            said = message(key, language, layer=message(f"layer.{name}", language), **fields)
            console().print(said, highlight=False)
        layers, missing = load_layers(
            checked, opened, where, progress, roomy=True, failed=lambda name, error: failures.append((name, error))
        )
    console().print(_fetched(layers, language))
    for name in missing:
        console().print(message("fetch.missing", language, layer=message(f"layer.{name}", language)), highlight=False)
    for name, error in failures:
        console(stderr=True).print(message("fetch.failed", language, layer=message(f"layer.{name}", language)))
        for sentence in error.sentences(language):
            console(stderr=True).print(f"  {sentence}", highlight=False, markup=False)
    if failures:
        raise typer.Exit(2)
    said = message("fetch.done", language, source=source, area=where.name, policy=policy)
    console().print(said, highlight=False, markup=False)


def _fetched(layers: Layers, lang: Lang) -> Table:
    """Return what is there now, a row per layer."""
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=message("fetch.title", lang), title_justify="left")
    for key in ("layer", "rows", "date", "name", "licence"):
        table.add_column(message(f"sources.{key}", lang), overflow="fold", justify="right" if key == "rows" else "left")
    for name, layer in sorted(layers.items()):
        table.add_row(*_row(name, layer, lang))
    return table


def _row(name: str, layer: Layer, lang: Lang) -> tuple[str, ...]:
    p = layer.provenance
    return message(f"layer.{name}", lang), number(p.rows, lang), long_date(p.retrieved, lang), p.source, p.licence


@app.callback()
def sources(context: typer.Context, lang: LangOption = "nl") -> None:
    """List the sources that can be used with their layers, and the copies that were fetched."""
    if context.invoked_subcommand is not None:
        return
    language = language_of(lang)
    from rich.table import Table  # noqa: PLC0415

    from layers import SOURCE_NAMES, Settings, kept_copies, open_source  # noqa: PLC0415

    table = Table(title=message("sources.title", language), title_justify="left")
    for key in ("name", "what", "layers"):
        table.add_column(message(f"sources.{key}", language), overflow="fold")
    for name in SOURCE_NAMES:
        offered = sorted(open_source(name).offers()) if ":" not in name else []
        words = ", ".join(message(f"layer.{layer}", language).lower() for layer in offered)
        table.add_row(name, message(f"sources.what.{name.split(':')[0]}", language), words)
    console().print(table)
    kept = Table(title=message("sources.copies", language), title_justify="left")
    for key in ("layer", "area", "retrieved", "age", "rows", "size"):
        kept.add_column(message(f"sources.{key}", language), overflow="fold")
    for copy in kept_copies(Settings()):
        old = age(copy.age_days, language)
        said = message("sources.stale", language, age=old) if copy.is_stale else old
        kept.add_row(
            message(f"layer.{copy.layer}", language), f"{copy.area.name} + {number(copy.area.reach_m, language)} m",
            long_date(copy.retrieved, language), said, number(copy.n_rows, language),
            f"{number(copy.n_bytes / 1e6, language, 1)} MB",
        )  # fmt: skip
    console().print(kept if kept.row_count else message("sources.no_copies", language))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A folder with files: GeoPackage, GML, Shapefile, CSV, GeoTIFF, …")],
    lang: LangOption = "nl",
) -> None:
    """Write a first sources.yaml for a folder of files, from what is found in them."""
    language = language_of(lang)
    from layers import infer_manifest, write_manifest  # noqa: PLC0415

    text = infer_manifest(folder, language)
    path = write_manifest(folder, text)
    console().print(text, highlight=False, markup=False)
    console().print(message("sources.written", language, file=path, folder=folder), highlight=False, markup=False)


@app.command()
def prune(
    keep: Annotated[int, typer.Option("--keep", min=1, help="How many copies of each layer and area stay.")] = 2,
    lang: LangOption = "nl",
) -> None:
    """Take away copies that newer ones make superfluous."""
    language = language_of(lang)
    from layers import Settings, prune_copies  # noqa: PLC0415

    console().print(message("sources.pruned", language, n=prune_copies(Settings(), keep)), highlight=False)
