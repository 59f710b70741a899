"""A PostgreSQL server of the tests' own: thrown away afterwards, reached through a socket in its own folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import psycopg

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)


def binaries() -> Path | None:
    """Return the folder with initdb and postgres, or None."""
    found = shutil.which("initdb")
    return Path(found).parent if found else next((p for p in reversed(PLACES) if (p / "initdb").is_file()), None)


class Cluster:
    """A running server. ``new_database`` gives the address of an empty database."""

    def __init__(self, where: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="suitability-pg-"))
        self.folder.chmod(0o777)
        self.port = _free_port()
        data = self.folder / "data"
        _run(where / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        options = [
            "-D",
            data,
            "-k",
            self.folder,
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-c",
            "max_connections=100",
            "-c",
            "fsync=off",
        ]
        command = _as_ordinary_user(where / "postgres", *options)
        self.server = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._wait()

    def address(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://tester:not-a-secret@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Return the address of a new database."""
        name = f"t{uuid4().hex}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        return self.address(name)

    def _wait(self) -> None:
        for _ in range(300):
            try:
                psycopg.connect(self.address("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                assert self.server.poll() is None, "the PostgreSQL server of the tests does not start"
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the PostgreSQL server of the tests does not answer")

    def stop(self) -> None:
        """Stop the server and throw everything away."""
        os.killpg(self.server.pid, signal.SIGINT)  # runuser passes nothing on by itself
        try:
            self.server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


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
