"""Looks, beside the event loop, for those who asked what a new entry answers. What is done then is decided in each ticket's own lane (comes_back)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.domain.desks import Desk
from bot.domain.messages import Inbound, TimerFired
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine.faq.comes_back import TIMER, may_hear
from bot.engine.faq.fresh_entries import FRESH, LANE, Published
from bot.engine.faq.knowledge import Knowledge, entry_tag
from bot.errors import StoreError
from bot.ports import Clock, Receive, Store, TicketQuery, Transaction
from kb.deciding import Deciding
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
        """For all entries that were published since; how many tickets may be answered now. Raises StoreError."""
        window = self._desk.tell_when_answered
        fresh = await FRESH.all(self._store) if window else {}
        known = [name for name in fresh if await self._is_known(name)]
        if not known or window is None:
            return 0
        found = await self._search(frozenset(known), self._clock.now() - window)
        await self._store.run(lambda tx: self._done(tx, {name: fresh[name] for name in known}))
        log.info("who asked was looked for", extra={"entries": len(known), "found": found})
        return found

    async def _is_known(self, name: str) -> bool:
        """Here as in the store? Another process may have published it this moment."""
        return self._knowledge.entry(name) == await self._store.entry(name)

    async def _done(self, tx: Transaction, searched: Mapping[str, Published]) -> None:
        """Unless one was published once more meanwhile."""
        await tx.take(LANE)
        now = await FRESH.all(tx)
        for name, published in searched.items():
            if now.get(name) == published:
                await FRESH.drop(tx, name)

    async def _search(self, entries: Collection[str], since: datetime) -> int:
        """From the newest change back to the first that counts."""
        found, before = 0, None
        matcher, decides = self._knowledge.copied(), self._knowledge.deciding
        await asyncio.to_thread(_read, matcher)
        while True:
            page = await self._store.tickets(TicketQuery(humans_only=True, before=before, limit=PAGE))
            for ticket, entry in await asyncio.to_thread(_answered, matcher, decides, page, entries, since):
                now = self._clock.now()
                what = TimerFired(f"{TIMER}:{entry}", ticket.id, now)
                await self._receive(Inbound(f"{TIMER}:{entry_tag(entry)}:{ticket.id}", "desk", ticket.conversation, BOT, now, what))
                found += 1
            before = page[-1].changed_at if page else None
            if len(page) < PAGE or before is None or before < since:
                return found


def _read(matcher: Matcher) -> None:
    if matcher.reads_meaning:
        matcher.read()


def _answered(matcher: Matcher, decides: Deciding, page: Sequence[Ticket], entries: Collection[str], since: datetime) -> list[tuple[Ticket, str]]:
    """Those that one of the entries would answer alone today, as sure as is promised, each with that entry. For a thread."""
    found = []
    for ticket in page:
        if not any(may_hear(ticket, entry, since) for entry in entries):
            continue
        verdict = decides(matcher, ticket.question, ticket.language)
        best = verdict.matches[0].entry_id if verdict.decision == "answer" else ""
        if best in entries and may_hear(ticket, best, since):
            found.append((ticket, best))
        time.sleep(REST_S)
    return found
