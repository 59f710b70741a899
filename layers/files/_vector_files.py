"""Reads one layer of a vector file, whatever of the usual kinds it is, without trust in its name or its end.

What a file says it is must be what it holds: a description that leads GDAL to another file or to an address is refused,
and so is a file that stops before its end. Rows, columns and types stay as they stand in the file.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from layers.files import _archive, _csv_files
from layers.files._ogr import layer_names, read_info, read_ogr
from layers.files._whole_files import check_whole, n_objects
from suitability.core.errors import LayerError, Place, Problem, SourceError, SuitabilityError, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEAD: Final = 1 << 16


@dataclass(frozen=True)
class Kind:
    """A kind of file: the drivers that may read it, how it begins, and what it is called."""

    name: str
    drivers: tuple[str, ...]
    begins: re.Pattern[bytes]


_JSON: Final = re.compile(rb"\s*(\xef\xbb\xbf)?\s*\{(?!.*(gdal_streamed_alg|OGRVRTDataSource)).*", re.DOTALL)
_GML: Final = re.compile(rb"(?!.*(OGRVRTDataSource|OGRWFSDataSource)).*opengis\.net/gml", re.DOTALL)
KINDS: Final[Mapping[str, Kind]] = {
    ".gpkg": Kind("GeoPackage", ("GPKG",), re.compile(rb"SQLite format 3\0")),
    ".fgb": Kind("FlatGeobuf", ("FlatGeobuf",), re.compile(rb"fgb")),
    ".shp": Kind("Shapefile", ("ESRI Shapefile",), re.compile(rb"\0\0\x27\x0a")),
    ".geojson": Kind("GeoJSON", ("GeoJSON", "GeoJSONSeq"), _JSON),
    ".json": Kind("GeoJSON", ("GeoJSON", "GeoJSONSeq"), _JSON),
    ".geojsonl": Kind("GeoJSON", ("GeoJSONSeq", "GeoJSON"), re.compile(rb"\x1e?" + _JSON.pattern, re.DOTALL)),
    ".gml": Kind("GML", ("GML",), _GML),
    ".xml": Kind("GML", ("GML",), _GML),
    ".parquet": Kind("GeoParquet", (), re.compile(rb"PAR1")),
    ".csv": Kind("CSV", (), re.compile(rb"")),
}
_ALIASES: Final = {
    ".geojsons": ".geojsonl", ".ndjson": ".geojsonl", ".jsonl": ".geojsonl", ".geoparquet": ".parquet", ".pq": ".parquet",
    ".tsv": ".csv", ".txt": ".csv",
}  # fmt: skip
#: What comes along in a zip and is no map.
_PAPERS: Final = frozenset({".txt", ".xml"})
_SUFFIXES: Final = (*KINDS, *_ALIASES)
_UNREADABLE: Final = (
    pa.ArrowException, shapely.errors.ShapelyError, OSError, ValueError,
    IndexError,  # how pyogrio meets a FlatGeobuf that stops within its first rows
)  # fmt: skip


@dataclass(frozen=True)
class ReadFile:
    """One layer of a file as it stands there; ``remarks``: what had to be inferred to read it."""

    frame: gpd.GeoDataFrame | pd.DataFrame
    remarks: tuple[Problem, ...] = ()


def is_vector_file(path: Path) -> bool:
    """Return whether a file's name says that it can be read here."""
    return suffix_of(path) in KINDS or path.suffix.lower() == ".zip"


def suffix_of(path: Path) -> str:
    """Return the suffix that stands for the kind of file."""
    return _ALIASES.get(path.suffix.lower(), path.suffix.lower())


def layers_in(path: Path) -> tuple[str, ...]:
    """Return the names of the layers in a file; raises ``SourceError`` when it cannot be read."""
    with _opened(path) as members:
        return tuple(name for member in members for name in _names(member, alone=len(members) == 1))


def columns_in(path: Path, layer: str | None = None) -> tuple[str, ...]:
    """Return the columns of a layer without reading its rows, for files where that is quick; else none."""
    suffix = suffix_of(path)
    check_file(path)
    if suffix == ".csv":
        return tuple(_csv_files.header(path))
    try:
        if suffix == ".parquet":
            return tuple(name for name in pq.read_schema(path).names if name != "geometry")
        if suffix in {".gpkg", ".fgb", ".shp"}:
            return tuple(str(name) for name in _info(path, _layer(path, layer))["fields"])
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error
    return ()


def read_vector(path: Path, layer: str | None = None, geometry: Mapping[str, str] | None = None) -> ReadFile:
    """Return one layer of a file, or of the one file in a zip.

    ``layer``: its name, needed when there are several. ``geometry``: see ``read_csv``. The CRS is that of the file, None
    when it does not say. Raises ``SourceError`` for what cannot be read, ``LayerError`` for a layer that is not there.
    """
    with _opened(path) as members:
        if len(members) > 1:
            by_stem = {member.stem: member for member in members}
            if layer not in by_stem:
                raise _no_layer(path, layer, tuple(by_stem))
            read = _read(by_stem[str(layer)], None, geometry)
        else:
            read = _read(members[0], layer, geometry)
    return replace(read, remarks=tuple(replace(remark, where=path.name) for remark in read.remarks))


