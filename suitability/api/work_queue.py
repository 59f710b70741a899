"""Work queue with one worker, a bounded backlog and a time limit per answer.

One worker for scoring, because the geometry library may crash when two threads use the same prepared shapes; another
for what only reads, so that it does not wait for a batch. A thread cannot be
stopped: work that takes too long is answered in time, keeps the worker until it ends, and others wait or are refused.
What a request may hold is limited so that this end comes.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from suitability.api.problems import Refusal
from suitability.core.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class WorkQueue:
    """One worker with room for ``waiting`` requests in line, each answered within ``seconds``."""

    def __init__(self, name: str, waiting: int, seconds: float) -> None:
        self._name = name
        self._worker: ThreadPoolExecutor | None = None
        self._room = threading.BoundedSemaphore(waiting + 1)
        self._waiting, self._seconds = waiting, seconds

    async def do(self, where: str, work: Callable[[], T]) -> T:
        """Return what ``work`` gives.

        Raises ``Refusal``: 429 when the line is full, 503 when its turn did not come in time, 504 when it came and the
        work was not done.
        """
        seconds = self._seconds
        if not self._room.acquire(blocking=False):
            problem = Problem(where, "api_busy", {"found": self._waiting})
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, problem, headers={"Retry-After": f"{seconds:.0f}"})
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix=self._name)
        future = self._worker.submit(work)
        future.add_done_callback(lambda _: self._room.release())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), seconds)
        except TimeoutError:
            fields = {"expected": f"{seconds:g}"}
            if future.cancelled():
                problem = Problem(where, "api_waited", fields)
                raise Refusal(
                    HTTPStatus.SERVICE_UNAVAILABLE, problem, headers={"Retry-After": f"{seconds:.0f}"}
                ) from None
            raise Refusal(HTTPStatus.GATEWAY_TIMEOUT, Problem(where, "api_too_long", fields)) from None

    def close(self) -> None:
        """Begin nothing that waits; who asks after this gets a new worker."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.shutdown(wait=False, cancel_futures=True)
