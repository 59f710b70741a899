"""Detection of a file's format from its first kilobytes; its name decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from layers.files._archive import open_members
from layers.files._xml import local_name, root_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD: Final = 1 << 16
#: A delivery is known by its first members.
_MEMBERS: Final = 12


@dataclass(frozen=True)
class Root:
    """The outermost element of an XML file: its local name, and the namespaces that are declared on it, as one text."""

    name: str
    namespace: str


def roots(path: Path) -> tuple[Root, ...]:
    """Return the root of an XML file, or those of the first XML files in a zip; none when it holds no XML.

    Raises ``SourceError`` for a file that cannot be opened or a zip that is not safe.
    """
    state = path.stat()
    return _roots(str(path), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _roots(path: str, _changed: int, _size: int) -> tuple[Root, ...]:
    found = []
    for _, stream in islice(open_members(Path(path), (".gml", ".xml")), _MEMBERS):
        element = root_of(stream.read(_HEAD))
        if element is not None:
            found.append(Root(local_name(element), " ".join(filter(None, element.nsmap.values()))))
    return tuple(dict.fromkeys(found))


def documents(path: Path, names: tuple[str, ...]) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield name and content of each document with one of these roots, in an XML file or a zip.

    Documents without a readable root are yielded too: the parser reports what is wrong. Raises ``SourceError``.
    """
    for where, stream in open_members(path, (".gml", ".xml")):
        element = root_of(stream.peek(_HEAD)[:_HEAD])
        if element is None or local_name(element) in names:
            yield where, stream


def begins_with(path: Path, *words: str) -> bool:
    """Return whether a text file holds all of these words in its first kilobytes."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and all(word.encode() in head for word in words)
