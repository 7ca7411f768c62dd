"""Messages, and platforms and databases that are away for a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from bot.domain.ids import MessageId
from bot.domain.messages import Outbound
from bot.errors import DeliveryError, StoreError
from bot.ports import Transaction
from bot.store.memory import MemoryStore
from tests.builders import ALICE
from tests.world import World, text_of

T = TypeVar("T")


class Fading(MemoryStore):
    """Its next `away` units are not committed."""

    away = 0
    refused = 0

    async def run(self, unit: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run it, unless the database is away."""
        if self.away > 0:
            self.away -= 1
            self.refused += 1
            raise StoreError("away")
        return await super().run(unit)


@pytest.fixture
def fading() -> tuple[World, Fading]:
    """A desk whose database goes away as soon as its channel has taken the first message."""
    store = Fading()
    world = World(store=store)
    send = world.chat.send

    async def taken(to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        found = await send(to, message, thread)
        store.away = 3 if len(world.chat.sent) == 1 else 0
        return found

    world.chat.send = taken  # type: ignore[method-assign]
    return world, store


async def carried_on(world: World) -> None:
    """As the sweep does, until nothing is left."""
    while left := world.delivery.left():
        for lane in left:
            await world.delivery.deliver(lane)


async def test_what_went_out_when_the_database_went_away_is_noted_later_and_not_sent_again(fading: tuple[World, Fading]) -> None:
    world, store = fading
    await world.says("How do I reset my password?")
    await carried_on(world)
    assert store.refused == 3

    assert len([sent for sent in world.to(ALICE) if "marmalade" in text_of(sent.body)]) == 1
    assert (await world.store.queue())["outbox_waiting"] == 0


@pytest.mark.parametrize("minutes", [1, 10, 35])
async def test_a_platform_that_was_away_is_spoken_to_within_a_minute_of_its_return(world: World, minutes: int) -> None:
    world.chat.faults = [DeliveryError("no connection")] * 10_000
    await world.says("How do I reset my password?")
    for _ in range(minutes * 6):
        await world.passes(seconds=10)
    assert not world.to(ALICE)

    world.chat.faults = []
    for _ in range(6):
        await world.passes(seconds=10)

    assert "marmalade" in text_of(world.to(ALICE)[0].body)


async def test_its_buttons_work_although_the_note_came_late(fading: tuple[World, Fading]) -> None:
    world, _ = fading
    await world.says("How do I reset my password?")
    await carried_on(world)

    await world.presses("Yes, solved")

    assert (await world.ticket()).status == "resolved"
