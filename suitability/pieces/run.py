"""A large scan from beginning to end: which pieces are still to do, who does them, and what they come to together."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import psutil
import shapely

from layers import read_freshness
from layers.folder.pieces import pieces_of, provenance_of_folder, stamp_of_folder
from suitability.errors import Problem, SourceError
from suitability.export.outputs import RUN, as_known, check_folder, put_in_place
from suitability.longlist import FunnelStep
from suitability.pieces.job import ROWS, Job, folder_of, hashes_of, read_record, write_beside
from suitability.pieces.schedulers import on_cluster, on_this_machine
from suitability.run_record import RunRecord, code_version
from suitability.scan import find_area, reach_of
from suitability.types import Area

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.folder.local import LocalSource
    from suitability.messages import Lang
    from suitability.pieces.job import PieceRecord
    from suitability.policy import Policy
    from suitability.scan import Progress

#: Where pieces wait until all are done; a scan that was stopped goes on from there.
WORK: Final = ".pieces"
#: Where measurements are kept for the next scan.
MEASURED: Final = ".measured"

#: What a process that scans pieces takes, in GB: measured with the largest pieces (benchmarks/growth.py), with room.
_PROCESS_GB: Final = 1.4
#: The process that gives out the pieces.
_BESIDES_GB: Final = 0.4


@dataclass(frozen=True)
class Means:
    """What a large scan may use. ``scheduler``: of a Dask cluster; None = processes on this machine.

    ``memory_gb``: of all processes on this machine together; None = three quarters of what is free.
    """

    workers: int = 1
    memory_gb: float | None = None
    scheduler: str | None = None

    def affordable(self) -> int:
        """Return how many processes fit in the memory; raises ``SourceError`` when not one does."""
        room = psutil.virtual_memory().available / 1e9 * 0.75 if self.memory_gb is None else self.memory_gb
        fitting = int((room - _BESIDES_GB) / _PROCESS_GB)
        if fitting < 1:
            fields = {"found": f"{room:.1f}", "expected": f"{_PROCESS_GB + _BESIDES_GB:.1f}"}
            raise SourceError(Problem("--memory", "pieces_memory", fields))
        return min(self.workers, fitting)


@dataclass(frozen=True)
class Whole:
    """What all pieces came to together. ``pieces``: how many there are, and how many of them were done before."""

    area: str
    parcels: int
    n_pass: int
    n_unknown: int
    n_near_miss: int
    n_restricted: int
    funnel: tuple[FunnelStep, ...]
    missing: tuple[str, ...]
    pieces: int
    kept: int
    files: tuple[Path, ...]

    @property
    def start(self) -> int:
        """The parcels that were scanned, as of a ``Longlist``."""
        return self.parcels


def scan_in_pieces(  # noqa: PLR0913 (what is scanned, and by name how)
    policy: Policy,
    source: str,
    out: Path,
    lang: Lang,
    means: Means,
    *,
    area: str | None,
    progress: Progress,
    cache: bool = False,
) -> Whole:
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
    job = replace(_job(policy, source, folder, where, out, lang), measured=_measured(out) if cache else None)
    try:
        records, kept = _all_pieces(job, len(pieces_of(folder)), means, progress)
        _check_ids(job, records, folder)
        whole = _together(where.name, records, kept)
        if not whole.parcels:
            raise SourceError(Problem(source, "no_parcels_in_area", {"found": where.name}))
        told = _record(policy, folder, where, started, whole, lang)
        told["wall_seconds"] = round(time.perf_counter() - began, 2)
        text = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
        write_beside(job.work / RUN, lambda path: path.write_text(text, encoding="utf-8"))
        put_in_place([job.work / ROWS, job.work / RUN], out)
    except OSError as error:
        raise as_known(error, out) from error
    shutil.rmtree(out / WORK, ignore_errors=True)
    return replace(whole, files=(out / ROWS, out / RUN))


def _all_pieces(job: Job, n: int, means: Means, progress: Progress) -> tuple[list[PieceRecord], int]:
    """Have every piece done that is not; return the records in the order of the pieces, and how many were done before."""
    records = {number: record for number in range(n) if (record := read_record(job, number)) is not None}
    kept, to_do = len(records), [number for number in range(n) if number not in records]
    progress("progress.pieces", kept, n)
    if to_do and means.scheduler is None:
        doing = on_this_machine(job, to_do, means.affordable())
    else:
        doing = on_cluster(job, to_do, means.scheduler) if to_do and means.scheduler else iter(())
    for record in doing:
        records[record.number] = record
        progress("progress.pieces", len(records), n)
    return [records[number] for number in range(n)], kept


def _job(policy: Policy, source: str, folder: LocalSource, where: Area, out: Path, lang: Lang) -> Job:
    """Return the job, in a folder of work that belongs to this policy, data and code only; others' work is thrown away."""
    within = None if where.polygon is None else shapely.to_wkb(where.polygon)
    stamp = hashlib.sha256(
        "\n".join([policy.sha256, stamp_of_folder(folder), code_version(), lang]).encode() + (within or b"")
    ).hexdigest()[:16]
    room = (out / WORK).resolve()
    for other in room.glob("*"):
        if other.name != stamp:
            shutil.rmtree(other, ignore_errors=True)
    return Job(policy, _absolute(source), where.name, within, room / stamp, None, lang)


