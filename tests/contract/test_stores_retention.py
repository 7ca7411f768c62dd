"""What every store promises of forgetting: only what is over and old, and nothing that anything else still needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.ids import ConversationId, MessageId, TicketId
from bot.domain.messages import Outbound, Say
from bot.domain.tickets import TicketMessage
from bot.ports import Parcel, Transaction
from bot.ports.store import Trace
from tests.builders import ALICE, BOB, MONDAY, TEAM_2, a_message, a_ticket, an_event
from tests.contract.conftest import AnyStore

LONG_AGO = MONDAY - timedelta(days=60)
SINCE = MONDAY - timedelta(days=30)
LANE, OTHER = str(ALICE.id), str(BOB.id)


async def handled(store: AnyStore, key: str, lane: str = LANE, at: datetime = LONG_AGO) -> None:
    """An event that came in and was worked off then."""

    async def unit(tx: Transaction) -> None:
        await tx.take(lane)
        await tx.keep(replace(an_event(a_message(key), key=key, conversation=lane), at=at), at)
        (found,) = await tx.waiting(lane, at)
        await tx.finish(found.id, at)

    await store.run(unit)


async def waits(store: AnyStore, key: str, lane: str = LANE, at: datetime = LONG_AGO) -> int:
    async def unit(tx: Transaction) -> int:
        await tx.keep(replace(an_event(a_message(key), key=key, conversation=lane), at=at), at)
        return (await tx.waiting(lane, at))[-1].id

    return await store.run(unit)


async def sent(store: AnyStore, key: str, at: datetime = LONG_AGO, **more: object) -> None:
    """A message that went out then."""

    async def unit(tx: Transaction) -> None:
        await tx.post(replace(Parcel(key, LANE, LANE, Outbound((Say(key),)), at), **more))  # type: ignore[arg-type]
        await tx.sent(key, MessageId(f"chat:{key}"), at)

    await store.run(unit)


async def ticket(store: AnyStore, number: str, status: str, at: datetime = LONG_AGO, conversation: str = LANE) -> None:
    found = a_ticket(id=TicketId(number), status=status, changed_at=at, opened_at=at, conversation=ConversationId(conversation))
    await store.run(lambda tx: tx.add_ticket(found))


async def forget(store: AnyStore, trace: Trace, kept: str = "") -> int:
    """Page after page; how many went."""
    gone, after = 0, 0
    while True:
        page = await store.old(trace, SINCE, after, kept)
        gone += await store.run(lambda tx, ids=page.ids: tx.forget(trace, ids))  # type: ignore[misc]
        if page.after is None:
            return gone
        after = page.after


async def known(store: AnyStore, *keys: str) -> list[str]:
    """Which of these parcels are there."""

    async def unit(tx: Transaction) -> list[str]:
        return [key for key in keys if await tx.parcel(key)]

    return await store.run(unit)


async def repeated(store: AnyStore, *keys: str) -> list[str]:
    """Which of these events would be known again."""

    async def unit(tx: Transaction) -> list[str]:
        return [key for key in keys if not await tx.keep(an_event(a_message(key), key=key, conversation="chat:probe"), MONDAY)]

    return await store.run(unit)


async def test_handled_events_go_when_they_are_old_and_younger_ones_stay(store: AnyStore) -> None:
    await handled(store, "old")
    await handled(store, "young", at=SINCE + timedelta(seconds=1))
    await handled(store, "newest")

    assert await forget(store, "event") == 1
    assert await repeated(store, "old", "young", "newest") == ["young", "newest"]


async def test_what_waits_or_was_parked_stays_however_old(store: AnyStore) -> None:
    await waits(store, "waits")
    parked = await waits(store, "parked", OTHER)
    await store.run(lambda tx: tx.park(parked, "ValueError"))
    await handled(store, "newest", "chat:third")

    assert await forget(store, "event") == 0
    assert await store.run(lambda tx: tx.forget("event", (1, 2))) == 0
    assert [w.event.key for w in await store.parked()] == ["parked"]
    assert [w.event.key for w in await store.run(lambda tx: tx.waiting(LANE, MONDAY))] == ["waits"]


@pytest.mark.parametrize(
    ("status", "changed_at", "goes"),
    [("open", LONG_AGO, 0), ("pending", LONG_AGO, 0), ("resolved", LONG_AGO, 0), ("closed", SINCE, 0), ("closed", LONG_AGO, 1)],
)
async def test_a_conversation_keeps_all_until_its_tickets_are_long_closed(store: AnyStore, status: str, changed_at: datetime, goes: int) -> None:
    await ticket(store, "IT-1", "closed")
    await ticket(store, "IT-2", status, changed_at)
    for trace in ("first", "newest"):
        await handled(store, trace)
        await sent(store, trace)
    await sent(store, "to the team", lane=f"{TEAM_2}#IT-2", to=TEAM_2, ticket="IT-2")
    await sent(store, "the very last", to=TEAM_2)

    assert await forget(store, "event") == goes
    assert await forget(store, "parcel") == 3 * goes


async def test_what_is_owed_failed_or_named_by_that_stays(store: AnyStore) -> None:
    await sent(store, "card", to=TEAM_2)
    await sent(store, "shown", to=TEAM_2)
    await sent(store, "over", to=TEAM_2)
    await store.run(lambda tx: tx.post(Parcel("owed", LANE, TEAM_2, Outbound((Say("x"),)), LONG_AGO, thread="card")))
    await store.run(lambda tx: tx.post(Parcel("failed", OTHER, TEAM_2, Outbound((Say("x"),)), LONG_AGO, edits="shown")))
    await store.run(lambda tx: tx.not_sent("failed", "failed", LONG_AGO, "blocked"))
    await store.run(lambda tx: tx.post(Parcel("withdrawn", "chat:z", TEAM_2, Outbound((Say("x"),)), LONG_AGO)))
    await store.run(lambda tx: tx.not_sent("withdrawn", "withdrawn", LONG_AGO, ""))
    await sent(store, "newest", to=TEAM_2)

    assert await forget(store, "parcel") == 2
    every = ("card", "shown", "over", "owed", "failed", "withdrawn", "newest")
    assert await known(store, *every) == ["card", "shown", "owed", "failed", "newest"]


async def test_what_was_edited_lately_stays_with_what_it_was(store: AnyStore) -> None:
    await sent(store, "message", to=TEAM_2)
    await sent(store, "edit", to=TEAM_2, edits="message", at=MONDAY)
    await sent(store, "newest", to=TEAM_2)

    assert await forget(store, "parcel") == 0
    assert await store.run(lambda tx: tx.newest_body("message")) == Outbound((Say("edit"),))


async def test_keys_that_are_to_be_kept_are_kept(store: AnyStore) -> None:
    for key in ("card:IT-1:chat:team", "cards", "hold:IT-1", "newest"):
        await sent(store, key, to=TEAM_2)
    assert await forget(store, "parcel", kept="card:") == 2
    assert await known(store, "card:IT-1:chat:team", "cards", "hold:IT-1") == ["card:IT-1:chat:team"]


async def test_many_pages_go_and_what_comes_later_still_stands_behind_what_was(store: AnyStore) -> None:
    await ticket(store, "IT-1", "closed", conversation=OTHER)
    await handled(store, "first", OTHER)

    async def many(tx: Transaction) -> None:
        for number in range(450):
            await tx.keep(replace(an_event(a_message(str(number)), key=f"m{number}", conversation=LANE), at=LONG_AGO), LONG_AGO)
        for waiting in await tx.waiting(LANE, LONG_AGO, 1_000):
            await tx.finish(waiting.id, LONG_AGO)

    await store.run(many)
    await store.run(lambda tx: tx.add_message(TicketMessage(0, TicketId("IT-1"), "in", "question", BOB.id, "in a form", MONDAY)))
    await sent(store, "answer", ticket="IT-1", to=OTHER, at=MONDAY)

    assert await forget(store, "event") == 450  # the first and all but the newest of the others
    await waits(store, "later", OTHER, MONDAY)
    lines = await store.screen(ConversationId(OTHER))
    assert [line.side for line in lines] == ["requester", "desk", "requester"]


async def test_a_conversation_of_which_all_was_forgotten_shows_nothing_by_halves(store: AnyStore) -> None:
    await ticket(store, "IT-1", "closed")
    await handled(store, "question")
    await store.run(lambda tx: tx.add_message(TicketMessage(0, TicketId("IT-1"), "in", "question", ALICE.id, "question", LONG_AGO, source="chat:q")))
    await sent(store, "answer", ticket="IT-1")
    await handled(store, "newest", OTHER)
    await sent(store, "newest", to=OTHER)
    assert len(await store.screen(ConversationId(LANE))) >= 2

    assert (await forget(store, "event"), await forget(store, "parcel")) == (1, 1)

    assert await store.screen(ConversationId(LANE)) == []
    assert [said.text for said in await store.talk("IT-1", internal=False)] == ["question"]


async def test_what_the_dead_held_goes_and_a_lease_over_something_owed_stays(store: AnyStore) -> None:
    async def unit(tx: Transaction) -> None:
        await tx.hold("process:dead", "dead", LONG_AGO, LONG_AGO + timedelta(seconds=20))
        await tx.post(Parcel("owed", LANE, LANE, Outbound((Say("x"),)), LONG_AGO))
        await tx.post(Parcel("other", OTHER, OTHER, Outbound((Say("x"),)), LONG_AGO))
        for lane in (LANE, OTHER):
            await tx.lease(lane, "dead", LONG_AGO, LONG_AGO + timedelta(seconds=20))
        await tx.sent("other", MessageId("chat:other"), LONG_AGO)

    await store.run(unit)
    await store.run(lambda tx: tx.hold("process:alive", "alive", MONDAY, MONDAY + timedelta(seconds=20)))

    assert await store.run(lambda tx: tx.forget_ended(MONDAY - timedelta(hours=1))) == 2
    again = await store.run(lambda tx: tx.lease(LANE, "alive", MONDAY, MONDAY + timedelta(seconds=20)))
    assert [(parcel.key, parcel.begun) for parcel in again] == [("owed", True)]  # it may have arrived: whoever sends it looks first
    assert not await store.run(lambda tx: tx.hold("process:alive", "other", MONDAY, MONDAY + timedelta(seconds=20)))
