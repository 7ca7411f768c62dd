"""What reports count: a row a ticket, its acts, and the days over which it was open. Derived, and filled in by the desk itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.types import key

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this schema: new tables alone, which the old code does not know."""
    op.create_table(
        "ticket_facts",
        sa.Column("opened_day", sa.Integer(), nullable=False),
        sa.Column("opened_hour", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("tiers", sa.Integer(), nullable=False),
        sa.Column("merged", sa.Integer(), nullable=False),
        sa.Column("waiting_s", sa.Integer(), nullable=False),
        sa.Column("waiting_work_s", sa.Integer(), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("reopened_soon", sa.Integer(), nullable=False),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("escalations", sa.Integer(), nullable=False),
        sa.Column("send_backs", sa.Integer(), nullable=False),
        sa.Column("back_and_forth", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Integer()),
        sa.Column("solved_day", sa.Integer()),
        sa.Column("solved_tier", sa.Integer()),
        sa.Column("reply_tier", sa.Integer()),
        sa.Column("reply_s", sa.Integer()),
        sa.Column("reply_work_s", sa.Integer()),
        sa.Column("solved_s", sa.Integer()),
        sa.Column("solved_work_s", sa.Integer()),
        sa.Column("first_s", sa.Integer()),
        sa.Column("first_work_s", sa.Integer()),
        sa.Column("bot_s", sa.Integer()),
        sa.Column("claim_s", sa.Integer()),
        sa.Column("rating", sa.Integer()),
        sa.Column("rated_day", sa.Integer()),
        sa.Column("closed_day", sa.Integer()),
        sa.Column("ticket", key(60), primary_key=True),
        sa.Column("made_by", key(10), nullable=False),
        sa.Column("channel", key(40), nullable=False),
        sa.Column("priority", key(20), nullable=False),
        sa.Column("kind", key(40), nullable=False),
        sa.Column("language", key(20), nullable=False),
        sa.Column("self_service", key(12), nullable=False),
        sa.Column("decision", key(10), nullable=False),
        sa.Column("handed_over", key(20), nullable=False),
        sa.Column("status", key(10), nullable=False),
        sa.Column("closed", key(20), nullable=False),
        sa.Column("desk", key(40), nullable=False),
        sa.Column("entry", key(64), nullable=False),
        sa.Column("requester", key(255), nullable=False),
        sa.Column("solved_by", key(255), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ticket_facts_opened", "ticket_facts", ["opened_day"])
    op.create_index("ticket_facts_first", "ticket_facts", ["first_day"])
    op.create_index("ticket_facts_solved", "ticket_facts", ["solved_day"])
    op.create_index("ticket_facts_rated", "ticket_facts", ["rated_day"])
    op.create_table(
        "ticket_acts",
        sa.Column("ticket", key(60), primary_key=True),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("what", key(12), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("by", key(255), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("to_tier", sa.Integer(), nullable=False),
        sa.Column("about", key(20), nullable=False),
        sa.Column("priority", key(20), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ticket_acts_what", "ticket_acts", ["what", "day", "by", "tier", "to_tier", "about", "priority", "late"])
    op.create_table(
        "open_stretches",
        sa.Column("ticket", key(60), primary_key=True),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("opened_day", sa.Integer(), nullable=False),
        sa.Column("since_day", sa.Integer(), nullable=False),
        sa.Column("until_day", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("priority", key(20), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("open_stretches_until", "open_stretches", ["until_day", "since_day"])
