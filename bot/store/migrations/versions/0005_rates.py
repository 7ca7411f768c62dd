"""Rate limits that all processes keep together: a row for each place and channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.types import LONG_TEXT, key

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "rates",
        sa.Column("name", key(255), primary_key=True),
        sa.Column("state", LONG_TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
