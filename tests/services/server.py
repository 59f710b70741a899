"""A real HTTP server on loopback for tests: every service answers below its own prefix, and all questions are logged."""

from __future__ import annotations

import ssl
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Request:
    """One question as it came in; names of ``headers`` are in small letters."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = b""

    def one(self, name: str, otherwise: str = "") -> str:
        """Return the first value of a parameter."""
        return self.query.get(name, [otherwise])[0]


@dataclass(frozen=True)
class Response:
    """One answer. A body that is an iterator is sent as it comes, without a length, until it or the client ends.

    ``headers`` win over those made here: a wrong Content-Length is sent as given. With ``cut`` the connection is
    closed after the body. ``drop`` closes it without a word.
    """

    status: int = 200
    body: bytes | Iterator[bytes] = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    drop: bool = False


class Service(Protocol):
    """Anything that answers below a prefix such as ``/kadaster/bag/ogc/v2``."""

    prefix: str

    def answer(self, request: Request) -> Response:
        """Return the answer to a question whose path begins with the prefix."""
        ...


class Server:
    """Serves on 127.0.0.1 at a free port while its context lasts; ``certificate`` makes it speak TLS."""

    def __init__(self, services: Sequence[Service], certificate: Path | None = None) -> None:
        self.services, self.requests = tuple(services), list[Request]()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        #: Set when the server stops, so that a service that keeps silent can end its silence.
        self.stopping = threading.Event()
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
            scheme = "https"
        self.port = int(self._http.server_address[1])
        self.base = f"{scheme}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)

    def asked(self, part: str) -> list[Request]:
        """Return the questions whose path holds ``part``."""
        return [request for request in self.requests if part in request.path]

    def find(self, request: Request) -> Service | None:
        """Return the service with the longest prefix that fits."""
        fits = [service for service in self.services if request.path.startswith(service.prefix)]
        return max(fits, key=lambda service: len(service.prefix), default=None)


def self_signed(folder: Path) -> Path:
    """Return a certificate with its key for 127.0.0.1 that nobody vouches for."""
    path = folder / "self-signed.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(path), "-out", str(folder / "certificate.pem"), "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*command, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (folder / "certificate.pem").read_bytes())
    return path


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else head and body of an answer, sent apart, wait for each other for 40 ms.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def log_message(self, *_: object) -> None:
            """Say nothing: the server keeps its own log."""

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Request(
                self.command,
                parts.path,
                parse_qs(parts.query, keep_blank_values=True),
                {name.lower(): value for name, value in self.headers.items()},
                body,
            )
            server.requests.append(request)
            service = server.find(request)
            self._send(service.answer(request) if service else Response(404, b"no such path", "text/plain"))

        def _send(self, response: Response) -> None:
            if response.drop:
                self.close_connection = True
                return
            headers = {"Content-Type": response.media_type} | dict(response.headers)
            if isinstance(response.body, bytes):
                headers = {"Content-Length": str(len(response.body))} | headers
            else:
                headers["Connection"] = "close"
            self.close_connection = response.cut or not isinstance(response.body, bytes)
            try:
                self.send_response(response.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for piece in (response.body,) if isinstance(response.body, bytes) else response.body:
                    self.wfile.write(piece)
            except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
                self.close_connection = True  # the client has had enough, which is what some tests are about

    return Handler
