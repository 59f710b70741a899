"""Erasing on request what was said by or of a person, a name, or a whole session, from a store that only appends.

Events stay as they are; names and texts stand apart and can be deleted, once it is on record (``erasure``) that this was
done, when and why. Without that record the database itself refuses. What was erased reads as ``[…]``, a name as none:
the party remains. A whole session leaves nothing but that record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from suitability.core.errors import Problem, WorkshopError
from suitability.workshop.database import writing
from suitability.workshop.events import Event, WordsErased
from suitability.workshop.store import Write
from suitability.workshop.tables import ERASURE, EVENT, SESSION, WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.engine import Connection

    from suitability.workshop.events import Recorded
    from suitability.workshop.store import Store

#: Stands for the whole session in the record of erasures.
_ALL: Final = ""


def forget_participant(store: Store, session: UUID, participant: UUID, *, by: UUID, reason: str) -> Recorded:
    """Erase the name of a participant; party, votes and remarks stay. ``by``: the chair who does it.

    Raises ``WorkshopError`` when there is no such participant.
    """
    return erase_words(store, session, (participant,), by=by, reason=reason)


def erase_words(store: Store, session: UUID, events: Sequence[UUID], *, by: UUID, reason: str) -> Recorded:
    """Erase what was said in some events: a remark, the reason of a vote, lock or stage. That it happened remains."""
    erasing = Event(by=by, act=WordsErased(events=tuple(events), reason=reason))
    with writing(store.engine) as connection:
        last = store.locked_at(connection, session)
        wanted = [str(event) for event in events]
        here = (EVENT.c.session_id == str(session)) & EVENT.c.id.in_(wanted)
        if set(connection.execute(sa.select(EVENT.c.id).where(here)).scalars()) != set(wanted):
            raise WorkshopError(Problem("words_erased", "erase_unknown"))
        done = ERASURE.c.session_id == str(session)
        earlier = set(connection.execute(sa.select(ERASURE.c.event_id).where(done)).scalars())
        for event in set(wanted) - earlier:
            _record(connection, session, event, store.clock().isoformat(), reason)
        connection.execute(WORDS.delete().where(WORDS.c.event_id.in_(wanted)))
        recorded = store.append_in(connection, session, (Write(erasing),), last)[0]
    _tidy(store)
    return recorded


def forget_session(store: Store, session: UUID, *, reason: str) -> None:
    """Delete a session with all its events; that, when and why stays on record. There is no way back."""
    with writing(store.engine) as connection:
        store.locked_at(connection, session)
        _record(connection, session, _ALL, store.clock().isoformat(), reason)
        mine = EVENT.c.session_id == str(session)
        connection.execute(WORDS.delete().where(WORDS.c.event_id.in_(sa.select(EVENT.c.id).where(mine))))
        connection.execute(EVENT.delete().where(mine))
        connection.execute(SESSION.delete().where(SESSION.c.id == str(session)))
    _tidy(store)


def _record(connection: Connection, session: UUID, event: str, at: str, reason: str) -> None:
    connection.execute(ERASURE.insert().values(session_id=str(session), event_id=event, at=at, reason=reason))


def _tidy(store: Store) -> None:
    """Let nothing of what was erased remain in the journal beside a file of SQLite."""
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            raw = connection.connection.cursor()
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raw.close()
