"""Options, console and progress bar shared by all commands."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from suitability.core.errors import Problem, SubmissionError
from suitability.core.messages import LANGS, Lang, message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console
    from rich.progress import Progress as Bar

    from suitability.core.layer import Source
    from suitability.policy.model import Policy
    from suitability.scan.cache import MeasurementCache
    from suitability.scan.run import Progress, Scan

PolicyOption = Annotated[str, typer.Option("--policy", "-p", help="Name of a policy in config/, or a .yaml file.")]
SourceOption = Annotated[
    str,
    typer.Option(
        "--source", "-s", help="Where layers come from: demo, dir:FOLDER, osm:FILE, pdok, …, or several with commas."
    ),
]
AreaOption = Annotated[
    str | None, typer.Option("--area", "-a", help="Name of the municipality; default the one that the source is about.")
]
NetworkOption = Annotated[
    bool, typer.Option("--network", help="Let phones in the same network join a workshop; they see nothing else.")
]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Use copies that were fetched before; ask no service.")]
LangOption = Annotated[str, typer.Option("--lang", "-l", help="Language of what is shown and written: nl or en.")]
CacheOption = Annotated[bool, typer.Option("--cache/--no-cache", help="Keep and reuse measurements on disk.")]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", help="Folder to write to; an earlier result is kept in earlier/.")
]

DEFAULT_POLICY: Final = "kadaster-scan"
DEFAULT_SOURCE: Final = "demo"


def language_of(lang: str) -> Lang:
    """Return a known language; an unknown one is reported in English, which most people read."""
    for known in LANGS:
        if lang == known:
            return known
    raise SubmissionError(Problem("--lang", "wrong_language", {"found": lang}))


def policy_named(name: str) -> Policy:
    """Return a policy by the name of its file; raises ``PolicyError`` with every mistake in it."""
    from suitability.criteria import REGISTRY  # noqa: PLC0415
    from suitability.policy.reader import read_policy  # noqa: PLC0415

    return read_policy(name, REGISTRY)


def console(*, stderr: bool = False) -> Console:
    """Return a console that never breaks lines of text; tables keep to the terminal's width."""
    from rich.console import Console  # noqa: PLC0415 (slow to load)

    return Console(stderr=stderr, soft_wrap=True)


def measurements(*, kept: bool) -> MeasurementCache | None:
    """Return where measurements are kept, or None when they are not to be."""
    from suitability.scan.cache import MeasurementCache, default_folder  # noqa: PLC0415

    return MeasurementCache(default_folder()) if kept else None


def opened(source: str, progress: Progress, *, offline: bool) -> Source:
    """Return a source by its words on the command line."""
    from layers import Settings, open_source  # noqa: PLC0415

    return open_source(source, Settings(offline=offline, progress=progress))


def run_policy(
    policy: str | Policy,
    source: str | Source,
    language: Lang,
    *,
    area: str | None,
    offline: bool,
    cache: bool,
    progress: Progress,
) -> Scan:
    """Return the scan of an area by a policy, or by its name; what the source has to say goes to standard error.

    ``offline`` counts where the source is still to be opened.
    """
    from layers import notices, read_freshness  # noqa: PLC0415
    from suitability.scan.run import find_area, run_scan  # noqa: PLC0415

    checked = policy_named(policy) if isinstance(policy, str) else policy
    from_there = opened(source, progress, offline=offline) if isinstance(source, str) else source
    where, kept = find_area(from_there, area), measurements(kept=cache)
    result = run_scan(checked, from_there, where, cache=kept, progress=progress, freshness=read_freshness())
    for problem in notices(from_there):
        warn(problem.text(language), language)
    return result


def warn(text: str, language: Lang) -> None:
    """Say something on standard error that does not stop the command."""
    console(stderr=True).print(message("cli.warning", language, text=text), highlight=False, markup=False)


def list_files(folder: Path, files: Sequence[Path], language: Lang) -> None:
    """Say which files were written, and where."""
    screen = console()
    screen.print(message("cli.files", language, folder=folder), highlight=False, markup=False)
    for file in files:
        screen.print(f"  {file.name}", highlight=False, markup=False)


class progress_bar:  # noqa: N801 (a context manager, used like a function)
    """A progress bar on standard error, so that standard output stays clean for pipes.

    It starts with the first step: it holds a thread and takes a while to load.
    """

    def __init__(self, lang: Lang, *, remaining: bool = False) -> None:
        self.lang: Lang = lang
        self.remaining = remaining
        self._bar: Bar | None = None
        self._beginning = threading.Lock()

    def __enter__(self) -> Callable[[str, int, int], None]:
        return self._report

    def _report(self, step: str, done: int, total: int) -> None:
        with self._beginning:
            if self._bar is None:
                self._bar = self._begun()
        self._bar.update(self._bar.task_ids[0], description=message(step, self.lang), completed=done, total=total)

    def _begun(self) -> Bar:
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )  # fmt: skip

        columns = [TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()]
        if self.remaining:  # of work in equal pieces, where what is done tells how long the rest takes
            columns += [MofNCompleteColumn(), TimeRemainingColumn()]
        bar = Progress(*columns, console=console(stderr=True), transient=True)
        bar.add_task("", total=None)
        bar.start()
        return bar

    def __exit__(self, *details: object) -> None:
        if self._bar is not None:
            self._bar.stop()
