"""All features of a collection in a region, tile by tile, each tile kept on disk until the layer is complete.

A fetch that was interrupted goes on where it stopped: finished tiles are read from the working folder, under a name
that follows from the question asked. The result does not depend on that: features are in the order of their ids.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from layers.services._features import TooManyError
from layers.services._tiles import cover, meeting
from suitability.core.errors import Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shapely.geometry.base import BaseGeometry

    from layers.services._features import Features, Page
    from layers.services._tiles import Tile
    from suitability.core.types import GeometryArray

#: A tile older than this is asked again: pieces of one layer should be of one time.
_KEPT: Final = timedelta(days=7)
_SCHEMA: Final = pa.schema([("id", pa.string()), ("properties", pa.string()), ("geometry", pa.binary())])


@dataclass(frozen=True)
class Collected:
    """All features once, by id: ``ids`` and ``properties`` in the order of ``shapes``, EPSG:28992.

    ``retrieved`` is the day of the oldest piece, ``files`` are the tiles on disk, for the caller to remove.
    """

    ids: tuple[str, ...]
    properties: tuple[dict[str, Any], ...]
    shapes: GeometryArray
    retrieved: date
    files: tuple[Path, ...]

    def column(self, field: str) -> list[Any]:
        """Return a field of all features; null where a feature does not have it."""
        return [row.get(field) for row in self.properties]

    def forget(self) -> None:
        """Remove the tiles from the working folder."""
        for file in self.files:
            file.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Kept:
    """A tile on disk: its features, or that it must be asked in quarters."""

    table: pa.Table
    retrieved: date
    cut: bool
    file: Path


def collect(
    features: Features, region: BaseGeometry | None, tile_m: float, folder: Path, progress: Callable[[int, int], None]
) -> Collected:
    """Return all features that meet the region (null: all there are); raises ``SourceError``.

    ``tile_m`` is the side of a tile in metres. ``progress`` receives tiles done and tiles in all, per tile.
    """
    waiting: deque[Tile | None] = deque([None] if region is None else cover(region, tile_m))
    kept, checked, done = list[_Kept](), False, 0
    while waiting:
        tile = waiting.popleft()
        file = folder / _name(features, tile)
        held = _read(file)
        if held is None:
            if not checked:
                _check(features)
                checked = True
            held = _fetch(features, tile, file)
        if held.cut and tile is not None and region is not None:
            waiting.extendleft(reversed(meeting(tile.quarters(), region)))
        kept.append(held)
        done += 1
        progress(done, done + len(waiting))
    return _together(kept)


def today() -> date:
    """Return the day where the computer is."""
    return datetime.now().astimezone().date()


def _check(features: Features) -> None:
    try:
        features.check()
    except TooManyError as error:
        raise SourceError(Problem(features.where, "service_too_many", {"found": "-", "said": error.said})) from error


def _name(features: Features, tile: Tile | None) -> str:
    question = {"query": features.query, "tile": None if tile is None else tile.bounds}
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:32] + ".parquet"


def _fetch(features: Features, tile: Tile | None, file: Path) -> _Kept:
    """Ask for one tile and keep it, page by page, under a temporary name until it is whole."""
    try:
        _write(file, features.pages(None if tile is None else tile.bounds), cut=False)
    except TooManyError as error:
        if tile is None or not tile.quarters():
            side = "-" if tile is None else f"{tile.side:g}"
            fields = {"found": side, "said": error.said}
            raise SourceError(Problem(features.where, "service_too_many", fields)) from error
        _write(file, (), cut=True)
    held = _read(file)
    if held is None:
        raise SourceError(Problem(str(file), "http_write", {"found": "-"}))
    return held


def _write(file: Path, pages: Iterable[Page], *, cut: bool) -> None:
    about = {"retrieved": today().isoformat(), "cut": json.dumps(cut)}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}.", suffix=".part")
        os.close(handle)
    except OSError as error:
        raise SourceError(Problem(str(file), "http_write", {"found": error.strerror or str(error)})) from error
    part = Path(name)
    try:
        with pq.ParquetWriter(part, _SCHEMA.with_metadata(about), compression="zstd") as writer:
            for page in pages:
                writer.write_table(_table(page))
        part.replace(file)
    except SourceError:
        raise
    except OSError as error:
        raise SourceError(Problem(str(file), "http_write", {"found": error.strerror or str(error)})) from error
    finally:
        part.unlink(missing_ok=True)


def _table(page: Page) -> pa.Table:
    rows = [json.dumps(row, sort_keys=True, ensure_ascii=False) for row in page.properties]
    shapes = [None if shape is None else bytes(shape) for shape in shapely.to_wkb(page.shapes)]
    return pa.table({"id": list(page.ids), "properties": rows, "geometry": shapes}, schema=_SCHEMA)


def _read(file: Path) -> _Kept | None:
    """Return a tile that was kept; null when there is none, or none that can be read and is recent."""
    with suppress(OSError, pa.ArrowInvalid, KeyError, ValueError):  # whatever is wrong with it, the service has another
        table = pq.read_table(file)
        about = table.schema.metadata or {}
        retrieved = date.fromisoformat(about[b"retrieved"].decode())
        if today() - retrieved <= _KEPT:
            return _Kept(table.replace_schema_metadata(None), retrieved, json.loads(about[b"cut"]), file)
    return None


def _together(kept: list[_Kept]) -> Collected:
    table = pa.concat_tables([held.table for held in kept])
    ids = np.asarray(table.column("id").to_pylist(), dtype=object)
    # A feature on the edge of two tiles is in both; the first counts, whichever tile was read from disk.
    _, first = np.unique(ids.astype(str), return_index=True)
    table = table.take(first)
    return Collected(
        ids=tuple(table.column("id").to_pylist()),
        properties=tuple(json.loads(row) for row in table.column("properties").to_pylist()),
        shapes=np.asarray(shapely.from_wkb(table.column("geometry").to_numpy(zero_copy_only=False)), dtype=object),
        retrieved=min(held.retrieved for held in kept),
        files=tuple(held.file for held in kept),
    )