def check_file(path: Path) -> None:
    """Raise ``SourceError`` unless this is a file that begins as its name promises."""
    if path.is_dir():
        raise SourceError(Problem(str(path), "local_is_folder"))
    kind = KINDS.get(suffix_of(path))
    if kind is None:
        raise SourceError(
            Problem(
                str(path), "local_unknown_kind", {"found": path.suffix or path.name, "expected": ", ".join(_SUFFIXES)}
            )
        )
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error
    if not head.strip(b"\0 \r\n\t"):
        raise SourceError(Problem(str(path), "local_empty_file"))
    if not kind.begins.match(head):
        raise SourceError(Problem(str(path), "local_not_that_kind", {"expected": kind.name}))


@contextmanager
def _opened(path: Path) -> Iterator[list[Path]]:
    """Give the file itself or, of a zip, the files in it that can be read; a mistake names the file, not the copy."""
    with tempfile.TemporaryDirectory(prefix="suitability-") as folder:
        room = Path(folder)
        try:
            yield _members(path, room)
        except SuitabilityError as error:
            raise type(error)(*(_renamed(problem, room, path) for problem in error.problems)) from error


def _members(path: Path, room: Path) -> list[Path]:
    """Return the files to read. A zip is unpacked in the room; GML too is read there, as GDAL writes beside it."""
    suffix = path.suffix.lower()
    if suffix not in {".zip", ".gml"} or not path.is_file():
        return [path]
    try:
        if suffix == ".gml":
            return [Path(shutil.copyfile(path, room / path.name))]
        files = _archive.extract(path, room / path.name)
    except SourceError:
        raise
    except OSError as error:
        raise SourceError(Problem(str(path), "file_unreadable", {"found": error.strerror or str(error)})) from error
    found = [file for file in sorted(files) if suffix_of(file) in KINDS and file.suffix.lower() not in _PAPERS]
    if not found:
        fields = {"found": ", ".join(sorted(file.name for file in files)[:5]) or "-", "expected": ", ".join(_SUFFIXES)}
        raise SourceError(Problem(str(path), "local_zip_without", fields))
    return found


def _renamed(problem: Problem, room: Path, path: Path) -> Problem:
    place = problem.where if isinstance(problem.where, Place) else Place(problem.where)
    named = place.file.replace(str(room / path.name), str(path))
    return replace(problem, where=replace(place, file=named) if isinstance(problem.where, Place) else named)


def _names(path: Path, *, alone: bool) -> list[str]:
    check_file(path)
    if not alone or not KINDS[suffix_of(path)].drivers:
        return [path.stem]
    try:
        return list(layer_names(path))
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error


def _read(path: Path, layer: str | None, geometry: Mapping[str, str] | None) -> ReadFile:
    check_file(path)
    suffix = suffix_of(path)
    if suffix == ".csv":
        table = _csv_files.read_csv(path, geometry)
        return ReadFile(table.frame, table.remarks)
    try:
        if suffix == ".parquet":
            return ReadFile(_read_parquet(path))
        check_whole(path, suffix)
        chosen = _layer(path, layer)
        info = _info(path, chosen)
        if suffix == ".geojsonl":  # a line that is no object is passed over, and not counted either
            info["features"] = n_objects(path)
        return ReadFile(read_ogr(path, chosen, info))
    except _UNREADABLE as error:
        if isinstance(error, SourceError | LayerError):
            raise
        raise _unreadable(path, error) from error


def _info(path: Path, layer: str | None) -> dict[str, Any]:
    kind = KINDS[suffix_of(path)]
    return read_info(path, layer, kind.drivers, kind.name)


def _layer(path: Path, layer: str | None) -> str | None:
    """Return the layer to read: the one named, or the only one that there is."""
    names = layer_names(path)
    if (layer is None and len(names) == 1) or layer in names:
        return layer
    raise _no_layer(path, layer, names)


def _no_layer(path: Path, layer: str | None, names: tuple[str, ...]) -> LayerError:
    fields = {"found": layer or "-", "expected": ", ".join(names), "suggestion": suggestion(layer or "", names)}
    return LayerError(Problem(str(path), "local_file_layer" if layer else "local_which_layer", fields))


def _read_parquet(path: Path) -> gpd.GeoDataFrame | pd.DataFrame:
    """Return a GeoParquet, or a Parquet with shapes as WKB in ``geometry`` and no word about their system."""
    schema = pq.read_schema(path)
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers are told later, with their rows
        if b"geo" in (schema.metadata or {}):
            return gpd.read_parquet(path).reset_index(drop=True)
        frame = pd.read_parquet(path).reset_index(drop=True)
        if "geometry" not in frame or not pa.types.is_binary(schema.field("geometry").type):
            return frame
        return gpd.GeoDataFrame(frame, geometry=shapely.from_wkb(frame["geometry"].to_numpy()), crs=None)


def _unreadable(path: Path, error: BaseException) -> SourceError:
    words = " ".join(str(error).replace(str(path), path.name).split())
    return SourceError(
        Problem(str(path), "local_unreadable", {"found": words[:200].rstrip(".") or type(error).__name__})
    )
