"""Finds a text in a file however it is wrapped: archives, compressed streams, base64, and the usual escapes."""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
import re
import sqlite3
import zipfile
import zlib
from contextlib import closing, suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_DEEPEST = 4


def forms(text: str) -> set[bytes]:
    """Return a text in every encoding that it could hide in; a base64 form per alignment."""
    utf8 = text.encode()
    escaped = {
        text, html.escape(text), quote(text), quote(text, safe=""), json.dumps(text)[1:-1], text.replace("@", "&#64;"),
        text.replace("@", "\\u0040"), utf8.hex(), utf8.hex().upper(),
    }  # fmt: skip
    found = {form.encode() for form in escaped} | {text.encode("utf-16-le"), text.encode("utf-16-be")}
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + utf8)
        found.add(whole[4 if shift else 0 : (len(whole) // 4 - 1) * 4])
    return {form for form in found if len(form) >= 4}


def layers_of(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield a file's bytes and everything that is packed in them."""
    yield content
    if depth >= _DEEPEST:
        return
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from layers_of(archive.read(name), depth + 1)
        return
    for found in _ZLIB.finditer(content):
        yield from _inflated(content[found.start() :], zlib.MAX_WBITS, depth)
    for found in re.finditer(rb"\x1f\x8b\x08", content):
        yield from _inflated(content[found.start() :], zlib.MAX_WBITS | 16, depth)
    for found in _BASE64.finditer(content):
        with suppress(binascii.Error, ValueError):
            coded = found[0].rstrip(b"=")
            decoded = base64.b64decode(coded + b"=" * (-len(coded) % 4), altchars=b"-_" if b"_" in coded else None)
            yield from layers_of(decoded, depth + 1)
            yield from _inflated(decoded, -zlib.MAX_WBITS, depth)


def _inflated(content: bytes, bits: int, depth: int) -> Iterator[bytes]:
    with suppress(zlib.error):
        opened = zlib.decompressobj(bits).decompress(content)
        if opened:
            yield from layers_of(opened, depth + 1)


def everything_in(path: Path) -> Iterator[bytes]:
    """Yield all that a file holds, also what only a reader of its format sees."""
    content = path.read_bytes()
    if path.suffix == ".png":  # its one compressed stream is of pixels; texts stand in chunks
        yield re.sub(rb"IDAT.*", b"", content, flags=re.DOTALL)
        return
    yield from layers_of(content)
    if path.suffix == ".gpkg":
        with closing(sqlite3.connect(path)) as database:
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in database.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 (a name of the file itself)
                    yield repr(row).encode()
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        yield repr(table.schema.metadata).encode()
        for column in table.column_names:
            yield repr(table[column].to_pylist()).encode()
    if path.suffix == ".pdf":
        yield pdf_text(path).encode()


def pdf_text(path: Path) -> str:
    """Return the text of a PDF and its metadata; without a reader of PDF that is all there is: nothing."""
    import pypdf  # noqa: PLC0415 (asked for by the tests that need it)

    reader = pypdf.PdfReader(path)
    return "\n".join(
        [page.extract_text() for page in reader.pages] + [repr(reader.metadata), repr(reader.xmp_metadata)]
    )


def holds(path: Path, text: str) -> bool:
    """Return whether a file holds a text in any form."""
    looked_for = forms(text)
    return any(form in content for content in everything_in(path) for form in looked_for)
