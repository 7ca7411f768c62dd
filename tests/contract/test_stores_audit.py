"""What every store tells of who did what: newest first, by actor, act, ticket and time, a page at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.events import ActDone, Event, MoveDenied, TicketClaimed, TicketResolved
from bot.domain.ids import TicketId
from bot.ports import AuditQuery, Transaction
from tests.builders import ANN, BEN, MONDAY
from tests.contract.conftest import AnyStore

ONE, TWO, NONE = TicketId("IT-1"), TicketId("IT-2"), TicketId("")


@pytest.fixture
async def kept(store: AnyStore) -> AnyStore:
    """Five events, a minute apart: two of them about no ticket."""
    happened: list[Event] = [
        TicketClaimed(ticket=ONE, by=ANN.id, at=MONDAY, tier=2),
        ActDone(ticket=NONE, by=ANN.id, at=MONDAY + timedelta(minutes=1), act="lang"),
        MoveDenied(ticket=TWO, by=BEN.id, at=MONDAY + timedelta(minutes=2), move="take", reason="elsewhere"),
        MoveDenied(ticket=NONE, by=BEN.id, at=MONDAY + timedelta(minutes=3), move="faq-new", reason="not_admin"),
        TicketResolved(ticket=ONE, by=ANN.id, at=MONDAY + timedelta(minutes=4), tier=2),
    ]
    for event in happened:
        await store.run(lambda tx, event=event: _record(tx, event))  # type: ignore[misc]
    return store


async def _record(tx: Transaction, event: Event) -> None:
    await tx.record(event, "chat")


async def minutes(store: AnyStore, **query: Any) -> list[int]:
    """The minutes of what was found, as they come."""
    return [int((event.at - MONDAY).total_seconds()) // 60 for event in (await store.audit(AuditQuery(**query))).events]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [4, 3, 2, 1, 0]),
        ({"by": ANN.id}, [4, 1, 0]),
        ({"ticket": "IT-1"}, [4, 0]),
        ({"act": "TicketClaimed"}, [0]),
        ({"act": "take"}, [2]),
        ({"act": "lang", "by": ANN.id}, [1]),
        ({"act": "MoveDenied", "ticket": "IT-2"}, [2]),
        ({"since": MONDAY + timedelta(minutes=2)}, [4, 3, 2]),
        ({"until": MONDAY + timedelta(minutes=2)}, [1, 0]),
        ({"since": MONDAY + timedelta(minutes=1), "until": MONDAY + timedelta(minutes=4), "by": BEN.id}, [3, 2]),
        ({"since": MONDAY + timedelta(days=1)}, []),
        ({"until": MONDAY}, []),
        ({"by": "chat:nobody"}, []),
    ],
)
async def test_events_are_found_newest_first(kept: AnyStore, query: dict[str, Any], found: list[int]) -> None:
    assert await minutes(kept, **query) == found


async def test_a_page_ends_at_its_limit_and_the_next_one_goes_on_behind_it(kept: AnyStore) -> None:
    first = await kept.audit(AuditQuery(by=ANN.id, limit=2))
    rest = await kept.audit(AuditQuery(by=ANN.id, limit=2, before=first.older))
    assert [event.name for event in first.events] == ["TicketResolved", "ActDone"]
    assert ([event.name for event in rest.events], rest.older) == (["TicketClaimed"], 0)


async def test_an_event_tells_actor_channel_time_and_details(kept: AnyStore) -> None:
    [event] = (await kept.audit(AuditQuery(act="faq-new"))).events
    assert (event.by, event.channel, event.ticket, event.at) == (BEN.id, "chat", "", MONDAY + timedelta(minutes=3))
    assert event.details == {"move": "faq-new", "reason": "not_admin"}


async def test_in_an_empty_desk_nothing_was_done(store: AnyStore) -> None:
    page = await store.audit(AuditQuery(since=MONDAY, until=MONDAY + timedelta(days=1)))
    assert (page.events, page.older) == ((), 0)
