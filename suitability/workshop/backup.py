"""A copy of a store while people go on using it, for a store in a file; of a server its own tools make one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

from suitability.core.errors import Problem, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from suitability.workshop.store import Store


def back_up(store: Store, path: Path) -> None:
    """Write a whole copy of the store to a new file. Raises ``StoreError`` when it exists or cannot be written."""
    if store.engine.dialect.name != "sqlite":
        raise StoreError(Problem(store.place, "backup_server"))
    if path.exists():
        raise StoreError(Problem(str(path), "backup_exists"))
    writing = path.with_name(f".writing-{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writing.touch(mode=0o600)
        with (
            closing(sqlite3.connect(str(store.engine.url.database))) as here,
            closing(sqlite3.connect(writing)) as there,
        ):
            here.backup(there)
        writing.rename(path)
    except (sqlite3.Error, OSError) as error:
        writing.unlink(missing_ok=True)
        raise StoreError(Problem(str(path), "store_not_writable", {"found": error})) from error
