"""Keeps what reports count up to date: the facts of each ticket about which something happened are derived anew.

Read by the ids of events, always a while back: where several processes write, an event may be committed after one with a higher id. Whoever counts
holds a lease, so that nobody writes older facts over newer ones; what is counted twice is the same.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.course import story
from bot.domain.desks import Desk
from bot.domain.ticket_facts import VERSION, Story
from bot.errors import StoreError
from bot.ports import Clock, Reader, Store, Transaction
from bot.ports.counting import NewEvent

log = logging.getLogger(__name__)

FIRST_S = 10.0  # seconds after the start, which has enough to do; who asks for a report counts first
EVERY_S = 60.0  # seconds between two rounds
OVERLAP = timedelta(minutes=10)  # many times what a unit of work may take
LEASE = timedelta(seconds=60)  # a batch takes some ten milliseconds
EVENTS = 2_000  # read at a time
TICKETS = 50  # derived at a time, as many as a store takes
GENTLY = 10  # the same beside other work: some milliseconds of the event loop
MARK, HOLDER = "facts:mark", "role:facts"
BEGINS = ("TicketOpened", "EntryOffered")  # what may say of an earlier ticket that it was no help


@dataclass(frozen=True, slots=True)
class Mark:
    """How far it is counted. since: every event up to this id is. at: until when all was counted; None: never yet, and figures are not whole."""

    version: int
    timezone: str
    since: int = 0
    at: datetime | None = None


async def mark_of(reader: Reader, timezone: str) -> Mark:
    """As it stands; one that begins anew where what was counted means something else, or its days are those of another time zone."""
    noted = (await reader.noted(MARK)).get(MARK)
    if noted is not None:
        found = json.loads(noted)
        mark = Mark(found["version"], found["timezone"], found["since"], datetime.fromisoformat(found["at"]) if found["at"] else None)
        if (mark.version, mark.timezone) == (VERSION, timezone):
            return mark
    return Mark(VERSION, timezone)


class Bookkeeping:
    """One process at a time does it. owner: who holds the lease."""

    def __init__(self, store: Store, desk: Desk, clock: Clock, owner: str) -> None:
        self._store, self._desk, self._clock, self._owner = store, desk, clock, owner
        self._seen: frozenset[int] = frozenset()  # events that were counted and may be read again
        self._until: int | None = None  # the mark they belong to

    async def run(self) -> None:
        """Until cancelled: a round a minute. Half of the time is everybody else's."""
        await asyncio.sleep(FIRST_S)
        while True:
            try:
                await self.catch_up(gently=True)
            except StoreError as fault:
                log.warning("facts are counted later", extra={"error": type(fault).__name__})
            await asyncio.sleep(EVERY_S)

    async def catch_up(self, *, gently: bool = False, anew: bool = False) -> Mark:
        """Count what happened since; how far it is counted then. Somebody else at it: how far that one is.

        gently: pause as long as each batch took. anew: everything from the beginning. Raises StoreError: what was counted until then stays.
        """
        if not await self._store.run(self._hold):
            return await mark_of(self._store, self._desk.timezone)
        try:
            mark = await mark_of(self._store, self._desk.timezone)
            return await self._count(replace(mark, since=0) if anew else mark, gently)
        finally:
            await self._store.run(lambda tx: tx.let_go(HOLDER, self._owner))

    async def _hold(self, tx: Transaction) -> bool:
        now = self._clock.now()
        return await tx.hold(HOLDER, self._owner, now, now + LEASE)

    async def _count(self, mark: Mark, gently: bool) -> Mark:
        began, last = self._clock.now(), mark.since
        seen = self._seen if mark.since == self._until else frozenset()
        young: set[int] = set()  # what may yet be joined by an event with a lower id
        while page := await self._store.events_after(last, EVENTS):
            await self._derive([event for event in page if event.id not in seen], gently)
            last = page[-1].id
            settled = 0 if young else _settled(page, began - OVERLAP)
            young |= {event.id for event in page if event.id > settled}
            if settled:
                mark = await self._note(replace(mark, since=settled))
        self._seen, self._until = frozenset(young), mark.since
        return await self._note(replace(mark, at=began))

    async def _derive(self, fresh: Sequence[NewEvent], gently: bool) -> None:
        numbers = dict.fromkeys(event.ticket for event in fresh if event.ticket)
        new = [event.ticket for event in fresh if event.name in BEGINS]
        for some in _portions(dict.fromkeys(new), TICKETS):
            numbers |= dict.fromkeys(await self._store.tickets_before(some))
        for some in _portions(numbers, GENTLY if gently else TICKETS):
            began = asyncio.get_running_loop().time()
            await self._save([story(history, self._desk) for history in await self._store.histories(some)])
            await asyncio.sleep(asyncio.get_running_loop().time() - began if gently else 0)

    async def _save(self, stories: Sequence[Story]) -> None:
        async def unit(tx: Transaction) -> None:
            if not await self._hold(tx):
                raise StoreError("another process counts the facts now")
            await tx.save_stories(stories)

        await self._store.run(unit)

    async def _note(self, mark: Mark) -> Mark:
        value = json.dumps({"version": mark.version, "timezone": mark.timezone, "since": mark.since, "at": mark.at.isoformat() if mark.at else None})

        async def unit(tx: Transaction) -> None:
            if not await self._hold(tx):
                raise StoreError("another process counts the facts now")
            await tx.note(MARK, value)

        await self._store.run(unit)
        return mark


def _settled(page: Sequence[NewEvent], before: datetime) -> int:
    """The last id of those at its beginning that are so old; 0 for none."""
    old = 0
    for event in page:
        if event.at > before:
            break
        old = event.id
    return old


def _portions(values: Iterable[str], most: int) -> Iterator[list[str]]:
    found = list(values)
    for begin in range(0, len(found), most):
        yield found[begin : begin + most]
