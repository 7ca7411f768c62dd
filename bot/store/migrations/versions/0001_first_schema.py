"""The first schema: inbox, outbox, tickets and their talk, people, knowledge base, notes, files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "counters",
        sa.Column("prefix", sa.String(40), primary_key=True),
        sa.Column("last", ROW_ID, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
    )
    op.create_table(
        "entry_versions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("by", sa.String(255), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("ticket", sa.String(60), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("by", sa.String(255), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
    )
    op.create_index("events_ticket", "events", ["ticket", "id"])
    op.create_table(
        "files",
        sa.Column("source", sa.String(255), primary_key=True),
        sa.Column("attachment", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("also", sa.String(255)),
        sa.Column("lane", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(200), nullable=False),
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
        sa.Column("lane", sa.String(255), primary_key=True),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "links",
        sa.Column("platform_id", sa.String(255), primary_key=True),
        sa.Column("ticket", sa.String(60), nullable=False),
        sa.Column("role", sa.String(60), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "messages",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("ticket", sa.String(60), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("author", sa.String(255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("attachments", sa.Text(), nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("delivery", sa.String(20), nullable=False),
        sa.Column("edited", sa.Text(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("heard", ROW_ID, nullable=False),
    )
    _partial("messages_source", "messages", ["source"], where="source <> ''")
    op.create_index("messages_ticket", "messages", ["ticket", "id"])
    op.create_table(
        "notes",
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("lane", sa.String(255), nullable=False),
        sa.Column("to", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("ticket", sa.String(60), nullable=False),
        sa.Column("message", ROW_ID, nullable=False),
        sa.Column("thread", sa.String(255), nullable=False),
        sa.Column("edits", sa.String(255), nullable=False),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("sent_as", sa.String(255)),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(200), nullable=False),
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
        sa.Column("id", sa.String(255), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("language", sa.String(20)),
        sa.Column("timezone", sa.String(64)),
        sa.Column("chosen", sa.String(20), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tickets",
        sa.Column("row", ROW_ID, primary_key=True),
        sa.Column("id", sa.String(60), nullable=False),
        sa.Column("requester", sa.String(255), nullable=False),
        sa.Column("conversation", sa.String(255), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("tier_since", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("assignee", sa.String(255)),
        sa.Column("priority", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("offers", sa.Text(), nullable=False),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("human_at", sa.BigInteger()),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("follows", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.UniqueConstraint("id", name="tickets_id"),
    )
    op.create_index("tickets_assignee", "tickets", ["assignee", "status", "changed_at"])
    op.create_index("tickets_changed", "tickets", ["changed_at"])
    op.create_index("tickets_conversation", "tickets", ["conversation", "row"])
    _partial("tickets_open", "tickets", ["conversation", "status"], where="status IN ('open', 'pending')")
    op.create_index("tickets_queue", "tickets", ["tier", "status", "claimed", "changed_at"])
    op.create_index("tickets_requester", "tickets", ["requester", "status", "changed_at"])
