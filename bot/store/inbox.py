"""Events and timers: kept once, handed out in order, finished, tried again or given up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, literal_column, or_, select, update

from bot.domain.messages import Inbound
from bot.ports.store import Waiting
from bot.store.session import Row, Rows, Statement, inserting_new, replacing
from bot.store.tables import inbox, lanes

i = inbox.c
STORED = (i.id, i.key, i.channel, i.lane, i.person, i.at, i.what, i.also, i.attempts, i.due)
IS_WAITING = i.state == literal_column("'waiting'")
_THIS = i.id == bindparam("event")

_TAKE_LANE = Statement(replacing(lanes, taken=lanes.c.taken + 1))
_LANE_IF_FREE = Statement(select(lanes.c.taken).where(lanes.c.lane == bindparam("lane")).with_for_update(skip_locked=True))
_HAS_LANE = Statement(select(lanes.c.lane).where(lanes.c.lane == bindparam("lane")))
_NEW_LANE = Statement(inserting_new(lanes))
_KEEP = Statement(inserting_new(inbox, state="waiting", attempts=0, error="", done_at=None))
_WAITING = Statement(
    select(*STORED)
    .where(i.lane == bindparam("of_lane"), IS_WAITING, or_(i.due <= bindparam("now", type_=i.due.type), i.attempts > 0))
    .order_by(i.id)
    .limit(bindparam("limit"))
)
_FINISH = Statement(update(inbox).where(_THIS).values(state="done", done_at=bindparam("now", type_=i.due.type)))
_RETRY = Statement(
    update(inbox)
    .where(_THIS)
    .values(
        state="waiting",
        due=bindparam("when", type_=i.due.type),
        error=bindparam("why", type_=i.error.type),
        attempts=(i.attempts + 1) * bindparam("failed", type_=i.attempts.type),
    )
)
_PARK = Statement(update(inbox).where(_THIS).values(state="parked", error=bindparam("why", type_=i.error.type), attempts=i.attempts + 1))


def waiting_of(row: Row) -> Waiting:
    """A row of STORED as the event that waits."""
    id_, key, channel, lane, person, at, what, also, attempts, _ = row
    return Waiting(id_, Inbound(key, channel, lane, person, at, what, also or ""), attempts)


class InboxRows(Rows):
    """The inbox part of a transaction."""

    async def take(self, lane: str, wait: bool = True) -> bool:
        """Have the lane to this unit until it is committed; False when somebody else has it and `wait` is false."""
        if not self._session.is_shared:
            return True  # one unit after the other
        if wait:
            await self._session.do(_TAKE_LANE, lane=lane, taken=1)
            return True
        if await self._session.first(_LANE_IF_FREE, lane=lane):
            return True
        return not await self._session.first(_HAS_LANE, lane=lane) and await self._session.do(_NEW_LANE, lane=lane, taken=1) == 1

    async def keep(self, event: Inbound, due: datetime) -> bool:
        """Store an event (or a timer, due later). False when its key, or its `also` key, is there already."""
        kept = await self._session.do(
            _KEEP,
            channel=event.channel,
            key=event.key,
            also=event.also or None,
            lane=event.conversation,
            kind=event.what.kind,
            person=event.person,
            what=event.what,
            at=event.at,
            due=due,
        )
        return kept == 1

    async def waiting(self, lane: str, now: datetime, limit: int = 20) -> list[Waiting]:
        """Due events of a lane in the order in which they were kept; none beyond one that waits for another try."""
        due = []
        for row in await self._session.all(_WAITING, of_lane=lane, now=now, limit=limit):
            if row[-1] > now:
                break
            due.append(waiting_of(row))
        return due

    async def finish(self, event: int, now: datetime) -> None:
        """The event is handled."""
        await self._session.do(_FINISH, event=event, now=now)

    async def retry_later(self, event: int, due: datetime, error: str) -> None:
        """Its handler failed: once more at `due`. Without an error it is given a new start: its failures, and being parked, are forgotten."""
        await self._session.do(_RETRY, event=event, when=due, why=error[:200], failed=1 if error else 0)

    async def park(self, event: int, error: str) -> None:
        """Given up: a dead letter. The lane goes on without it."""
        await self._session.do(_PARK, event=event, why=error[:200])
