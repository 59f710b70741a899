"""Files inside zip and gzip files, read without trust: bounded, and never a name outside its own folder.

A zip in a zip is entered. The directory of a zip is judged before anything is unpacked; what is unpacked is counted
while it is read, because a directory can lie.
"""

from __future__ import annotations

import gzip
import io
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final, Protocol

from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MIB: Final = 1 << 20
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP: Final = b"\x1f\x8b"
#: Signature and length of the record that ends a zip, of its locator for large zips, and of the large record.
_END, _END_LENGTH = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_LENGTH = b"PK\x06\x07", 20
_END64, _END64_LENGTH = b"PK\x06\x06", 56
#: The shortest entry in the directory of a zip, without its name.
_ENTRY_LENGTH: Final = 46
_LONGEST_COMMENT: Final = 0xFFFF
_IN_MEMORY: Final = 32 * _MIB
_CHUNK: Final = _MIB
_NAMES_TOLD: Final = 5
#: What other systems leave in a zip beside its content.
_LITTER: Final = ("__MACOSX", ".DS_Store", "Thumbs.db")
_BROKEN: Final = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, struct.error)


@dataclass(frozen=True)
class Limits:
    """Limits of one archive: members, bytes unpacked, compression ratio, zips within each other.

    ``ratio``: real deliveries pack to a seventieth at most; ``free``: so many bytes need no such look.
    """

    members: int = 20_000
    unpacked: int = 256 << 30
    ratio: int = 250
    free: int = 16 * _MIB
    depth: int = 4

    def largest(self, packed: int) -> int:
        """Return how many bytes may come out of ``packed`` bytes."""
        return min(self.unpacked, max(self.free, packed * self.ratio))


LIMITS: Final = Limits()
#: What is written to a disk must also fit on it.
EXTRACT_LIMITS: Final = Limits(unpacked=16 << 30)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Guarded(io.RawIOBase):
    """Stream that counts its output and reports damage in one wording."""

    def __init__(self, stream: _Readable, where: str, largest: int) -> None:
        self._stream, self._where, self._largest, self._count = stream, where, largest, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # typeshed names its buffer type privately
        try:
            content = self._stream.read(len(view))
        except _BROKEN as error:
            raise damaged(self._where, error) from error
        self._count += len(content)
        if self._count > self._largest:
            raise SourceError(_too_large(self._where, self._count, self._largest))
        view[: len(content)] = content
        return len(content)


def open_members(
    path: Path, suffixes: tuple[str, ...], limits: Limits = LIMITS
) -> Iterator[tuple[str, io.BufferedReader]]:
    """Yield name and content of every file in ``path`` that ends in one of ``suffixes`` (lower case; empty = all).

    A plain file yields itself whatever its name, a gzip its content, a zip its members in their order, zips within it
    entered; a name is that of the file and, after a slash, that within it. A stream is good until the next is asked for.
    Raises ``SourceError`` for what is damaged, too large, locked, or points outside its folder.
    """
    with _open(path) as stream:
        head, size = stream.read(4), path.stat().st_size
        stream.seek(0)
        if head in _ZIP:
            yield from _members(stream, str(path), size, suffixes, _Count(limits, size))
        elif head.startswith(_GZIP):
            with gzip.GzipFile(fileobj=stream) as content:
                yield str(path), io.BufferedReader(_Guarded(content, str(path), limits.largest(size)), _CHUNK)
        else:
            yield str(path), stream


def extract(path: Path, to: Path, limits: Limits = EXTRACT_LIMITS) -> tuple[Path, ...]:
    """Unpack a zip into the new folder ``to`` and return its files; zips within it stay zips.

    All or nothing: a folder under a temporary name is filled first. Raises ``SourceError`` as ``open_members`` does,
    and when ``to`` exists.
    """
    if to.exists():
        raise SourceError(Problem(str(to), "archive_target", {}))
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}-") as room, _open(path) as stream:
            filling = Path(room) / "content"
            filling.mkdir()
            names = _write_members(stream, path, filling, limits)
            filling.rename(to)
    except SourceError:
        raise
    except OSError as error:
        raise SourceError(Problem(str(to), "archive_write", {"found": error.strerror or str(error)})) from error
    return tuple(to / name for name in names)


def _open(path: Path) -> io.BufferedReader:
    try:
        return io.BufferedReader(io.FileIO(path), _CHUNK)
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error


def _write_members(stream: IO[bytes], path: Path, folder: Path, limits: Limits) -> list[PurePosixPath]:
    size = path.stat().st_size
    archive = _opened(stream, str(path), size, _Count(limits, size))
    twice = [name for name, count in Counter(info.filename for info in archive.infolist()).items() if count > 1]
    if twice:
        raise SourceError(Problem(str(path), "archive_twice", {"found": _told(twice)}))
    names = []
    for info in _files(archive):
        name = PurePosixPath(info.filename)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with _member(archive, info, f"{path}/{name}") as content, (folder / name).open("xb") as target:
            shutil.copyfileobj(content, target, _CHUNK)
        names.append(name)
    return names


