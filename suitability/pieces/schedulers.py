"""Who does the pieces: processes on this machine, or the workers of a Dask cluster. What comes out is the same."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from suitability.errors import Problem, SourceError
from suitability.pieces import processes
from suitability.pieces.job import scan_piece

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from distributed import Client

    from suitability.pieces.job import Job, PieceRecord

#: How often processes that the system killed are started again before the scan gives up.
_NEW_STARTS: Final = 2


def on_this_machine(job: Job, numbers: Sequence[int], workers: int) -> Iterator[PieceRecord]:
    """Yield the record of each piece as it is done, in processes of this machine.

    Raises ``SourceError`` when processes keep being killed, mostly for want of memory; what is done stays done.
    """
    if workers == 1:
        for number in numbers:
            yield scan_piece(job, number)
        return
    left = set(numbers)
    for attempt in range(_NEW_STARTS + 1):
        try:
            for record in _in_pool(job, sorted(left), workers):
                left.discard(record.number)
                yield record
        except BrokenProcessPool as error:
            if attempt == _NEW_STARTS:
                raise SourceError(Problem("--workers", "pieces_killed", {"found": len(left)})) from error
        else:
            return


def _in_pool(job: Job, numbers: Sequence[int], workers: int) -> Iterator[PieceRecord]:
    with ProcessPoolExecutor(min(workers, len(numbers)), mp_context=processes.context()) as pool:
        waiting = [pool.submit(scan_piece, job, number) for number in numbers]
        try:
            for future in as_completed(waiting):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def on_cluster(job: Job, numbers: Sequence[int], address: str) -> Iterator[PieceRecord]:
    """Yield the record of each piece as it is done by the workers of a Dask cluster.

    ``address``: of its scheduler, or ``local:N`` for a cluster of N workers on this machine. A worker that dies loses
    nothing: its pieces go to another. All workers must see the folders of data and of work under the same names.
    """
    try:
        import distributed  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError as error:
        raise SourceError(Problem("--scheduler", "cluster_missing", {"found": error.name})) from error
    with _client(address) as client:
        waiting = client.map(scan_piece, [job] * len(numbers), numbers, pure=False, retries=_NEW_STARTS)
        try:
            for future in distributed.as_completed(waiting):
                yield future.result()
                future.release()
        except distributed.KilledWorker as error:  # several workers died of the same piece
            fields = {"found": sum(not future.done() for future in waiting)}
            raise SourceError(Problem("--scheduler", "pieces_killed", fields)) from error


@contextmanager
def _client(address: str) -> Iterator[Client]:
    from distributed import Client, LocalCluster  # noqa: PLC0415 (an extra)

    name, _, count = address.partition(":")
    if name == "local":
        if not count.isdigit() or int(count) < 1:
            raise SourceError(Problem("--scheduler", "cluster_workers", {"found": address}))
        with (
            LocalCluster(n_workers=int(count), threads_per_worker=1, dashboard_address=None) as here,
            Client(here) as client,
        ):
            yield client
        return
    try:
        with Client(address, timeout="10s") as client:
            yield client
    except (OSError, TimeoutError, ValueError) as error:
        fields = {"found": address, "detail": " ".join(str(error).split())[:200]}
        raise SourceError(Problem("--scheduler", "cluster_no_answer", fields)) from error
