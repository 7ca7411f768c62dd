"""Learning: proposed ways to ask, questions that are not for the FAQ, and which version of the knowledge last changed what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "proposals",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=False),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("lang", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ticket", sa.String(60), nullable=False),
        sa.Column("by", sa.String(255), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("decided_by", sa.String(255)),
        sa.Column("decided_at", sa.BigInteger()),
    )
    op.create_index("proposals_entry", "proposals", ["entry", "id"])
    op.create_index("proposals_state", "proposals", ["state", "id"])
    op.create_index("proposals_ticket", "proposals", ["ticket"])
    op.create_table(
        "outside",
        sa.Column("id", ROW_ID, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(20), nullable=False),
        sa.Column("ticket", sa.String(60), nullable=False),
        sa.Column("by", sa.String(255), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("outside_ticket", "outside", ["ticket"])
    op.create_table(
        "knowledge_changes",
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("version", ROW_ID, nullable=False),
    )
    op.create_index("knowledge_changes_version", "knowledge_changes", ["version"])
