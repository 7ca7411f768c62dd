"""Looks, beside the event loop, for those who asked what a new entry answers. What is done then is decided in each ticket's own lane (comes_back)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime

from bot.domain.desks import Desk
from bot.domain.messages import Inbound, TimerFired
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine.comes_back import TIMER, may_hear
from bot.engine.fresh_entries import FRESH, Published
from bot.engine.knowledge import Knowledge, entry_tag
from bot.errors import StoreError
from bot.ports import Clock, Receive, Store, TicketQuery, Transaction
from kb.deciding import Deciding
from kb.entries import Entry
from kb.matching import Matcher

log = logging.getLogger(__name__)

LOOK_S = 5.0  # seconds between looks at what was published: nobody waits for this
PAGE = 100  # tickets of one question
REST_S = 0.0005  # seconds that the thread rests after a question, so that the event loop goes on


class Askers:
    """One process at a time does it. A search that was cut off begins anew: whoever was found twice is told once."""

    def __init__(self, store: Store, knowledge: Knowledge, desk: Desk, receive: Receive, clock: Clock) -> None:
        self._store, self._knowledge, self._desk, self._receive, self._clock = store, knowledge, desk, receive, clock

    async def run(self) -> None:
        """Until cancelled; nothing is done where the desk does not want it."""
        while True:
            try:
                await self.look()
            except StoreError as fault:
                log.warning("who asked is looked for later", extra={"error": type(fault).__name__})
            await asyncio.sleep(LOOK_S)

    async def look(self) -> int:
        """For each entry that was published since; how many tickets may be answered now. Raises StoreError."""
        found = 0
        if self._desk.tell_when_answered:
            for name, published in (await FRESH.all(self._store)).items():
                entry = await self._store.entry(name)
                if entry is not None and entry.answers(self._knowledge.today):
                    if self._knowledge.entry(name) != entry:
                        continue  # this process does not know it yet
                    found += await self._search(entry, published.at)
                await self._store.run(lambda tx, name=name, published=published: self._done(tx, name, published))  # type: ignore[misc]
        return found

    async def _done(self, tx: Transaction, name: str, published: Published) -> None:
        """Unless it was published once more meanwhile."""
        await tx.take(f"fresh-entry:{name}")
        if await FRESH.get(tx, name) == published:
            await FRESH.drop(tx, name)

    async def _search(self, entry: Entry, at: datetime) -> int:
        """From the newest change back to the first that counts."""
        assert self._desk.tell_when_answered is not None
        since, found, before = self._clock.now() - self._desk.tell_when_answered, 0, None
        matcher, decides = self._knowledge.copied(), self._knowledge.deciding
        await asyncio.to_thread(_read, matcher)
        while True:
            page = await self._store.tickets(TicketQuery(humans_only=True, before=before, limit=PAGE))
            asked = [ticket for ticket in page if may_hear(ticket, entry.id, since)]
            for ticket in await asyncio.to_thread(_answered, matcher, decides, asked, entry.id):
                what = TimerFired(f"{TIMER}:{entry.id}", ticket.id, at)
                await self._receive(Inbound(f"{TIMER}:{entry_tag(entry.id)}:{ticket.id}", "desk", ticket.conversation, BOT, self._clock.now(), what))
                found += 1
            before = page[-1].changed_at if page else None
            if len(page) < PAGE or before is None or before < since:
                break
        log.info("who asked was looked for", extra={"found": found})
        return found


def _read(matcher: Matcher) -> None:
    if matcher.reads_meaning:
        matcher.read()


def _answered(matcher: Matcher, decides: Deciding, asked: Sequence[Ticket], entry: str) -> list[Ticket]:
    """Those that this entry would answer alone today, as sure as is promised. For a thread."""
    found = []
    for ticket in asked:
        verdict = decides(matcher, ticket.question, ticket.language)
        if verdict.decision == "answer" and verdict.matches[0].entry_id == entry:
            found.append(ticket)
        time.sleep(REST_S)
    return found
