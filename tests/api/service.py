"""A service of the demo municipality, in process or behind a real port."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx

from layers import open_source
from suitability.api.app import make_app
from suitability.api.server import server_of
from suitability.api.service import make_service
from suitability.api.settings import read_limits
from suitability.core.config import config_folder
from suitability.submissions.lookup import LookupSources
from tests.conftest import demo_scan
from tests.moments import HANG_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

    from suitability.api.access import Access
    from suitability.api.service import Service
    from suitability.api.settings import Limits

POLICY = "kadaster-scan"
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[5.91, 52.55], [5.912, 52.55], [5.912, 52.551], [5.91, 52.551], [5.91, 52.55]]],
}


@cache
def service() -> Service:
    """Return the service; made once, never changed."""
    problems: list[Exception] = []
    made = make_service(demo_scan(POLICY), LookupSources(open_source("demo"), "demo"), problems.append)
    assert not problems
    return made


def limits(**other: Any) -> Limits:
    """Return the shipped limits, with some of them otherwise."""
    return read_limits(config_folder()).model_copy(update=other)


def app(access: Access | None = None, **other: Any) -> FastAPI:
    """Return the application."""
    return make_app(service(), limits(**other), access)


@contextmanager
def running(access: Access | None = None, **other: Any) -> Iterator[httpx.Client]:
    """Serve on a free port of this machine, and give a client of it."""
    server = server_of(app(access, **other), "127.0.0.1", 0, limits(**other))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(20)


def wait_until(is_so: Callable[[], bool], seconds: float = HANG_S) -> None:
    """Wait for something that another thread does; fail when it does not come."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)
