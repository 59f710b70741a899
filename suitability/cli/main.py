"""The command line: a thin skin. It asks for input, calls the line, shows the result, and decides nothing.

Exit codes: 0 done, 2 bad input (one sentence per mistake on standard error, never a traceback), 130 stopped.
Heavy imports happen inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final

import typer

from suitability.cli import partitioned as pieces
from suitability.cli import publish, rank, score, serve, shortlist, sources
from suitability.cli.interrupt import Stop, leave
from suitability.cli.options import (
    DEFAULT_POLICY,
    DEFAULT_SOURCE,
    AreaOption,
    CacheOption,
    LangOption,
    NetworkOption,
    OfflineOption,
    OutOption,
    PolicyOption,
    SourceOption,
    console,
    language_of,
    list_files,
    policy_named,
    progress_bar,
    run_policy,
    warn,
)
from suitability.cli.scan_output import show_scan
from suitability.core.errors import Problem, SourceError, SuitabilityError
from suitability.core.messages import Lang, message, number

BAD_INPUT: Final = 2

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Where in this municipality can temporary housing for migrant workers go, and why there?",
)  # fmt: skip

app.command()(sources.fetch)
app.command()(publish.publish)
app.command("serve")(serve.serve)
app.command()(rank.rank)
app.command()(score.score)
app.command()(shortlist.shortlist)
app.add_typer(sources.app, name="sources")


@app.command()
def scan(  # noqa: PLR0913 (each is an option)
    policy: PolicyOption = DEFAULT_POLICY,
    source: SourceOption = DEFAULT_SOURCE,
    area: AreaOption = None,
    offline: OfflineOption = False,  # noqa: FBT002 (an option of the command line)
    out: OutOption = Path("out"),
    lang: LangOption = "nl",
    cache: CacheOption = True,  # noqa: FBT002
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Scan a folder of any size in pieces, in so many processes.")
    ] = None,
    memory: Annotated[
        float | None, typer.Option("--memory", min=0, help="In pieces: GB that all processes together may use.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="In pieces on a Dask cluster: its address, or local:N.")
    ] = None,
) -> None:
    """Scan every parcel of an area, and write table, GeoPackage, map and run record; of a folder in pieces table and record."""
    began = time.perf_counter()
    language = language_of(lang)
    if workers is not None or memory is not None or scheduler is not None:
        pieces.scan_large(policy, source, out, language, area=area, means=(workers, memory, scheduler), cache=cache)
        return
    from suitability.core.config import config_folder, documents  # noqa: PLC0415
    from suitability.report.folder import check_folder  # noqa: PLC0415
    from suitability.report.scan_files import write_outputs  # noqa: PLC0415
    from suitability.scan.longlist import make_longlist  # noqa: PLC0415

    check_folder(out)
    with progress_bar(language) as progress:
        result = run_policy(policy, source, language, area=area, offline=offline, cache=cache, progress=progress)
        longlist = make_longlist(result)
        files = write_outputs(
            result, longlist, out, language,
            documents=documents(config_folder()), wall_seconds=lambda: time.perf_counter() - began, progress=progress,
        )  # fmt: skip
    show_scan(result, longlist, language)
    list_files(out, files, language)
    took = number(time.perf_counter() - began, language, 1)
    console().print(message("cli.time", language, seconds=took), highlight=False)


@app.command()
def explain(
    parcel_id: Annotated[str, typer.Argument(help="The parcel's designation, as in the longlist.")],
    policy: PolicyOption = DEFAULT_POLICY,
    source: SourceOption = DEFAULT_SOURCE,
    area: AreaOption = None,
    offline: OfflineOption = False,  # noqa: FBT002
    lang: LangOption = "nl",
    cache: CacheOption = True,  # noqa: FBT002
) -> None:
    """Say of one parcel whether it is suitable, and exactly why or why not."""
    language = language_of(lang)
    from suitability.report.explain import card_text  # noqa: PLC0415
    from suitability.report.explain import explain as explain_parcel  # noqa: PLC0415

    with progress_bar(language) as progress:
        result = run_policy(policy, source, language, area=area, offline=offline, cache=cache, progress=progress)
    text = card_text(result, explain_parcel(result, parcel_id, language), lang=language)
    console().print(text, highlight=False, markup=False)


@app.command("check-policy")
def check_policy(
    file: Annotated[str, typer.Argument(help="Name of a policy in config/, or a .yaml file.")],
    source: Annotated[
        str | None,
        typer.Option("--source", "-s", help="Check also that what the rules ask for occurs in these layers."),
    ] = None,
    lang: LangOption = "nl",
) -> None:
    """Check a policy file: every mistake at once, each with file and line; then what is allowed but may not be meant."""
    language = language_of(lang)
    from layers import open_source  # noqa: PLC0415
    from suitability.policy.lint import warnings_of  # noqa: PLC0415

    checked, from_there = policy_named(file), open_source(source) if source else None
    text = message("cli.policy_ok", language, file=file, n=len(checked.rules))
    console().print(text, highlight=False, markup=False)
    for warning in warnings_of(checked, from_there, file):
        warn(warning.text(language), language)


@app.command("diff-policy")
def diff_policy(
    a: Annotated[str, typer.Argument(help="The policy as it was: a name in config/, or a .yaml file.")],
    b: Annotated[str, typer.Argument(help="The policy as it is now.")],
    source: Annotated[
        str | None, typer.Option("--source", "-s", help="Scan both here, and say which parcels come and go.")
    ] = None,
    area: AreaOption = None,
    offline: OfflineOption = False,  # noqa: FBT002
    lang: LangOption = "nl",
    cache: CacheOption = True,  # noqa: FBT002
) -> None:
    """Say what changed from one policy to another and, with a source, what that does to the longlist."""
    language = language_of(lang)
    from suitability.core.config import config_folder, documents  # noqa: PLC0415
    from suitability.policy.compare import compare_policies  # noqa: PLC0415
    from suitability.report.wording.changes import change_text, difference_lines  # noqa: PLC0415
    from suitability.scan.compare import compare_scans  # noqa: PLC0415

    was, now = policy_named(a), policy_named(b)
    changes = compare_policies(was, now)
    lines = [change_text(change, documents(config_folder()), language) for change in changes]
    heading = {"a": a, "b": b, "n": number(len(changes), language)}
    lines = [message("change.heading", language, **heading), *lines] if lines else [message("change.none", language)]
    if source is not None and changes:
        with progress_bar(language) as progress:
            scans = [
                run_policy(policy, source, language, area=area, offline=offline, cache=cache, progress=progress)
                for policy in (was, now)
            ]
        lines += ["", *difference_lines(compare_scans(*scans), language)]
    for line in lines:
        console().print(line, highlight=False, markup=False)


@app.command("app")
def app_command(
    source: SourceOption = DEFAULT_SOURCE,
    area: AreaOption = None,
    policy: PolicyOption = DEFAULT_POLICY,
    port: Annotated[int, typer.Option("--port", help="Port on this machine.")] = 8501,
    network: NetworkOption = False,  # noqa: FBT002 (an option of the command line)
    lang: LangOption = "nl",
) -> None:
    """Open the app in a browser, on this machine only unless --network is given."""
    language = language_of(lang)
    try:
        from suitability.ui.serve import serve  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SourceError(Problem("suitability app", "app_missing", {"found": error.name})) from error
    if not _is_free(port):
        raise SourceError(Problem("--port", "port_taken", {"found": port}))
    console().print(message("cli.app", language, address=f"http://localhost:{port}"), highlight=False)
    os.environ |= {
        "SUITABILITY_SOURCE": source, "SUITABILITY_AREA": area or "", "SUITABILITY_POLICY": policy, "SUITABILITY_LANG": language,
    }  # fmt: skip
    if network:
        os.environ["SUITABILITY_NETWORK"] = "1"
    address = ["--server.address", "0.0.0.0"] if network else []  # noqa: S104 (asked for, to vote on phones)
    serve(["--server.port", str(port), "--server.headless", "false", *address])


def _is_free(port: int) -> bool:
    """Return whether nothing listens on a port of this machine."""
    with socket.socket() as free:
        return free.connect_ex(("localhost", port)) != 0


def _asked_language(arguments: list[str]) -> Lang:
    """Return the language asked for, even when the rest of the command line is wrong."""
    asked = {value for name, value in pairwise(arguments) if name in {"--lang", "-l"}}
    return "en" if asked & {"en"} else "nl"


def _is_done(error: BaseException) -> bool:
    """Return whether a command came to its end: typer makes an exit of that too."""
    return isinstance(error, SystemExit) and not error.code


def main() -> None:
    """Run the command line; known mistakes become sentences and exit code 2."""
    language, stop = _asked_language(sys.argv[1:]), Stop()
    stop.listen()
    gc.disable()  # a command lives for seconds and makes no cycles to speak of: looking for them costs a tenth of it
    try:
        app()
    except BaseException as error:
        stop.no_more()
        if stop.asked and not _is_done(error):
            leave(message("cli.stopped", language))
        if not isinstance(error, SuitabilityError):
            raise
        for sentence in error.sentences(language):
            print(sentence, file=sys.stderr)
        sys.exit(BAD_INPUT)
    finally:
        gc.freeze()  # nor look for them at the end
