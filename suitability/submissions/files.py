"""Opens what the intake of submissions needs: a file of any of its kinds, and the addresses and buildings around.

It stands beside the skins, where the engine and the sources may meet: the intake itself opens nothing.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layers.files import _archive
from layers.files._vector_files import layers_in, read_vector
from suitability.core.errors import LayerError, Problem, SourceError, SubmissionError
from suitability.submissions.entry import Entries
from suitability.submissions.intake import Batch
from suitability.submissions.readers.csv import entries_of_text
from suitability.submissions.readers.geojson import entries_of_geojson
from suitability.submissions.readers.kml import entries_of_kml
from suitability.submissions.readers.vector import entries_of_frames
from suitability.submissions.readers.xlsx import entries_of_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from suitability.submissions.settings import Settings


_MOST_BYTES: Final = 100_000_000


#: What may come out of an uploaded zip.
_UNPACKED: Final = _archive.Limits(members=2_000, unpacked=1 << 30)


_BY_CONTENT: Final = {
    ".csv": entries_of_text, ".tsv": entries_of_text, ".txt": entries_of_text, ".wkt": entries_of_text,
    ".xlsx": entries_of_workbook, ".xlsm": entries_of_workbook,
    ".geojson": entries_of_geojson, ".json": entries_of_geojson, ".kml": entries_of_kml,
}  # fmt: skip


_BY_READER: Final = (".gpkg", ".shp")


_ZIPPED: Final = (".zip", ".kmz")


KINDS: Final = (*_BY_CONTENT, *_BY_READER[:1], *_ZIPPED)


_PAPERS: Final = (".txt", ".json")  # what comes along in a zip and is no list of places


def read_batch(path: Path, settings: Settings, mapping: Mapping[str, str] | None = None) -> Batch:
    """Return what stands in a file; raises ``SubmissionError`` or ``SourceError`` when nothing of it can be read."""
    try:
        if path.is_dir():
            raise SourceError(Problem(str(path), "local_is_folder"))
        size = path.stat().st_size
        if size > _MOST_BYTES:
            fields = {"found": f"{size / 1e6:.0f} MB", "expected": f"{_MOST_BYTES / 1e6:.0f} MB"}
            raise SubmissionError(Problem(str(path), "submission_too_large", fields))
        content = path.read_bytes()
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error
    entries = _entries(path, content, settings, mapping or {})
    return Batch(path.name, hashlib.sha256(content).hexdigest(), entries)


def _entries(path: Path, content: bytes, settings: Settings, mapping: Mapping[str, str]) -> Entries:
    suffix = path.suffix.lower()
    if suffix in _BY_CONTENT:
        if suffix in {".xlsx", ".xlsm"}:
            _judge_zip(path)
        return _BY_CONTENT[suffix](content, path.name, settings, mapping)
    if suffix in _ZIPPED:
        return _of_zip(path, settings, mapping)
    if suffix in _BY_READER:
        return entries_of_frames(_frames(path), path.name, settings)
    fields = {"found": path.suffix or path.name, "expected": ", ".join(KINDS)}
    raise SubmissionError(Problem(path.name, "submission_kind", fields))


def _judge_zip(path: Path) -> None:
    """Read a workbook's zip once without keeping anything: too large, damaged or a document type is refused."""
    for name, stream in _archive.open_members(path, (), _UNPACKED):
        head = stream.read(1 << 16)
        if name.lower().endswith((".xml", ".rels")) and (b"<!DOCTYPE" in head or b"<!ENTITY" in head):
            raise SubmissionError(Problem(path.name, "submission_xml", {"found": "DOCTYPE"}))
        while stream.read(1 << 20):
            pass


def _of_zip(path: Path, settings: Settings, mapping: Mapping[str, str]) -> Entries:
    """Return the lines of the files in a zip, one after another."""
    with tempfile.TemporaryDirectory(prefix="suitability-") as folder:
        files = _archive.extract(path, Path(folder) / "content", _UNPACKED)
        known = [file for file in sorted(files) if file.suffix.lower() in (*_BY_CONTENT, *_BY_READER)]
        chosen = [file for file in known if file.suffix.lower() not in _PAPERS] or known
        if not chosen:
            found = ", ".join(file.name for file in sorted(files)[:5]) or "-"
            raise SubmissionError(Problem(path.name, "submission_kind", {"found": found, "expected": ", ".join(KINDS)}))
        read = [(file, _entries(file, file.read_bytes(), settings, mapping)) for file in chosen]
    if len(read) == 1:
        return read[0][1]
    lines = tuple(
        replace(line, part=f"{file.name} {line.part}".strip()) for file, entries in read for line in entries.lines
    )
    columns = tuple(dict.fromkeys(name for _, entries in read for name in entries.columns))
    return Entries(lines, columns, all(entries.headerless for _, entries in read))


def _frames(path: Path) -> dict[str, pd.DataFrame]:
    try:
        return {layer: read_vector(path, layer).frame for layer in layers_in(path)}
    except LayerError as error:
        raise SubmissionError(*error.problems) from error
