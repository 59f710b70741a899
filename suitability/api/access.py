"""Access control before routing: host name, token, time limit and size limit of a request.

An ASGI middleware around the application: a refused request reaches no route.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.requests import HTTPConnection

from suitability.api.problems import Refusal, problem_response, shown
from suitability.core.errors import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from suitability.api.settings import Limits

#: Names by which this machine calls itself.
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_TOKEN_NAMES: Final = frozenset({"token", "access_token", "api_key", "apikey", "key"})


@dataclass(frozen=True)
class Access:
    """Access policy. ``token``: empty = not required. ``hosts``: names of this service; empty = any.

    Without a token only the names of this machine are accepted. Otherwise a web page could reach the service through
    the browser of its operator (DNS rebinding).
    """

    token: str = ""
    hosts: frozenset[str] = LOOPBACK


class Guard:
    """The application behind a door."""

    def __init__(self, app: ASGIApp, access: Access, limits: Limits) -> None:
        self.app, self.access, self.limits = app, access, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer with a problem."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            self._judge(HTTPConnection(scope))
            body = await self._whole(scope, receive)
        except Refusal as refusal:
            headers = {"Connection": "close", **(refusal.headers or {})}
            response = problem_response(scope, refusal.status, refusal.problems, headers)
            await response(scope, receive, send)
            return
        if body is not None:
            await self.app(scope, _Replayed(body, receive), send)

    def _judge(self, request: HTTPConnection) -> None:
        name = _host_name(request.headers.get("host", ""))
        if self.access.hosts and name not in self.access.hosts:
            raise Refusal(HTTPStatus.BAD_REQUEST, Problem("Host", "api_host", {"found": shown(name)}))
        inside = [key for key in request.query_params if key.lower() in _TOKEN_NAMES]
        if inside:
            raise Refusal(HTTPStatus.BAD_REQUEST, Problem(shown(inside[0]), "api_token_in_url"))
        if self.access.token:
            self._identify(request.headers.get("authorization", ""))

    def _identify(self, told: str) -> None:
        scheme, _, token = told.partition(" ")
        challenge = {"WWW-Authenticate": 'Bearer realm="suitability"'}
        if scheme.lower() != "bearer" or not token.strip():
            raise Refusal(HTTPStatus.UNAUTHORIZED, Problem("Authorization", "api_token_missing"), headers=challenge)
        if not hmac.compare_digest(token.strip().encode("utf-8", "replace"), self.access.token.encode()):
            raise Refusal(HTTPStatus.FORBIDDEN, Problem("Authorization", "api_token_wrong"))

    async def _whole(self, scope: Scope, receive: Receive) -> bytes | None:
        """Return the body of a request; None when the other side went away."""
        length = HTTPConnection(scope).headers.get("content-length", "")
        if length.isdigit() and (len(length) > 12 or int(length) > self.limits.body_bytes):  # noqa: PLR2004
            raise self._too_large()
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                return await self._read(receive)
        except TimeoutError:
            fields = {"expected": f"{self.limits.body_seconds:g}"}
            raise Refusal(HTTPStatus.REQUEST_TIMEOUT, Problem("body", "api_slow", fields)) from None

    async def _read(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self.limits.body_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return b"".join(parts)

    def _too_large(self) -> Refusal:
        fields = {"expected": f"{self.limits.body_bytes / 1e6:g} MB"}
        return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Problem("body", "api_too_large", fields))


class _Replayed:
    """A body that was read, given once to the application; after it, what the connection says."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        body, self._body = self._body, None
        return await self._receive() if body is None else {"type": "http.request", "body": body, "more_body": False}


def _host_name(host: str) -> str:
    """Return the name in a Host header, without port and the brackets of IPv6."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()
