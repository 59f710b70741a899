"""Whether a file goes on to its end: some kinds, cut off on the way, are read as if they simply held less."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, cast

from lxml import etree

from suitability.core.errors import Place, Problem, SourceError

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK: Final = 1 << 20
_SHP_HEADER: Final = 100
_RECORD, _BETWEEN = b"\x1e", b"\x1e \t\r\n"


def check_whole(path: Path, suffix: str) -> None:
    """Raise ``SourceError`` for a Shapefile, GML or GeoJSON by lines that stops before its end."""
    if suffix == ".shp":
        _check_shapefile(path)
    elif suffix in {".gml", ".xml"}:
        _check_xml(path)
    elif suffix == ".geojsonl":
        _check_lines(path)


def _check_shapefile(path: Path) -> None:
    """Compare the size of the file with the one it promises, in words of two bytes."""
    with path.open("rb") as file:
        header = file.read(_SHP_HEADER)
    promised = 2 * struct.unpack_from(">i", header, 24)[0] if len(header) == _SHP_HEADER else _SHP_HEADER
    if (size := path.stat().st_size) < promised:
        raise SourceError(Problem(str(path), "local_shorter", {"found": size, "expected": promised}))


class _Nothing:
    """Takes in a document and keeps nothing of it; refuses a document type."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def doctype(self, *_: object) -> None:
        raise SourceError(Problem(str(self.path), "xml_doctype"))

    def close(self) -> None:
        """Forget it."""


def _check_xml(path: Path) -> None:
    nothing = cast("Any", _Nothing(path))  # lxml calls only what a target has
    parser = etree.XMLParser(target=nothing, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                parser.feed(chunk)
        parser.close()
    except etree.XMLSyntaxError as error:
        raise SourceError(
            Problem(Place(str(path), line=error.lineno or 0), "local_xml", {"found": error.msg})
        ) from error


def _check_lines(path: Path) -> None:
    """Every line is an object, so the last one ends as an object does."""
    last, number = b"", 0
    with path.open("rb") as file:
        for count, line in enumerate(file, start=1):
            if line.strip(_BETWEEN):
                last, number = line, count
    if not last.rstrip().endswith(b"}"):
        raise SourceError(Problem(Place(str(path), line=number), "local_last_line"))


def n_objects(path: Path) -> int:
    """Return how many objects a GeoJSON by lines holds: by the marks of records where it has them, else by lines."""
    with path.open("rb") as file:
        if file.read(1) == _RECORD:
            file.seek(0)
            return sum(line.count(_RECORD) for line in file)
        file.seek(0)
        return sum(bool(line.strip(_BETWEEN)) for line in file)
