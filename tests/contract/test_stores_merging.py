"""Two agents at the same moment: whatever the store, tickets that are merged crosswise or twice come to one end."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.messages import Submitted
from bot.domain.people import Person
from tests.builders import ALICE, ANN, BEN, BOB, TEAM_2, UNKNOWN, an_event
from tests.contract.conftest import AnyStore
from tests.world import World

OTHER = "The aquarium next to the heron leaks whenever the ergonomic chair squeaks"


async def two_agents(world: World, *acts: tuple[Person, str, str]) -> None:
    """Their forms come in and are worked at the same time, each in the lane of its author."""
    for person, action, other in acts:
        await world.intake.receive(an_event(Submitted(action, {"other": other}, TEAM_2, answer_to="form"), person, str(person.id)))
        await world.roster.refresh(person.id)
    await asyncio.gather(*(world.workers.work(str(person.id)) for person, _, _ in acts))
    await world.workers.drain()


@pytest.fixture
async def world(store: AnyStore) -> World:
    world = World(store=store)
    await world.says(UNKNOWN, ALICE)
    await world.says(OTHER, BOB)
    return world


@pytest.mark.parametrize("times", range(3))
async def test_two_agents_merge_crosswise_and_one_ticket_stays(world: World, times: int) -> None:
    await two_agents(world, (ANN, "merge:IT-2", "IT-1"), (BEN, "merge:IT-1", "IT-2"))

    one, two = await world.ticket("IT-1"), await world.ticket("IT-2")
    left, gone = (one, two) if one.is_open else (two, one)
    assert (left.status, left.parent, left.related) == ("open", "", (gone.id,))
    assert (gone.status, gone.parent, gone.parent_as) == ("closed", left.id, "merged")
    assert [t.id for t in (one, two) if "TicketMerged" in await world.happened(t.id)] == [gone.id]
    assert [text for agent in (ANN, BEN) for text in world.told_alone(agent)] == [f"{gone.id} goes on as {left.id}. Please go on there."]


async def test_two_agents_merge_the_same_ticket_and_it_is_told_once(world: World) -> None:
    await two_agents(world, (ANN, "merge:IT-2", "IT-1"), (BEN, "merge:IT-2", "IT-1"))

    assert (await world.happened("IT-2")).count("TicketMerged") == 1
    assert [s for s in world.to(BOB) if "goes on together" in str(s.body)] == [world.heard("goes on together", BOB)]


async def test_two_agents_link_both_ways_and_there_is_one_link(world: World) -> None:
    await two_agents(world, (ANN, "relate:IT-1", "IT-2"), (BEN, "relate:IT-2", "IT-1"))

    assert ((await world.ticket("IT-1")).related, (await world.ticket("IT-2")).related) == (("IT-2",), ("IT-1",))
