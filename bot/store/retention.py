"""What may be forgotten: events that were handled and parcels that went out long ago, once nothing about their conversation or ticket is under way.

Found by walking the ids a page at a time, and removed by id, so that nobody else's row is ever waited for. The newest row of each table stays, however
old: new ids follow it, and by it everything of ours knows its place among the words of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, bindparam, case, delete, func, literal, literal_column, or_, select

from bot.ports.store import Old, Trace
from bot.store.holds import HOLD, is_held
from bot.store.session import Row, Rows, Statement
from bot.store.tables import holders, inbox, lanes, leases, notes, outbox, tickets
from bot.store.verbatim import begins

MOST = 200  # rows of one page and of one removal: some milliseconds on a file, whose statements run in the event loop

i, o, t = inbox.c, outbox.c, tickets.c
_MOMENT = i.due.type


def _is(column: Column[Any], name: str) -> Any:
    return column == bindparam(name, type_=column.type)


def _among(column: Column[Any]) -> ColumnElement[bool]:
    """Is it one of MOST values? What are fewer is filled up by repeating one: one statement for all."""
    return column.in_([bindparam(f"v{n}", type_=column.type) for n in range(MOST)])


def _filled(values: Iterable[Any]) -> dict[str, Any]:
    found = list(values)
    return {f"v{n}": found[min(n, len(found) - 1)] for n in range(MOST)}


def _page(of: Table, *columns: Any) -> Statement:
    after = bindparam("after", type_=of.c.id.type)
    return Statement(select(of.c.id, of.c.state, *columns).where(of.c.id > after).order_by(of.c.id).limit(literal_column(str(MOST))))


def _needed(by: Column[Any]) -> ColumnElement[int]:
    """Does a parcel name this one, that is not over itself?"""
    other = outbox.alias("other")
    names = other.c[by.name]
    is_young = or_(other.c.state.in_([literal_column("'waiting'"), literal_column("'failed'")]), other.c.due >= bindparam("before", type_=_MOMENT))
    found = select(other.c.id).where(names == o.key, names != literal_column("''"), is_young).exists()
    return case((found, literal(1)), else_=literal(0))


_EVENTS = _page(inbox, i.at, func.coalesce(i.done_at, i.at, type_=_MOMENT), i.lane)
_PARCELS = _page(outbox, o.due, func.coalesce(o.sent_at, o.due, type_=_MOMENT), o.key, o.to, o.ticket, _needed(o.thread), _needed(o.edits))
_NEWEST = {"event": Statement(select(func.max(i.id))), "parcel": Statement(select(func.max(o.id)))}
_UNDER_WAY = or_(t.status != literal_column("'closed'"), t.changed_at >= bindparam("before", type_=_MOMENT), is_held(t.requester))
_BUSY = Statement(select(t.conversation).where(_among(t.conversation), _UNDER_WAY).distinct())
_HELD = Statement(select(notes.c.key).where(begins(notes.c.key, HOLD)))
_OPEN = Statement(select(t.id).where(_among(t.id), _UNDER_WAY))
_OVER = {"event": ("done",), "parcel": ("sent", "withdrawn")}
_REMOVE = {
    "event": Statement(delete(inbox).where(_among(i.id), i.state == literal_column("'done'"))),
    "parcel": Statement(delete(outbox).where(_among(o.id), o.state.in_([literal_column("'sent'"), literal_column("'withdrawn'")]))),
}
_LANES_OF = Statement(select(i.lane).where(_among(i.id)))
_EMPTY = Statement(select(lanes.c.lane).where(_among(lanes.c.lane), ~select(i.id).where(i.lane == lanes.c.lane).exists()))
_FREE = Statement(select(lanes.c.lane).where(_among(lanes.c.lane)).with_for_update(skip_locked=True))
_DROP_LANES = Statement(delete(lanes).where(_among(lanes.c.lane)))
_OWED = select(o.id).where(o.lane == leases.c.lane, o.state == literal_column("'waiting'")).exists()
_ENDED_LEASES = Statement(select(leases.c.lane).where(leases.c.until < bindparam("before", type_=_MOMENT), ~_OWED))
_DROP_LEASE = Statement(delete(leases).where(_is(leases.c.lane, "of_lane"), leases.c.until < bindparam("before", type_=_MOMENT)))
_ENDED_HOLDERS = Statement(select(holders.c.name).where(holders.c.until < bindparam("before", type_=_MOMENT)))
_DROP_HOLDER = Statement(delete(holders).where(_is(holders.c.name, "of_name"), holders.c.until < bindparam("before", type_=_MOMENT)))


class RetentionReading(Rows):
    """Finds it."""

    async def old(self, trace: Trace, before: datetime, after: int = 0, kept: str = "") -> Old:
        """What may go of the rows that follow an id, and where to look next."""
        rows = await self._session.all(_EVENTS if trace == "event" else _PARCELS, after=after, **({} if trace == "event" else {"before": before}))
        if not rows:
            return Old((), None)
        newest = await self._session.first(_NEWEST[trace])
        over = [row for row in rows if newest and row[0] != newest[0] and row[1] in _OVER[trace] and row[3] < before]
        if trace == "event":
            busy = await self._busy({row[4] for row in over}, before)
            ids = [row[0] for row in over if row[4] not in busy]
        else:
            over = [row for row in over if not (kept and row[4].startswith(kept)) and not row[7] and not row[8]]
            ids = await self._parcels(over, before)
        is_young = all(row[2] >= before for row in rows)
        return Old(tuple(ids), None if is_young or len(rows) < MOST else rows[-1][0])

    async def _parcels(self, over: Sequence[Row], before: datetime) -> list[int]:
        busy = await self._busy({row[5] for row in over}, before)
        numbers = {row[6] for row in over if row[6]}
        underway = {number for (number,) in await self._session.all(_OPEN, before=before, **_filled(numbers))} if numbers else set()
        return [row[0] for row in over if row[5] not in busy and row[6] not in underway]

    async def _busy(self, conversations: set[str], before: datetime) -> set[str]:
        """Those with a ticket that is not closed, or was changed since, or of somebody of whom nothing may go."""
        if not conversations:
            return set()
        held = {key.removeprefix(HOLD) for (key,) in await self._session.all(_HELD)}
        return held | {conversation for (conversation,) in await self._session.all(_BUSY, before=before, **_filled(conversations))}


class RetentionRows(Rows):
    """Removes it: the part of a transaction."""

    async def forget(self, trace: Trace, ids: Sequence[int]) -> int:
        """Remove those of them that are over, and lanes in which nothing is kept then; how many rows of the trace went."""
        removed = 0
        for begin in range(0, len(ids), MOST):
            some = _filled(ids[begin : begin + MOST])
            theirs = await self._column(_LANES_OF, some) if trace == "event" and self._session.is_shared else {}
            removed += await self._session.do(_REMOVE[trace], **some)
            await self._drop_if_empty(theirs)
        return removed

    async def _drop_if_empty(self, some: dict[str, Any]) -> None:
        """A lane's row is there to be locked: whoever has it keeps it, whoever comes later makes it anew."""
        for statement in (_EMPTY, _FREE):
            some = await self._column(statement, some) if some else {}
        if some:
            await self._session.do(_DROP_LANES, **some)

    async def _column(self, statement: Statement, some: dict[str, Any]) -> dict[str, Any]:
        found = {value for (value,) in await self._session.all(statement, **some)}
        return _filled(found) if found else {}

    async def forget_ended(self, before: datetime) -> int:
        """Remove leases and holders that ended before that; not a lease whose lane still owes something: it says that the first may have arrived."""
        removed = 0
        for (lane,) in await self._session.all(_ENDED_LEASES, before=before):
            removed += await self._session.do(_DROP_LEASE, of_lane=lane, before=before)
        for (name,) in await self._session.all(_ENDED_HOLDERS, before=before):
            removed += await self._session.do(_DROP_HOLDER, of_name=name, before=before)
        return removed
