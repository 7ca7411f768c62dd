"""Contacts that are no messages: calls, and talk that opened nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.types import LONG_TEXT, ROW_ID, key

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this schema: a new table alone, which the old code does not know."""
    op.create_table(
        "contacts",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("person", key(255), nullable=False),
        sa.Column("channel", key(40), nullable=False),
        sa.Column("direction", key(3), nullable=False),
        sa.Column("medium", key(10), nullable=False),
        sa.Column("outcome", key(20), nullable=False),
        sa.Column("by", key(255), nullable=False),
        sa.Column("ticket", key(60), nullable=False),
        sa.Column("reason", LONG_TEXT, nullable=False),
        sa.Column("duration_s", sa.Integer(), nullable=False),
    )
    op.create_index("contacts_at", "contacts", ["at", "id"])
    op.create_index("contacts_person", "contacts", ["person"])
