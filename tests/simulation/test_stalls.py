"""A process that stands still for a while, as a machine does that was put to sleep: others may have taken over what was its own."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.builders import UNKNOWN
from tests.simulation.world import World

SOON_S = 60.0  # seconds until all is done that was held up


@pytest.mark.parametrize("slots", [1, 2])
@pytest.mark.parametrize("seed", range(8))
def test_after_a_stall_with_messages_in_hand_everything_is_sent_soon_and_once(seed: int, slots: int) -> None:
    world = World(seed, slots=slots)

    async def play() -> None:
        for asker in world.askers:
            asker.says(UNKNOWN)
            asker.says("it squeaks")
        await asyncio.sleep(1.0 + seed / 4)  # a message a second goes to one place: the others wait for their time, their lanes leased
        world.clock.skip(timedelta(minutes=1))
        began = world.loop.time()
        assert await world.quiet()
        assert world.loop.time() - began < SOON_S
        await world.settle()

    world.run(play())
    assert sum(p.excused.total() for p in world.platforms.values()) == 0
