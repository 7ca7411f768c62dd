"""Who did what: events newest first, by actor, act, ticket and time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, bindparam, desc, func, select

from bot.ports.world import AuditPage, AuditQuery, Recorded
from bot.store.session import Rows, Statement
from bot.store.tables import events

e = events.c
BATCH = 200  # events read at a time
LOOKED_THROUGH = 5_000  # events of one actor or time in which an act is looked for; the next page goes on behind them
_COLUMNS = (e.id, e.ticket, e.name, e.by, e.channel, e.at, e.details)


def _is(column: Column[Any], name: str) -> Any:
    return column == bindparam(name, type_=column.type)


_BETWEEN = (e.id < bindparam("before", type_=e.id.type), e.id >= bindparam("lowest", type_=e.id.type))
_PAGE = select(*_COLUMNS).where(*_BETWEEN).order_by(desc(e.id)).limit(bindparam("limit"))
_ANY = Statement(_PAGE)
_BY_ACTOR = Statement(_PAGE.where(_is(e.by, "of")))
_BY_TICKET = Statement(_PAGE.where(_is(e.ticket, "of")))
_LAST = Statement(select(func.max(e.id)))
_AT = Statement(select(e.at).where(e.id >= bindparam("lowest", type_=e.id.type)).order_by(e.id).limit(1))


class AuditReading(Rows):
    """Pages of events."""

    async def audit(self, query: AuditQuery) -> AuditPage:
        """As the port says."""
        lowest = await self._first_since(query.since) if query.since else 0
        before = query.before or (await self._session.first(_LAST) or (0,))[0] or 0
        before = before if query.before else before + 1
        if query.until:
            before = min(before, await self._first_since(query.until))
        found: list[Recorded] = []
        for _ in range(LOOKED_THROUGH // BATCH):
            rows = await self._batch(query, before, lowest)
            found += [one for one in (Recorded(*row) for row in rows) if query.fits(one)]
            if len(found) > query.limit:
                return AuditPage(tuple(found[: query.limit]), found[query.limit - 1].id)
            if len(rows) < BATCH:
                return AuditPage(tuple(found))
            before = rows[-1][0]
        return AuditPage(tuple(found), before)

    async def _batch(self, query: AuditQuery, before: int, lowest: int) -> list[tuple[Any, ...]]:
        if query.ticket:
            return await self._session.all(_BY_TICKET, of=query.ticket, before=before, lowest=lowest, limit=BATCH)
        if query.by:
            return await self._session.all(_BY_ACTOR, of=query.by, before=before, lowest=lowest, limit=BATCH)
        return await self._session.all(_ANY, before=before, lowest=lowest, limit=BATCH)

    async def _first_since(self, moment: datetime) -> int:
        """The id of the first event at or after a moment: they are numbered in the order of time, so halving finds it without an index."""
        low, high = 0, ((await self._session.first(_LAST) or (0,))[0] or 0) + 1
        while low < high:
            middle = (low + high) // 2
            row = await self._session.first(_AT, lowest=middle)
            if row is None or row[0] >= moment:
                high = middle
            else:
                low = middle + 1
        return low
