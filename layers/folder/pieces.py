"""A folder in pieces: some of its parcels, and of every other layer what lies within reach of them.

The pieces follow from the file of the parcels alone, a GeoParquet with row groups, never from the machine: so a scan in
pieces gives the same wherever it runs. Layers in GeoParquet with a covering column and streets in two tables are read
by row group; other files are read whole, once per process.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import pyarrow.parquet as pq
import shapely

from layers._cut import cut, polygons_of, window
from layers._read import Raw
from layers.files._row_groups import (
    bounds_of_groups,
    covering_of,
    read_rows,
    read_street_tables,
    touching_groups,
)
from layers.files._street_files import is_street_pair, network_of, nodes_beside
from layers.files._vector_files import suffix_of
from layers.folder._entry_reader import Part, dated, digest_of, rows_part, stamp_of, streets_part
from layers.folder._local_provenance import provenance_of
from suitability.errors import Problem, SourceError
from suitability.types import Area, Layer

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from layers.folder._manifest import Entry
    from layers.folder.local import LocalSource
    from suitability.types import LayerSpec, Provenance

#: A piece is large enough that what lies around it weighs little, and small enough to fit in memory many times.
MOST_ROWS: Final = 65_536
LEAST_ROWS: Final = 25_000
#: Fewer rows than this many pieces of the largest size make smaller ones, so that several processes have work.
_PIECES: Final = 8


@dataclass(frozen=True)
class Piece:
    """So many ``rows`` of a row group of the parcels, from ``offset`` in it."""

    number: int
    group: int
    offset: int
    rows: int


def pieces_of(source: LocalSource) -> tuple[Piece, ...]:
    """Return the pieces of a folder's parcels, in the order of the file.

    Raises ``SourceError`` where the parcels are no GeoParquet file: a scan in pieces needs row groups.
    """
    entry = _parcels_of(source)
    file = pq.ParquetFile(entry.path)
    size = min(MOST_ROWS, max(LEAST_ROWS, -(-file.metadata.num_rows // _PIECES)))
    pieces: list[Piece] = []
    for group in range(file.metadata.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        for offset in range(0, rows, size):
            pieces.append(Piece(len(pieces), group, offset, min(size, rows - offset)))
    return tuple(pieces)


def _parcels_of(source: LocalSource) -> Entry:
    entries = source.manifest.layers.get("parcels", ())
    if len(entries) != 1 or not _is_geoparquet(entries[0]):
        found = ", ".join(entry.name for entry in entries) or "-"
        raise SourceError(Problem(source.name, "pieces_need_parquet", {"found": found}))
    return entries[0]


def stamp_of_folder(source: LocalSource) -> str:
    """Return what changes when a file of the folder does, or what ``sources.yaml`` makes of it."""
    digest = hashlib.sha256()
    for name in sorted(source.manifest.layers):
        for entry in source.manifest.layers[name]:
            digest.update(f"{name} {entry.meaning} {stamp_of(entry)}".encode())
    return digest.hexdigest()


def provenance_of_folder(source: LocalSource, names: set[str]) -> dict[str, Provenance]:
    """Return where the layers come from, without reading more of them than their hash asks for."""
    told = {}
    for name in sorted(names & set(source.manifest.layers)):
        entries = source.manifest.layers[name]
        pairs = [(entry, Part(None, _rows_in(entry), digest_of(entry.path), *dated(entry, None))) for entry in entries]
        told[name] = provenance_of(pairs, None)
    return told


def _rows_in(entry: Entry) -> int:
    return int(pq.ParquetFile(entry.path).metadata.num_rows) if suffix_of(entry.path) == ".parquet" else 0


@dataclass(frozen=True)
class PieceSource:
    """The parcels of one piece, and whatever of the other layers an area asks for. ``within``: parcels outside do not count.

    ``by_content``: layers are known by what was read of them, so that a change elsewhere in a file is no change here;
    else by the file, which takes no time.
    """

    whole: LocalSource
    piece: Piece
    within: BaseGeometry | None = None
    by_content: bool = False

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.whole.name

    @property
    def home(self) -> str | None:
        """The municipality that the folder is about, if it says so."""
        return self.whole.home

    def offers(self) -> frozenset[str]:
        """Return the names of the layers of the folder."""
        return self.whole.offers()

    @cached_property
    def _parcels(self) -> Part:
        """The rows of the piece, checked."""
        entry = _parcels_of(self.whole)
        file = pq.ParquetFile(entry.path)
        rows = read_rows(file, [self.piece.group])
        frame = rows.iloc[self.piece.offset : self.piece.offset + self.piece.rows].reset_index(drop=True)
        part = rows_part(entry, (Raw(frame, entry.name), ()), _quick_digest(entry))
        if self.within is None:
            return part
        inside = cut(part.data, entry.spec, Area("", self.within))
        return replace(part, data=inside, rows=len(inside))

    def has_parcels(self) -> bool:
        """Return whether any parcel of the piece counts."""
        return len(self._parcels.data) > 0

    def around(self) -> BaseGeometry:
        """Return the box around the parcels of the piece that count."""
        return shapely.box(*shapely.total_bounds(self._parcels.data.geometry.to_numpy()))

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return one layer, as ``LocalSource`` does; of the parcels always all of the piece, whatever the area."""
        entries = self.whole.manifest.layers.get(spec.name, ())
        part = self._part(spec, entries[0], area) if len(entries) == 1 else None
        if part is None:
            return self.whole.load(spec, area)
        data, coverage = part.data, polygons_of(self.whole.ground(entries[0], part, area))
        if spec.kind == "vector" and spec.name != "parcels":
            data, coverage = cut(data, spec, area), window(coverage, area)
        if self.by_content:
            return Layer(spec, data, coverage, provenance_of([(entries[0], replace(part, digest=""))], data))
        return Layer(spec, data, coverage, provenance_of([(entries[0], part)], None))

    def _part(self, spec: LayerSpec, entry: Entry, area: Area) -> Part | None:
        """Return what of a file lies within an area; None where only the whole file can be read."""
        if spec.name == "parcels":
            return self._parcels
        bounds, digest = area.bounds(), _quick_digest(entry)
        if spec.kind == "graph" and bounds is not None and is_street_pair(entry.path):
            tables = read_street_tables(nodes_beside(entry.path), entry.path, bounds)
            return None if tables is None else streets_part(entry, network_of(*tables), digest)
        if spec.kind != "vector" or not _is_geoparquet(entry):
            return None
        file = pq.ParquetFile(entry.path)
        paths = covering_of(file)
        groups = None if paths is None else bounds_of_groups(file, paths)
        if groups is None or bounds is None:
            return None
        frame = read_rows(file, touching_groups(groups, bounds), bounds)
        if len(frame):
            return rows_part(entry, (Raw(frame, entry.name), ()), digest)
        first = read_rows(file, [0]).iloc[:1]  # nothing there: a row shows the columns that it would have
        part = rows_part(entry, (Raw(first, entry.name), ()), digest)
        return replace(part, data=part.data.iloc[:0], rows=0)


def _quick_digest(entry: Entry) -> str:
    """Return what changes when a file does; the hash of its content is told once, for the whole scan."""
    return hashlib.sha256(repr(stamp_of(entry)).encode()).hexdigest()


def _is_geoparquet(entry: Entry) -> bool:
    return suffix_of(entry.path) == ".parquet" and entry.format in {None, "vector"}
