"""The command for the HTTP service. A thin skin, as the others."""

from __future__ import annotations

import socket
from pathlib import Path  # noqa: TC003 (typer reads the annotations when it runs)
from typing import TYPE_CHECKING, Annotated

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
    opened,
    policy_named,
    progress_bar,
    run_policy,
    warn,
)
from suitability.core.errors import Problem, SourceError
from suitability.core.messages import message, number

if TYPE_CHECKING:
    from suitability.core.errors import SuitabilityError


def serve(  # noqa: PLR0913 (one argument per option)
    policy: PolicyOption = DEFAULT_POLICY,
    source: SourceOption = DEFAULT_SOURCE,
    area: AreaOption = None,
    offline: OfflineOption = False,  # noqa: FBT002 (an option of the command line)
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="Port to listen on.")] = 8600,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; any but this machine asks for a token.")] = "127.0.0.1",
    token_file: Annotated[Path | None, typer.Option("--token-file", help="File that holds the token; else SUITABILITY_TOKEN.")] = None,
    addresses: Annotated[Path | None, typer.Option("--addresses", help="File with addresses, where the source has none.")] = None,
    lang: LangOption = "nl",
    cache: CacheOption = True,  # noqa: FBT002
) -> None:  # fmt: skip
    """Scan an area and answer other programs over HTTP: verdicts, reasons, policies, and submitted places."""
    language = language_of(lang)
    try:
        from suitability.api.app import make_app  # noqa: PLC0415
        from suitability.api.server import access_of, server_of  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SourceError(Problem("suitability serve", "api_missing", {"found": error.name})) from error
    from suitability.api.service import make_service  # noqa: PLC0415
    from suitability.api.settings import read_limits  # noqa: PLC0415
    from suitability.core.config import config_folder  # noqa: PLC0415
    from suitability.submissions.lookup import LookupSources  # noqa: PLC0415

    limits, checked = read_limits(config_folder()), policy_named(policy)
    access = access_of(host, token_file, limits.token_signs)
    _check_free(host, port)

    def told(error: SuitabilityError) -> None:
        for sentence in error.sentences(language):
            warn(sentence, language)

    with progress_bar(language) as progress:
        from_there = opened(source, progress, offline=offline)
        scan = run_policy(checked, from_there, language, area=area, offline=offline, cache=cache, progress=progress)
        service = make_service(scan, LookupSources(from_there, source, addresses, offline=offline), told)
    fields = {"address": f"http://{f'[{host}]' if ':' in host else host}:{port}/", "area": scan.area.name}
    n = number(len(scan.parcels), language)
    console().print(message("cli.serving", language, n=n, **fields), highlight=False, markup=False)
    server_of(make_app(service, limits, access), host, port, limits).run()


def _check_free(host: str, port: int) -> None:
    """Raise ``SourceError`` when the service cannot listen there; before the scan, which takes its time."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(place)
    except OSError as error:
        fields = {"found": port, "host": host, "detail": error.strerror or str(error)}
        raise SourceError(Problem("--port", "api_cannot_listen", fields)) from error
