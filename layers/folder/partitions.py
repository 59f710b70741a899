"""A folder in pieces: some of its parcels, and of every other layer what lies within reach of them.

The pieces follow from the file of the parcels alone, a GeoParquet with row groups, never from the machine: so a scan in
pieces gives the same wherever it runs. Layers in GeoParquet with a covering column and streets in two tables are read
by row group; other files are read whole, once per process. Pieces that one process does after each other are neighbours:
what lies around all of them is read once. How many those are follows from the machine; what comes out does not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.parquet as pq
import shapely

from layers._clip import counting, cut, polygons_of, window
from layers._raw import Raw
from layers.files._row_groups import (
    Bounds,
    as_frame,
    bounds_of_groups,
    bounds_of_rows,
    covering_of,
    read_street_tables,
    rows_near,
    shape_of,
    touching_groups,
)
from layers.files._street_files import is_street_pair, network_of, nodes_beside
from layers.files._vector_files import suffix_of
from layers.folder._area_arrays import area_arrays, plain_columns
from layers.folder._entry_reader import (
    Part,
    dated,
    digest_of,
    format_of,
    raster_part,
    rows_part,
    stamp_of,
    streets_part,
)
from layers.folder._local_provenance import hash_layer, provenance_of
from suitability.core.errors import Problem, SourceError
from suitability.core.layer import Area, Layer
from suitability.spatial.parcels import Parcels

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa
    from shapely.geometry.base import BaseGeometry

    from layers.folder._manifest import Entry
    from layers.folder.local import LocalSource
    from suitability.core.layer import LayerSpec, Provenance
    from suitability.core.types import FloatArray
    from suitability.spatial.shapes import Shapes

#: A piece is large enough that what lies around it weighs little, and small enough to fit in memory many times.
_MOST_ROWS: Final = 65_536
_LEAST_ROWS: Final = 25_000
#: Parcels may stick out of the area that they belong to by this much before more must be read for them.
_STRAY_M: Final = 1000.0
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
    most = _most_rows(file.metadata.num_rows)
    pieces: list[Piece] = []
    for group in range(file.metadata.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        size = _evenly(rows, most)
        for offset in range(0, rows, size):
            pieces.append(Piece(len(pieces), group, offset, min(size, rows - offset)))
    return tuple(pieces)


def rows_per_piece(rows: int) -> int:
    """Return how many parcels a piece best has, of so many in all; row groups of this size are read by one process each."""
    return _evenly(rows, _most_rows(rows))


def _most_rows(rows: int) -> int:
    return min(_MOST_ROWS, max(_LEAST_ROWS, -(-rows // _PIECES)))


def _evenly(rows: int, most: int) -> int:
    """Return the size of parts of ``most`` at most, all alike: a last one of a few rows keeps a process waiting for another."""
    return max(-(-rows // max(-(-rows // most), 1)), 1)


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


def read_ahead(source: LocalSource, names: set[str]) -> None:
    """Read what every piece would read whole, so that copies of this process need not.

    ``names``: of the layers that will be asked for. Raises ``SourceError`` and ``LayerError``, as reading them later does.
    """
    for name in sorted((names - {"parcels"}) & set(source.manifest.layers)):
        entries = source.manifest.layers[name]
        kind = entries[0].spec.kind
        if kind not in {"raster", "graph"} and (len(entries) > 1 or _in_row_groups(entries[0]) is None):
            source.hold(name)


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
class Neighbours:
    """Pieces that are done after each other, and what lies around all of them, each layer read once.

    ``box``: around their parcels; None where the file does not say where its rows lie, and each piece is by itself.
    """

    whole: LocalSource
    box: BaseGeometry | None = None
    _layers: dict[str, tuple[Bounds | None, Layer]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, whole: LocalSource, pieces: Iterable[Piece], within: BaseGeometry | None = None) -> Neighbours:
        """Return some pieces of a folder as neighbours, those of their parcels that lie ``within``; None = all.

        Raises ``SourceError`` as ``pieces_of`` does.
        """
        file = pq.ParquetFile(_parcels_of(whole).path)
        paths = covering_of(file)
        bounds = [bounds_of_rows(file, paths, each.group, each.offset, each.rows) for each in pieces] if paths else []
        if not bounds:
            return cls(whole)
        box: BaseGeometry = shapely.box(*shapely.total_bounds(shapely.box(*np.transpose(bounds))))
        if within is not None:
            box = shapely.intersection(
                box, shapely.box(*(np.array(within.bounds) + _STRAY_M * np.array([-1, -1, 1, 1])))
            )
        return cls(whole, None if box.is_empty else box)

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return one layer for an area, of which parts may have been asked before."""
        asked = area.bounds()
        held, layer = self._layers.get(spec.name, (None, None))
        if layer is None or not _holds(held, asked):
            layer = self.read(spec, area)
            self._layers[spec.name] = (asked, layer)
        return layer

    def read(self, spec: LayerSpec, area: Area) -> Layer:
        """Return one layer as ``LocalSource`` does, of its files no more than the area asks for."""
        entries = self.whole.manifest.layers.get(spec.name, ())
        part = _part(spec, entries[0], area) if len(entries) == 1 else None
        if part is None:
            return self.whole.load(spec, area)
        coverage = polygons_of(self.whole.ground(entries[0], part, area))
        layer = Layer(spec, part.data, coverage, provenance_of([(entries[0], part)], None), areas=part.areas)
        if spec.kind != "vector":
            return layer
        return replace(counting(layer, area), coverage=window(coverage, area))


