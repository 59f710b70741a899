"""${message}."""

from __future__ import annotations

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables; what is in them stays."""


def downgrade() -> None:
    """Refuse: going back would lose what people made."""
    raise NotImplementedError
