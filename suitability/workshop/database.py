"""Connecting to the database of the store, and saying in one sentence what is wrong when that fails.

A password is in no message: an address is shown without it and without its options.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from suitability.core.errors import Problem, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL, Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

#: How long a write waits for others before it gives up, in seconds.
BUSY_S: Final = 30

_CONNECT_S: Final = 10
_WRITES: Final = "suitability_writes"


def default_url() -> str:
    """Return the address of the store when none is given: a file in the user's data folder."""
    return f"sqlite:///{platformdirs.user_data_path('suitability') / 'workshop.db'}"


def url_of(address: str) -> URL:
    """Return the address as SQLAlchemy takes it; a path is a file of SQLite. Raises ``StoreError``."""
    if "://" not in address:
        return sa.URL.create("sqlite", database=address)
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise StoreError(Problem("--store", "store_address")) from None
    if url.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database and url.database != ":memory:":
        return url
    raise StoreError(Problem(shown(url), "store_kind", {"found": url.drivername}))


def shown(url: URL) -> str:
    """Return an address that may be shown: without password and options."""
    if url.drivername == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


def make_engine(url: URL) -> Engine:
    """Return an engine; the folder of a file is made. Raises ``StoreError``."""
    try:
        if url.drivername == "sqlite":
            Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
            Path(str(url.database)).touch(mode=0o600)  # what people say is for nobody else on this machine
            engine = sa.create_engine(url, connect_args={"timeout": BUSY_S})
            sa.event.listen(engine, "connect", _on_connect)
            sa.event.listen(engine, "begin", _on_begin)
            return engine
        engine = sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": _CONNECT_S})
    except (ModuleNotFoundError, NoSuchModuleError):
        raise StoreError(Problem(shown(url), "store_driver")) from None
    except OSError as error:
        raise StoreError(Problem(shown(url), "store_not_writable", {"found": error.strerror or error})) from error
    sa.event.listen(engine, "connect", _on_connect_server)
    return engine


def _on_connect(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """Leave transactions to ``_on_begin``; keep to foreign keys; overwrite what is erased; survive a power cut."""
    connection.isolation_level = None
    for pragma in ("foreign_keys = ON", "secure_delete = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _on_connect_server(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Wait for others as long as a file would, not for ever."""
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{BUSY_S}s'")
    cursor.close()
    connection.commit()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection on which one state of the database is seen. Raises ``StoreError``."""
    with spoken(engine.url), engine.connect() as connection:
        isolated = connection.execution_options(isolation_level="REPEATABLE READ") if _served(engine) else connection
        with isolated.begin():
            yield isolated


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that is kept as a whole, or not at all. Raises ``StoreError``."""
    with spoken(engine.url), engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        yield connection


def _served(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


@contextmanager
def spoken(url: URL) -> Iterator[None]:
    """Turn what the driver raises into one sentence."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(_problem(url, error.orig or error)) from error
    except sqlite3.Error as error:  # while connecting, before SQLAlchemy looks
        raise StoreError(_problem(url, error)) from error


def _problem(url: URL, error: BaseException) -> Problem:
    said = str(error).strip().splitlines()
    found = (said[0] if said else type(error).__name__).replace(str(url.password or "\0"), "***")
    where, low = shown(url), found.lower()
    if "is locked" in low or "lock timeout" in low:
        return Problem(where, "store_busy", {"seconds": BUSY_S})
    if "not a database" in low or "malformed" in low:
        return Problem(where, "store_damaged", {"found": found})
    if url.drivername == "sqlite":
        return Problem(where, "store_not_writable", {"found": found})
    is_away = type(error).__name__ in {"OperationalError", "InterfaceError", "ConnectionTimeout", "AdminShutdown"}
    return Problem(where, "store_unreachable" if is_away else "store_failed", {"found": found})
