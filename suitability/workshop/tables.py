"""The tables of the store, as the newest migration leaves them.

``event`` is append only: the database itself refuses to change or delete a row. What people said and their names stand
apart in ``words``, so that they can be erased on request; ``erasure`` keeps that, when and why, and opens the way.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

#: Where the newest migration is written down; not Alembic's own name, for a database that is shared.
VERSION_TABLE: Final = "workshop_version"

METADATA: Final = MetaData(
    naming_convention={"uq": "uq_%(table_name)s_%(column_0_N_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
)

#: One row per session: its codes and how many events it has. Codes are in no event, so in no export.
SESSION: Final = Table(
    "session", METADATA,
    Column("id", String(36), primary_key=True),
    Column("participant_code", String(16), nullable=False, unique=True),
    Column("chair_digest", String(64), nullable=False, unique=True),
    Column("last_sequence", Integer, nullable=False),
)  # fmt: skip

#: ``thing``: what is changed; ``follows``: the sequence of the change before it. That no two follow the same one is
#: what makes a simultaneous change impossible.
EVENT: Final = Table(
    "event", METADATA,
    Column("id", String(36), primary_key=True),
    Column("session_id", String(36), ForeignKey("session.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("at", String(32), nullable=False),
    Column("by", String(36), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("thing", Text),
    Column("follows", Integer),
    Column("body", Text, nullable=False),
    UniqueConstraint("session_id", "sequence"),
    UniqueConstraint("session_id", "thing", "follows"),
)  # fmt: skip

WORDS: Final = Table(
    "words", METADATA,
    Column("event_id", String(36), ForeignKey("event.id"), primary_key=True),
    Column("field", String(32), primary_key=True),
    Column("text", Text, nullable=False),
)  # fmt: skip

#: ``event_id`` empty: the whole session.
ERASURE: Final = Table(
    "erasure", METADATA,
    Column("session_id", String(36), primary_key=True),
    Column("event_id", String(36), primary_key=True),
    Column("at", String(32), nullable=False),
    Column("reason", Text, nullable=False),
)  # fmt: skip

#: Wrong codes of the last quarter of an hour; ``origin`` is a digest.
WRONG_CODE: Final = Table(
    "wrong_code", METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", String(32), nullable=False),
    Column("origin", String(64), nullable=False),
    Index("ix_wrong_code_at", "at"),
)  # fmt: skip
