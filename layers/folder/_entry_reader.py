"""Reads one entry of ``sources.yaml``: from file to checked rows in EPSG:28992, with all that must be said of them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.building_uses import with_uses_of_files
from layers.files._crs import rows_named, to_rd
from layers.files._street_files import read_pair
from layers.files._vector_files import read_vector
from layers.folder._columns import fit
from layers.raw import Raw
from layers.validate import normalise
from suitability.core.config import config_file
from suitability.core.errors import LayerError, Place, Problem, SourceError
from suitability.core.layer import OTHER_KINDS, Area
from suitability.spatial.shapes import Shapes

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from layers.folder._manifest import Entry
    from layers.folder._manifest_form import CoverageRule
    from suitability.core.layer import Provenance, StreetNetwork

_OSM_SUFFIXES: Final = (".osm.pbf", ".pbf", ".osm")
_MOST_SHOWN: Final = 10
_SHAPEFILE: Final = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg"})


#: By format and state of the file: the layers that it gave and that nobody has asked for yet.
Opened = dict[tuple[str, tuple[tuple[str, int, int], ...]], dict[str, Raw]]


@dataclass(frozen=True)
class Part:
    """Part of a layer from one file: rows, a raster or streets; ``digest`` is the hash of the file.

    ``known``, ``origin``: their coverage and origin, for formats that state these.
    ``kinds``: the kinds of row that such a file knows, also those of which it has none.
    ``dated_by``: what gave the date: the manifest, the content, or the file's own date. ``areas``: the shapes of the rows
    where they were read as arrays; ``data`` has none then.
    """

    data: Any
    rows: int
    digest: str
    reference_date: date
    dated_by: Literal["manifest", "content", "file"]
    remarks: tuple[Problem, ...] = ()
    known: BaseGeometry | None = None
    origin: Provenance | None = None
    kinds: frozenset[str] | None = None
    areas: Shapes | None = None

    @cached_property
    def shapes(self) -> Shapes:
        """The shapes of the rows."""
        return Shapes(self.data.geometry.to_numpy()) if self.areas is None else self.areas


def format_of(entry: Entry) -> str:
    """Return the format of the file: as the entry states, else by its kind of layer and its first bytes."""
    if entry.format is not None:
        return entry.format
    if entry.name.lower().endswith(_OSM_SUFFIXES):
        return "osm"
    if entry.spec.kind != "vector":
        return {"raster": "raster", "graph": "streets"}.get(entry.spec.kind, "vector")
    from layers.formats import recognise  # noqa: PLC0415 (readers of national formats load only where they may be needed)

    recognised = recognise(entry.path)
    return recognised.id if recognised is not None and entry.spec.name in recognised.layers else "vector"


def read_part(entry: Entry, area: Area, opened: Opened) -> Part:
    """Return what one file gives to its layer: rows checked and in RD; of rasters and streets what counts for the area.

    ``opened``: what files in national formats gave for other layers, which are read all at once; it is kept up here.
    Raises ``SourceError`` for what cannot be read, ``LayerError`` for rows that do not make this layer.
    """
    before = stamp_of(entry)
    try:
        part = _part(entry, area, opened)
    except (SourceError, LayerError) as error:
        if stamp_of(entry) != before:  # then what was read was half one file and half another
            raise _changed(entry) from error
        raise
    if stamp_of(entry) != before:
        raise _changed(entry)
    return part


def _part(entry: Entry, area: Area, opened: Opened) -> Part:
    kind, digest = format_of(entry), digest_of(entry.path)
    if kind == "osm":
        return _osm_part(entry, area, digest)
    if entry.spec.kind in {"vector", "table"}:
        return rows_part(entry, _raw(entry, kind, opened), digest)
    return _whole_part(entry, kind, area, digest)


def _changed(entry: Entry) -> SourceError:
    return SourceError(Problem(str(entry.path), "local_changed_meanwhile"))


def stamp_of(entry: Entry) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when one of the entry's files does, without reading it; raises ``SourceError``."""
    return stamp_of_file(entry.path)


