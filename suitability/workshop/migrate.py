"""Bringing the tables of a store up to date when it is opened, once, however many open it at the same time."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from suitability.core.errors import Problem, StoreError
from suitability.workshop.database import BUSY_S, reading, shown, spoken, writing
from suitability.workshop.tables import VERSION_TABLE

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

#: Key of the lock under which PostgreSQL migrates: any number, as long as every process takes the same.
_LOCK: Final = 7_204_112_025


def migrate(engine: Engine) -> None:
    """Bring the tables up to date. Raises ``StoreError`` for a database of a newer program, or of another one."""
    script = ScriptDirectory.from_config(_config())
    if engine.dialect.name == "sqlite":
        with spoken(engine.url):
            _write_ahead(engine)
    with reading(engine) as connection:
        if _revision(connection, script, engine) == script.get_current_head():
            return
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        if _revision(connection, script, engine) != script.get_current_head():
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection, script: ScriptDirectory, engine: Engine) -> str | None:
    """Return at which migration the tables are, None for an empty database."""
    found = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
    known = {revision.revision for revision in script.walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(Problem(shown(engine.url), "store_newer", {"found": found, "expected": max(known)}))
    names = set(sa.inspect(connection).get_table_names())
    if found is None and names & {"event", "session"}:
        raise StoreError(Problem(shown(engine.url), "store_foreign", {"found": ", ".join(sorted(names)[:5])}))
    return found


def _is_locked(error: BaseException) -> bool:
    return isinstance(error, OperationalError) and "locked" in str(error)


@retry(
    retry=retry_if_exception(_is_locked),
    wait=wait_random(0.01, 0.1),
    stop=stop_after_delay(BUSY_S),
    sleep=time.sleep,
    reraise=True,
)
def _write_ahead(engine: Engine) -> None:
    """Let readers go on while someone writes. SQLite does not wait by itself when two switch at once."""
    raw = engine.raw_connection()
    try:
        if raw.cursor().execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            raw.cursor().execute("PRAGMA journal_mode = WAL")
    except engine.dialect.loaded_dbapi.Error as error:
        raise OperationalError("PRAGMA journal_mode", {}, error) from error
    finally:
        raw.close()
