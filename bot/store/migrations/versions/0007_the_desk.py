"""The desk: service levels, tags, custom fields, bonds between tickets, watchers, ratings; labels by which a ticket is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.types import LONG_TEXT, key

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _added() -> list[sa.Column[object]]:
    return [
        sa.Column("impact", key(10), nullable=False, server_default=""),
        sa.Column("urgency", key(10), nullable=False, server_default=""),
        sa.Column("tags", LONG_TEXT, nullable=False, server_default="[]"),
        sa.Column("fields", LONG_TEXT, nullable=False, server_default="[]"),
        sa.Column("watchers", LONG_TEXT, nullable=False, server_default="[]"),
        sa.Column("parent", key(60), nullable=False, server_default=""),
        sa.Column("parent_as", key(10), nullable=False, server_default=""),
        sa.Column("related", LONG_TEXT, nullable=False, server_default="[]"),
        sa.Column("promised", LONG_TEXT, nullable=False, server_default="null"),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("breached", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("waits_since", sa.BigInteger()),
        sa.Column("rating", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("comment", LONG_TEXT, nullable=False, server_default=""),
        sa.Column("seen_at", sa.BigInteger()),
    ]


def upgrade() -> None:
    """To this schema. The old code writes none of these: they have what a new ticket has."""
    for column in _added():
        op.add_column("tickets", column)
    by_parent = ["parent", "status", "changed_at"]
    for name, columns, where in (
        ("tickets_unclaimed", ["tier", "status", "claimed", "tier_since"], "status = 'open' AND claimed = 0"),
        ("tickets_answered", ["tier", "opened_at", "human_at", "tier_since"], "human_at IS NOT NULL"),
        ("tickets_due", ["due_at", "status"], "due_at IS NOT NULL"),
        ("tickets_parent", by_parent, "parent <> ''"),
    ):
        op.create_index(name, "tickets", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index("events_by", "events", ["by", "id"])
    op.create_table(
        "labels",
        sa.Column("label", key(255), primary_key=True),
        sa.Column("ticket", key(60), primary_key=True),
        sa.Column("status", key(10), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("labels_ticket", "labels", ["ticket"])
    op.create_index("labels_newest", "labels", ["label", "status", "changed_at"])
