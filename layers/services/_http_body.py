"""Reading the body of an answer: unpacked piece by piece, so that neither a flood nor a bomb fills the memory."""

from __future__ import annotations

import json
import re
import time
import zlib
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

MEDIA_TYPE_ANY: Final = "*/*"
#: Bytes of unpacked body that are held at once.
_PIECE: Final = 1 << 16
_GZIP: Final = 31
_MAX_WORDS: Final = 200
#: Where a refusal says why, in the order of preference (RFC 9457, OGC API, others).
_WORDS_IN: Final = ("detail", "description", "message", "title", "error")


class TooLargeError(Exception):
    """The body goes beyond its bound."""


class BrokenBodyError(Exception):
    """The body cannot be unpacked, or ends before its end."""


def media_type_of(response: httpx.Response) -> str:
    """Return the media type without parameters, in small letters; empty when not said."""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def pour(response: httpx.Response, sink: IO[bytes], max_bytes: int, deadline: float) -> None:
    """Write the unpacked body to ``sink``.

    Raises ``TooLargeError`` beyond ``max_bytes``, ``TimeoutError`` beyond ``deadline`` (of ``time.monotonic``) and
    ``BrokenBodyError`` for a body that is not whole.
    """
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise TooLargeError
    left = max_bytes
    for piece in _unpacked(response, deadline):
        left -= len(piece)
        if left < 0:
            raise TooLargeError
        sink.write(piece)


def words(response: httpx.Response, deadline: float) -> str:
    """Return the begin of what a service says in a refusal, on one line; empty when it says nothing readable."""
    begin = bytearray()
    try:
        for piece in _unpacked(response, deadline):
            begin += piece
            if len(begin) >= _PIECE:
                break
    except (BrokenBodyError, TimeoutError):
        begin.clear()
    text = bytes(begin[:_PIECE]).decode("utf-8", errors="replace")
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    if isinstance(held, dict):
        text = next((str(held[name]) for name in _WORDS_IN if held.get(name)), text)
    # Style and script are no words, and tags are none either.
    text = re.sub(r"(?is)<(style|script)\b.*?</\1>|<[^>]*>", " ", text)
    text = " ".join(text.split())
    return text if len(text) <= _MAX_WORDS else text[:_MAX_WORDS].rstrip() + " …"


def _unpacked(response: httpx.Response, deadline: float) -> Iterator[bytes]:
    packing = str(response.headers.get("content-encoding", "")).strip().lower()
    if packing in ("", "identity"):
        unpack = None
    elif packing in ("gzip", "x-gzip"):
        unpack = _Gunzip()
    else:
        raise BrokenBodyError(f"Content-Encoding: {packing}")
    for chunk in response.iter_raw():
        for piece in (chunk,) if unpack is None else unpack.pieces(chunk):
            if time.monotonic() > deadline:
                raise TimeoutError
            yield piece
    if unpack is not None and not unpack.ended:
        raise BrokenBodyError("gzip: the end is missing")


class _Gunzip:
    """Unpacks gzip in pieces of bounded size, whatever the packed bytes promise."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)

    @property
    def ended(self) -> bool:
        """True if the last member is complete."""
        return self._member.eof

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """Yield what the packed bytes hold; raises ``BrokenBodyError``."""
        while True:
            if self._member.eof:
                if not packed:
                    return
                self._member = zlib.decompressobj(_GZIP)
            try:
                piece = self._member.decompress(packed, _PIECE)
            except zlib.error as error:
                raise BrokenBodyError(str(error)) from error
            yield piece
            packed = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if not packed and len(piece) < _PIECE:
                return
