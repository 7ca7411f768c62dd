"""What other processes changed, found by looking: for live pages where no bus tells of it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable

from sqlalchemy import bindparam, func, literal_column, select

from bot.errors import StoreError
from bot.store.session import Session, Statement
from bot.store.tables import events, outbox, tickets

log = logging.getLogger(__name__)

EVERY_S = 0.5  # seconds between looks; as long as a page may be behind
BACK = 10  # looks: a row may be committed after one with a higher id, but not that much later
MOST = 500  # rows of one look; what is beyond them is found by the next

_WORDS = Statement(
    select(outbox.c.id, outbox.c.to, outbox.c.ticket, tickets.c.conversation)
    .join_from(outbox, tickets, tickets.c.id == outbox.c.ticket, isouter=True)
    .where(outbox.c.id > bindparam("after", type_=outbox.c.id.type))
    .order_by(outbox.c.id)
    .limit(MOST)
)
_MOVES = Statement(
    select(events.c.id, literal_column("''"), events.c.ticket, tickets.c.conversation)
    .join_from(events, tickets, tickets.c.id == events.c.ticket)
    .where(events.c.id > bindparam("after", type_=events.c.id.type))
    .order_by(events.c.id)
    .limit(MOST)
)
_NEWEST = {_WORDS: Statement(select(func.max(outbox.c.id))), _MOVES: Statement(select(func.max(events.c.id)))}


class Looking:
    """Tells of new messages and events, each once."""

    def __init__(self, session: Session, tell: Callable[[Iterable[str]], None]) -> None:
        self._session, self._tell = session, tell
        self._places: dict[Statement, deque[int]] = {}  # of the last looks, oldest first
        self._seen: dict[Statement, dict[int, None]] = {_WORDS: {}, _MOVES: {}}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except StoreError as fault:
                log.info("pages wait for the database", extra={"error": type(fault).__name__})
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """What is new since the last look; at the first, nothing. Raises StoreError."""
        for statement, newest in _NEWEST.items():
            if statement not in self._places:
                row = await self._session.first(newest)
                self._places[statement] = deque([int(row[0] or 0) if row else 0], maxlen=BACK)
            await self._one(statement)

    async def _one(self, statement: Statement) -> None:
        places, seen = self._places[statement], self._seen[statement]
        rows = [row for row in await self._session.all(statement, after=places[0]) if row[0] not in seen]
        self._tell(dict.fromkeys(str(name) for _, *names in rows for name in names if name))
        seen.update(dict.fromkeys(row[0] for row in rows))
        places.append(max([places[-1], *(row[0] for row in rows)]))
        for old in [id_ for id_ in seen if id_ <= places[0]]:
            del seen[old]
