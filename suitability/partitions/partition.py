"""Some pieces of a large scan: read them and what lies around them, scan them, and write what came out.

A piece is done when its record is there; its rows are written before that, each under a temporary name first. So a
process may be killed at any moment, and another may do the piece again: it writes the same bytes.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import numpy as np
import pandas as pd
import shapely

from layers import open_source
from layers.folder.local import LocalSource
from layers.folder.partitions import Neighbours, PartitionSource, partitions_of
from suitability.core.config import config_folder, documents
from suitability.core.errors import Problem, SourceError
from suitability.core.layer import Area
from suitability.report.files.geoparquet import write_parcels
from suitability.report.table import wide_columns
from suitability.scan.cache import MeasurementCache
from suitability.scan.longlist import Counts, FunnelStep, count, sum_of
from suitability.scan.run import run_scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from layers.folder.partitions import Partition
    from suitability.core.messages import Lang
    from suitability.policy.model import Policy
    from suitability.scan.run import Scan

#: What a large scan holds besides the pieces, in its folder of work.
ROWS: Final = "parcels"
DONE: Final = "done"

#: The folder that was opened last, by its source.
_OPEN: Final[dict[str, LocalSource]] = {}


@dataclass(frozen=True)
class Job:
    """A large scan, as every process needs to know it: nothing in it is of one machine but the folders.

    ``within``: as WKB, parcels outside do not count; None = all. ``work``: where pieces are written. ``measured``: where
    measurements are kept for the next scan; None = nowhere.
    """

    policy: Policy
    source: str
    area: str
    within: bytes | None
    work: Path
    measured: Path | None
    lang: Lang


@dataclass(frozen=True)
class PartitionRecord:
    """Result of one partition: counts, and what the source lacks: whole layers, and kinds of row by layer."""

    number: int
    counts: Counts
    missing: tuple[str, ...]
    missing_kinds: dict[str, tuple[str, ...]]
    seconds: float


def folder_of(source: str) -> LocalSource:
    """Return the folder that a source names; raises ``SourceError`` for any other kind of source."""
    opened = open_source(source)
    if not isinstance(opened, LocalSource):
        raise SourceError(Problem("--source", "pieces_need_folder", {"found": source}))
    return opened


def keep_open(source: str, folder: LocalSource) -> None:
    """Keep a folder as it was opened for the pieces that this process does, or copies of it."""
    _OPEN.clear()
    _OPEN[source] = folder


def _opened(source: str) -> LocalSource:
    """Return the folder, kept open for the next piece."""
    if source not in _OPEN:
        keep_open(source, folder_of(source))
    return _OPEN[source]


def scan_partitions(job: Job, numbers: Sequence[int]) -> list[PartitionRecord]:
    """Scan pieces as ``scan_each`` does; return their records when all are done."""
    return list(scan_each(job, numbers))


def scan_each(job: Job, numbers: Sequence[int]) -> Iterator[PartitionRecord]:
    """Scan pieces one after the other and yield their records; what lies around them is read once for all.

    Of each its rows and its record are written; pieces that are done stay as they are.
    """
    folder = _opened(job.source)
    pieces = partitions_of(folder)
    within = None if job.within is None else shapely.from_wkb(job.within)
    done = {number: read_record(job, number) for number in numbers}
    neighbours = Neighbours.of(folder, [pieces[number] for number in numbers if done[number] is None], within)
    for number in numbers:
        record = done[number]
        if record is None:
            record = _scan_partition(job, neighbours, pieces[number], within)
        yield record


def _scan_partition(job: Job, neighbours: Neighbours, piece: Partition, within: BaseGeometry | None) -> PartitionRecord:
    """Scan one piece and write its rows, then its record, which is returned."""
    began = time.perf_counter()
    source = PartitionSource(neighbours, piece, within, by_content=job.measured is not None)
    cache = None if job.measured is None else MeasurementCache(job.measured, most_bytes=None)
    counts, missing, kinds = sum_of(()), tuple[str, ...](), dict[str, tuple[str, ...]]()
    if source.has_parcels():
        scan = run_scan(job.policy, source, Area(job.area, source.around()), cache=cache, context=False, settled=True)
        counts, missing, kinds = count(scan), scan.run.missing, dict(scan.run.missing_kinds)
        _write_rows(job, piece.number, scan)
        scan.parcels.shared.clear()  # some of it refers back to the parcels, and nobody looks for circles here
    record = PartitionRecord(piece.number, counts, missing, kinds, round(time.perf_counter() - began, 3))
    text = json.dumps(asdict(record))
    write_beside(_file(job, DONE, piece.number, "json"), lambda path: path.write_text(text, encoding="utf-8"))
    return record


def _write_rows(job: Job, number: int, scan: Scan) -> None:
    columns = wide_columns(scan, documents(config_folder()), job.lang, sentences=False)
    hashes = pd.util.hash_array(scan.parcels.ids, categorize=False)
    write_beside(_file(job, ROWS, number, "parquet"), lambda path: write_parcels(columns, scan.parcels, path))
    write_beside(_file(job, DONE, number, "npy"), lambda path: np.save(path, hashes, allow_pickle=False))


def read_record(job: Job, number: int) -> PartitionRecord | None:
    """Return the record of a piece that is done, or None."""
    try:
        told = json.loads(_file(job, DONE, number, "json").read_text(encoding="utf-8"))
        steps = tuple(FunnelStep(**step) for step in told["counts"]["funnel"])
        counts = Counts(**{**told["counts"], "funnel": steps})
        kinds = {layer: tuple(of) for layer, of in told["missing_kinds"].items()}
        return PartitionRecord(told["number"], counts, tuple(told["missing"]), kinds, told["seconds"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # absent, or cut short by a disk that was full
        return None


def hashes_of(job: Job, number: int) -> np.ndarray:
    """Return a 64-bit hash per parcel of a piece that is done, in its order."""
    path = _file(job, DONE, number, "npy")
    return np.load(path, allow_pickle=False) if path.exists() else np.zeros(0, dtype=np.uint64)


def _file(job: Job, kind: str, number: int, suffix: str) -> Path:
    return job.work / kind / f"part-{number:05d}.{suffix}"


def write_beside(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under a temporary name beside its folder, then rename it.

    Not in the folder, which goes into the result as it is: a process that is killed leaves what it was writing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent.with_name(f".writing-{uuid4().hex}{path.suffix}")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
