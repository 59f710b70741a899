"""A large scan from beginning to end: which pieces are still to do, who does them, and what they come to together."""

from __future__ import annotations

import hashlib
import shutil
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from layers import read_freshness
from layers.folder.partitions import partitions_of, provenance_of_folder, read_ahead, stamp_of_folder
from suitability.core.errors import Problem, SourceError
from suitability.core.layer import Area
from suitability.partitions.partition import ROWS, Job, folder_of, hashes_of, keep_open, read_record, write_beside
from suitability.partitions.processes import copyable
from suitability.partitions.schedulers import on_cluster, on_this_machine
from suitability.report.files.run_record import RUN, write_record
from suitability.report.folder import as_known, check_folder, put_in_place
from suitability.scan.longlist import Counts, sum_of
from suitability.scan.run import find_area, reach_of
from suitability.scan.run_record import RunRecord, code_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from layers.folder.local import LocalSource
    from suitability.core.layer import Provenance
    from suitability.core.messages import Lang
    from suitability.partitions.partition import PartitionRecord
    from suitability.partitions.resources import Resources
    from suitability.policy.model import Policy
    from suitability.scan.run import Progress

#: Where pieces wait until all are done; a scan that was stopped goes on from there.
WORK: Final = ".pieces"
#: Where measurements are kept for the next scan.
MEASURED: Final = ".measured"


@dataclass(frozen=True, kw_only=True)
class PartitionedScan(Counts):
    """Result of all partitions together. ``run``: its record; ``pieces``: number of partitions; ``kept``: finished by an earlier run."""

    run: RunRecord
    pieces: int
    kept: int
    files: tuple[Path, ...]

    @property
    def area(self) -> str:
        """The name of the area that was scanned."""
        return self.run.area


def scan_in_partitions(  # noqa: PLR0913 (what is scanned, and by name how)
    policy: Policy,
    source: str,
    out: Path,
    lang: Lang,
    means: Resources,
    *,
    area: str | None,
    progress: Progress,
    cache: bool = False,
) -> PartitionedScan:
    """Scan a folder piece by piece and write ``parcels/`` (GeoParquet files in the order of the pieces) and ``run.json``.

    Stopped or killed, it goes on where it was when it is started again with the same policy and data. ``area``: of the
    folder's municipalities one; None = all parcels. ``cache``: keep measurements in the folder, so that the next scan
    measures only what a changed policy asks anew, and only the pieces around changed data.
    Raises ``SourceError``, also for an id that stands in two pieces.
    """
    began, started = time.perf_counter(), datetime.now(UTC)
    check_folder(out)
    folder = folder_of(source)
    where = Area(source) if area is None else find_area(folder, area)
    measured = (out / MEASURED).resolve() if cache else None
    job = _job(policy, source, folder, where, out, measured, lang)
    keep_open(job.source, folder)
    try:
        names = set(reach_of(policy, context=False))
        layers = provenance_of_folder(folder, names)
        records, kept = _all_partitions(job, folder, names, means, progress)
        _check_ids(job, records, folder)
        counts = sum_of([each.counts for each in records])
        if not counts.start:
            raise SourceError(Problem(source, "no_parcels_in_area", {"found": where.name}))
        run = replace(_run(policy, folder.name, where, started, layers, counts), **_lacking(records))
        told = {"pieces": len(records), "wall_seconds": round(time.perf_counter() - began, 2)}
        write_beside(job.work / RUN, lambda path: write_record(run, counts, path, lang, **told))
        put_in_place([job.work / ROWS, job.work / RUN], out)
    except OSError as error:
        raise as_known(error, out) from error
    shutil.rmtree(out / WORK, ignore_errors=True)
    files = (out / ROWS, out / RUN)
    return PartitionedScan(**vars(counts), run=run, pieces=len(records), kept=kept, files=files)


def _all_partitions(
    job: Job, folder: LocalSource, names: set[str], means: Resources, progress: Progress
) -> tuple[list[PartitionRecord], int]:
    """Have every piece done that is not; return the records in the order of the pieces, and how many were done before.

    ``names``: of the layers that are asked for.
    """
    n = len(partitions_of(folder))
    records = {number: record for number in range(n) if (record := read_record(job, number)) is not None}
    kept, to_do = len(records), [number for number in range(n) if number not in records]
    if not to_do:
        doing: Iterator[PartitionRecord] = iter(())
    elif means.scheduler is None:
        if means.copies and copyable():
            read_ahead(folder, names)
        doing = on_this_machine(job, to_do, means.affordable(), copies=means.copies)
    else:
        doing = on_cluster(job, to_do, means.scheduler)
    progress("progress.pieces", kept, n)
    for record in doing:
        records[record.number] = record
        progress("progress.pieces", len(records), n)
    return [records[number] for number in range(n)], kept


def _job(
    policy: Policy, source: str, folder: LocalSource, where: Area, out: Path, measured: Path | None, lang: Lang
) -> Job:
    """Return the job, in a folder of work that belongs to this policy, data and code only; others' work is thrown away."""
    within = None if where.polygon is None else shapely.to_wkb(where.polygon)
    stamp = hashlib.sha256(
        "\n".join([policy.sha256, stamp_of_folder(folder), code_version(), lang]).encode() + (within or b"")
    ).hexdigest()[:16]
    room = (out / WORK).resolve()
    for other in room.glob("*"):
        if other.name != stamp:
            shutil.rmtree(other, ignore_errors=True)
    return Job(policy, _absolute(source), where.name, within, room / stamp, measured, lang)


def _absolute(source: str) -> str:
    """Return a folder's name as any process finds it, wherever it was started."""
    kind, _, path = source.partition(":")
    return f"{kind}:{Path(path).expanduser().resolve()}"


def _check_ids(job: Job, records: Sequence[PartitionRecord], folder: LocalSource) -> None:
    """Raise ``SourceError`` when a parcel stands in two pieces; within one the reader has looked already."""
    hashes = np.sort(np.concatenate([hashes_of(job, record.number) for record in records]))
    twice = int((hashes[1:] == hashes[:-1]).sum())
    if twice:
        raise SourceError(Problem(folder.name, "pieces_id_twice", {"count": twice}))


def _lacking(records: Sequence[PartitionRecord]) -> dict[str, Any]:
    """Return what the source lacked for any of the pieces, as fields of the run record."""
    kinds: dict[str, set[str]] = {}
    for layer, lacking in (item for each in records for item in each.missing_kinds.items()):
        kinds.setdefault(layer, set()).update(lacking)
    return {
        "missing": tuple(sorted({name for each in records for name in each.missing})),
        "missing_kinds": {layer: tuple(sorted(lacking)) for layer, lacking in kinds.items()},
    }


def _run(
    policy: Policy,
    source: str,
    where: Area,
    started: datetime,
    layers: Mapping[str, Provenance],
    counts: Counts,
) -> RunRecord:
    """Return what the run was made of, as of every scan."""
    verdicts = {
        "parcels": counts.start, "fail": counts.start - counts.n_kept, "unknown": counts.n_unknown,
        "pass": counts.n_pass, "near_miss": counts.n_near_miss,
    }  # fmt: skip
    return RunRecord(
        policy.id, policy.sha256, code_version(), source, where.name, started, layers, (), verdicts, read_freshness()
    )  # fmt: skip
