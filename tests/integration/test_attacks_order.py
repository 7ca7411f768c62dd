"""Twice, too late, too early, all at once: the same state in the end as if each thing had come once and in its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId
from bot.domain.messages import Commanded, Deleted, Edited, Happening, Inbound, Marked, Pressed, Submitted
from bot.domain.people import Person
from bot.domain.tickets import Ticket
from bot.store.sql import SqlStore
from tests.builders import ALICE, ANN, BEN, BOB, TEAM_2, TEAM_3, UNKNOWN, a_message, an_event
from tests.world import World, text_of


async def a_ticket_of_alice(world: World) -> Ticket:
    await world.says(UNKNOWN)
    return await world.ticket()


# ------------------------------------------------------------------------------------------------- twice, late, at once
@pytest.mark.parametrize("times", [2, 5])
async def test_whatever_comes_several_times_has_one_effect(world: World, times: int) -> None:
    """A4, A8, I4."""
    await a_ticket_of_alice(world)
    card = world.card()
    happenings: list[tuple[Happening, Person]] = [
        (a_message("it creaks, too"), ALICE),
        (Pressed("take:IT-1", PlaceId(TEAM_2), card.id, answer_to="p"), ANN),
        (Submitted("note:IT-1", {"words": "remember this"}, PlaceId(TEAM_2), answer_to="f"), ANN),
        (Commanded("human", "my lamp hums", PlaceId(BOB.id), private=True), BOB),
        (Submitted("resolve:IT-1", {"words": "oiled"}, PlaceId(TEAM_2), answer_to="g"), ANN),
    ]
    for n, (what, who) in enumerate(happenings):
        for _ in range(times):
            await world.happens(what, who, key=f"same-{n}")
    events = await world.happened()
    assert [events.count(name) for name in ("RequesterWrote", "TicketClaimed", "NoteWritten", "TicketResolved", "MoveDenied")] == [1, 1, 1, 1, 0]
    assert await world.store.ticket("IT-3") is None
    assert len([line for line in world.thread(card) if "remember this" in line]) == 1


async def test_the_same_word_in_many_copies_at_once_is_said_once(world: World) -> None:
    """A4, I4."""
    said = an_event(a_message(UNKNOWN), key="same")
    await asyncio.gather(*(world.intake.receive(said) for _ in range(50)))
    await world.workers.drain()
    assert (world.intake.received, world.intake.repeated) == (1, 49)
    assert await world.store.ticket("IT-2") is None


async def test_a_correction_that_overtakes_its_message_is_made_when_the_message_has_come(world: World) -> None:
    """I5: the same final state as in order."""
    said = a_message("my chair number is 12, and the heron squeaks")
    await world.happens(Edited(said.message, "my chair number is 21, and the heron squeaks"))
    await world.happens(said)
    await world.passes(minutes=11)

    assert (await world.ticket()).question == "my chair number is 21, and the heron squeaks"
    assert "21" in text_of(world.card().body)


async def test_a_deletion_that_overtakes_its_message_is_made_when_the_message_has_come(world: World) -> None:
    """I5."""
    await a_ticket_of_alice(world)
    said = a_message("my phone number is 555")
    await world.happens(Deleted(said.message))
    await world.happens(said)
    await world.passes(minutes=11)

    talk = await world.store.talk("IT-1", internal=True)
    assert [m.deleted for m in talk if m.source == said.message] == [True]
    assert any("deleted a message" in line for line in world.thread(world.card()))


async def test_what_corrects_a_message_that_never_comes_ends_there(world: World) -> None:
    """I5."""
    await world.happens(Edited(MessageId("chat:never"), "x"))
    for _ in range(3):
        await world.passes(minutes=11)
    assert await world.store.queue() == {"inbox_waiting": 0, "inbox_parked": 0, "outbox_waiting": 0, "outbox_failed": 0, "timers": 0}


async def test_a_close_or_a_claim_before_there_is_a_ticket_is_refused_and_harms_nothing(world: World) -> None:
    """I5."""
    await world.commands("close", "1", ALICE)
    await world.commands("take", "1", ANN)
    await a_ticket_of_alice(world)
    ticket = await world.ticket()
    assert (ticket.status, ticket.assignee) == ("open", None)


@pytest.fixture
async def sql(tmp_path: Path) -> AsyncIterator[World]:
    """The desk over a real database."""
    store = SqlStore.open(f"sqlite:///{tmp_path / 'desk.db'}?synchronous=NORMAL")
    yield World(store=store)
    await store.close()


async def test_of_all_who_claim_at_once_one_has_it_and_every_other_learns_who(sql: World) -> None:
    """I6: 40 tickets, 8 agents in 8 lanes each."""
    agents = [Person(PersonId(f"chat:agent-{n}"), f"Agent {n}", "en") for n in range(8)]
    sql.chat.members[TEAM_2] = {a.id for a in agents}
    for n in range(40):
        await sql.says(f"{UNKNOWN} {n}", replace(ALICE, id=PersonId(f"chat:asker-{n}")))
    presses = [
        an_event(Pressed(f"take:IT-{n}", PlaceId(TEAM_2), answer_to=f"{n}-{a.id}"), a, f"{TEAM_2}/{a.id}")
        for n in range(1, 41)
        for a in agents[n % 8 :] + agents[: n % 8]
    ]
    await asyncio.gather(*(sql.intake.receive(press) for press in presses))
    await asyncio.gather(*(sql.workers.work(ConversationId(f"{TEAM_2}/{a.id}")) for a in agents))
    await sql.workers.drain()

    told = {a.id: sql.told_alone(a) for a in agents}
    for n in range(1, 41):
        ticket, events = await sql.ticket(f"IT-{n}"), await sql.happened(f"IT-{n}")
        owner = next(a for a in agents if a.id == ticket.assignee)
        assert events.count("TicketClaimed") == 1
        losers = [a for a in agents if f"{owner.name} already has IT-{n}." in told[a.id]]
        assert len(losers) == 7


async def test_a_thousand_newcomers_at_once_each_get_a_number_and_an_answer_in_their_order(sql: World) -> None:
    """H7."""
    people = [Person(PersonId(f"chat:p{n}"), f"P {n}", "en") for n in range(1000)]
    loop = asyncio.get_running_loop()
    begun = loop.time()
    events: list[Inbound] = []
    for person in people:
        events += [an_event(a_message(f"{UNKNOWN} {person.id}", person), person), an_event(a_message("second words", person), person)]
    await asyncio.gather(*(sql.intake.receive(event) for event in events))
    assert loop.time() - begun < 3, "all are acknowledged before any is worked on"
    await sql.workers.drain(60)
    numbers = {(await sql.ticket(f"IT-{n}")).requester for n in range(1, 1001)}
    assert numbers == {p.id for p in people}
    for n in (1, 500, 1000):
        assert [m.text for m in await sql.store.talk(f"IT-{n}", internal=False) if m.direction == "in"][1] == "second words"


async def test_a_mark_by_two_agents_makes_one_ticket(world: World) -> None:
    """I4."""
    marked = Marked("the lift is stuck", MessageId("chat:C/5"), PlaceId("chat:C"), ALICE, ConversationId("chat:C/5"))
    await world.happens(marked, ANN, "chat:C/5")
    await world.happens(marked, BEN, "chat:C/5")
    assert await world.store.ticket("IT-2") is None
    assert len(world.to(TEAM_3)) == 0


async def test_words_in_a_thread_that_overtake_its_question_join_it_when_it_has_come(world: World) -> None:
    """I5"""
    early = a_message("it is the one with wheels", private=False, addressed=False, place=PlaceId("chat:help"), reply_to=MessageId("chat:help/1"))
    await world.happens(early, ALICE, "chat:help/1")
    assert await world.store.ticket("IT-1") is None
    await world.happens(a_message(UNKNOWN, private=False, place=PlaceId("chat:help"), message=MessageId("chat:help/1")), ALICE, "chat:help/1")

    await world.passes(minutes=11)

    assert any("it is the one with wheels" in line for line in world.thread(world.card()))
    assert await world.store.ticket("IT-2") is None


async def test_talk_in_a_thread_without_a_question_stays_nobodys(world: World) -> None:
    """I5"""
    early = a_message("shall we have lunch?", private=False, addressed=False, place=PlaceId("chat:help"), reply_to=MessageId("chat:help/1"))
    await world.happens(early, ALICE, "chat:help/1")

    await world.passes(minutes=11)
    await world.passes(minutes=11)

    assert await world.store.ticket("IT-1") is None
    assert world.chat.sent == []
