"""What every store promises about contacts: messages and those that are none, as one list."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.contacts import Contact
from bot.domain.ids import PersonId, TicketId
from bot.domain.people import BOT
from bot.domain.tickets import TicketMessage
from bot.ports import Transaction
from bot.ports.contacts import ContactPlace, ContactQuery
from tests.builders import ALICE, ANN, BOB, MONDAY, a_ticket
from tests.contract.conftest import AnyStore

CALLER = PersonId("phone:+34600111222")
END = MONDAY + timedelta(days=1)


def at(minutes: int) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


def a_call(minute: int = 0, **changes: Any) -> Contact:
    call = Contact(at(minute), CALLER, "phone", "in", "call", "solved", ANN.id, "IT-1", "printer is out of paper", 300)
    return replace(call, **changes)


async def call(store: AnyStore, *contacts: Contact) -> list[Contact]:
    """As they are kept."""

    async def unit(tx: Transaction) -> list[Contact]:
        return [replace(contact, id=await tx.add_contact(contact)) for contact in contacts]

    return await store.run(unit)


async def write(store: AnyStore, minute: int, kind: str = "question", author: str = ALICE.id, ticket: str = "IT-1", **changes: Any) -> int:
    way = "out" if kind in ("reply", "bot", "note") else "in"
    said = TicketMessage(0, TicketId(ticket), way, kind, PersonId(author), "words", at(minute), **changes)  # type: ignore[arg-type]
    return await store.run(lambda tx: tx.add_message(said))


async def listed(store: AnyStore, limit: int = 100, **query: Any) -> list[Contact]:
    """All pages together."""
    found: list[Contact] = []
    place: ContactPlace | None = ContactPlace()
    while place is not None:
        page = await store.contacts(ContactQuery(**{"since": MONDAY, "until": END, **query}, before=place, limit=limit))
        assert len(page.contacts) <= limit
        found += page.contacts
        place = page.older
    return found


async def test_a_contact_comes_out_as_it_went_in(store: AnyStore) -> None:
    kept = await call(store, a_call(reason='=HYPERLINK("x") ñ 🖨', outcome="handed_over", direction="out", duration_s=86_400))
    assert kept[0].id > 0
    assert await listed(store) == kept


async def test_messages_and_calls_are_one_list_with_the_newest_first(store: AnyStore) -> None:
    await store.run(lambda tx: tx.add_ticket(a_ticket(entry="vpn", status="resolved")))
    asked = await write(store, 1)
    offered = await write(store, 2, "bot", BOT.id, delivery="sent")
    (rang,) = await call(store, a_call(3))
    replied = await write(store, 4, "reply", ANN.id, delivery="waiting")
    await write(store, 5, "note", ANN.id)
    await write(store, 6, "call")

    found = await listed(store)

    assert [one.message or -one.id for one in found] == [replied, -rang.id, offered, asked]
    assert [one.outcome for one in found] == ["replied", "solved", "offered", "answered"]
    assert [one.by for one in found] == [ANN.id, ANN.id, BOT.id, ""]
    assert [one.medium for one in found] == ["message", "call", "message", "message"]
    assert (found[0].person, found[0].channel, found[0].reason, found[0].delivery) == (ALICE.id, "chat", "vpn", "waiting")


async def test_whatever_the_size_of_a_page_every_contact_is_on_one_and_on_no_other(store: AnyStore) -> None:
    await store.run(lambda tx: tx.add_ticket(a_ticket()))
    for minute in (0, 2, 2, 5, 9):
        await write(store, minute)
    await call(store, *(a_call(minute) for minute in (1, 2, 2, 2, 9, 9)))

    whole = await listed(store)

    assert [one.at for one in whole] == sorted((at(m) for m in (0, 2, 2, 5, 9, 1, 2, 2, 2, 9, 9)), reverse=True)
    for size in (1, 2, 3, 10, 11, 12):
        assert await listed(store, size) == whole


async def test_contacts_are_narrowed_to_a_time_a_person_a_channel_and_a_direction(store: AnyStore) -> None:
    await store.run(lambda tx: tx.add_ticket(a_ticket()))
    await write(store, 1)
    await write(store, 2, author=BOB.id)
    await write(store, 3, "reply", ANN.id)
    await call(store, a_call(4), a_call(5, direction="out"))

    async def minutes(**query: Any) -> list[int]:
        return [round((one.at - MONDAY).total_seconds() / 60) for one in await listed(store, **query)]

    assert await minutes(person=ALICE.id) == [3, 1]
    assert await minutes(person=CALLER) == [5, 4]
    assert await minutes(channel="chat") == [3, 2, 1]
    assert await minutes(channel="phone", direction="in") == [4]
    assert await minutes(direction="out") == [5, 3]
    assert await minutes(since=at(2), until=at(5)) == [4, 3, 2]
    assert await minutes(since=at(6)) == []


async def test_many_contacts_that_do_not_fit_end_a_page_not_the_list(store: AnyStore) -> None:
    await call(store, a_call(0, person=BOB.id), *(a_call(1) for _ in range(6_000)))
    first = await store.contacts(ContactQuery(MONDAY, END, person=BOB.id))
    assert first.older is not None, "6,000 others are not looked through at once"
    assert [one.person for one in await listed(store, person=BOB.id)] == [BOB.id]


async def test_what_a_question_became_follows_its_ticket(store: AnyStore) -> None:
    for number, changes in {
        "IT-1": {"status": "open"},
        "IT-2": {"status": "open", "tier": 2},
        "IT-3": {"status": "closed"},
        "IT-4": {"status": "closed", "entry": "vpn"},
    }.items():
        ticket = a_ticket(id=TicketId(number), **changes)
        await store.run(lambda tx, ticket=ticket: tx.add_ticket(ticket))  # type: ignore[misc]
        await write(store, int(number[-1]), ticket=number)
    await write(store, 9, "detail", ticket="IT-2")
    assert [one.outcome for one in await listed(store)] == ["received", "answered", "abandoned", "handed_over", ""]


async def test_of_an_erased_person_no_call_is_left_and_of_others_every_one(store: AnyStore) -> None:
    *_, others = await call(store, a_call(1), a_call(2), a_call(3, person=BOB.id))
    assert await store.run(lambda tx: tx.erase_contacts(CALLER)) == 2
    assert await listed(store) == [others]
    assert await store.run(lambda tx: tx.erase_contacts(CALLER)) == 0


async def test_what_belongs_to_no_ticket_is_forgotten_oldest_first_and_what_belongs_to_one_stays(store: AnyStore) -> None:
    of_ticket, first, second, young = await call(store, a_call(0), a_call(1, ticket=""), a_call(2, ticket=""), a_call(3, ticket=""))
    assert await store.run(lambda tx: tx.forget_contacts(at(3), 1)) == 1
    assert await listed(store) == [young, second, of_ticket]
    assert await store.run(lambda tx: tx.forget_contacts(at(3), 9)) == 1
    assert await store.run(lambda tx: tx.forget_contacts(at(3), 9)) == 0
    assert await listed(store) == [young, of_ticket]
    assert first.id != second.id
