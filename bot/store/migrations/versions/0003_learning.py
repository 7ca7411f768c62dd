"""Learning: proposed ways to ask, questions that are not for the FAQ, and which version of the knowledge last changed what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.types import LONG_TEXT, ROW_ID, key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "proposals",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=False),
        sa.Column("entry", key(64), nullable=False),
        sa.Column("lang", key(20), nullable=False),
        sa.Column("text", LONG_TEXT, nullable=False),
        sa.Column("ticket", key(60), nullable=False),
        sa.Column("by", key(255), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", key(10), nullable=False),
        sa.Column("decided_by", key(255)),
        sa.Column("decided_at", sa.BigInteger()),
    )
    op.create_index("proposals_entry", "proposals", ["entry", "id"])
    op.create_index("proposals_state", "proposals", ["state", "id"])
    op.create_index("proposals_ticket", "proposals", ["ticket"])
    op.create_table(
        "outside",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=False),
        sa.Column("text", LONG_TEXT, nullable=False),
        sa.Column("lang", key(20), nullable=False),
        sa.Column("ticket", key(60), nullable=False),
        sa.Column("by", key(255), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("outside_ticket", "outside", ["ticket"])
    op.create_table(
        "knowledge_changes",
        sa.Column("kind", key(10), primary_key=True),
        sa.Column("id", key(64), primary_key=True),
        sa.Column("version", ROW_ID, nullable=False),
    )
    op.create_index("knowledge_changes_version", "knowledge_changes", ["version"])
