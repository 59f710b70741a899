"""A fetch that is killed at any moment: the next one goes on, and ends with the same bytes as one left in peace."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from layers import Settings, kept_copies
from tests.paths import ROOT
from tests.services import kampen
from tests.services.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

N_KILLS = 5
POLICY = ROOT / "tests" / "policy" / "municipalities" / "common.yaml"
COMMAND = [
    sys.executable,
    "-m",
    "suitability",
    "fetch",
    "--area",
    "Kampen",
    "--policy",
    str(POLICY),
    "--source",
    "pdok",
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Server]]:
    """Serve Kampen on loopback; gives a configuration whose services are there, and the server."""
    folder = tmp_path_factory.mktemp("killed") / "config"
    shutil.copytree(ROOT / "config", folder)
    with Server(kampen.services()) as server:
        kampen.write_table(server, folder / "sources", tile_m=1500)
        yield folder, server


def start(config: Path, kept: Path) -> subprocess.Popen[bytes]:
    """Start a fetch in a process of its own."""
    environment = {
        **os.environ,
        "SUITABILITY_CONFIG": str(config),
        "SUITABILITY_DATA": str(kept),
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen(COMMAND, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=config.parent)


def content(kept: Path) -> dict[str, set[str]]:
    """Return the names of the data of each layer; a file bears the hash of what is in it."""
    return {
        copy.layer: {path.name for path in (kept / "data").iterdir()} for copy in kept_copies(Settings(copies=kept))
    }


def kill_after(n_answers: int, process: subprocess.Popen[bytes], server: Server) -> bool:
    """Kill a fetch when so many more questions came in; returns whether it was still at work."""
    asked = len(server.requests)
    while process.poll() is None and len(server.requests) - asked < n_answers:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    return process.returncode == -signal.SIGKILL


def test_killed_at_five_moments(served: tuple[Path, Server], tmp_path: Path) -> None:
    """SIGKILL after any number of answers, ten times; never a half copy, and in the end the same bytes."""
    config, server = served
    in_peace, killed = tmp_path / "in peace", tmp_path / "killed"
    done = start(config, in_peace)
    _, said = done.communicate(timeout=120)
    assert done.returncode == 0, said.decode()
    n_asked = len(server.requests)
    chance, n_stopped = random.Random(7), 0
    for _ in range(3 * N_KILLS):
        if kill_after(chance.randint(1, n_asked // 3), start(config, killed), server):
            n_stopped += 1
        elif n_stopped < N_KILLS:  # it was finished: begin again, to have something to kill
            shutil.rmtree(killed)
        found = {path.name for path in (killed / "index").glob("*.json")} if (killed / "index").is_dir() else set()
        assert len(found) == len(kept_copies(Settings(copies=killed))), "a half copy was taken for a whole one"
        if n_stopped == N_KILLS:
            break
    assert n_stopped == N_KILLS
    last = start(config, killed)
    _, said = last.communicate(timeout=120)
    assert last.returncode == 0, said.decode()
    assert content(killed) == content(in_peace)
    assert set(content(killed)) >= {"parcels", "public_roads", "recreation_parks", "municipality"}
