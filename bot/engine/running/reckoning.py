"""After a start: tickets whose promised times are not what this configuration makes of them are reckoned anew, each in its own lane."""

from __future__ import annotations

import asyncio
import logging

from bot.domain.desks import Desk
from bot.domain.messages import Inbound, TimerFired
from bot.domain.people import BOT
from bot.domain.service_levels import recalculate
from bot.engine.service.service_levels import RECKON
from bot.errors import StoreError
from bot.ports import Clock, Receive, Store, TicketQuery

log = logging.getLogger(__name__)

AGAIN_S = 30.0  # seconds after which a look that the database refused is tried again
DAILY_S = 86_400.0  # the days of holidays come with a library, and a timer may have been lost with a backup: a look a day costs little
PAGE = 100  # tickets of one question


class Reckoning:
    """One process at a time does it."""

    def __init__(self, store: Store, desk: Desk, receive: Receive, clock: Clock) -> None:
        self._store, self._desk, self._receive, self._clock = store, desk, receive, clock

    async def run(self) -> None:
        """Until cancelled: a look at the start, then one a day."""
        while True:
            pause = DAILY_S
            try:
                await self.look()
            except StoreError as fault:
                log.warning("promised times are reckoned later", extra={"error": type(fault).__name__})
                pause = AGAIN_S
            await asyncio.sleep(pause)

    async def look(self) -> int:
        """Every open ticket; how many are to be reckoned anew. Raises StoreError."""
        found, page = 0, TicketQuery(statuses=("open", "pending"), humans_only=True, limit=PAGE)
        while True:
            tickets = await self._store.tickets(page)
            for ticket in tickets:
                now = self._clock.now()
                if recalculate(self._desk, ticket, now) != ticket:
                    found += 1
                    what = TimerFired(RECKON, ticket.id, now)
                    await self._receive(Inbound(f"{RECKON}:{ticket.id}:{ticket.version}", "desk", ticket.conversation, BOT, now, what))
                await asyncio.sleep(0)  # some tenths of a millisecond each: others have their turn
            if len(tickets) < PAGE:
                break
            page = TicketQuery(statuses=page.statuses, humans_only=True, limit=PAGE, before=tickets[-1].changed_at)
        if found:
            log.info("promised times are reckoned anew", extra={"tickets": found})
        return found