def _measured(out: Path) -> Path:
    return (out / MEASURED).resolve()


def _absolute(source: str) -> str:
    """Return a folder's name as any process finds it, wherever it was started."""
    kind, _, path = source.partition(":")
    return f"{kind}:{Path(path).expanduser().resolve()}"


def _check_ids(job: Job, records: Sequence[PieceRecord], folder: LocalSource) -> None:
    """Raise ``SourceError`` when a parcel stands in two pieces; within one the reader has looked already."""
    hashes = np.sort(np.concatenate([hashes_of(job, record.number) for record in records]))
    twice = int((hashes[1:] == hashes[:-1]).sum())
    if twice:
        raise SourceError(Problem(folder.name, "pieces_id_twice", {"count": twice}))


def _together(area: str, records: Sequence[PieceRecord], kept: int) -> Whole:
    """Return the sums of all pieces: every count is of parcels, and every parcel is in one piece."""
    steps: dict[str, FunnelStep] = {}
    for record in records:
        for told in record.funnel:
            step, so_far = FunnelStep(**told), steps.get(told["rule_id"])
            steps[step.rule_id] = step if so_far is None else _sum(so_far, step)
    missing = sorted({name for record in records for name in record.missing})
    names = ("parcels", "n_pass", "n_unknown", "n_near_miss", "n_restricted")
    sums = {name: sum(getattr(record, name) for record in records) for name in names}
    return Whole(
        area, **sums, funnel=tuple(steps.values()), missing=tuple(missing), pieces=len(records), kept=kept, files=()
    )


def _sum(one: FunnelStep, other: FunnelStep) -> FunnelStep:
    numbers = {name: number + getattr(other, name) for name, number in asdict(one).items() if name != "rule_id"}
    return FunnelStep(one.rule_id, **numbers)


def _record(
    policy: Policy, folder: LocalSource, where: Area, started: datetime, whole: Whole, lang: Lang
) -> dict[str, object]:
    """Return what the run was made of and what it found, in the form that every scan has."""
    counts = {
        "parcels": whole.parcels, "fail": whole.parcels - whole.n_pass - whole.n_unknown, "unknown": whole.n_unknown,
        "pass": whole.n_pass, "near_miss": whole.n_near_miss,
    }  # fmt: skip
    layers = provenance_of_folder(folder, set(reach_of(policy, context=False)))
    run = RunRecord(
        policy.id, policy.sha256, code_version(), folder.name, where.name, started, layers, whole.missing, counts,
        read_freshness(),
    )  # fmt: skip
    return {
        **run.as_dict(),
        "lang": lang,
        "longlist": whole.n_pass + whole.n_unknown,
        "restricted": whole.n_restricted,
        "funnel": [asdict(step) for step in whole.funnel],
        "pieces": whole.pieces,
    }
