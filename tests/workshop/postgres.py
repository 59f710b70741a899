"""A PostgreSQL server of the tests' own: thrown away afterwards, reached through a socket in its own folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from tests.moments import HANG_S

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)


def binaries() -> Path | None:
    """Return the folder with initdb and postgres, or None."""
    found = shutil.which("initdb")
    return Path(found).parent if found else next((p for p in reversed(PLACES) if (p / "initdb").is_file()), None)


def start_cluster(where: Path) -> dict[str, Any]:
    """Start a server of the programs in a folder and wait until it answers; return its port, process and folder."""
    folder, port = Path(tempfile.mkdtemp(prefix="suitability-pg-")), _free_port()
    folder.chmod(0o777)
    data = folder / "data"
    _run(where / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
    options = ["-D", data, "-k", folder, "-h", "127.0.0.1", "-p", port, "-c", "max_connections=200", "-c", "fsync=off"]
    server = subprocess.Popen(
        _as_ordinary_user(where / "postgres", *options),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    _wait(port, server)
    server.returncode = 0  # another worker may stop it: nothing to warn of when this one ends first
    return {"port": port, "pid": server.pid, "folder": str(folder)}


def stop_cluster(about: dict[str, Any]) -> None:
    """End a server and throw everything away."""
    os.killpg(about["pid"], signal.SIGKILL)  # nothing in it is kept; runuser passes nothing on by itself
    shutil.rmtree(about["folder"], ignore_errors=True)


@dataclass(frozen=True)
class Cluster:
    """A running server. ``new_database`` gives the address of an empty database."""

    port: int

    def address(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://tester:not-a-secret@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Return the address of a new database."""
        name = f"t{uuid4().hex}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        return self.address(name)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + HANG_S
    while True:
        try:
            psycopg.connect(Cluster(port).address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            assert server.poll() is None, "the PostgreSQL server of the tests does not start"
            assert time.monotonic() < until, "the PostgreSQL server of the tests does not answer"
            time.sleep(0.1)
        else:
            return


def _as_ordinary_user(*command: object) -> list[str]:
    """Return a command as the user who may run a server: root may not."""
    words = [str(word) for word in command]
    return ["runuser", "-u", "postgres", "--", *words] if os.geteuid() == 0 else words


def _run(*command: object) -> None:
    done = subprocess.run(_as_ordinary_user(*command), capture_output=True, text=True, cwd="/", check=False)
    assert done.returncode == 0, done.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
