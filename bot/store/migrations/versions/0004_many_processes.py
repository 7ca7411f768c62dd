"""Many processes on one database: a row to lock for each lane, who is alive and who holds what, and what may have been sent already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.types import ROW_ID, key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this schema. Each change stands alone: MariaDB has no transaction around them."""
    op.create_table(
        "lanes",
        sa.Column("lane", key(255), primary_key=True),
        sa.Column("taken", ROW_ID, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "holders",
        sa.Column("name", key(255), primary_key=True),
        sa.Column("owner", key(100), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "numbers_ready",
        sa.Column("prefix", key(40), primary_key=True),
        sa.Column("number", ROW_ID, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.add_column("outbox", sa.Column("begun", sa.Boolean(), nullable=False, server_default=sa.false()))
