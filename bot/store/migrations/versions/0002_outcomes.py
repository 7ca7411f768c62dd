"""Outcomes: what became of each question asked of the knowledge base."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.types import key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "outcomes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("ticket", key(60), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("language", key(20), nullable=False),
        sa.Column("entry", key(64), nullable=False),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("decision", key(10), nullable=False),
        sa.Column("scale", key(160), nullable=False),
        sa.Column("picked", key(64), nullable=False),
        sa.Column("judgement", key(10), nullable=False),
        sa.Column("instead", key(64), nullable=False),
        sa.Column("source", key(10), nullable=False),
        sa.Column("judged_at", sa.BigInteger()),
    )
    op.create_index("outcomes_asked", "outcomes", ["asked_at", "id"])
    judged = sa.text("judged_at IS NOT NULL")
    op.create_index("outcomes_judged", "outcomes", ["judged_at", "id"], sqlite_where=judged, postgresql_where=judged)
    op.create_index("outcomes_ticket", "outcomes", ["ticket", "id"])
