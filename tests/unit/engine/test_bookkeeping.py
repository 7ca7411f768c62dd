"""The facts behind reports are kept up to date from events, however late those are committed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.events import EntryOffered, TicketClosed, TicketOpened
from bot.domain.ids import TicketId
from bot.domain.people import BOT
from bot.domain.ticket_facts import VERSION
from bot.engine.reports.bookkeeping import MARK, OVERLAP, Bookkeeping, mark_of
from bot.ports import Transaction
from bot.ports.counting import By, Counting
from bot.store.memory import MemoryStore
from tests.builders import ALICE, BOB, MONDAY, a_desk, a_ticket, an_outcome
from tests.world import SetClock

DESK = a_desk()


class Desk:
    """A store, a clock, and who keeps the books."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryStore(), SetClock(MONDAY)
        self.books = self.keeper("one")

    def keeper(self, owner: str) -> Bookkeeping:
        """Another process."""
        return Bookkeeping(self.store, DESK, self.clock, owner)

    async def opens(self, number: str, **changes: Any) -> None:
        """A ticket, now."""

        async def unit(tx: Transaction) -> None:
            await tx.add_ticket(a_ticket(id=TicketId(number), opened_at=self.clock.now(), **changes))
            await tx.record(TicketOpened(ticket=TicketId(number), by=ALICE.id, at=self.clock.now()), "chat")

        await self.store.run(unit)

    async def counted(self, field: str = "ticket") -> list[str]:
        """The values of a field, of all that are counted."""
        return [value for value, _ in await self.store.counted(Counting(by=(By(field),)))]


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_every_ticket_is_counted_once_and_again_when_something_happens(desk: Desk) -> None:
    await desk.opens("IT-1")
    await desk.books.catch_up()
    assert await desk.counted("decision") == [""]

    offered = EntryOffered(ticket=TicketId("IT-1"), by=BOT.id, at=desk.clock.now(), entries=("vpn",), scores=(9.0,), decision="suggest")
    await desk.store.run(lambda tx: tx.record(offered, "chat"))
    await desk.opens("IT-2")
    mark = await desk.books.catch_up()

    assert await desk.counted() == ["IT-1", "IT-2"]
    assert await desk.counted("decision") == ["", "suggest"]
    assert mark.at == desk.clock.now()
    assert await mark_of(desk.store, "UTC") == mark


async def test_an_event_that_is_committed_after_a_later_one_is_counted_by_the_next_round(desk: Desk) -> None:
    await desk.opens("IT-1")
    await desk.opens("IT-2", requester=BOB.id)
    late = desk.store.shelf.events.pop(1)  # given its number, and not committed yet
    await desk.books.catch_up()
    assert await desk.counted() == ["IT-2"]

    desk.store.shelf.events = {1: late, **desk.store.shelf.events}
    desk.clock.advance(minutes=1)
    await desk.books.catch_up()

    assert await desk.counted() == ["IT-1", "IT-2"]


async def test_what_is_settled_is_not_read_again(desk: Desk) -> None:
    await desk.opens("IT-1")
    desk.clock.advance(minutes=OVERLAP / timedelta(minutes=1) + 1)
    await desk.opens("IT-2")
    assert (await desk.books.catch_up()).since == 1
    assert (await desk.books.catch_up()).since == 1


async def test_a_new_question_says_of_an_earlier_one_that_it_was_no_help(desk: Desk) -> None:
    async def asked(number: str) -> None:
        await desk.opens(number, status="closed", changed_at=desk.clock.now())
        await desk.store.run(lambda tx: tx.add_outcome(an_outcome(ticket=TicketId(number))))

    await asked("IT-1")
    for event in (
        EntryOffered(ticket=TicketId("IT-1"), by=BOT.id, at=MONDAY, entries=("password",), scores=(91.0,), decision="answer"),
        a_silent_end("IT-1"),
    ):
        await desk.store.run(lambda tx, event=event: tx.record(event, "chat"))
    await desk.books.catch_up()
    assert await desk.counted("self_service") == ["silent"]

    desk.clock.advance(hours=71)
    await asked("IT-2")
    await desk.books.catch_up()

    assert await desk.counted("self_service") == ["asked", "returned"]


def a_silent_end(number: str) -> TicketClosed:
    """Nobody said anything to the offer."""
    return TicketClosed(ticket=TicketId(number), by=BOT.id, at=MONDAY, why="silent")


async def test_only_one_counts_at_a_time_and_whoever_died_at_it_holds_nobody_up_for_long(desk: Desk) -> None:
    await desk.opens("IT-1")
    now = desk.clock.now()
    await desk.store.run(lambda tx: tx.hold("role:facts", "dead", now, now + timedelta(seconds=60)))

    assert (await desk.books.catch_up()).at is None
    assert await desk.counted() == []

    desk.clock.advance(seconds=61)
    assert (await desk.keeper("two").catch_up()).at == desk.clock.now()
    assert await desk.counted() == ["IT-1"]


async def test_everything_is_counted_anew_when_days_or_meanings_have_changed_or_on_demand(desk: Desk) -> None:
    await desk.opens("IT-1")
    desk.clock.advance(hours=1)
    await desk.books.catch_up()
    assert (await mark_of(desk.store, "UTC")).since == 1
    assert await mark_of(desk.store, "Europe/Madrid") == type(await mark_of(desk.store, "UTC"))(VERSION, "Europe/Madrid")

    desk.store.shelf.stories.clear()
    await desk.books.catch_up()
    assert await desk.counted() == []
    await desk.books.catch_up(anew=True)
    assert await desk.counted() == ["IT-1"]

    desk.store.shelf.stories.clear()
    old = (await desk.store.noted(MARK))[MARK].replace(f'"version": {VERSION}', '"version": 0')
    await desk.store.note(MARK, old)
    await desk.books.catch_up()
    assert await desk.counted() == ["IT-1"]


async def test_a_page_of_events_after_the_other_is_counted(desk: Desk) -> None:
    for n in range(1, 121):
        for _ in range(5):
            await desk.store.run(lambda tx, n=n: tx.record(TicketOpened(ticket=TicketId(f"IT-{n}"), by=ALICE.id, at=MONDAY), "chat"))
        desk.store.shelf.tickets[f"IT-{n}"] = a_ticket(id=TicketId(f"IT-{n}"))
    await desk.books.catch_up()
    assert len(await desk.counted()) == 120