def stamp_of_file(file: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a file or one that belongs to it does; raises ``SourceError``."""
    try:
        stats = [(str(path), path.stat()) for path in files_of(file)]
    except OSError as error:
        raise SourceError(Problem(str(file), "file_unreadable", {"found": error.strerror or str(error)})) from error
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


def kinds_of(entry: Entry, part: Part) -> frozenset[str]:
    """Return the kinds of row that a file knows: as stated, as its format implies, else those of its rows.

    For a layer that has kinds. Raises ``LayerError`` for rows of a kind that the file is not said to hold.
    """
    rows = part.data[entry.spec.kind_column]
    if entry.kinds is None:
        return frozenset(rows.dropna()) if part.kinds is None else part.kinds
    others = rows[~rows.isin(entry.kinds) & rows.notna()]
    if len(others) and OTHER_KINDS not in entry.kinds:
        fields = {"found": others.iloc[0], "count": len(others), "expected": ", ".join(sorted(entry.kinds))}
        raise LayerError(Problem(entry.place_of("kinds"), "local_kind_not_listed", fields))
    return entry.kinds


def _osm_part(entry: Entry, area: Area, digest: str) -> Part:
    """Return a layer of an OpenStreetMap extract, which knows its own date and where it is complete."""
    from layers.osm.source import OsmSource  # noqa: PLC0415 (the reader of extracts loads only for extracts)

    source = OsmSource(entry.path, config_file("facilities.yaml"), entry.name)
    layer = source.load(entry.spec, area if entry.spec.kind == "graph" else Area.everywhere())
    day, dated_by = dated(entry, layer.provenance.reference_date)
    if entry.spec.kind != "vector" or layer.frame.empty:
        part = Part(layer.data, layer.provenance.rows, digest, day, dated_by)
    else:
        part = replace(rows_part(entry, (Raw(layer.frame, entry.name, day), ()), digest), dated_by=dated_by)
    # What sources.yaml makes of the rows may leave whole kinds out, or give them other names.
    kinds = None if entry.where or entry.changes or entry.columns else frozenset(layer.kind_coverage) or None
    return replace(part, known=layer.coverage, origin=layer.provenance, kinds=kinds)


def rows_part(entry: Entry, read: tuple[Raw, tuple[Problem, ...]], digest: str) -> Part:
    """Return the rows as their layer has them, with what was mended and left out."""
    raw, remarks = read
    checked, mended = _checked(raw.frame, entry)
    if entry.spec.name == "buildings":
        checked, unknown = with_uses_of_files(checked)
        if unknown:
            fields = {"found": ", ".join(unknown[:_MOST_SHOWN]) + (" …" if unknown[_MOST_SHOWN:] else "")}
            remarks += (Problem(entry.name, "note_use_unknown", fields),)
    if raw.left_out:
        remarks += (Problem(entry.name, "note_left_out", {"count": raw.left_out}),)
    if len(mended):
        remarks += (Problem(entry.name, "note_mended", {"count": len(mended), "rows": rows_named(mended)}),)
    return Part(checked, len(checked), digest, *dated(entry, raw.reference_date), remarks)


def _whole_part(entry: Entry, kind: str, area: Area, digest: str) -> Part:
    """Return a raster, or streets from two tables."""
    if entry.spec.kind == "graph" and kind == "streets":
        return streets_part(entry, read_pair(entry.path), digest)
    if entry.spec.kind == "raster" and kind == "raster":
        return raster_part(entry, area, digest)
    expected = "raster" if entry.spec.kind == "raster" else "osm, streets"
    raise LayerError(
        Problem(
            entry.place_of("format"),
            "local_not_in_format",
            {"found": kind, "layer": entry.spec.name, "expected": expected},
        )
    )


def raster_part(entry: Entry, area: Area, digest: str) -> Part:
    """Return what counts of a raster for an area as a part of its layer."""
    from layers.files.noise_levels import read_noise  # noqa: PLC0415 (slow to import, and only noise needs it)

    raster = read_noise(entry.path, area.bounds())
    return Part(raster, int(np.isfinite(raster.values).sum()), digest, *dated(entry, None))


def streets_part(entry: Entry, streets: StreetNetwork, digest: str) -> Part:
    """Return streets as a part of their layer."""
    return Part(streets, sum(len(graph.tail) for graph in streets.values()), digest, *dated(entry, None))


def dated(entry: Entry, content: date | None) -> tuple[date, Literal["manifest", "content", "file"]]:
    """Return the date of the data and its origin; a file's own date is the last resort."""
    if entry.reference_date is not None:
        return entry.reference_date, "manifest"
    return (content, "content") if content is not None else (modified(entry.path), "file")


def modified(path: Path) -> date:
    """Return the day on which a file was last changed."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()


def files_of(path: Path) -> list[Path]:
    """Return the file and those that belong to it: a Shapefile is several."""
    if path.suffix.lower() != ".shp":
        return [path]
    return sorted(
        other for other in path.parent.iterdir() if other.stem == path.stem and other.suffix.lower() in _SHAPEFILE
    )


def digest_of(path: Path) -> str:
    """Return the hash of a file's content; raises ``SourceError`` when it cannot be read."""
    digest = hashlib.sha256()
    try:
        for part in files_of(path):
            with part.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error
    return digest.hexdigest()


def read_ground(path: Path, rule: CoverageRule) -> np.ndarray:
    """Return the shapes of a file that says where a layer is complete; raises ``SourceError`` or ``LayerError``."""
    frame = read_vector(path, rule.file_layer).frame
    if not isinstance(frame, gpd.GeoDataFrame):
        raise LayerError(Problem(str(path), "layer_no_geometry", {"expected": "Polygon / MultiPolygon"}))
    placed, problems = to_rd(frame, str(path), rule.crs)
    if problems:
        raise LayerError(*problems)
    shapes: np.ndarray = shapely.make_valid(placed.geometry.dropna().to_numpy())
    return shapes


def _raw(entry: Entry, kind: str, opened: Opened) -> tuple[Raw, tuple[Problem, ...]]:
    """Return the rows as they stand in the file, and what had to be inferred to read them."""
    if kind == "vector":
        read = read_vector(entry.path, entry.file_layer, entry.geometry)
        return Raw(read.frame, entry.name), read.remarks
    return _national(entry, kind, opened), ()


def _national(entry: Entry, kind: str, opened: Opened) -> Raw:
    """Return the layer from a file in a national format."""
    from layers.formats import FORMATS  # noqa: PLC0415 (as above)

    reader = next((one for one in FORMATS if one.id == kind), None)
    if reader is None or entry.spec.name not in reader.layers:
        expected = [one.id for one in FORMATS if entry.spec.name in one.layers]
        fields = {"found": kind, "layer": entry.spec.name, "expected": ", ".join(["vector", *expected])}
        raise LayerError(Problem(entry.place_of("format"), "local_not_in_format", fields))
    key = (kind, stamp_of(entry))
    if entry.spec.name not in opened.get(key, {}):
        opened[key] = dict(reader.read(entry.path))
    if entry.spec.name not in opened[key]:
        fields = {"layer": entry.spec.name, "expected": ", ".join(sorted(opened[key])) or "-"}
        raise LayerError(Problem(str(entry.path), "local_not_in_file", fields))
    return opened[key].pop(entry.spec.name)


def _checked(frame: gpd.GeoDataFrame | pd.DataFrame, entry: Entry) -> tuple[Any, np.ndarray]:
    """Return the rows with the layer's columns, in RD and sound, and which rows of the file were mended.

    Rows that ``where`` leaves out are not looked at: it is how what is wrong with them is settled.
    """
    where, is_vector = str(entry.path), entry.spec.kind == "vector"
    if not len(frame):
        raise LayerError(Problem(where, "layer_empty", {"layer": entry.spec.name}))
    if not is_vector:
        frame = pd.DataFrame(frame.drop(columns=_shape_columns(frame)))
    fitted = fit(frame, entry)
    problems = list(fitted.problems)
    if is_vector and not _shape_columns(frame):
        fields = {"found": ", ".join(map(str, frame.columns)), "expected": " / ".join(entry.spec.geometry)}
        problems.append(Problem(where, "local_no_places", fields))
    elif is_vector and len(fitted.rows):
        placed, misplaced = to_rd(fitted.frame, where, entry.crs, swapped=entry.swapped)
        fitted = replace(fitted, frame=placed)
        problems += [_renumbered(problem, fitted.rows) for problem in misplaced]
    if problems:
        raise LayerError(*problems)
    if not is_vector:
        return fitted.frame, np.empty(0, dtype=np.int64)
    try:
        checked = normalise(fitted.frame, entry.spec, where)
    except LayerError as error:
        raise LayerError(*(_renumbered(problem, fitted.rows) for problem in error.problems)) from error
    return checked.frame, fitted.rows[list(checked.mended_rows)]


def _shape_columns(frame: gpd.GeoDataFrame | pd.DataFrame) -> list[str]:
    return [str(name) for name, kind in frame.dtypes.items() if str(kind) == "geometry"]


def _renumbered(problem: Problem, rows: np.ndarray) -> Problem:
    """Return the mistake with rows of the file, also where some were left out."""
    if not isinstance(problem.where, Place) or not problem.where.rows:
        return problem
    named = re.sub(r"\d+", lambda found: str(rows[int(found[0]) - 1] + 1), problem.where.rows)
    return replace(problem, where=replace(problem.where, rows=named))
