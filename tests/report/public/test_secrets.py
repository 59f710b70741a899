"""No planted secret is in any published file, in any encoding; and the search would find it if it were."""

from __future__ import annotations

import base64
import gzip
import html
import io
import zipfile
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from suitability.report.public.publish import RECORD
from tests.report.public.peel import holds
from tests.report.public.planted import CONFIDENTIAL, SITES

if TYPE_CHECKING:
    from pathlib import Path


FILES = [
    "kaart.html", "kaart.gpkg", "kaart.qgz", "percelen.parquet", "percelen.geojson", "percelen.xlsx", "percelen.csv",
    "poster-a3.pdf", "poster-a3.png", "poster-a0.pdf", "poster-a0.png", RECORD,
]  # fmt: skip


def test_every_file_is_looked_at(secret_folder: Path) -> None:
    """A new format cannot slip past this test."""
    assert sorted(path.name for path in secret_folder.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_no_owner_contact_note_vote_or_submission_is_in_the_file(secret_folder: Path, name: str) -> None:
    """Not plain, escaped, in base64, in UTF-16, or compressed."""
    assert [secret for secret in CONFIDENTIAL if holds(secret_folder / name, secret)] == []


@pytest.mark.parametrize("name", ["kaart.gpkg", "kaart.html"])
def test_a_released_site_without_its_name_would_be_no_test(secret_folder: Path, name: str) -> None:
    """A publishable name is found by the same search, also behind compression."""
    assert holds(secret_folder / name, SITES["site-released"])


@pytest.mark.parametrize("secret", CONFIDENTIAL)
def test_the_search_finds_a_secret_however_it_is_wrapped(secret: str, tmp_path: Path) -> None:
    """Each wrapping that the formats use, and those that someone might think of."""
    text = f"xx{secret}yy".encode()
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    raw = squeeze.compress(text * 3) + squeeze.flush()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("sheet.xml", text)
    wrapped = [
        text, html.escape(secret).encode(), quote(secret).encode(), text.decode().encode("utf-16-le"),
        base64.b64encode(text), base64.b64encode(b"a" + text), base64.b64encode(b"ab" + text), zlib.compress(text),
        gzip.compress(text), text.hex().encode(), base64.b64encode(raw), base64.b64encode(gzip.compress(text)),
    ]  # fmt: skip
    contents = [b"before " + content + b" after" for content in wrapped] + [archive.getvalue()]
    for k, content in enumerate(contents):
        path = tmp_path / f"{k}.bin"
        path.write_bytes(content)
        assert holds(path, secret), content
