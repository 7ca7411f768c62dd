"""Curation: drafts of entries; requests that the API has answered, so that one that is sent again changes nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.types import LONG_TEXT, ROW_ID, key

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this schema: new tables alone, which the old code does not know."""
    op.create_table(
        "drafts",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=False),
        sa.Column("of", key(64), nullable=False),
        sa.Column("entry", LONG_TEXT, nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("state", key(10), nullable=False),
        sa.Column("origin", key(10), nullable=False),
        sa.Column("by", key(255), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", key(255), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("reviewer", key(255), nullable=False),
        sa.Column("remark", LONG_TEXT, nullable=False),
        sa.Column("ticket", key(60), nullable=False),
    )
    op.create_index("drafts_state", "drafts", ["state", "id"])
    op.create_index("drafts_of", "drafts", ["of", "id"])
    op.create_index("drafts_ticket", "drafts", ["ticket"])
    op.create_table(
        "answered_requests",
        sa.Column("key", key(255), primary_key=True),
        sa.Column("fingerprint", key(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("answered_requests_at", "answered_requests", ["at"])