def _holds(one: Bounds | None, other: Bounds | None) -> bool:
    """Return whether one place holds another; None = everywhere."""
    if one is None or other is None:
        return one is None
    return one[0] <= other[0] and one[1] <= other[1] and one[2] >= other[2] and one[3] >= other[3]


@dataclass(frozen=True)
class PieceSource:
    """The parcels of one piece, and whatever of the other layers an area asks for. ``within``: parcels outside do not count.

    ``neighbours``: of which it is one. ``by_content``: layers are known by what of them lies around this piece alone, so
    that a change elsewhere in a file is no change here; else by the file, which takes no time.
    """

    neighbours: Neighbours
    piece: Piece
    within: BaseGeometry | None = None
    by_content: bool = False

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.neighbours.whole.name

    @property
    def home(self) -> str | None:
        """The municipality that the folder is about, if it says so."""
        return self.neighbours.whole.home

    def offers(self) -> frozenset[str]:
        """Return the names of the layers of the folder."""
        return self.neighbours.whole.offers()

    @cached_property
    def _own(self) -> Part:
        """The rows of the piece that count, checked."""
        entry, piece = _parcels_of(self.neighbours.whole), self.piece
        file = pq.ParquetFile(entry.path)
        names = plain_columns(entry, file)
        shown = None if names is None else [*names.values(), shape_of(file)[0]]
        table = file.read_row_group(piece.group, columns=shown, use_threads=False).slice(piece.offset, piece.rows)
        part = None if names is None else _arrays_part(entry, names, file, table)
        if part is not None and part.areas is not None and self._all_within(part.areas):
            return part
        if names is not None:
            table = file.read_row_group(piece.group, use_threads=False).slice(piece.offset, piece.rows)
        part = rows_part(entry, (Raw(as_frame(file, table), entry.name), ()), _quick_digest(entry))
        if self.within is not None:
            inside = cut(part.data, entry.spec, Area("", self.within))
            part = replace(part, data=inside, rows=len(inside))
        return part

    def _all_within(self, parcels: Shapes) -> bool:
        return self.within is None or bool(shapely.covers(self.within, shapely.box(*parcels.total_bounds)))

    def has_parcels(self) -> bool:
        """Return whether any parcel of the piece counts."""
        return len(self._own.data) > 0

    def around(self) -> BaseGeometry:
        """Return the box for which the other layers are read: around the neighbours, or this piece's parcels that count."""
        if self.neighbours.box is not None and not self.by_content:
            return self.neighbours.box
        return shapely.box(*self._own.shapes.total_bounds)

    def load(self, spec: LayerSpec, area: Area) -> Layer:
        """Return one layer, as ``LocalSource`` does; of the parcels always all of the piece, whatever the area."""
        if spec.name == "parcels":
            return self._own_parcels(spec)
        if not self.by_content:
            return self.neighbours.load(spec, area)
        layer = self._around_this_piece(spec, area)
        digest = hashlib.sha256(_meaning(self.neighbours.whole, spec).encode())
        hash_layer(digest, layer)
        return replace(layer, provenance=replace(layer.provenance, sha256=digest.hexdigest()))

    def _own_parcels(self, spec: LayerSpec) -> Layer:
        """Return the parcels of the piece; they are complete in the box around them, as far as the file has them."""
        part, digest = self._own, self._own.digest
        if self.by_content:
            digest = Parcels(part.data["parcel_id"].to_numpy(dtype=object), part.shapes).fingerprint
        provenance = provenance_of([(_parcels_of(self.neighbours.whole), replace(part, digest=digest))], None)
        return Layer(spec, part.data, shapely.box(*part.shapes.total_bounds), provenance, areas=part.areas)

    def _around_this_piece(self, spec: LayerSpec, area: Area) -> Layer:
        """Return what of a layer counts for an area, whatever else was read for the neighbours."""
        if spec.kind != "vector" or self.neighbours.box is None:
            return self.neighbours.read(spec, area)
        layer = self.neighbours.load(spec, replace(area, polygon=self.neighbours.box))
        here = counting(layer, area)
        rows = here.table.reset_index(drop=True)  # numbered as if nothing else had been read
        return replace(here, data=rows, coverage=window(layer.coverage, area))


