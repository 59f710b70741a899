"""Processes that all workers of one run of the tests share: started by the first that asks, stopped by the last."""

from __future__ import annotations

import fcntl
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one worker in at a time."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def shared_process(
    folder: Path, name: str, start: Callable[[], dict[str, Any]], stop: Callable[[dict[str, Any]], None]
) -> Iterator[dict[str, Any]]:
    """Give what ``start`` returned in the worker that came first; ``folder`` is one that all workers share."""
    known, lock = folder / f"{name}.json", folder / f"{name}.lock"
    with locked(lock):
        about = json.loads(known.read_text(encoding="utf-8")) if known.exists() else start()
        known.write_text(json.dumps({**about, "users": about.get("users", 0) + 1}), encoding="utf-8")
    try:
        yield about
    finally:
        with locked(lock):
            users = json.loads(known.read_text(encoding="utf-8"))["users"] - 1
            known.write_text(json.dumps({**about, "users": users}), encoding="utf-8")
            if not users:
                known.unlink()
                stop(about)
