"""Sound archives: everything in them is found, once, in its own place."""

from __future__ import annotations

import gzip
import zipfile
from functools import partial
from typing import TYPE_CHECKING

import pytest

from layers.files._archive import LIMITS, Limits, extract, open_members
from suitability.core.errors import SourceError
from tests.layers.formats.files import EXTRACT, plan
from tests.layers.formats.hostile import zeros, zipped

if TYPE_CHECKING:
    from pathlib import Path


def names(path: Path, *suffixes: str) -> list[str]:
    return [name.removeprefix(f"{path}").lstrip("/") for name, _ in open_members(path, suffixes)]


def read_all(path: Path) -> int:
    return sum(len(chunk) for _, stream in open_members(path, ()) for chunk in iter(partial(stream.read, 1 << 20), b""))


def test_zips_in_zips_are_entered() -> None:
    """A BAG extract holds a zip per kind of object, and zips of zips for what is under investigation."""
    found = names(EXTRACT, ".xml")
    assert "9999PND15092020.zip/0221PND15092020-000001.xml" in found
    assert "9999InOnderzoek15092020.zip/0221IOPND15092020.zip/0221IOPND15092020-000002.xml" in found
    assert len(found) == 32


def test_leftovers_of_other_systems_are_skipped() -> None:
    """The extract was packed again on a Mac: the files that macOS adds are no members."""
    assert not [name for name in names(EXTRACT) if "__MACOSX" in name or ".DS_Store" in name]
    with zipfile.ZipFile(EXTRACT) as archive:
        assert ".DS_Store" in archive.namelist()


def test_a_plain_file_is_its_own_member_whatever_its_name(tmp_path: Path) -> None:
    """A download without a suffix can be read too."""
    path = tmp_path / "download"
    path.write_bytes(b"<a/>")
    assert [(name, stream.read()) for name, stream in open_members(path, (".gml",))] == [(str(path), b"<a/>")]


def test_a_gzip_is_unpacked_while_it_is_read(tmp_path: Path) -> None:
    """A gzip is recognised by its first bytes, not by its name."""
    path = tmp_path / "plan.gml"
    path.write_bytes(gzip.compress(b"<a/>" * 1000))
    assert [stream.read() for _, stream in open_members(path, (".gml",))] == [b"<a/>" * 1000]


def test_a_gzip_that_swells_is_stopped(tmp_path: Path) -> None:
    """1 GB of zeros in 1 MB: a gzip states its size only at its end, so the bytes are counted while unpacking."""
    path = tmp_path / "bomb.gz"
    path.write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + zeros(1024))
    with pytest.raises(SourceError, match="unpacked this is"):
        read_all(path)


def test_unpacking_gives_the_files_in_their_folders(tmp_path: Path) -> None:
    """The folder structure within a zip is kept."""
    path = zipped(tmp_path / "a.zip", {"sample/x.gml": b"x", "y.gml": b"y"})
    found = extract(path, tmp_path / "new" / "folder")
    assert [(str(file.relative_to(tmp_path)), file.read_bytes()) for file in found] == [
        ("new/folder/sample/x.gml", b"x"),
        ("new/folder/y.gml", b"y"),
    ]


def test_an_existing_folder_is_not_overwritten(tmp_path: Path) -> None:
    """Unpacking twice must not mix two deliveries."""
    extract(plan("2006"), tmp_path / "plan")
    with pytest.raises(SourceError, match="already exists"):
        extract(plan("2006"), tmp_path / "plan")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    """One would silently win over the other."""
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.gml", "a")
        archive.writestr("x.gml", "b")
    with pytest.raises(SourceError, match=r"occur twice: x\.gml"):
        extract(path, tmp_path / "to")


def test_a_file_where_a_folder_should_be_is_reported(tmp_path: Path) -> None:
    """A disk that refuses gives a sentence too, and no half folder."""
    path = zipped(tmp_path / "a.zip", {"x": b"a", "x/y": b"b"})
    with pytest.raises(SourceError, match="cannot be unpacked here"):
        extract(path, tmp_path / "to")
    assert [file.name for file in tmp_path.iterdir()] == ["a.zip"]


def test_all_errors_of_a_zip_are_reported_together(tmp_path: Path) -> None:
    """Names outside and too many members are two sentences."""
    path = zipped(tmp_path / "a.zip", {"../x": b"", "/y": b"", "z": b""})
    with pytest.raises(SourceError) as caught:
        list(open_members(path, (), Limits(members=2)))
    assert [problem.key for problem in caught.value.problems] == ["archive_outside", "archive_many"]
    assert "../x, /y" in caught.value.sentences("en")[0]


def test_limits_hold_over_all_zips_within_each_other(tmp_path: Path) -> None:
    """Ten small zips that are each allowed are not allowed together."""
    inner = zipped(tmp_path / "inner.zip", {"zeros": bytes(1_000_000)}).read_bytes()
    path = zipped(tmp_path / "outer.zip", {f"{number}.zip": inner for number in range(10)}, zipfile.ZIP_STORED)
    assert len(list(open_members(path, (), Limits(unpacked=12_000_000)))) == 10
    with pytest.raises(SourceError, match="unpacked this is"):
        list(open_members(path, (), Limits(unpacked=5_000_000)))


def test_real_deliveries_stay_far_below_the_limits() -> None:
    """The most repetitive one at hand packs to a seventieth; a whole country's register to a thirtieth."""
    assert LIMITS.largest(3_300_000_000) > 100_000_000_000
    assert LIMITS.ratio > 3 * 70


def test_an_unknown_compression_method_is_reported(tmp_path: Path) -> None:
    """Some programs pack in ways of their own."""
    path = zipped(tmp_path / "a.zip", {"plan.gml": b"x" * 100})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = content.index(signature) + offset
        content[at : at + 2] = (97).to_bytes(2, "little")
    path.write_bytes(bytes(content))
    with pytest.raises(SourceError, match="this way of packing is not known"):
        read_all(path)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    """Not a traceback."""
    with pytest.raises(SourceError, match="cannot be read"):
        list(open_members(tmp_path / "none.zip", ()))
