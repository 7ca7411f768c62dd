"""The first schema: inbox, outbox, tickets and their talk, people, knowledge base, notes, files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.types import CONTENT, LONG_TEXT, ROW_ID, key

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "counters",
        sa.Column("prefix", key(40), primary_key=True),
        sa.Column("last", ROW_ID, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entries",
        sa.Column("id", key(64), primary_key=True),
        sa.Column("entry", LONG_TEXT, nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("words", LONG_TEXT, nullable=False),
    )
    op.create_table(
        "entry_versions",
        sa.Column("id", key(64), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("entry", LONG_TEXT, nullable=False),
        sa.Column("by", key(255), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("ticket", key(60), nullable=False),
        sa.Column("name", key(60), nullable=False),
        sa.Column("by", key(255), nullable=False),
        sa.Column("channel", key(40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("details", LONG_TEXT, nullable=False),
    )
    op.create_index("events_ticket", "events", ["ticket", "id"])
    op.create_table(
        "files",
        sa.Column("source", key(255), primary_key=True),
        sa.Column("attachment", LONG_TEXT, nullable=False),
        sa.Column("content", CONTENT, nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("channel", key(40), nullable=False),
        sa.Column("key", key(255), nullable=False),
        sa.Column("also", key(255)),
        sa.Column("lane", key(255), nullable=False),
        sa.Column("kind", key(20), nullable=False),
        sa.Column("person", LONG_TEXT, nullable=False),
        sa.Column("what", LONG_TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("state", key(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", key(200), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.UniqueConstraint("channel", "key", name="inbox_key"),
        sa.UniqueConstraint("channel", "also", name="inbox_also"),
    )
    _partial("inbox_due", "inbox", ["due", "state"], where="state = 'waiting'")
    op.create_index("inbox_lane", "inbox", ["lane", "id"])
    _partial("inbox_parked", "inbox", ["id", "state"], where="state = 'parked'")
    _partial("inbox_retrying", "inbox", ["lane", "due"], where="state = 'waiting' AND attempts > 0")
    _partial("inbox_timers", "inbox", ["kind", "state"], where="state = 'waiting' AND kind = 'timer'")
    _partial("inbox_waiting", "inbox", ["lane", "id"], where="state = 'waiting'")
    op.create_table(
        "leases",
        sa.Column("lane", key(255), primary_key=True),
        sa.Column("owner", key(100), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "links",
        sa.Column("platform_id", key(255), primary_key=True),
        sa.Column("ticket", key(60), nullable=False),
        sa.Column("role", key(60), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "messages",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("ticket", key(60), nullable=False),
        sa.Column("direction", key(3), nullable=False),
        sa.Column("kind", key(20), nullable=False),
        sa.Column("author", key(255), nullable=False),
        sa.Column("text", LONG_TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("attachments", LONG_TEXT, nullable=False),
        sa.Column("source", key(255), nullable=False),
        sa.Column("delivery", key(20), nullable=False),
        sa.Column("edited", LONG_TEXT, nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("heard", ROW_ID, nullable=False),
    )
    _partial("messages_source", "messages", ["source"], where="source <> ''")
    op.create_index("messages_ticket", "messages", ["ticket", "id"])
    op.create_table(
        "notes",
        sa.Column("key", key(255), primary_key=True),
        sa.Column("value", LONG_TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("key", key(255), nullable=False),
        sa.Column("lane", key(255), nullable=False),
        sa.Column("to", key(255), nullable=False),
        sa.Column("kind", key(20), nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("ticket", key(60), nullable=False),
        sa.Column("message", ROW_ID, nullable=False),
        sa.Column("thread", key(255), nullable=False),
        sa.Column("edits", key(255), nullable=False),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        sa.Column("state", key(10), nullable=False),
        sa.Column("sent_as", key(255)),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", key(200), nullable=False),
        sa.Column("heard", ROW_ID, nullable=False),
        sa.UniqueConstraint("key", name="outbox_key"),
    )
    _partial("outbox_due", "outbox", ["due", "state"], where="state = 'waiting'")
    _partial("outbox_edits", "outbox", ["edits"], where="edits <> ''")
    _partial("outbox_failed", "outbox", ["id", "state"], where="state = 'failed'")
    _partial("outbox_thread", "outbox", ["thread"], where="thread <> ''")
    op.create_index("outbox_to", "outbox", ["to", "id"])
    _partial("outbox_waiting", "outbox", ["lane", "id"], where="state = 'waiting'")
    op.create_table(
        "people",
        sa.Column("id", key(255), primary_key=True),
        sa.Column("name", key(255), nullable=False),
        sa.Column("language", key(20)),
        sa.Column("timezone", key(64)),
        sa.Column("chosen", key(20), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tickets",
        sa.Column("row", ROW_ID, primary_key=True),
        sa.Column("id", key(60), nullable=False),
        sa.Column("requester", key(255), nullable=False),
        sa.Column("conversation", key(255), nullable=False),
        sa.Column("question", LONG_TEXT, nullable=False),
        sa.Column("language", key(20), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("tier_since", sa.BigInteger(), nullable=False),
        sa.Column("status", key(10), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("assignee", key(255)),
        sa.Column("priority", key(20), nullable=False),
        sa.Column("kind", key(40), nullable=False),
        sa.Column("offers", LONG_TEXT, nullable=False),
        sa.Column("entry", key(64), nullable=False),
        sa.Column("solution", LONG_TEXT, nullable=False),
        sa.Column("human_at", sa.BigInteger()),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("follows", key(60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("words", LONG_TEXT, nullable=False),
        sa.UniqueConstraint("id", name="tickets_id"),
    )
    op.create_index("tickets_assignee", "tickets", ["assignee", "status", "changed_at"])
    op.create_index("tickets_changed", "tickets", ["changed_at"])
    op.create_index("tickets_conversation", "tickets", ["conversation", "row"])
    _partial("tickets_open", "tickets", ["conversation", "status"], where="status IN ('open', 'pending')")
    op.create_index("tickets_queue", "tickets", ["tier", "status", "claimed", "changed_at"])
    op.create_index("tickets_requester", "tickets", ["requester", "status", "changed_at"])
