"""The only door to the network: bounded in bytes, seconds, attempts and hosts, with one wording for what goes wrong.

What may pass by itself (429, 5xx, silence, a broken or cut-off answer) is tried again with growing pauses; anything
else is said at once. Addresses are named without their query and keys are never named, in messages or in logs.
"""

from __future__ import annotations

import email.utils
import io
import logging
import math
import os
import ssl
import tempfile
import time
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

import certifi
import httpx
import tenacity

from layers.services._http_body import MEDIA_TYPE_ANY, BrokenBodyError, TooLargeError, media_type_of, pour, words
from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

_MB: Final = 1_000_000
_MAX_REDIRECTS: Final = 5
#: A service that asks for a longer pause than this gets its wish: the fetch ends and says so.
_LONGEST_PAUSE_S: Final = 90.0
#: Half a second, one, two, ...; never quite equal, so that many waiting clients do not return together.
_GROWING: Final = tenacity.wait_exponential(multiplier=0.5, max=30.0) + tenacity.wait_random(0.0, 0.5)
_USER_AGENT: Final = "suitability (site-suitability scanner for Dutch municipalities)"
#: Answers that may be different a moment later.
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_KEY_REFUSED: Final = frozenset({401, 403})

Params = dict[str, str] | list[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """Answer of a service: the unpacked body, its media type without parameters, and its address."""

    content: bytes
    media_type: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(SourceError):
    """A service answered, and refused: ``status`` is its HTTP status, ``said`` the begin of its own words."""

    def __init__(self, problem: Problem, status: int, said: str) -> None:
        super().__init__(problem)
        self.status, self.said = status, said


class _PassingError(Exception):
    """Something that may pass by itself; ``final`` is what to say when it did not."""

    def __init__(self, final: SourceError, pause_s: float | None = None) -> None:
        super().__init__(str(final))
        self.final, self.pause_s = final, pause_s


@dataclass(frozen=True)
class _Ask:
    """One question to a service."""

    method: str
    url: str
    params: Params | None
    headers: Mapping[str, str]
    accept: tuple[str, ...]
    max_bytes: int
    json: object = None
    form: Mapping[str, str] | None = None


class Client:
    """Asks services on ``hosts`` and no other; a context manager.

    ``timeout_s`` bounds every silence, ``max_seconds`` a whole answer, ``max_bytes`` its unpacked body. ``pause_s``
    is the least time between two questions. ``secrets`` are texts that no message may hold. All raise ``SourceError``.
    """

    def __init__(  # noqa: PLR0913 (every bound has a name of its own)
        self,
        hosts: frozenset[str],
        *,
        timeout_s: float = 20.0,
        max_bytes: int = 64 * _MB,
        max_seconds: float = 300.0,
        attempts: int = 5,
        sleep: Callable[[float], None] = time.sleep,
        user_agent: str = _USER_AGENT,
        verify: bool | ssl.SSLContext = True,
        pause_s: float = 0.0,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self.hosts, self.attempts = hosts, attempts
        self._max_bytes, self._max_seconds, self._pause_s = max_bytes, max_seconds, pause_s
        self._sleep, self._asked = sleep, -math.inf
        self._secrets = tuple(secret for secret in secrets if secret)
        self._http = httpx.Client(
            timeout=timeout_s,
            verify=_trust() if verify is True else verify,
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def get(
        self,
        url: str,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        accept: tuple[str, ...] = (MEDIA_TYPE_ANY,),
        max_bytes: int | None = None,
    ) -> Answer:
        """Return the answer to a GET; ``accept`` holds the media types to take, with ``*`` for any part."""
        return self._answer(_Ask("GET", url, params, headers or {}, accept, max_bytes or self._max_bytes))

    def post(
        self,
        url: str,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        accept: tuple[str, ...] = (MEDIA_TYPE_ANY,),
        max_bytes: int | None = None,
    ) -> Answer:
        """Return the answer to a question that is too long for an address: POST of ``json`` or ``form``, repeatable."""
        ask = _Ask("POST", url, params, headers or {}, accept, max_bytes or self._max_bytes, json, form)
        return self._answer(ask)

    def download(
        self,
        url: str,
        params: Params | None,
        to: Path,
        *,
        headers: Mapping[str, str] | None = None,
        accept: tuple[str, ...] = (MEDIA_TYPE_ANY,),
        max_bytes: int | None = None,
    ) -> Path:
        """Write the answer to a GET to ``to``, under a temporary name until it is whole; returns ``to``."""
        ask = _Ask("GET", url, params, headers or {}, accept, max_bytes or self._max_bytes)
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.", suffix=".part")
            part = Path(name)
            try:
                with os.fdopen(handle, "wb") as sink:
                    self._patiently(ask, sink)
                part.replace(to)
            finally:
                part.unlink(missing_ok=True)
        except SourceError:
            raise
        except OSError as error:
            raise SourceError(Problem(str(to), "http_write", {"found": error.strerror or str(error)})) from error
        return to

    def problem(self, url: str, key: str, **fields: object) -> Problem:
        """Return a mistake about an address: named without its query, and free of secrets."""
        clean = {name: self._clean(text) if isinstance(text, str) else text for name, text in fields.items()}
        return Problem(self._clean(_place(url)), key, clean)

    def _answer(self, ask: _Ask) -> Answer:
        sink = io.BytesIO()
        response = self._patiently(ask, sink)
        return Answer(sink.getvalue(), media_type_of(response), str(response.url), response.headers)

    def _patiently(self, ask: _Ask, sink: IO[bytes]) -> httpx.Response:
        """Ask until there is an answer or no hope; ``sink`` then holds the body of that one answer."""
        again = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.attempts),
            wait=_pause,
            retry=tenacity.retry_if_exception_type(_PassingError),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return again(self._once, ask, sink)
        except _PassingError as error:
            raise error.final from error.__cause__

    def _once(self, ask: _Ask, sink: IO[bytes]) -> httpx.Response:
        """Ask once, following redirects within the hosts."""
        sink.seek(0)
        sink.truncate()
        deadline = time.monotonic() + self._max_seconds
        request = self._request(ask)
        for _ in range(_MAX_REDIRECTS):
            self._take_turn()
            try:
                response = self._http.send(request, stream=True)
                try:
                    onward = response.next_request
                    if onward is None:
                        self._take(ask, response, sink, deadline)
                        return response
                finally:
                    response.close()
            except (httpx.TransportError, BrokenBodyError) as error:
                raise self._unanswered(ask, error) from error
            request = self._onward(ask, request, onward)
        raise SourceError(self.problem(ask.url, "http_redirects", count=_MAX_REDIRECTS))

    def _request(self, ask: _Ask) -> httpx.Request:
        try:
            url = httpx.URL(ask.url)
        except (httpx.InvalidURL, TypeError, ValueError) as error:
            raise SourceError(self.problem(str(ask.url), "http_address", found=str(ask.url)[:200])) from error
        if url.scheme not in ("http", "https") or url.host not in self.hosts:
            raise SourceError(
                self.problem(ask.url, "http_host", found=url.host or ask.url, expected=_listed(self.hosts))
            )
        headers = {"Accept": ", ".join(ask.accept), **ask.headers}
        # Parameters given here replace the whole query of the address; a next link brings its own.
        more: dict[str, Any] = {} if ask.params is None else {"params": ask.params}
        return self._http.build_request(ask.method, url, headers=headers, json=ask.json, data=ask.form, **more)

    def _onward(self, ask: _Ask, request: httpx.Request, onward: httpx.Request) -> httpx.Request:
        """Return the next request of a redirect; a key is not carried to another host."""
        safe = onward.url.scheme == "https" or request.url.scheme == "http"
        if onward.url.host not in self.hosts or not safe:
            found = f"{onward.url.scheme}://{onward.url.host}"
            raise SourceError(self.problem(ask.url, "http_redirect", found=found, expected=_listed(self.hosts)))
        if onward.url.host != request.url.host:
            for name in ask.headers:
                onward.headers.pop(name, None)
        return onward

    def _take(self, ask: _Ask, response: httpx.Response, sink: IO[bytes], deadline: float) -> None:
        """Pour the body of a good answer into ``sink``; say what is wrong with any other."""
        if not response.is_success:
            raise self._refusal(ask, response, deadline)
        found = media_type_of(response)
        if not any(fnmatch(found, wanted) for wanted in ask.accept):
            said = self._clean(words(response, deadline)) or "-"
            fields = {"found": found or "-", "expected": ", ".join(ask.accept), "said": said}
            raise SourceError(self.problem(ask.url, "http_media_type", **fields))
        try:
            pour(response, sink, ask.max_bytes, deadline)
        except TooLargeError as error:
            limit = f"{ask.max_bytes / _MB:,.0f}"
            raise SourceError(self.problem(ask.url, "http_too_large", expected=limit)) from error
        except TimeoutError as error:
            limit = f"{self._max_seconds:,.0f}"
            raise SourceError(self.problem(ask.url, "http_too_slow", expected=limit)) from error

    def _refusal(self, ask: _Ask, response: httpx.Response, deadline: float) -> Exception:
        status, said = response.status_code, self._clean(words(response, deadline))
        pause = _asked_pause(response.headers.get("retry-after"))
        key = "http_key" if status in _KEY_REFUSED else "http_status"
        if pause is not None and pause > _LONGEST_PAUSE_S and status in _PASSING:
            minutes = math.ceil(pause / 60)
            return RefusedError(self.problem(ask.url, "http_wait", status=status, minutes=minutes), status, said)
        refused = RefusedError(self.problem(ask.url, key, status=status, said=said or "-"), status, said)
        return _PassingError(refused, pause) if status in _PASSING else refused

    def _unanswered(self, ask: _Ask, error: Exception) -> Exception:
        """Return what to raise when no whole answer came."""
        if _is_certificate(error):
            return SourceError(self.problem(ask.url, "http_certificate", found=str(error)))
        if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
            return SourceError(self.problem(ask.url, "http_address", found=_place(ask.url)))
        if isinstance(error, httpx.TimeoutException):
            key = "http_silent"
        elif isinstance(error, httpx.ConnectError | httpx.ProxyError):
            key = "http_unreachable"
        else:
            key = "http_broken"
        found = str(error) or type(error).__name__
        return _PassingError(SourceError(self.problem(ask.url, key, found=found, count=self.attempts)))

    def _take_turn(self) -> None:
        """Wait until the least time since the last question has gone by."""
        early = self._asked + self._pause_s - time.monotonic()
        if early > 0:
            self._sleep(early)
        self._asked = time.monotonic()

    def _clean(self, text: str) -> str:
        """Return a text without secrets, and without signs that would steer a terminal."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return "".join(sign for sign in text if sign.isprintable())


def _pause(state: tenacity.RetryCallState) -> float:
    """Return the seconds until the next attempt: what the service asked for, else growing ones."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _PassingError) and error.pause_s is not None:
        return error.pause_s
    return _GROWING(state)


def _asked_pause(header: str | None) -> float | None:
    """Return the seconds of a Retry-After, which holds seconds or a date; None when it holds neither."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


@cache
def _trust() -> ssl.SSLContext:
    """Return the certificates of this computer and those of certifi: an office network may have its own."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _place(url: str) -> str:
    """Return an address without user, query and fragment."""
    bare = url.split("?", 1)[0].split("#", 1)[0]
    scheme, found, rest = bare.partition("://")
    if not found:
        return bare
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _without_queries(record: logging.LogRecord) -> bool:
    """Name addresses in the log of httpx as they are named in messages."""
    if isinstance(record.args, tuple):
        record.args = tuple(_place(str(part)) if isinstance(part, httpx.URL) else part for part in record.args)
    return True


logging.getLogger("httpx").addFilter(_without_queries)


def _listed(hosts: frozenset[str]) -> str:
    return ", ".join(sorted(hosts))
