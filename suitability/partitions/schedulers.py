"""Schedulers of partitions: processes on this machine, or the workers of a Dask cluster, with the same results."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from suitability.core.errors import Problem, SourceError
from suitability.partitions import processes
from suitability.partitions.partition import read_record, scan_each, scan_partitions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import ProcessPoolExecutor

    from distributed import Client

    from suitability.partitions.partition import Job, PartitionRecord

#: How often processes that the system killed are started again before the scan gives up.
_NEW_STARTS: Final = 2
#: Pieces that one process does after each other: the more, the less is read twice, and the longer nothing is left to share out.
_MOST_TOGETHER: Final = 8
#: How often one looks which pieces are done, in seconds.
_LOOK_S: Final = 0.25
#: How long a cluster may take to answer, in seconds.
_PATIENCE_S: Final = 10.0


def on_this_machine(
    job: Job, numbers: Sequence[int], workers: int, *, copies: bool = False
) -> Iterator[PartitionRecord]:
    """Yield the record of each piece as it is done, in processes of this machine, which are made before anything else.

    ``copies``: they may be copies of this one. Raises ``SourceError`` when processes keep being killed, mostly for want of
    memory; what is done stays done.
    """
    if workers == 1:
        return (record for together in _shared_out(numbers, 1) for record in scan_each(job, together))
    return _in_pools(job, numbers, workers, _at_work(job, numbers, workers, copies=copies))


def _in_pools(job: Job, numbers: Sequence[int], workers: int, first: _AtWork) -> Iterator[PartitionRecord]:
    """Yield as ``on_this_machine``; processes that are killed are followed by new ones, so many times."""
    left, at_work = set(numbers), first
    for attempt in range(_NEW_STARTS + 1):
        try:
            for record in _as_done(job, sorted(left), at_work):
                left.discard(record.number)
                yield record
        except BrokenProcessPool as error:
            if attempt == _NEW_STARTS:
                raise SourceError(Problem("--workers", "pieces_killed", {"found": len(left)})) from error
            at_work = _at_work(job, sorted(left), workers)
        else:
            return


def _shared_out(numbers: Sequence[int], workers: int) -> list[list[int]]:
    """Return the pieces in rows of neighbours, of which every worker has its share."""
    most = min(_MOST_TOGETHER, max(-(-len(numbers) // workers), 1))
    rows = -(-len(numbers) // most)
    return [[int(number) for number in row] for row in np.array_split(np.asarray(numbers), rows)] if rows else []


@dataclass(frozen=True)
class _AtWork:
    """Processes, and what they were asked for."""

    pool: ProcessPoolExecutor
    asked: frozenset[Future[list[PartitionRecord]]]


def _at_work(job: Job, numbers: Sequence[int], workers: int, *, copies: bool = False) -> _AtWork:
    """Return a started pool of processes; one that was killed already is reported when its result is awaited."""
    pool = processes.pool(min(workers, len(numbers)), copies=copies)
    asked: list[Future[list[PartitionRecord]]] = []
    for together in _shared_out(numbers, workers):
        try:
            asked.append(pool.submit(scan_partitions, job, together))
        except BrokenProcessPool as error:
            asked.append(Future())
            asked[-1].set_exception(error)
    return _AtWork(pool, frozenset(asked))


def _as_done(job: Job, numbers: Sequence[int], at_work: _AtWork) -> Iterator[PartitionRecord]:
    """Yield the record of each piece as it is done; raises ``BrokenProcessPool`` when one of the processes was killed."""
    one_is_done, left, waiting = threading.Event(), set(numbers), set(at_work.asked)
    for future in waiting:
        future.add_done_callback(lambda _: one_is_done.set())
    try:
        while waiting:
            one_is_done.wait(_LOOK_S)  # not within ``concurrent``, where Ctrl-C is not heeded
            one_is_done.clear()
            done = {future for future in waiting if future.done()}
            yield from _newly_done(job, left)
            for future in done:
                future.result()
            waiting -= done
    finally:
        at_work.pool.shutdown(wait=False, cancel_futures=True)  # nobody waits for pieces under way, nor for an end


def _newly_done(job: Job, left: set[int]) -> Iterator[PartitionRecord]:
    """Yield the records of the pieces that are done by now, and take them out of those that are left."""
    for number in sorted(left):
        record = read_record(job, number)
        if record is not None:
            left.discard(number)
            yield record


def on_cluster(job: Job, numbers: Sequence[int], address: str) -> Iterator[PartitionRecord]:
    """Yield the record of each piece as it is done by the workers of a Dask cluster.

    ``address``: of its scheduler, or ``local:N`` for a cluster of N workers on this machine. A worker that dies loses
    nothing: its pieces go to another. All workers must see the folders of data and of work under the same names.
    """
    try:
        import distributed  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError as error:
        raise SourceError(Problem("--scheduler", "cluster_missing", {"found": error.name})) from error
    with _client(address) as client:
        workers = max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
        rows = _shared_out(numbers, workers)
        waiting = client.map(scan_partitions, [job] * len(rows), rows, pure=False, retries=_NEW_STARTS)
        left = set(numbers)
        try:
            while left:
                done = [future for future in waiting if future.done()]
                yield from _newly_done(job, left)
                for future in done:
                    future.result()
                if left:
                    time.sleep(_LOOK_S)
        except distributed.KilledWorker as error:  # several workers died of the same piece
            raise SourceError(Problem("--scheduler", "pieces_killed", {"found": len(left)})) from error


@contextmanager
def _client(address: str) -> Iterator[Client]:
    from distributed import Client, LocalCluster  # noqa: PLC0415 (an extra)

    name, _, count = address.partition(":")
    if name == "local":
        if not count.isdigit() or int(count) < 1:
            raise SourceError(Problem("--scheduler", "cluster_workers", {"found": address}))
        with (
            LocalCluster(n_workers=int(count), threads_per_worker=1, dashboard_address="127.0.0.1:0") as here,
            Client(here) as client,
        ):
            yield client
        return
    try:
        with Client(address, timeout=_PATIENCE_S) as client:
            yield client
    except (OSError, TimeoutError, ValueError) as error:
        fields = {"found": address, "detail": " ".join(str(error).split())[:200]}
        raise SourceError(Problem("--scheduler", "cluster_no_answer", fields)) from error
