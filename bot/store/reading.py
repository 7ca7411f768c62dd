"""What pages, commands and the sweep ask: always the committed state, on a connection of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, and_, bindparam, case, desc, func, literal_column, not_, select, union

from bot.domain.ids import ConversationId
from bot.domain.messages import Outbound
from bot.domain.tickets import TicketMessage
from bot.ports.store import Parcel, Waiting
from bot.ports.world import ScreenLine
from bot.store import codec, inbox, outbox, talk
from bot.store.assets import AssetReading
from bot.store.auditing import AuditReading
from bot.store.contacts import ContactReading
from bot.store.counting import CountingReading
from bot.store.delivering import DeliveryReading
from bot.store.drafts import DraftReading
from bot.store.knowledge import KnowledgeReading
from bot.store.learning import LearningReading
from bot.store.outcomes import OutcomeReading
from bot.store.retention import RetentionReading
from bot.store.screen import Heard, Shown, Written, last_edits, lines
from bot.store.session import Statement
from bot.store.tables import holders, leases, messages, tickets
from bot.store.tables import inbox as inbox_table
from bot.store.tables import outbox as outbox_table
from bot.store.talk import TalkReading
from bot.store.tickets import TicketReading
from bot.store.waits import WaitReading

i, o, t, m = inbox_table.c, outbox_table.c, tickets.c, messages.c


def _is(column: Column[Any], name: str) -> Any:
    return column == bindparam(name, type_=column.type)


_NOW = bindparam("now", type_=i.due.type)

SWEPT = 2_000  # rows that one sweep takes up: with a backlog of a million the next sweeps find the rest

# ---- the sweep. An event behind one that waits for another try, and a parcel behind one that is not due, are no work yet.
_earlier, _ahead = inbox_table.alias("earlier"), outbox_table.alias("ahead")
_BLOCKED = (
    select(_earlier.c.id)
    .where(
        _earlier.c.state == literal_column("'waiting'"),
        _earlier.c.attempts > literal_column("0"),
        _earlier.c.lane == i.lane,
        _earlier.c.id + 0 < i.id,  # an addition of nothing: the few that wait for another try are looked at, not all that wait
        _earlier.c.due > _NOW,
    )
    .exists()
)
_HEAD = select(func.min(_ahead.c.id)).where(_ahead.c.state == literal_column("'waiting'"), _ahead.c.lane == o.lane).scalar_subquery()
_LEASED = (
    select(leases.c.lane)
    .where(leases.c.lane == o.lane, leases.c.until > _NOW, holders.c.name == literal_column("'process:'").concat(leases.c.owner), holders.c.until > _NOW)
    .exists()
)
"""Somebody who is alive sends there."""
_IN_LANES = Statement(select(i.lane).where(inbox.IS_WAITING, i.due <= _NOW, not_(_BLOCKED)).order_by(i.due).limit(SWEPT))
_OUT_LANES = Statement(select(o.lane).where(outbox.IS_WAITING, o.due <= _NOW, o.id == _HEAD, not_(_LEASED)).order_by(o.due).limit(SWEPT))
_NEXT_IN = Statement(select(i.due).where(inbox.IS_WAITING, not_(_BLOCKED)).order_by(i.due).limit(1))
_NEXT_OUT = Statement(select(o.due).where(outbox.IS_WAITING, o.id == _HEAD, not_(_LEASED)).order_by(o.due).limit(1))
_NEXT_LEASE_END = Statement(
    select(func.min(case((leases.c.until < holders.c.until, leases.c.until), else_=holders.c.until))).where(
        leases.c.until > _NOW, holders.c.name == literal_column("'process:'").concat(leases.c.owner), holders.c.until > _NOW
    )
)

# ---- how many
_COUNTS = {
    "inbox_waiting": Statement(select(func.count()).where(inbox.IS_WAITING)),
    "inbox_parked": Statement(select(func.count()).where(i.state == literal_column("'parked'"))),
    "outbox_waiting": Statement(select(func.count()).where(outbox.IS_WAITING)),
    "outbox_failed": Statement(select(func.count()).where(o.state == literal_column("'failed'"))),
    "timers": Statement(select(func.count()).where(inbox.IS_WAITING, i.kind == literal_column("'timer'"))),
}
_OWED_TO_MAIL = Statement(select(func.count()).where(outbox.IS_WAITING, o.to >= literal_column("'email:'"), o.to < literal_column("'email;'")))
_PARKED = Statement(select(*inbox.STORED).where(i.state == literal_column("'parked'")).order_by(i.id))
_FAILED = Statement(select(*outbox.STORED).where(o.state == literal_column("'failed'")).order_by(o.id))
_KNOWN = Statement(
    union(
        select(t.conversation).where(t.status.in_([literal_column("'open'"), literal_column("'pending'")])),
        select(t.conversation).where(t.changed_at >= bindparam("since", type_=t.changed_at.type)),
    )
)

# ---- the screen
_SAID = Statement(select(*inbox.STORED).where(_is(i.lane, "of_lane"), i.kind == literal_column("'said'")).order_by(desc(i.id)).limit(bindparam("limit")))
_RECENT = select(t.id).where(_is(t.conversation, "conversation")).order_by(desc(t.row)).limit(bindparam("most")).subquery("recent")
_WRITTEN = Statement(
    select(m.heard, *talk.COLUMNS)
    .join_from(_RECENT, messages, m.ticket == _RECENT.c.id)
    .where(m.direction == "in", m.kind != "note")
    .order_by(desc(m.id + 0))
    .limit(bindparam("limit"))
)
_TO_THEM = and_(_is(o.to, "of_to"), o.kind == "message", o.state.in_([literal_column("'waiting'"), literal_column("'sent'")]))
_HELD_BACK = select(m.id).where(m.id == o.message, m.kind == "reply", o.state == "waiting").exists()
_SHOWN = Statement(
    select(o.heard, o.id, func.coalesce(o.sent_at, o.due, type_=o.due.type), *outbox.STORED)
    .where(_TO_THEM, o.edits == "", not_(_HELD_BACK))
    .order_by(desc(o.id))
    .limit(bindparam("limit"))
)
_EDITS = Statement(select(o.edits, o.key, o.body).where(_TO_THEM, o.edits != "", o.id > bindparam("oldest", type_=o.id.type)).order_by(o.id))


class SqlReader(
    AuditReading, TicketReading, WaitReading, TalkReading, KnowledgeReading, DraftReading, CountingReading, ContactReading, OutcomeReading, LearningReading,
    RetentionReading, DeliveryReading, AssetReading,
):  # fmt: skip
    """Reader, and the questions of the sweep."""

    async def screen(self, conversation: ConversationId, limit: int = 100) -> list[ScreenLine]:
        """What a requester sees in a conversation, oldest first. A reply that can still be taken back is not among it."""
        said = [Heard(row[0], inbox.waiting_of(row).event) for row in await self._session.all(_SAID, of_lane=conversation, limit=limit)]
        rows = await self._session.all(_WRITTEN, conversation=conversation, most=limit, limit=limit)
        written = [Written(heard, TicketMessage(*row)) for heard, *row in rows]
        shown = await self._shown(conversation, limit)
        authors = {conversation, *(h.event.person.id for h in said), *(w.message.author for w in written)}
        numbers = {s.parcel.ticket for s in shown if s.now.choices and s.parcel.ticket}
        tickets = {number: found for number in numbers if (found := await self.ticket(number))}
        return lines(said, written, shown, frozenset(authors), tickets, limit)

    async def _shown(self, conversation: str, limit: int) -> list[Shown]:
        rows = await self._session.all(_SHOWN, of_to=conversation, limit=limit)
        if not rows:
            return []
        edits = await self._session.all(_EDITS, of_to=conversation, oldest=min(row[1] for row in rows))
        last = last_edits((edited, key, text) for edited, key, text in edits)
        shown = []
        for heard, id_, at, *row in rows:
            parcel = outbox.parcel_of(tuple(row))
            body = codec.decode_body("message", last[parcel.key]) if parcel.key in last else parcel.body
            if isinstance(body, Outbound):
                shown.append(Shown(heard, id_, parcel, at, body))
        return shown

    async def lanes_with_work(self, now: datetime) -> tuple[list[ConversationId], list[str]]:
        """Inbox lanes with due events, outbox lanes with due parcels and no lease: the sweep."""
        ins = list(dict.fromkeys(lane for (lane,) in await self._session.all(_IN_LANES, now=now)))
        outs = [lane for (lane,) in await self._session.all(_OUT_LANES, now=now)]
        return ins, outs

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next thing becomes due; a leased lane counts from the end of its lease."""
        found = [await self._session.first(statement, now=now) for statement in (_NEXT_IN, _NEXT_OUT, _NEXT_LEASE_END)]
        return min((row[0] for row in found if row and row[0] is not None), default=None)

    async def queue(self) -> dict[str, int]:
        """How many: inbox_waiting (without timers), inbox_parked, outbox_waiting, outbox_failed, timers."""
        counts = {}
        for name, statement in _COUNTS.items():
            row = await self._session.first(statement)
            counts[name] = row[0] if row else 0
        counts["inbox_waiting"] -= counts["timers"]
        return counts

    async def owed_to_mail(self) -> int:
        """How many of those that wait go to mail addresses: without a mail channel they wait for one."""
        row = await self._session.first(_OWED_TO_MAIL)
        return int(row[0]) if row else 0

    async def parked(self) -> list[Waiting]:
        """Dead letters."""
        return [inbox.waiting_of(row) for row in await self._session.all(_PARKED)]

    async def failed(self) -> list[Parcel]:
        """Messages that were given up, oldest first."""
        return [outbox.parcel_of(row) for row in await self._session.all(_FAILED)]

    async def known_conversations(self, since: datetime) -> Sequence[str]:
        """Conversations with a ticket that is open or changed since."""
        return [conversation for (conversation,) in await self._session.all(_KNOWN, since=since)]
