"""Run by Alembic: the migrations, on the connection that opened the store and in its transaction."""

from __future__ import annotations

from alembic import context

from suitability.workshop.tables import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=VERSION_TABLE
)
context.run_migrations()
