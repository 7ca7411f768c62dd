"""What is no message of a ticket is a line in the contact log all the same: calls that a telephone tells of, talk that opened nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.contacts import Contact
from bot.domain.ids import PersonId, PlaceId
from bot.domain.messages import Called
from bot.domain.people import BOT, Person
from bot.ports.contacts import ContactQuery
from tests.builders import ALICE, ANN, MONDAY
from tests.world import World

CARLA = Person(PersonId("chat:+34600111222"), "Carla")
LINE = PlaceId("chat:+34600111222")


async def own_lines(world: World) -> list[Contact]:
    """Those that are no messages of tickets, oldest first."""
    page = await world.store.contacts(ContactQuery(MONDAY - timedelta(days=1), MONDAY + timedelta(days=9)))
    return [one for one in reversed(page.contacts) if not one.message]


async def test_a_call_that_ended_is_one_line_and_nobody_is_told() -> None:
    world = World()
    await world.happens(Called("in", 95, "voicemail", LINE), CARLA)

    (line,) = await own_lines(world)

    assert (line.person, line.channel, line.direction, line.medium, line.outcome) == (CARLA.id, "chat", "in", "call", "voicemail")
    assert (line.duration_s, line.by, line.ticket) == (95, BOT.id, "")
    assert (await world.store.people([CARLA.id]))[CARLA.id].name == "Carla"
    assert world.chat.sent == []


@pytest.mark.parametrize(("outcome", "by"), [("no_answer", ""), ("abandoned", ""), ("answered", BOT.id), ("replied", ANN.id)])
async def test_a_call_names_who_dealt_with_it(outcome: str, by: str) -> None:
    world = World()
    await world.happens(Called("in", 5, outcome, LINE, ANN.id if outcome == "replied" else ""), CARLA)  # type: ignore[arg-type]
    (line,) = await own_lines(world)
    assert (line.outcome, line.by) == (outcome, by)


async def test_a_call_belongs_to_the_ticket_that_is_open_there_and_to_none_that_is_over() -> None:
    world = World()
    await world.happens(Called("in", 5, "abandoned", LINE), CARLA)
    await world.says("the coffee machine of floor nine is on strike", CARLA)
    await world.happens(Called("in", 6, "answered", LINE), CARLA)
    number = (await own_lines(world))[1].ticket
    await world.commands("close", number, CARLA)
    await world.happens(Called("in", 7, "no_answer", LINE), CARLA)

    lines = await own_lines(world)

    assert [one.duration_s for one in lines] == [5, 6, 7]
    assert [bool(one.ticket) for one in lines] == [False, True, False]
    ticket = await world.store.ticket(number)
    assert ticket is not None
    assert ticket.requester == CARLA.id


async def test_the_same_call_told_twice_is_one_line() -> None:
    world = World()
    event = await world.happens(Called("in", 5, "abandoned", LINE), CARLA)
    await world.intake.receive(event)
    await world.workers.drain()
    assert len(await own_lines(world)) == 1


async def test_a_greeting_opens_no_ticket_and_is_a_line() -> None:
    world = World()
    await world.says("hello", ALICE)
    (line,) = await own_lines(world)
    assert (line.person, line.medium, line.outcome, line.by, line.ticket) == (ALICE.id, "message", "small_talk", BOT.id, "")
