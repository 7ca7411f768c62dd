"""What every store promises about waiting: who is ahead in a queue, and how long first answers took."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.domain.ids import TicketId
from bot.domain.tickets import Ticket
from bot.ports import Transaction
from tests.builders import ANN, MONDAY, a_ticket
from tests.contract.conftest import AnyStore

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at_tier_2(number: int, **changes: Any) -> Ticket:
    return a_ticket(id=TicketId(f"IT-{number}"), **{"tier": 2, **changes})


async def keep(store: AnyStore, *tickets: Ticket) -> None:
    async def unit(tx: Transaction) -> None:
        for ticket in tickets:
            await tx.add_ticket(ticket)

    await store.run(unit)


async def test_ahead_are_those_of_the_queue_that_came_before(store: AnyStore) -> None:
    await keep(
        store,
        at_tier_2(1, tier_since=MONDAY - 3 * MINUTE),
        at_tier_2(2, tier_since=MONDAY - 2 * MINUTE),
        at_tier_2(3, tier_since=MONDAY),
        at_tier_2(4, tier_since=MONDAY - MINUTE, assignee=ANN.id),
        at_tier_2(5, tier_since=MONDAY - MINUTE, status="pending"),
        at_tier_2(6, tier_since=MONDAY - MINUTE, tier=3),
    )

    assert await store.ahead(2, MONDAY) == await store.run(lambda tx: tx.ahead(2, MONDAY)) == 2
    assert await store.ahead(2, MONDAY - 2 * MINUTE) == 1
    assert await store.ahead(4, MONDAY) == 0


async def test_nobody_counts_further_than_asked(store: AnyStore) -> None:
    await keep(store, *(at_tier_2(number, tier_since=MONDAY - number * MINUTE) for number in range(1, 8)))

    assert await store.ahead(2, MONDAY, limit=5) == 5
    assert await store.ahead(2, MONDAY) == 7


async def test_first_answers_are_those_of_the_tier_in_the_spans(store: AnyStore) -> None:
    last_week, before = MONDAY - timedelta(days=7), MONDAY - timedelta(days=14)
    await keep(
        store,
        answered(1, last_week + MINUTE, 4 * MINUTE),
        answered(2, before + 59 * MINUTE, 20 * MINUTE),
        answered(3, last_week + HOUR, 30 * MINUTE),
        answered(4, last_week - MINUTE, 40 * MINUTE),
        answered(5, last_week + MINUTE, 50 * MINUTE, tier=3),
        at_tier_2(6, opened_at=last_week + MINUTE),
        answered(7, last_week + MINUTE, 60 * MINUTE, tier_since=MONDAY),
    )
    spans = [(last_week, last_week + HOUR), (before, before + HOUR)]

    assert sorted(await store.first_answers(2, spans)) == [4 * MINUTE, 20 * MINUTE]
    assert await store.run(lambda tx: tx.first_answers(3, spans)) == [50 * MINUTE]
    assert await store.first_answers(2, []) == []


async def test_the_newest_of_a_span_are_looked_at(store: AnyStore) -> None:
    await keep(store, *(answered(number, MONDAY + number * MINUTE, number * MINUTE) for number in range(1, 10)))

    assert sorted(await store.first_answers(2, [(MONDAY, MONDAY + HOUR)], limit=3)) == [7 * MINUTE, 8 * MINUTE, 9 * MINUTE]


def answered(number: int, opened_at: datetime, after: timedelta, **changes: Any) -> Ticket:
    """A ticket whose requester got a person's first words so long after they asked."""
    return at_tier_2(number, **{"opened_at": opened_at, "tier_since": opened_at, "human_at": opened_at + after, **changes})
