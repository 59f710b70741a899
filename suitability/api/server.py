"""Serving the application: where it listens, who may ask, and how long a connection may take to say what it wants."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from suitability.api.access import LOOPBACK, Access
from suitability.core.errors import Problem, SourceError, SubmissionError

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from fastapi import FastAPI

    from suitability.api.settings import Limits

TOKEN_VARIABLE: Final = "SUITABILITY_TOKEN"  # noqa: S105 (its name)
_LONGEST_HEADERS: Final = 16_384
_KEEP_ALIVE_S: Final = 5


def access_of(host: str, token_file: Path | None, least_signs: int) -> Access:
    """Return who may ask. Raises ``SubmissionError`` when an address of the network would be open without a token.

    The token comes from a file or from the environment, never from the command line, which others can read.
    """
    token = _token(token_file)
    if token and (len(token) < least_signs or not token.isascii() or not token.isprintable() or " " in token):
        where = "--token-file" if token_file else TOKEN_VARIABLE
        raise SubmissionError(Problem(where, "api_token_form", {"expected": least_signs}))
    if host not in LOOPBACK and not token:
        raise SubmissionError(Problem("--host", "api_needs_token", {"found": host, "expected": TOKEN_VARIABLE}))
    return Access(token, LOOPBACK if host in LOOPBACK else frozenset())


def _token(file: Path | None) -> str:
    if file is None:
        return os.environ.get(TOKEN_VARIABLE, "").strip()
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        found = getattr(error, "strerror", None) or type(error).__name__
        raise SourceError(Problem(str(file), "file_unreadable", {"found": found})) from error


def patient(seconds: float) -> type[H11Protocol]:
    """Return a protocol that hangs up on a connection whose headers are not there within ``seconds``."""

    class Patient(H11Protocol):
        """Counts from the first sign of a request, or from the connection."""

        _patience: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.conn.their_state is h11.IDLE:
                self._wait()
            else:
                self._stop()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            super().connection_lost(exc)

        def _wait(self) -> None:
            if self._patience is None:
                self._patience = self.loop.call_later(seconds, self.transport.close)

        def _stop(self) -> None:
            if self._patience is not None:
                self._patience.cancel()
                self._patience = None

    return Patient


def server_of(app: FastAPI, host: str, port: int, limits: Limits) -> uvicorn.Server:
    """Return the server. It keeps no log of requests: addresses asked for would stand in it."""
    settings: dict[str, Any] = {
        "http": patient(limits.header_seconds), "ws": "none", "access_log": False, "server_header": False,
        "log_level": "warning", "limit_concurrency": limits.connections, "timeout_keep_alive": _KEEP_ALIVE_S,
        "h11_max_incomplete_event_size": _LONGEST_HEADERS, "proxy_headers": False, "timeout_graceful_shutdown": 5,
    }  # fmt: skip
    return uvicorn.Server(uvicorn.Config(app, host=host, port=port, **settings))
