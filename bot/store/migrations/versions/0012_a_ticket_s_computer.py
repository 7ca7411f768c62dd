"""Which computer a ticket is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this schema: a column with a default, which the old code leaves as it is."""
    op.add_column("tickets", sa.Column("asset", sa.BigInteger(), nullable=False, server_default="0"))
