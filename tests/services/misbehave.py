"""Wrappers that make a service misbehave in one known way; they nest."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.services.server import Request, Response

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping

    from tests.services.server import Service

_MIB = 1 << 20


@dataclass
class Fixed:
    """A service that always gives one answer, or one made from the question."""

    prefix: str
    response: Response | Callable[[Request], Response]

    def answer(self, request: Request) -> Response:
        """Return the answer."""
        return self.response if isinstance(self.response, Response) else self.response(request)


@dataclass
class First:
    """Gives these answers first, one after the other, and the service's own after them.

    ``only`` counts just the questions whose path holds it.
    """

    service: Service
    responses: list[Response]
    only: str = ""

    @property
    def prefix(self) -> str:
        """The prefix of the service."""
        return self.service.prefix

    def answer(self, request: Request) -> Response:
        """Return the next answer."""
        if self.responses and self.only in request.path:
            return self.responses.pop(0)
        return self.service.answer(request)


@dataclass
class Changed:
    """Changes the service's own answers with ``change(request, response)``, where the path holds ``only``."""

    service: Service
    change: Callable[[Request, Response], Response]
    only: str = ""

    @property
    def prefix(self) -> str:
        """The prefix of the service."""
        return self.service.prefix

    def answer(self, request: Request) -> Response:
        """Return the changed answer."""
        response = self.service.answer(request)
        return self.change(request, response) if self.only in request.path else response


@dataclass
class Broken:
    """Stands for a service that stops working for good after ``after`` questions whose path holds ``only``."""

    service: Service
    after: int
    only: str = ""
    response: Response = field(default_factory=lambda: Response(400, b"stopped", "text/plain"))
    count: int = 0

    @property
    def prefix(self) -> str:
        """The prefix of the service."""
        return self.service.prefix

    def answer(self, request: Request) -> Response:
        """Return the service's own answer while it still works."""
        self.count += self.only in request.path
        return self.service.answer(request) if self.count <= self.after else self.response


def busy(seconds: str) -> Response:
    """Return a 429 that asks to wait; ``seconds`` goes into Retry-After as it is."""
    return Response(429, b"too many requests", "text/plain", {"Retry-After": seconds})


def error_page(status: int = 200) -> Response:
    """Return a page for people where data was asked."""
    page = b"<html><head><style>p {color: red}</style></head><body><p>Onderhoud tot 9 uur</p></body></html>"
    return Response(status, page, "text/html; charset=utf-8")


def cut_off(_: Request, response: Response) -> Response:
    """Promise more bytes than are sent."""
    whole = _bytes(response)
    return replace(response, body=whole[: len(whole) // 2], headers={"Content-Length": str(len(whole))}, cut=True)


def zipped(_: Request, response: Response) -> Response:
    """Send the body as gzip."""
    return replace(
        response, body=gzip.compress(_bytes(response)), headers={**response.headers, "Content-Encoding": "gzip"}
    )


def zipped_half(request: Request, response: Response) -> Response:
    """Send the first half of a gzip body as if it were all."""
    whole = zipped(request, response)
    return replace(whole, body=_bytes(whole)[: len(_bytes(whole)) // 2])


def next_link(href: str | Callable[[Request], str]) -> Callable[[Request, Response], Response]:
    """Return a change that puts another link in the place of the next link of every page of features."""

    def change(request: Request, response: Response) -> Response:
        page = json.loads(_bytes(response))
        links = [link for link in page.get("links", []) if link.get("rel") != "next"]
        page["links"] = [*links, {"rel": "next", "href": href(request) if callable(href) else href}]
        return replace(response, body=json.dumps(page).encode())

    return change


def silent(until: threading.Event) -> Callable[[Request], Response]:
    """Return a service that says nothing before an event."""

    def answer(_: Request) -> Response:
        until.wait()
        return Response(body=b"{}")

    return answer


def dripping(pause_s: float) -> Callable[[Request], Response]:
    """Return a service that sends a byte now and then, for ever."""

    def drops() -> Iterator[bytes]:
        while True:
            yield b" "
            time.sleep(pause_s)

    return lambda _: Response(body=drops())


def flood(size: int, headers: Mapping[str, str] | None = None) -> Callable[[Request], Response]:
    """Return a service whose JSON is ``size`` bytes long, made as it is sent."""

    def pieces() -> Iterator[bytes]:
        yield b'{"type": "FeatureCollection", "features": ['
        for _ in range(size // _MIB):
            yield b" " * _MIB
        yield b"]}"

    return lambda _: Response(body=pieces(), media_type="application/geo+json", headers=headers or {})


def bomb(size: int) -> Response:
    """Return a small gzip body that unpacks to ``size`` bytes of blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(packer.compress(b" " * _MIB) for _ in range(size // _MIB)) + packer.flush()
    return Response(body=body, media_type="application/geo+json", headers={"Content-Encoding": "gzip"})


def _bytes(response: Response) -> bytes:
    return response.body if isinstance(response.body, bytes) else b"".join(response.body)
