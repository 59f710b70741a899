"""The first tables, and the triggers that make the events append only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: Table -> when a row may be deleted all the same: what was said, once its erasure is on record, or the whole session.
_WAY_OUT = {
    "event": "SELECT 1 FROM erasure e WHERE e.session_id = OLD.session_id AND e.event_id = ''",
    "words": "SELECT 1 FROM erasure e JOIN event v ON v.session_id = e.session_id "
    "WHERE v.id = OLD.event_id AND e.event_id IN ('', v.id)",
    "erasure": "SELECT 1 WHERE 1 = 0",
}


def upgrade() -> None:
    """Make the tables and their guards."""
    op.create_table(
        "session",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("participant_code", sa.String(16), nullable=False, unique=True),
        sa.Column("chair_digest", sa.String(64), nullable=False, unique=True),
        sa.Column("last_sequence", sa.Integer, nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("session_id", sa.String(36), sa.ForeignKey("session.id"), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("thing", sa.Text),
        sa.Column("follows", sa.Integer),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint("session_id", "sequence"),
        sa.UniqueConstraint("session_id", "thing", "follows"),
    )
    op.create_table(
        "words",
        sa.Column("event_id", sa.String(36), sa.ForeignKey("event.id"), primary_key=True),
        sa.Column("field", sa.String(32), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "erasure",
        sa.Column("session_id", sa.String(36), primary_key=True),
        sa.Column("event_id", sa.String(36), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "wrong_code",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("origin", sa.String(64), nullable=False),
    )
    op.create_index("ix_wrong_code_at", "wrong_code", ["at"])
    guard = _guard_postgresql if op.get_bind().dialect.name == "postgresql" else _guard_sqlite
    for table, way_out in _WAY_OUT.items():
        guard(table, way_out)


def _guard_sqlite(table: str, way_out: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append only'); END"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT EXISTS ({way_out}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append only'); END"
    )


def _guard_postgresql(table: str, way_out: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF EXISTS ({way_out}) THEN RETURN OLD; END IF; END IF; "
        f"RAISE EXCEPTION '{table} is append only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


def downgrade() -> None:
    """Refuse: going back would lose what people made."""
    raise NotImplementedError