class _Count:
    """Bytes read so far from one file, over all zips within it; ``largest``: the most it may come to."""

    def __init__(self, limits: Limits, size: int) -> None:
        self.limits, self.largest = limits, limits.largest(size)
        self.depth, self.members, self.unpacked = 1, 0, 0


def _members(
    stream: IO[bytes], where: str, size: int, suffixes: tuple[str, ...], count: _Count
) -> Iterator[tuple[str, io.BufferedReader]]:
    archive = _opened(stream, where, size, count)
    for info in _files(archive):
        name = f"{where}/{info.filename}"
        if info.filename.lower().endswith(".zip"):
            yield from _nested(archive, info, name, suffixes, count)
        elif not suffixes or info.filename.lower().endswith(suffixes):
            with _member(archive, info, name) as content:
                yield name, content


def _nested(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str, suffixes: tuple[str, ...], count: _Count
) -> Iterator[tuple[str, io.BufferedReader]]:
    if count.depth >= count.limits.depth:
        raise SourceError(Problem(where, "archive_deep", {"expected": count.limits.depth}))
    # A zip is read from its end, which a packed stream cannot offer.
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as room, _member(archive, info, where) as content:
        shutil.copyfileobj(content, room, _CHUNK)
        count.depth += 1
        yield from _members(room, where, info.file_size, suffixes, count)
        count.depth -= 1


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> io.BufferedReader:
    try:
        content = archive.open(info)
    except NotImplementedError as error:
        raise SourceError(Problem(where, "archive_method", {"found": str(error)})) from error
    except _BROKEN as error:
        raise damaged(where, error) from error
    return io.BufferedReader(_Guarded(content, where, info.file_size), _CHUNK)


def _opened(stream: IO[bytes], where: str, size: int, count: _Count) -> zipfile.ZipFile:
    """Return the zip when its directory is within the limits; all problems are reported together."""
    limits = count.limits
    entries = _directory_size(stream, where, size) // _ENTRY_LENGTH
    if entries > limits.members * 8:  # so many would cost memory before they could be counted
        raise SourceError(Problem(where, "archive_many", {"found": entries, "expected": limits.members}))
    try:
        archive = zipfile.ZipFile(stream)
    except (*_BROKEN, ValueError, NotImplementedError, UnicodeError) as error:
        raise damaged(where, error) from error
    infos = archive.infolist()
    promised = sum(info.file_size for info in infos)
    count.members += len(infos)
    count.unpacked += promised
    problems = _name_problems(infos, where)
    if count.members > limits.members:
        problems.append(Problem(where, "archive_many", {"found": count.members, "expected": limits.members}))
    if count.unpacked > count.largest:
        problems.append(_too_large(where, count.unpacked, count.largest))
    if any(info.flag_bits & 1 for info in infos):
        problems.append(Problem(where, "archive_locked", {}))
    if problems:
        raise SourceError(*problems)
    return archive


def _directory_size(stream: IO[bytes], where: str, size: int) -> int:
    """Return how many bytes the zip says its directory takes, without reading the directory."""
    stream.seek(max(0, size - _END_LENGTH - _LONGEST_COMMENT - _LOCATOR_LENGTH))
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_LENGTH:
        raise SourceError(Problem(where, "archive_damaged", {"found": "end of central directory"}))
    length: int = struct.unpack_from("<I", tail, at + 12)[0]
    locator = at - _LOCATOR_LENGTH
    if locator >= 0 and tail.startswith(_LOCATOR, locator):
        stream.seek(min(struct.unpack_from("<Q", tail, locator + 8)[0], size))
        large = stream.read(_END64_LENGTH)
        if large.startswith(_END64) and len(large) == _END64_LENGTH:
            length = struct.unpack_from("<Q", large, 40)[0]
    stream.seek(0)
    return length


def _files(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    for info in archive.infolist():
        if not info.is_dir() and not set(PurePosixPath(info.filename).parts) & set(_LITTER):
            yield info


def _name_problems(infos: list[zipfile.ZipInfo], where: str) -> list[Problem]:
    """Return a mistake for names that point outside, and one for what is neither file nor folder."""
    outside = [info.orig_filename for info in infos if _leads_outside(info.orig_filename)]
    kinds = [(info.orig_filename, stat.S_IFMT(info.external_attr >> 16)) for info in infos]
    odd = [name for name, kind in kinds if kind not in (0, stat.S_IFREG, stat.S_IFDIR)]
    told = {"archive_outside": outside, "archive_link": odd}
    return [Problem(where, key, {"found": _told(names)}) for key, names in told.items() if names]


def _leads_outside(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return not parts[0] or ".." in parts or ":" in parts[0] or "\0" in name


def _told(names: list[str]) -> str:
    return ", ".join(name.replace("\0", "?") for name in names[:_NAMES_TOLD]) + (" …" if names[_NAMES_TOLD:] else "")


def _too_large(where: str, found: int, largest: int) -> Problem:
    return Problem(where, "archive_large", {"found": -(-found // _MIB), "expected": largest // _MIB})


def damaged(where: str, error: BaseException) -> SourceError:
    """Return the mistake of a file that breaks off or was changed on its way."""
    return SourceError(Problem(where, "archive_damaged", {"found": str(error) or type(error).__name__}))
