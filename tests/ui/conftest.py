"""Fixtures of the app: sessions without a browser, and one server with a browser for the tests that need them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from suitability.ui.scan_cache import SCANS, policy_of, scan_key, warm_up
from suitability.ui.state import AppState
from suitability.workshop.store import open_store
from tests.paths import ROOT
from tests.shared import shared_process
from tests.ui.screen import PATIENCE_MS, Screen
from tests.ui.session import PATIENCE_S, new_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from suitability.scan.run import Scan
    from suitability.workshop.store import Store

#: What Chromium says that no page can help; Streamlit looks under the address of a page for its server first.
HARMLESS = ("GPU stall due to ReadPixels", "/workshop/_stcore/")


@pytest.fixture(autouse=True)
def _own_cache(shared: Path, measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep measurements with the tests, not with the person who runs them."""
    monkeypatch.setenv("SUITABILITY_CACHE", str(measured))
    monkeypatch.setenv("SUITABILITY_STORE", str(shared / f"workshop-{os.getpid()}.db"))
    for name in ("POLICY", "SOURCE", "AREA"):
        monkeypatch.delenv(f"SUITABILITY_{name}", raising=False)


@pytest.fixture
def session() -> Callable[[], AppTest]:
    """Give a maker of sessions, each as of a person who has just opened the app."""
    return new_session


@pytest.fixture
def app_scan() -> Callable[[str], Scan]:
    """Give the scan under a policy as the app makes it before anybody asks."""

    def scan(policy: str) -> Scan:
        state = AppState(policy=policy)
        warm_up(state).join()
        made = SCANS.known(scan_key(state, policy_of(state)))
        assert made is not None
        return made

    return scan


@pytest.fixture(scope="session")
def server(shared: Path) -> Iterator[str]:
    """Give the address of one server for all workers."""
    # With measurements of its own: what no visitor has asked for yet must take a while.
    with shared_process(shared, "server", lambda: start_server(shared), stop_server) as about:
        yield about["address"]


def stop_server(about: dict[str, Any]) -> None:
    """End a server that ``start_server`` started."""
    os.kill(about["pid"], signal.SIGTERM)


@pytest.fixture
def server_store(server: str, shared: Path) -> Iterator[Store]:
    """Give the workshop store of the server that all share."""
    about = json.loads((shared / "server.json").read_text(encoding="utf-8"))
    assert about["address"] == server
    store = open_store(about["store"])
    yield store
    store.close()


@pytest.fixture
def own_server(shared: Path, measured: Path) -> Iterator[dict[str, Any]]:
    """Give the address and process of a server that nobody else visits."""
    about = start_server(shared, SUITABILITY_CACHE=str(measured))
    yield about
    os.kill(about["pid"], signal.SIGTERM)


def start_server(shared: Path, *options: str, **environment: str) -> dict[str, Any]:
    """Start the app on a free port and wait until it answers; return its address, its process and its workshop store."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    log = shared / f"server-{port}.log"
    command = [sys.executable, "-m", "suitability.ui.serve", "--server.port", str(port), "--server.headless", "true"]
    store = str(shared / f"server-{port}.db")
    own = {"PYTHONPATH": str(ROOT), "SUITABILITY_CACHE": str(shared / "measured"), "SUITABILITY_STORE": store}
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, *options], cwd=ROOT, env={**os.environ, **own, **environment}, stdout=out, stderr=out
        )
    address, until = f"http://localhost:{port}", time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):  # noqa: S310 (our own)
            process.returncode = 0  # another worker may stop it: nothing to warn of when this one ends first
            return {"address": address, "pid": process.pid, "store": store}
        time.sleep(0.05)
    pytest.fail(f"the app did not start: {log.read_text(encoding='utf-8')}")


@pytest.fixture
def open_screen(browser: Any, server: str) -> Iterator[Callable[..., Screen]]:
    """Give a maker of screens, each of a person of their own; at the end nothing may have gone wrong on any of them."""
    screens: list[Screen] = []
    said: list[str] = []

    def make(width: int = 1500, height: int = 1000) -> Screen:
        context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on(
            "console",
            lambda line: said.append(f"console: {line.text} {line.location}") if line.type == "error" else None,
        )
        page.on("pageerror", lambda error: said.append(f"page: {error}"))
        page.on(
            "request", lambda request: said.append(f"asked for {request.url}") if _leaves(request.url, server) else None
        )
        screens.append(Screen(page, server))
        return screens[-1]

    yield make
    for screen in screens:
        screen.page.context.close()
    assert [line for line in said if not any(word in line for word in HARMLESS)] == []


def _leaves(url: str, server: str) -> bool:
    """Return whether a request goes anywhere but to the app itself."""
    own = (server, server.replace("http", "ws", 1), "data:", "blob:")
    return not url.startswith(own)


@pytest.fixture
def screen(open_screen: Callable[[], Screen]) -> Screen:
    """Give one screen with the app open on it."""
    return open_screen().open()
