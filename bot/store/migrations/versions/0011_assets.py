"""Assets and what changed in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.types import LONG_TEXT, ROW_ID, key

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this schema: new tables alone, which the old code does not know."""
    op.create_table(
        "assets",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("device", key(255), nullable=False),
        sa.Column("name", key(255), nullable=False),
        sa.Column("serial", key(255), nullable=False),
        sa.Column("uuid", key(64), nullable=False),
        sa.Column("model", key(255), nullable=False),
        sa.Column("system", key(255), nullable=False),
        sa.Column("macs", LONG_TEXT, nullable=False),
        sa.Column("agent", key(80), nullable=False),
        sa.Column("tag", key(255), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("person", key(255), nullable=False),
        sa.Column("sections", LONG_TEXT, nullable=False),
        sa.Column("words", LONG_TEXT, nullable=False),
    )
    op.create_index("assets_device", "assets", ["device"])
    op.create_index("assets_serial", "assets", ["serial"])
    op.create_index("assets_uuid", "assets", ["uuid"])
    op.create_index("assets_person", "assets", ["person", "id"])
    op.create_table(
        "asset_changes",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("asset", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("agent", key(80), nullable=False),
        sa.Column("changes", LONG_TEXT, nullable=False),
    )
    op.create_index("asset_changes_asset", "asset_changes", ["asset", "id"])
