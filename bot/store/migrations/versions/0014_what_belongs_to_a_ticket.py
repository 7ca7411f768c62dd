"""What was sent, linked and logged about a ticket is found by its number: forgetting one must not look through everything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this schema: indexes alone."""
    op.create_index("links_ticket", "links", ["ticket"])
    for table in ("outbox", "contacts"):
        op.create_index(f"{table}_ticket", table, ["ticket"], sqlite_where=sa.text("ticket <> ''"), postgresql_where=sa.text("ticket <> ''"))
