"""What is answered alone follows what became of the answers: nothing before there is evidence, less again when it turns out wrong."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.domain.ids import PersonId
from bot.domain.people import Person
from bot.engine.faq.keeper import QUIET
from tests.builders import TEAM_2, a_desk
from tests.journeys.doors import eventually
from tests.world import World, text_of

ASKED = "the password of my account, how to reset it?"
SHOWN = "How do I reset my password?"
PROMISED = 0.2  # a share for which a few dozen outcomes are enough


@pytest.fixture
def world() -> World:
    return World(desk=a_desk(wrong_at_most=PROMISED))


def newcomer(n: int) -> Person:
    return Person(PersonId(f"chat:newcomer-{n}"), f"Newcomer {n}", "en")


async def asks(world: World, n: int) -> str:
    """What tier 1 does with the newcomer's question."""
    await world.says(ASKED, newcomer(n))
    outcomes = await world.store.run(lambda tx: tx.outcomes_of(f"IT-{n}"))
    return outcomes[-1].decision


async def helped(world: World, first: int, last: int) -> None:
    """So many newcomers ask, choose the entry if it is one of a list, and say that it solved it."""
    for n in range(first, last + 1):
        if await asks(world, n) == "suggest":
            await world.presses(SHOWN, newcomer(n))
        await world.presses("Yes, solved", newcomer(n))
        world.clock.advance(minutes=1)


async def refused(world: World, first: int, last: int) -> None:
    for n in range(first, last + 1):
        await asks(world, n)
        await world.presses("Not what I need", newcomer(n))
        world.clock.advance(minutes=1)


def alarms(world: World) -> list[str]:
    return [text for sent in world.to(TEAM_2) if "wrong more often than promised" in (text := text_of(sent.body))]


async def test_before_there_is_evidence_only_known_phrasings_are_answered_alone(world: World) -> None:
    await world.keeper.look()
    assert await asks(world, 1) == "suggest"
    await world.says("i forgot my password!", newcomer(2))
    world.heard("marmalade", newcomer(2))


async def test_what_was_only_suggested_is_answered_alone_after_enough_were_helped_and_no_more_after_enough_were_not(world: World) -> None:
    await helped(world, 1, 60)
    await world.keeper.look()
    assert await asks(world, 61) == "answer"
    world.heard("marmalade", newcomer(61))

    await refused(world, 62, 90)
    learned = await world.keeper.look()

    assert learned.alarm is not None
    assert await asks(world, 91) == "suggest"
    [told] = alarms(world)
    assert "at most is promised" in told


async def test_presses_are_learned_from_by_themselves(world: World) -> None:
    learning = asyncio.create_task(world.keeper.run())
    await helped(world, 1, 60)
    await eventually(lambda: world.knowledge.limits.answer is not None, "a threshold is learned")
    learning.cancel()
    assert await asks(world, 61) == "answer"


async def test_what_was_learned_outlives_a_restart(world: World) -> None:
    await helped(world, 1, 60)
    learned = await world.keeper.look()
    again = World(desk=world.desk, store=world.store, clock=world.clock)
    assert (await again.keeper.look()).promise == learned.promise
    assert again.knowledge.limits == world.knowledge.limits


@pytest.mark.parametrize(("later", "told"), [(timedelta(days=1), 1), (QUIET, 2)])
async def test_the_team_is_told_once_in_a_week(world: World, later: timedelta, told: int) -> None:
    await helped(world, 1, 60)
    await world.keeper.look()
    await refused(world, 61, 90)
    await world.keeper.look()
    await world.keeper.look()
    await world.passes(minutes=1)
    assert len(alarms(world)) == 1

    world.clock.moment += later
    await helped(world, 91, 160)
    await world.keeper.look()
    await refused(world, 161, 190)
    assert (await world.keeper.look()).alarm is not None
    await world.passes(minutes=1)
    assert len(alarms(world)) == told
