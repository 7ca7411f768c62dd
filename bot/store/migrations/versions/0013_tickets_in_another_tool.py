"""What a ticket is called in the tool that it is mirrored to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.types import LONG_TEXT, key

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this schema. The old code writes neither: they are empty then."""
    op.add_column("tickets", sa.Column("external", key(100), nullable=False, server_default=""))
    op.add_column("tickets", sa.Column("external_url", LONG_TEXT, nullable=False, server_default=""))
    where = "external <> ''"
    op.create_index("tickets_external", "tickets", ["external"], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
