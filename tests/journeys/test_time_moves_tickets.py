"""What waits is never forgotten: queues after a pause, requesters who do not answer, tickets that end."""

from __future__ import annotations

from tests.builders import ALICE, ANN, UNKNOWN, a_desk
from tests.world import World


async def test_an_unclaimed_ticket_that_waited_for_the_requester_goes_up_after_all(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Wait for requester", ANN)
    await world.passes(hours=2)

    await world.presses("Go on", ANN)
    await world.passes(minutes=30)
    await world.passes(minutes=31)

    assert (await world.ticket()).tier == 3


async def test_a_question_put_to_the_requester_while_waiting_does_not_stop_the_clock(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.presses("Wait for requester", ANN)
    await world.passes(minutes=1)
    await world.writes(world.card(), "Which chair is it?")

    await world.passes(days=4, minutes=1)
    world.heard("Without one it closes")
    await world.passes(days=1)

    assert (await world.ticket()).status == "closed"


async def test_who_takes_or_releases_it_while_it_waits_does_not_stop_the_clock(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Wait for requester", ANN)
    await world.passes(hours=1)
    await world.presses("Take it", ANN)
    await world.passes(hours=1)
    await world.presses("Release", ANN)

    await world.passes(days=5, hours=1)

    assert (await world.ticket()).status == "closed"


async def test_the_clock_of_waiting_warns_and_closes_once(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Wait for requester", ANN)
    await world.passes(hours=1)
    await world.presses("Take it", ANN)

    await world.passes(days=6)
    await world.passes(days=6)

    happened = await world.happened()
    assert [happened.count("TicketClosed"), happened.count("ReminderSent")] == [1, 1]


async def test_what_was_resolved_again_closes_like_any_other(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.submits("resolve:IT-1", words="oiled it")
    await world.passes(hours=1)
    await world.says("My lamp hums in a minor key")
    await world.presses("This is a new question")

    await world.passes(days=8)

    assert (await world.ticket()).status == "closed"


async def test_what_the_faq_solved_closes_quietly_once_it_can_no_longer_be_reopened(world: World) -> None:
    await world.says("How do I reset my password?")
    await world.presses("Yes, solved")
    heard = len(world.to(ALICE))

    await world.passes(days=6)
    assert (await world.ticket()).status == "resolved"
    await world.passes(days=1, minutes=1)

    assert (await world.ticket()).status == "closed"
    assert len(world.to(ALICE)) == heard


async def test_without_an_idle_time_waiting_never_ends() -> None:
    world = World(a_desk(idle=None))
    await world.says(UNKNOWN)
    await world.presses("Wait for requester", ANN)
    await world.presses("Take it", ANN)

    await world.passes(days=90)

    assert (await world.ticket()).status == "pending"