def _meaning(source: LocalSource, spec: LayerSpec) -> str:
    """Return what ``sources.yaml`` makes of the files of a layer."""
    return "\n".join(entry.meaning for entry in source.manifest.layers.get(spec.name, ()))


def _part(spec: LayerSpec, entry: Entry, area: Area) -> Part | None:
    """Return what of a file lies within an area; None where only the whole file can be read."""
    bounds, digest = area.bounds(), _quick_digest(entry)
    if spec.kind == "graph" and bounds is not None and is_street_pair(entry.path):
        tables = read_street_tables(nodes_beside(entry.path), entry.path, bounds)
        return None if tables is None else streets_part(entry, network_of(*tables), digest)
    if spec.kind == "raster" and format_of(entry) == "raster":
        return raster_part(entry, area, digest)
    found = _in_row_groups(entry) if spec.kind == "vector" else None
    if found is None or bounds is None:
        return None
    file, groups = found
    near, names = touching_groups(groups, bounds), plain_columns(entry, file)
    if names is not None:
        part = _arrays_part(entry, names, file, rows_near(file, near, bounds, [*names.values(), shape_of(file)[0]]))
        if part is not None:
            return part
    table = rows_near(file, near, bounds)
    if len(table):
        return rows_part(entry, (Raw(as_frame(file, table), entry.name), ()), digest)
    # Nothing is there: a row from elsewhere shows the columns that it would have.
    first = as_frame(file, file.read_row_group(0).slice(0, 1))
    part = rows_part(entry, (Raw(first, entry.name), ()), digest)
    return replace(part, data=part.data.iloc[:0], rows=0)


def _arrays_part(entry: Entry, names: dict[str, str], file: pq.ParquetFile, table: pa.Table) -> Part | None:
    """Return rows of a file as arrays; None where they do not do, or there are none."""
    arrays = area_arrays(entry, names, table, shape_of(file)[0]) if len(table) else None
    if arrays is None:
        return None
    frame, areas = arrays
    return Part(frame, len(frame), _quick_digest(entry), *dated(entry, None), areas=areas)


def _quick_digest(entry: Entry) -> str:
    """Return what changes when a file does; the hash of its content is told once, for the whole scan."""
    return hashlib.sha256(repr(stamp_of(entry)).encode()).hexdigest()


def _in_row_groups(entry: Entry) -> tuple[pq.ParquetFile, FloatArray] | None:
    """Return a file and the bounds of its row groups, (groups, 4); None where it does not tell, or has none."""
    if not _is_geoparquet(entry):
        return None
    file = pq.ParquetFile(entry.path)
    paths = covering_of(file)
    groups = None if paths is None else bounds_of_groups(file, paths)
    return None if groups is None else (file, groups)


def _is_geoparquet(entry: Entry) -> bool:
    return suffix_of(entry.path) == ".parquet" and entry.format in {None, "vector"}
