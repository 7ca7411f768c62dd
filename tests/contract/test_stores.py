"""What every store promises: units of work, the inbox, numbers and guarded writes. The outbox and the questions are in the files beside."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.ids import ConversationId, TicketId
from bot.domain.messages import Attachment, Inbound, Outbound, Say, TimerFired
from bot.domain.people import Person
from bot.domain.tickets import TicketMessage
from bot.errors import DeliveryRefused, StaleTicket, StoreError
from bot.ports import Link, Parcel, Transaction
from bot.store.files import MAX_FILE
from tests.builders import ALICE, BOB, MONDAY, a_message, a_ticket, an_entry, an_event, an_offer
from tests.contract.conftest import AnyStore

SOON = MONDAY + timedelta(seconds=10)
LATER = MONDAY + timedelta(minutes=5)


def said(text: str, person: Person = ALICE, key: str = "") -> Inbound:
    return an_event(a_message(text, person), person, key=key)


async def kept(store: AnyStore, *events: Inbound, due: datetime = MONDAY) -> list[int]:
    """Keep them; their ids."""
    for event in events:
        assert await store.run(lambda tx, e=event: tx.keep(e, due))  # type: ignore[misc]
    lanes = dict.fromkeys(e.conversation for e in events)
    return [w.id for lane in lanes for w in await store.run(lambda tx, of=lane: tx.waiting(of, due))]  # type: ignore[misc]


async def waiting(store: AnyStore, lane: str = ALICE.id, now: datetime = MONDAY) -> list[str]:
    """The keys of the events that may be handled now."""
    return [w.event.key for w in await store.run(lambda tx: tx.waiting(lane, now))]


async def lanes(store: AnyStore) -> list[str]:
    """The lanes that a sweep would find."""
    return [*(await store.lanes_with_work(MONDAY))[0]]


# ------------------------------------------------------------------------------------------------------- units of work
async def test_a_unit_gives_its_result_when_it_is_committed(store: AnyStore) -> None:
    assert await store.run(lambda tx: tx.next_number("IT")) == "IT-1"


async def test_a_unit_that_raises_leaves_nothing(store: AnyStore) -> None:
    async def fails(tx: Transaction) -> None:
        await tx.keep(said("hello", key="e1"), MONDAY)
        await tx.add_ticket(a_ticket())
        await tx.post(a_parcel("p1"))
        await tx.note("desk:x", "1")
        raise LookupError("on purpose")

    with pytest.raises(LookupError, match="on purpose"):
        await store.run(fails)

    assert await waiting(store) == []
    assert await store.ticket("IT-1") is None
    assert await store.noted("desk:") == {}
    assert await store.lanes_with_work(MONDAY) == ([], [])


async def test_of_units_that_arrive_together_one_that_fails_takes_none_of_the_others_with_it(store: AnyStore) -> None:
    async def unit(tx: Transaction, number: int) -> TicketId:
        ticket = a_ticket(id=await tx.next_number("IT"), conversation=ConversationId(f"chat:{number}"))
        await tx.add_ticket(ticket)
        if number % 3 == 0:
            raise LookupError(str(number))
        return ticket.id

    outcomes = await asyncio.gather(*(store.run(lambda tx, n=n: unit(tx, n)) for n in range(30)), return_exceptions=True)  # type: ignore[misc]

    failed = [o for o in outcomes if isinstance(o, LookupError)]
    numbers = [o for o in outcomes if isinstance(o, str)]
    assert [str(error) for error in failed] == [str(n) for n in range(0, 30, 3)]
    later = [await store.run(lambda tx: tx.next_number("IT")) for _ in range(20)]  # more than were given back: a server may pass over a free row once
    given = [int(n.removeprefix("IT-")) for n in numbers + later]
    assert len(set(given)) == len(given)
    assert {*range(1, 31)} <= set(given), "what a failed unit gave back is given again"
    for n in range(30):
        latest = await store.run(lambda tx, n=n: tx.latest_ticket(f"chat:{n}"))  # type: ignore[misc]
        assert (latest is None) == (n % 3 == 0)


async def test_a_caller_that_goes_away_harms_no_other(store: AnyStore) -> None:
    leaving = asyncio.create_task(store.run(lambda tx: tx.note("desk:left", "1")))
    staying = asyncio.create_task(store.run(lambda tx: tx.note("desk:stayed", "1")))
    await asyncio.sleep(0)
    leaving.cancel()

    await staying

    assert "desk:stayed" in await store.noted("desk:")


async def test_a_unit_that_waits_for_another_one_is_told_so_instead_of_waiting_for_ever(store: AnyStore) -> None:
    with pytest.raises(RuntimeError, match="cannot wait"):
        await store.run(lambda tx: store.note("desk:x", "1"))
    assert await store.noted("desk:") == {}


async def test_a_closed_store_accepts_nothing_and_has_lost_nothing_it_accepted(store: AnyStore) -> None:
    accepted = [asyncio.create_task(store.run(lambda tx, n=n: tx.note(f"desk:{n}", "1"))) for n in range(5)]  # type: ignore[misc]
    await asyncio.sleep(0)
    await asyncio.gather(*accepted)
    await store.close()

    with pytest.raises(StoreError):
        await store.run(lambda tx: tx.note("desk:late", "1"))


async def test_what_a_unit_wrote_it_reads(store: AnyStore) -> None:
    async def unit(tx: Transaction) -> list[object]:
        await tx.add_ticket(a_ticket())
        await tx.note("desk:x", "1")
        return [await tx.ticket("IT-1"), await tx.noted("desk:")]

    ticket, notes = await store.run(unit)
    assert ticket == a_ticket(changed_at=MONDAY)
    assert notes == {"desk:x": "1"}


# ----------------------------------------------------------------------------------------------------------- the inbox
async def test_an_event_that_arrives_twice_is_kept_once(store: AnyStore) -> None:
    event = said("hello", key="Ev1")
    assert await store.run(lambda tx: tx.keep(event, MONDAY)) is True
    assert await store.run(lambda tx: tx.keep(event, MONDAY)) is False
    assert await waiting(store) == ["Ev1"]


async def test_an_event_that_arrives_under_two_keys_is_kept_once(store: AnyStore) -> None:
    mention, message = (replace(said("hello", key=key), also="slack:C1/17.1") for key in ("Ev1", "Ev2"))
    assert await store.run(lambda tx: tx.keep(mention, MONDAY)) is True
    assert await store.run(lambda tx: tx.keep(message, MONDAY)) is False
    assert await waiting(store) == ["Ev1"]


async def test_the_same_key_on_another_channel_is_another_event(store: AnyStore) -> None:
    assert await store.run(lambda tx: tx.keep(said("hello", key="7"), MONDAY)) is True
    assert await store.run(lambda tx: tx.keep(replace(said("hello", key="7"), channel="mail"), MONDAY)) is True


async def test_an_event_comes_out_as_it_went_in(store: AnyStore) -> None:
    words = a_message("¿Qué tal? 🙂", attachments=(Attachment("chat:f1", "a.png", "image/png", 7),))
    event = replace(an_event(words, Person(ALICE.id, "Ålice", "pt", "Europe/Lisbon")), also="second")
    await kept(store, event)
    (stored,) = await store.run(lambda tx: tx.waiting(ALICE.id, MONDAY))
    assert stored.event == event


async def test_events_of_a_lane_wait_in_the_order_in_which_they_were_kept(store: AnyStore) -> None:
    await kept(store, *(said(str(n), key=f"e{9 - n}") for n in range(9)), said("another's", BOB))
    assert await waiting(store) == [f"e{9 - n}" for n in range(9)]
    assert [w.event.key for w in await store.run(lambda tx: tx.waiting(ALICE.id, MONDAY, limit=2))] == ["e9", "e8"]


async def test_a_finished_event_never_comes_back(store: AnyStore) -> None:
    first, _ = await kept(store, said("one", key="e1"), said("two", key="e2"))
    await store.run(lambda tx: tx.finish(first, MONDAY))
    assert await waiting(store) == ["e2"]
    assert await store.run(lambda tx: tx.keep(said("one", key="e1"), LATER)) is False


async def test_an_event_that_waits_for_another_try_holds_up_its_lane_and_no_other(store: AnyStore) -> None:
    first, *_ = await kept(store, said("one", key="a1"), said("two", key="a2"), said("three", BOB, key="b1"))

    await store.run(lambda tx: tx.retry_later(first, SOON, "LookupError"))

    assert await waiting(store) == []
    assert await waiting(store, BOB.id) == ["b1"]
    assert await lanes(store) == [BOB.id]
    again = await store.run(lambda tx: tx.waiting(ALICE.id, SOON))
    assert [(w.event.key, w.attempts) for w in again] == [("a1", 1), ("a2", 0)]


async def test_what_was_kept_before_an_event_that_waits_is_not_held_up(store: AnyStore) -> None:
    first, second = await kept(store, said("one", key="a1"), said("two", key="a2"))
    await store.run(lambda tx: tx.retry_later(second, SOON, "LookupError"))
    assert await waiting(store) == ["a1"]
    assert await lanes(store) == [ALICE.id]
    await store.run(lambda tx: tx.finish(first, MONDAY))
    assert await lanes(store) == []


async def test_a_parked_event_lets_its_lane_go_on_and_is_listed(store: AnyStore) -> None:
    first, _ = await kept(store, said("poison", key="e1"), said("two", key="e2"))

    await store.run(lambda tx: tx.park(first, "LookupError"))

    assert await waiting(store) == ["e2"]
    assert [(w.id, w.event.key, w.attempts) for w in await store.parked()] == [(first, "e1", 1)]
    assert (await store.queue())["inbox_parked"] == 1


async def test_a_parked_event_can_be_given_a_new_start(store: AnyStore) -> None:
    (first,) = await kept(store, said("poison", key="e1"))
    await store.run(lambda tx: tx.retry_later(first, MONDAY, "LookupError"))
    await store.run(lambda tx: tx.park(first, "LookupError"))

    await store.run(lambda tx: tx.retry_later(first, SOON, ""))

    assert await store.parked() == []
    assert [(w.event.key, w.attempts) for w in await store.run(lambda tx: tx.waiting(ALICE.id, SOON))] == [("e1", 0)]


async def test_a_timer_fires_when_it_is_due_and_holds_up_nothing_before(store: AnyStore) -> None:
    timer = an_event(TimerFired("claim", "IT-1", MONDAY), key="t1")
    await store.run(lambda tx: tx.keep(timer, LATER))
    await kept(store, said("one", key="e1"))

    assert await waiting(store) == ["e1"]
    assert await waiting(store, now=LATER) == ["t1", "e1"]
    counts = await store.queue()
    assert (counts["timers"], counts["inbox_waiting"]) == (1, 1)


async def test_the_next_thing_due_is_known(store: AnyStore) -> None:
    assert await store.next_due(MONDAY) is None
    await store.run(lambda tx: tx.keep(an_event(TimerFired("claim", "IT-1", MONDAY)), LATER))
    assert await store.next_due(MONDAY) == LATER
    (first, _) = await kept(store, said("one"), said("two"))
    assert await store.next_due(MONDAY) == MONDAY
    await store.run(lambda tx: tx.retry_later(first, SOON, "LookupError"))
    assert await store.next_due(MONDAY) == SOON, "what stands behind an event that waits is not due before it"


# ------------------------------------------------------------------------------------------------ numbers, guarded writes
async def test_each_prefix_counts_for_itself(store: AnyStore) -> None:
    numbers = [await store.run(lambda tx, p=prefix: tx.next_number(p)) for prefix in ("IT", "HR", "IT")]  # type: ignore[misc]
    assert numbers == ["IT-1", "HR-1", "IT-2"]


async def test_a_ticket_comes_out_as_it_went_in(store: AnyStore) -> None:
    full = a_ticket(
        question="Größe % _ ' \" \\",
        status="resolved",
        tier=2,
        assignee=BOB.id,
        offers=(an_offer(), an_offer(entry="vpn", outcome="refused", reason="wrong_topic", phrasing="vpn")),
        entry="vpn",
        solution="turn it off\nand on",
        human_at=SOON,
        changed_at=SOON,
        resolved_at=LATER,
        closed_at=LATER,
        follows="IT-0",
        version=3,
    )
    await store.run(lambda tx: tx.add_ticket(full))
    assert await store.ticket("IT-1") == full
    assert await store.ticket("IT-2") is None


async def test_whoever_saves_what_somebody_changed_in_between_is_told(store: AnyStore) -> None:
    await store.run(lambda tx: tx.add_ticket(a_ticket()))
    seen = await store.ticket("IT-1")
    assert seen is not None

    mine = await store.run(lambda tx: tx.save_ticket(replace(seen, assignee=ALICE.id)))
    with pytest.raises(StaleTicket):
        await store.run(lambda tx: tx.save_ticket(replace(seen, assignee=BOB.id)))

    assert mine.version == seen.version + 1
    assert await store.ticket("IT-1") == mine
    assert await store.run(lambda tx: tx.save_ticket(replace(mine, assignee=None))) == await store.ticket("IT-1")


async def test_the_newest_ticket_of_a_conversation_is_the_last_that_was_opened(store: AnyStore) -> None:
    for n in (9, 10):
        await store.run(lambda tx, n=n: tx.add_ticket(a_ticket(id=TicketId(f"IT-{n}"))))  # type: ignore[misc]
    latest = await store.run(lambda tx: tx.latest_ticket(ALICE.id))
    assert latest is not None
    assert latest.id == "IT-10"
    assert await store.run(lambda tx: tx.latest_ticket(BOB.id)) is None


# ------------------------------------------------------------------------------------------------- odd text, notes, files
async def test_text_that_no_database_keeps_is_stored_without_it(store: AnyStore) -> None:
    odd, tidy = "a\0b\ud800c 🙂", "a\ufffdb\ufffdc 🙂"
    words = a_message(odd)
    event = an_event(words, Person(ALICE.id, odd), key="e1")

    async def unit(tx: Transaction) -> None:
        await tx.keep(event, MONDAY)
        await tx.add_ticket(a_ticket(question=odd, solution=odd))
        await tx.add_message(TicketMessage(0, TicketId("IT-1"), "in", "question", ALICE.id, odd, MONDAY))
        await tx.post(replace(a_parcel("p1"), body=Outbound((Say(odd),))))
        await tx.note("desk:odd", odd)
        await tx.save_entry(an_entry(question=odd), ALICE.id, MONDAY)

    await store.run(unit)

    (stored,) = await store.run(lambda tx: tx.waiting(ALICE.id, MONDAY))
    assert (stored.event.what, stored.event.person.name) == (replace(words, text=tidy), tidy)
    ticket, parcel = await store.ticket("IT-1"), await store.run(lambda tx: tx.parcel("p1"))
    assert ticket is not None
    assert parcel is not None
    assert (ticket.question, ticket.solution) == (tidy, tidy)
    assert parcel.body == Outbound((Say(tidy),))
    assert [m.text for m in await store.talk("IT-1", internal=True)] == [tidy]
    assert await store.noted("desk:odd") == {"desk:odd": tidy}
    assert [e.texts[0].question for e in await store.entries()] == [tidy]


async def test_notes_are_found_by_their_beginning_and_removed_by_an_empty_one(store: AnyStore) -> None:
    for key in ("chat:offset", "chat:_x", "chat%:y", "chatter:z"):
        await store.note(key, "1")
    await store.note("chat:offset", "2")
    assert await store.noted("chat:") == {"chat:_x": "1", "chat:offset": "2"}
    await store.note("chat:offset", "")
    assert await store.noted("chat:") == {"chat:_x": "1"}


async def test_a_file_is_kept_whole_with_its_true_size(store: AnyStore) -> None:
    await store.keep_file(Attachment("web:f1", "a.bin"), bytes(range(256)))
    assert await store.file("web:f1") == (Attachment("web:f1", "a.bin", size=256), bytes(range(256)))
    assert await store.file("web:f2") is None


async def test_a_file_beyond_the_limit_is_refused(store: AnyStore) -> None:
    with pytest.raises(DeliveryRefused, match="too_large"):
        await store.keep_file(Attachment("web:f1", "a.bin"), bytes(MAX_FILE + 1))


async def test_a_later_link_wins(store: AnyStore) -> None:
    await store.run(lambda tx: tx.link("chat:m1", Link("IT-1", "message")))
    await store.run(lambda tx: tx.link("chat:m1", Link("IT-2", "card")))
    assert await store.run(lambda tx: tx.linked("chat:m1")) == Link("IT-2", "card")
    assert await store.run(lambda tx: tx.linked("chat:m2")) is None


def a_parcel(key: str, **changes: object) -> Parcel:
    """A message to Alice, due at once."""
    return replace(Parcel(key, ALICE.id, ALICE.id, Outbound((Say(key),)), MONDAY), **changes)  # type: ignore[arg-type]
