"""What every store finds of what the desk keeps with a ticket: tags and fields, parent, priority, promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.ids import TicketId
from bot.domain.tickets import Ticket, TicketMessage
from bot.ports import Transaction
from bot.ports.world import TicketQuery
from tests.builders import ALICE, ANN, BOB, MONDAY, a_ticket
from tests.contract.conftest import AnyStore


def at(minutes: int) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


async def add(store: AnyStore, number: str, minute: int, **changes: Any) -> None:
    """A ticket that is found by its tags and fields, as the desk does it."""
    ticket = a_ticket(id=TicketId(number), changed_at=at(minute), **changes)

    async def unit(tx: Transaction) -> None:
        await tx.add_ticket(ticket)
        await tx.label(ticket.id, labels(ticket))

    await store.run(unit)


def labels(ticket: Ticket) -> set[str]:
    return {f"tag:{tag}" for tag in ticket.tags} | {f"field:{name}={value}" for name, value in ticket.fields}


async def found(store: AnyStore, **query: Any) -> list[str]:
    """The numbers, asked outside; inside a unit the answer must be the same."""
    asked = TicketQuery(**query)
    outside = [t.id for t in await store.tickets(asked)]
    assert [t.id for t in await store.run(lambda tx: tx.tickets(asked))] == outside
    return list(outside)


@pytest.fixture
async def seven(store: AnyStore) -> AnyStore:
    """Seven tickets, the newest change last; two of them belong to IT-1."""
    await add(store, "IT-1", 1, tags=("vpn",), priority="high", due_at=at(60), question="the tunnel is down")
    await add(store, "IT-2", 2, requester=BOB.id, tier=2, assignee=ANN.id, tags=("vpn", "100%"), parent="IT-1", parent_as="duplicate")
    await add(store, "IT-3", 3, tier=2, fields=(("serial", "PC-7"),), due_at=at(30), breached=True, priority="high")
    await add(store, "IT-4", 4, requester=BOB.id, tier=3, status="pending", tags=("VPN",), due_at=at(45), parent="IT-1", parent_as="incident")
    await add(store, "IT-5", 5, tier=2, assignee=ANN.id, status="resolved", tags=("vpn",), breached=True, question="tunnel")
    await add(store, "IT-6", 6, status="closed", priority="high")
    await add(store, "IT-7", 7, tier=3, status="closed", tags=("vpn",), fields=(("serial", "PC-7"),), parent="IT-6", parent_as="merged")
    return store


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"label": "tag:vpn"}, "IT-7 IT-5 IT-2 IT-1"),
        ({"label": "tag:VPN"}, "IT-4"),
        ({"label": "tag:100%"}, "IT-2"),
        ({"label": "tag:vp%"}, ""),
        ({"label": "field:serial=PC-7"}, "IT-7 IT-3"),
        ({"label": "tag:vpn", "limit": 2}, "IT-7 IT-5"),
        ({"label": "tag:vpn", "before": at(5)}, "IT-2 IT-1"),
        ({"label": "tag:vpn", "statuses": ("open", "pending")}, "IT-2 IT-1"),
        ({"label": "tag:vpn", "requester": BOB.id}, "IT-2"),
        ({"label": "tag:vpn", "assignee": ANN.id}, "IT-5 IT-2"),
        ({"label": "tag:vpn", "tier": 2, "statuses": ("open",)}, "IT-2"),
        ({"label": "tag:vpn", "unclaimed": True}, "IT-7 IT-1"),
        ({"label": "tag:vpn", "humans_only": True}, "IT-7 IT-5 IT-2"),
        ({"label": "tag:vpn", "search": "tunnel"}, "IT-5 IT-1"),
        ({"label": "tag:vpn", "search": "it-5"}, "IT-5"),
        ({"label": "field:serial=PC-7", "search": "it-5"}, ""),
        ({"label": "tag:vpn", "priority": "high"}, "IT-1"),
        ({"label": "tag:vpn", "breached": True}, "IT-5"),
        ({"parent": "IT-1"}, "IT-4 IT-2"),
        ({"parent": "IT-1", "statuses": ("open",)}, "IT-2"),
        ({"parent": "IT-1", "label": "tag:vpn"}, "IT-2"),
        ({"parent": "IT-1", "requester": ALICE.id}, ""),
        ({"parent": "IT-1", "assignee": ANN.id}, "IT-2"),
        ({"parent": "IT-9"}, ""),
        ({"priority": "high"}, "IT-6 IT-3 IT-1"),
        ({"priority": "high", "statuses": ("open", "pending")}, "IT-3 IT-1"),
        ({"priority": "high", "tier": 2}, "IT-3"),
        ({"priority": "high", "requester": ALICE.id, "humans_only": True}, "IT-3"),
        ({"priority": "urgent"}, ""),
        ({"breached": True}, "IT-5 IT-3"),
        ({"breached": True, "statuses": ("open", "pending"), "unclaimed": True}, "IT-3"),
        ({"breached": True, "search": "tunnel"}, "IT-5"),
        ({"due_before": at(60)}, "IT-3 IT-4"),
        ({"due_before": at(61)}, "IT-3 IT-4 IT-1"),
        ({"due_before": at(61), "limit": 1}, "IT-3"),
        ({"due_before": at(61), "breached": True}, "IT-3"),
        ({"due_before": at(61), "statuses": ("pending",)}, "IT-4"),
        ({"due_before": at(61), "requester": ALICE.id, "priority": "high"}, "IT-3 IT-1"),
        ({"due_before": at(61), "label": "tag:vpn"}, "IT-1"),
        ({"due_before": at(61), "search": "IT-1"}, "IT-1"),
        ({"due_before": at(30)}, ""),
        ({"numbers": ("IT-1", "IT-6", "IT-3", "IT-9", "IT-1")}, "IT-6 IT-3 IT-1"),
        ({"numbers": ("IT-1", "IT-6"), "statuses": ("open",)}, "IT-1"),
        ({"numbers": ("IT-1", "IT-2"), "label": "tag:100%"}, "IT-2"),
        ({"numbers": ("IT-1", "IT-2"), "search": "tunnel"}, "IT-1"),
        ({"numbers": ("IT-1", "IT-4", "IT-3"), "due_before": at(60)}, "IT-3 IT-4"),
        ({"numbers": ("nobody",)}, ""),
    ],
)
async def test_tickets_are_found_by_what_the_desk_keeps_with_them(seven: AnyStore, query: dict[str, Any], numbers: str) -> None:
    assert await found(seven, **query) == numbers.split()


async def test_a_label_that_is_given_up_finds_the_ticket_no_more(seven: AnyStore) -> None:
    ticket = await seven.ticket("IT-2")
    assert ticket is not None
    changed = replace(ticket, tags=("wifi",), changed_at=at(9))

    async def unit(tx: Transaction) -> None:
        await tx.save_ticket(changed)
        await tx.label(changed.id, labels(changed))

    await seven.run(unit)

    assert await found(seven, label="tag:wifi") == ["IT-2"]
    assert await found(seven, label="tag:vpn") == ["IT-7", "IT-5", "IT-1"]
    assert await found(seven, label="tag:100%") == []


async def test_a_labelled_ticket_that_changes_is_found_by_its_new_state_at_the_top(seven: AnyStore) -> None:
    ticket = await seven.ticket("IT-1")
    assert ticket is not None

    await seven.run(lambda tx: tx.save_ticket(replace(ticket, status="resolved", changed_at=at(9))))

    assert await found(seven, label="tag:vpn") == ["IT-1", "IT-7", "IT-5", "IT-2"]
    assert await found(seven, label="tag:vpn", statuses=("open",)) == ["IT-2"]
    assert await found(seven, label="tag:vpn", statuses=("resolved",)) == ["IT-1", "IT-5"]


async def test_labels_given_twice_are_there_once(seven: AnyStore) -> None:
    for _ in range(2):
        await seven.run(lambda tx: tx.label("IT-1", ["tag:vpn", "tag:vpn", "tag:new"]))
    assert await found(seven, label="tag:new") == ["IT-1"]
    assert await found(seven, label="tag:vpn", statuses=("open",)) == ["IT-2", "IT-1"]


async def test_a_promise_that_was_kept_is_due_no_more(seven: AnyStore) -> None:
    ticket = await seven.ticket("IT-3")
    assert ticket is not None
    await seven.run(lambda tx: tx.save_ticket(replace(ticket, due_at=None)))
    assert await found(seven, due_before=at(61)) == ["IT-4", "IT-1"]


async def test_pages_of_a_label_go_on_where_they_ended(store: AnyStore) -> None:
    async def many(tx: Transaction) -> None:
        for n in range(130):
            ticket = a_ticket(id=TicketId(f"IT-{n}"), changed_at=at(n), tags=("vpn",) if n % 2 else ())
            await tx.add_ticket(ticket)
            await tx.label(ticket.id, labels(ticket))

    await store.run(many)
    first = await store.tickets(TicketQuery(label="tag:vpn", limit=50))
    second = await store.tickets(TicketQuery(label="tag:vpn", limit=50, before=first[-1].changed_at))
    assert [t.id for t in (*first, *second)] == [f"IT-{n}" for n in reversed(range(130)) if n % 2]


# ------------------------------------------------------------------------------------------------------------ in the talk
async def say(store: AnyStore, number: str, text: str, **changes: Any) -> None:
    values: dict[str, Any] = {"id": 0, "ticket": TicketId(number), "direction": "in", "kind": "detail", "author": ALICE.id, "text": text, "at": MONDAY}
    await store.run(lambda tx: tx.add_message(TicketMessage(**{**values, **changes})))


async def lately_said(store: AnyStore, words: str, limit: int = 100) -> list[str]:
    """Asked outside; inside a unit the answer must be the same."""
    outside = await store.said(words, limit)
    assert await store.run(lambda tx: tx.said(words, limit)) == outside
    return list(outside)


async def test_tickets_are_found_by_what_was_said_in_them_the_newest_first(store: AnyStore) -> None:
    await say(store, "IT-1", "The Toner of the printer is 100% empty")
    await say(store, "IT-2", "an empty tray", kind="note", direction="out")
    await say(store, "IT-3", "empty, too", deleted=True)
    await say(store, "IT-1", "still EMPTY")
    await say(store, "IT-4", "full_again")

    assert await lately_said(store, "empty") == ["IT-1", "IT-2"]
    assert await lately_said(store, "TONER printer") == ["IT-1"]
    assert await lately_said(store, "toner still") == []
    assert await lately_said(store, "100%") == ["IT-1"]
    assert await lately_said(store, "l_a") == ["IT-4"]
    assert await lately_said(store, "%") == ["IT-1"]
    assert await lately_said(store, "empty", limit=1) == ["IT-1"]
    assert await lately_said(store, "  ") == []
    assert await lately_said(store, "' OR 1=1 --") == []
