"""The columns. Texts as keys are at most 255 characters, so that every database can index them; rules live elsewhere."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, UniqueConstraint, event, false, text

from bot.domain.assets import Change
from bot.domain.messages import Attachment
from bot.domain.people import Person
from bot.domain.rates import Rate
from bot.domain.service_levels import Promised
from bot.domain.tickets import Offer
from bot.store.codec import HappeningByKind
from bot.store.column_types import Content, Json, Key, LongText, Moment, Prose, Real, RowId
from kb.entries import Entry

metadata = MetaData()


@event.listens_for(Table, "after_parent_attach")
def _binary_on_mariadb(table: Table, _: MetaData) -> None:
    """There "a" equals "A", "a " and "á", and every emoji every other, unless told otherwise."""
    table.dialect_options["mysql"].update(engine="InnoDB", charset="utf8mb4", collate="utf8mb4_nopad_bin")


def _partial(name: str, *columns: str, where: str) -> Index:
    """An index over some rows alone, where the database can (MariaDB indexes all of them).

    It holds the columns of its condition, too, so that counting those rows reads the index alone.
    """
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def _unless_partial(name: str, *columns: str) -> Index:
    """An index for MariaDB alone, where one over some rows holds all of them: what waits stands in it apart from all that was ever done.

    Elsewhere it holds no row and no question can use it: it would lure SQLite to look through all that waits.
    """
    return Index(name, *columns, sqlite_where=text("1 = 0"), postgresql_where=text("false"))


# --------------------------------------------------------------------------------------------------------- the inbox
inbox = Table(
    "inbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("channel", Key(40), nullable=False),
    Column("key", Key(255), nullable=False),
    Column("also", Key(255)),
    Column("lane", Key(255), nullable=False),
    Column("kind", Key(20), nullable=False),
    Column("person", Json(Person), nullable=False),
    Column("what", Json(HappeningByKind), nullable=False),
    Column("at", Moment, nullable=False),
    Column("due", Moment, nullable=False),
    Column("state", Key(10), nullable=False),  # waiting, done, parked
    Column("attempts", Integer, nullable=False),
    Column("error", Key(200), nullable=False),
    Column("done_at", Moment),
    UniqueConstraint("channel", "key", name="inbox_key"),
    UniqueConstraint("channel", "also", name="inbox_also"),
    Index("inbox_lane", "lane", "id"),
    _partial("inbox_waiting", "lane", "id", where="state = 'waiting'"),
    _partial("inbox_due", "due", "state", where="state = 'waiting'"),
    _unless_partial("inbox_next", "state", "due"),
    _partial("inbox_retrying", "lane", "due", where="state = 'waiting' AND attempts > 0"),
    _partial("inbox_parked", "id", "state", where="state = 'parked'"),
    _partial("inbox_timers", "kind", "state", where="state = 'waiting' AND kind = 'timer'"),
)

# -------------------------------------------------------------------------------------------------------- the outbox
outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", Key(255), nullable=False),
    Column("lane", Key(255), nullable=False),
    Column("to", Key(255), nullable=False),
    Column("kind", Key(20), nullable=False),  # message, reaction, home: which class the body is
    Column("body", LongText, nullable=False),
    Column("due", Moment, nullable=False),
    Column("ticket", Key(60), nullable=False),
    Column("message", RowId, nullable=False),
    Column("thread", Key(255), nullable=False),
    Column("edits", Key(255), nullable=False),
    Column("fresh", Boolean, nullable=False),
    Column("state", Key(10), nullable=False),  # waiting, sent, failed, withdrawn
    Column("sent_as", Key(255)),
    Column("sent_at", Moment),
    Column("attempts", Integer, nullable=False),
    Column("error", Key(200), nullable=False),
    Column("begun", Boolean, nullable=False, server_default=false()),  # a sender began with it and never said what became of it: it may have arrived
    Column("heard", RowId, nullable=False),  # the newest inbox id when it was posted (a reply: sent): its place among the words it answers
    UniqueConstraint("key", name="outbox_key"),
    _partial("outbox_waiting", "lane", "id", where="state = 'waiting'"),
    _partial("outbox_due", "due", "state", where="state = 'waiting'"),
    _unless_partial("outbox_next", "state", "due"),
    _partial("outbox_failed", "id", "state", where="state = 'failed'"),
    Index("outbox_to", "to", "id"),
    _partial("outbox_thread", "thread", where="thread <> ''"),
    _partial("outbox_edits", "edits", where="edits <> ''"),
    _partial("outbox_ticket", "ticket", where="ticket <> ''"),
)

lanes = Table(
    "lanes",
    metadata,
    Column("lane", Key(255), primary_key=True),
    Column("taken", RowId, nullable=False),  # how often; the row is there to be locked
    sqlite_with_rowid=False,
)

leases = Table(
    "leases",
    metadata,
    Column("lane", Key(255), primary_key=True),
    Column("owner", Key(100), nullable=False),
    Column("since", Moment, nullable=False),  # what was due then may be on its way
    Column("until", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# who is alive, and who alone may do what: "process:<owner>", "role:<name>"
holders = Table(
    "holders",
    metadata,
    Column("name", Key(255), primary_key=True),
    Column("owner", Key(100), nullable=False),
    Column("until", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# what is used up of a place's limits ("slack:C1") or of a whole channel's ("telegram"); the rows are there to be locked
rates = Table(
    "rates",
    metadata,
    Column("name", Key(255), primary_key=True),
    Column("state", Json(Rate), nullable=False),
    sqlite_with_rowid=False,
)

# ----------------------------------------------------------------------------------------------------------- tickets
counters = Table(
    "counters",
    metadata,
    Column("prefix", Key(40), primary_key=True),
    Column("last", RowId, nullable=False),
    sqlite_with_rowid=False,
)

numbers_ready = Table(  # numbers of tickets to come, where many processes write at once
    "numbers_ready",
    metadata,
    Column("prefix", Key(40), primary_key=True),
    Column("number", RowId, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

tickets = Table(
    "tickets",
    metadata,
    Column("row", RowId, primary_key=True),
    Column("id", Key(60), nullable=False),
    Column("requester", Key(255), nullable=False),
    Column("conversation", Key(255), nullable=False),
    Column("question", Prose, nullable=False),
    Column("language", Key(20), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("tier_since", Moment, nullable=False),
    Column("status", Key(10), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("assignee", Key(255)),
    Column("priority", Key(20), nullable=False),
    Column("kind", Key(40), nullable=False),
    Column("offers", Json(tuple[Offer, ...]), nullable=False),
    Column("entry", Key(64), nullable=False),
    Column("solution", Prose, nullable=False),
    Column("human_at", Moment),
    Column("changed_at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("closed_at", Moment),
    Column("follows", Key(60), nullable=False),
    Column("impact", Key(10), nullable=False, server_default=""),
    Column("urgency", Key(10), nullable=False, server_default=""),
    Column("tags", Json(tuple[str, ...]), nullable=False, server_default="[]"),
    Column("fields", Json(tuple[tuple[str, str], ...]), nullable=False, server_default="[]"),
    Column("watchers", Json(tuple[str, ...]), nullable=False, server_default="[]"),
    Column("parent", Key(60), nullable=False, server_default=""),
    Column("parent_as", Key(10), nullable=False, server_default=""),
    Column("related", Json(tuple[str, ...]), nullable=False, server_default="[]"),
    Column("promised", Json(Promised | None), nullable=False, server_default="null"),
    Column("due_at", Moment),
    Column("breached", Boolean, nullable=False, server_default=false()),
    Column("waits_since", Moment),
    Column("rating", Integer, nullable=False, server_default="0"),
    Column("comment", Prose, nullable=False, server_default=""),
    Column("seen_at", Moment),
    Column("asset", BigInteger, nullable=False, server_default="0"),
    Column("external", Key(100), nullable=False, server_default=""),
    Column("external_url", LongText, nullable=False, server_default=""),
    Column("version", Integer, nullable=False),
    Column("claimed", Integer, nullable=False),  # 0 or 1: indexes find no NULL assignee on every database
    Column("words", Prose, nullable=False),  # the question as it is searched
    UniqueConstraint("id", name="tickets_id"),
    Index("tickets_changed", "changed_at"),
    Index("tickets_requester", "requester", "status", "changed_at"),
    Index("tickets_assignee", "assignee", "status", "changed_at"),
    Index("tickets_queue", "tier", "status", "claimed", "changed_at"),
    Index("tickets_conversation", "conversation", "row"),
    _partial("tickets_open", "conversation", "status", where="status IN ('open', 'pending')"),
    _partial("tickets_unclaimed", "tier", "status", "claimed", "tier_since", where="status = 'open' AND claimed = 0"),
    _partial("tickets_answered", "tier", "opened_at", "human_at", "tier_since", where="human_at IS NOT NULL"),
    _partial("tickets_due", "due_at", "status", where="due_at IS NOT NULL"),
    _partial("tickets_parent", "parent", "status", "changed_at", where="parent <> ''"),
    _partial("tickets_external", "external", where="external <> ''"),
)

labels = Table(  # by which a ticket is found: "tag:vpn", "field:serial=123"
    "labels",
    metadata,
    Column("label", Key(255), primary_key=True),
    Column("ticket", Key(60), primary_key=True),
    Column("status", Key(10), nullable=False),  # the ticket's, and when it changed: a page of a label costs the same however many bear it
    Column("changed_at", Moment, nullable=False),
    Index("labels_ticket", "ticket"),
    Index("labels_newest", "label", "status", "changed_at"),
    sqlite_with_rowid=False,
)

messages = Table(
    "messages",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("ticket", Key(60), nullable=False),
    Column("direction", Key(3), nullable=False),
    Column("kind", Key(20), nullable=False),
    Column("author", Key(255), nullable=False),
    Column("text", Prose, nullable=False),
    Column("at", Moment, nullable=False),
    Column("attachments", Json(tuple[Attachment, ...]), nullable=False),
    Column("source", Key(255), nullable=False),
    Column("delivery", Key(20), nullable=False),
    Column("edited", Prose, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("heard", RowId, nullable=False),  # as outbox.heard
    Index("messages_ticket", "ticket", "id"),
    _partial("messages_source", "source", where="source <> ''"),
)

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("ticket", Key(60), nullable=False),
    Column("name", Key(60), nullable=False),
    Column("by", Key(255), nullable=False),
    Column("channel", Key(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("details", Json(dict[str, object]), nullable=False),
    Index("events_ticket", "ticket", "id"),
    Index("events_by", "by", "id"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("ticket", Key(60), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("language", Key(20), nullable=False),
    Column("entry", Key(64), nullable=False),
    Column("score", Real, nullable=False),
    Column("known", Boolean, nullable=False),
    Column("decision", Key(10), nullable=False),  # answer, suggest, hand_over
    Column("scale", Key(160), nullable=False),
    Column("picked", Key(64), nullable=False),
    Column("judgement", Key(10), nullable=False),  # right, wrong, not_solved or ""
    Column("instead", Key(64), nullable=False),
    Column("source", Key(10), nullable=False),  # press, returned, agent, admin or ""
    Column("judged_at", Moment),
    Index("outcomes_asked", "asked_at", "id"),
    _partial("outcomes_judged", "judged_at", "id", where="judged_at IS NOT NULL"),
    Index("outcomes_ticket", "ticket", "id"),
)

contacts = Table(  # those that are no messages: bot/domain/contacts.py
    "contacts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("person", Key(255), nullable=False),
    Column("channel", Key(40), nullable=False),
    Column("direction", Key(3), nullable=False),
    Column("medium", Key(10), nullable=False),
    Column("outcome", Key(20), nullable=False),
    Column("by", Key(255), nullable=False),
    Column("ticket", Key(60), nullable=False),
    Column("reason", Prose, nullable=False),
    Column("duration_s", Integer, nullable=False),
    Index("contacts_at", "at", "id"),
    Index("contacts_person", "person"),
    _partial("contacts_ticket", "ticket", where="ticket <> ''"),
)

assets = Table(
    "assets",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("device", Key(255), nullable=False),
    Column("name", Key(255), nullable=False),
    Column("serial", Key(255), nullable=False),
    Column("uuid", Key(64), nullable=False),
    Column("model", Key(255), nullable=False),
    Column("system", Key(255), nullable=False),
    Column("macs", Json(tuple[str, ...]), nullable=False),
    Column("agent", Key(80), nullable=False),
    Column("tag", Key(255), nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("person", Key(255), nullable=False),
    Column("sections", Json(dict[str, tuple[dict[str, str], ...]]), nullable=False),
    Column("words", Prose, nullable=False),  # name, serial number, model, system and tag as they are searched
    Index("assets_device", "device"),
    Index("assets_serial", "serial"),
    Index("assets_uuid", "uuid"),
    Index("assets_person", "person", "id"),
)

asset_changes = Table(  # the inventories that said something new
    "asset_changes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("asset", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("agent", Key(80), nullable=False),
    Column("changes", Json(tuple[Change, ...]), nullable=False),
    Index("asset_changes_asset", "asset", "id"),
)

# ------------------------------------------------------------------------------- what reports count: bot/domain/ticket_facts.py
ticket_facts = Table(  # numbers that are always there come first: PostgreSQL finds those without reading what stands before them
    "ticket_facts",
    metadata,
    Column("opened_day", Integer, nullable=False),
    Column("opened_hour", Integer, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("tiers", Integer, nullable=False),
    Column("merged", Integer, nullable=False),
    Column("waiting_s", Integer, nullable=False),
    Column("waiting_work_s", Integer, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("reopened_soon", Integer, nullable=False),
    Column("replies", Integer, nullable=False),
    Column("claims", Integer, nullable=False),
    Column("escalations", Integer, nullable=False),
    Column("send_backs", Integer, nullable=False),
    Column("back_and_forth", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("first_day", Integer),
    Column("solved_day", Integer),
    Column("solved_tier", Integer),
    Column("reply_tier", Integer),
    Column("reply_s", Integer),
    Column("reply_work_s", Integer),
    Column("solved_s", Integer),
    Column("solved_work_s", Integer),
    Column("first_s", Integer),
    Column("first_work_s", Integer),
    Column("bot_s", Integer),
    Column("claim_s", Integer),
    Column("rating", Integer),
    Column("rated_day", Integer),
    Column("closed_day", Integer),
    Column("ticket", Key(60), primary_key=True),
    Column("made_by", Key(10), nullable=False),
    Column("channel", Key(40), nullable=False),
    Column("priority", Key(20), nullable=False),
    Column("kind", Key(40), nullable=False),
    Column("language", Key(20), nullable=False),
    Column("self_service", Key(12), nullable=False),
    Column("decision", Key(10), nullable=False),
    Column("handed_over", Key(20), nullable=False),
    Column("status", Key(10), nullable=False),
    Column("closed", Key(20), nullable=False),
    Column("desk", Key(40), nullable=False),
    Column("entry", Key(64), nullable=False),
    Column("requester", Key(255), nullable=False),
    Column("solved_by", Key(255), nullable=False),
    Index("ticket_facts_opened", "opened_day"),
    Index("ticket_facts_first", "first_day"),
    Index("ticket_facts_solved", "solved_day"),
    Index("ticket_facts_rated", "rated_day"),
    sqlite_with_rowid=False,
)

ticket_acts = Table(
    "ticket_acts",
    metadata,
    Column("ticket", Key(60), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("what", Key(12), nullable=False),
    Column("day", Integer, nullable=False),
    Column("by", Key(255), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("to_tier", Integer, nullable=False),
    Column("about", Key(20), nullable=False),
    Column("priority", Key(20), nullable=False),
    Column("late", Integer, nullable=False),
    Index("ticket_acts_what", "what", "day", "by", "tier", "to_tier", "about", "priority", "late"),
    sqlite_with_rowid=False,
)

open_stretches = Table(
    "open_stretches",
    metadata,
    Column("ticket", Key(60), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("opened_day", Integer, nullable=False),
    Column("since_day", Integer, nullable=False),
    Column("until_day", Integer, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("priority", Key(20), nullable=False),
    Index("open_stretches_until", "until_day", "since_day"),
    sqlite_with_rowid=False,
)

links = Table(
    "links",
    metadata,
    Column("platform_id", Key(255), primary_key=True),
    Column("ticket", Key(60), nullable=False),
    Column("role", Key(60), nullable=False),
    Index("links_ticket", "ticket"),
    sqlite_with_rowid=False,
)

# ---------------------------------------------------------------------------------------------- people, knowledge, notes
people = Table(
    "people",
    metadata,
    Column("id", Key(255), primary_key=True),
    Column("name", Key(255), nullable=False),
    Column("language", Key(20)),
    Column("timezone", Key(64)),
    Column("chosen", Key(20), nullable=False),  # the language chosen by /lang, or ""
    sqlite_with_rowid=False,
)

entries = Table(
    "entries",
    metadata,
    Column("id", Key(64), primary_key=True),
    Column("entry", Json(Entry), nullable=False),
    Column("retired", Boolean, nullable=False),
    Column("words", Prose, nullable=False),  # id, questions and phrasings as they are searched
)

entry_versions = Table(
    "entry_versions",
    metadata,
    Column("id", Key(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("entry", Json(Entry), nullable=False),
    Column("by", Key(255), nullable=False),
    Column("at", Moment, nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("entry", Key(64), nullable=False),
    Column("lang", Key(20), nullable=False),
    Column("text", Prose, nullable=False),
    Column("ticket", Key(60), nullable=False),
    Column("by", Key(255), nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", Key(10), nullable=False),  # waiting, approved, rejected, displaced
    Column("decided_by", Key(255)),
    Column("decided_at", Moment),
    Index("proposals_entry", "entry", "id"),
    Index("proposals_state", "state", "id"),
    Index("proposals_ticket", "ticket"),
)

outside = Table(
    "outside",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("text", Prose, nullable=False),
    Column("lang", Key(20), nullable=False),
    Column("ticket", Key(60), nullable=False),
    Column("by", Key(255), nullable=False),
    Column("at", Moment, nullable=False),
    Index("outside_ticket", "ticket"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=False),
    Column("of", Key(64), nullable=False),
    Column("entry", Json(Entry), nullable=False),
    Column("based_on", Integer, nullable=False),
    Column("state", Key(10), nullable=False),  # draft, review, published, discarded
    Column("origin", Key(10), nullable=False),
    Column("by", Key(255), nullable=False),
    Column("at", Moment, nullable=False),
    Column("changed_by", Key(255), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("reviewer", Key(255), nullable=False),
    Column("remark", Prose, nullable=False),
    Column("ticket", Key(60), nullable=False),
    Index("drafts_state", "state", "id"),
    Index("drafts_of", "of", "id"),
    Index("drafts_ticket", "ticket"),
)

answered_requests = Table(  # of the API: one that is sent again with its key is answered as before and changes nothing
    "answered_requests",
    metadata,
    Column("key", Key(255), primary_key=True),
    Column("fingerprint", Key(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Prose, nullable=False),
    Column("at", Moment, nullable=False),
    Index("answered_requests_at", "at"),
    sqlite_with_rowid=False,
)

knowledge_changes = Table(
    "knowledge_changes",
    metadata,
    Column("kind", Key(10), primary_key=True),  # entry, outside
    Column("id", Key(64), primary_key=True),
    Column("version", RowId, nullable=False),  # the version of the knowledge in which it changed last
    Index("knowledge_changes_version", "version"),
)

notes = Table(
    "notes",
    metadata,
    Column("key", Key(255), primary_key=True),
    Column("value", Prose, nullable=False),
    sqlite_with_rowid=False,
)

files = Table(
    "files",
    metadata,
    Column("source", Key(255), primary_key=True),
    Column("attachment", Json(Attachment), nullable=False),
    Column("content", Content, nullable=False),
)
