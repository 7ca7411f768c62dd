"""What a process sends and could not find again goes out one by one, so that its death makes nobody but one read something twice."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from adapters.memory import MemoryChannel
from bot.domain.ids import MessageId
from bot.domain.messages import Capabilities, Outbound, Pace
from bot.engine.running.delivery import Delivery
from bot.engine.running.one_by_one import HOLD_S, OneByOne
from bot.engine.running.pacing import Pacer
from bot.engine.running.work import Workers
from tests.builders import ALICE, ANN, BEN, BOB, a_message, an_event
from tests.stormy import TimelessLoop
from tests.world import World

LIMITED = Capabilities(edits=True, threads=True, pace=Pace(per_place_s=1.0, burst=3))
PEOPLE = (ALICE, BOB, ANN, BEN)


class Slow(MemoryChannel):
    """Every call takes its time; `unsure` is what has been called for and is not noted as sent, at the worst moment."""

    def __init__(self, world: World, can: Capabilities) -> None:
        super().__init__("chat", can=can)
        self._world, self.unsure = world, 0
        self.called = 0

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """See Channel."""
        self.called += 1
        self.unsure = max(self.unsure, self.called - self._world.delivery.sent)
        for _ in range(3):
            await asyncio.sleep(0)
        return await super().send(to, message, thread)


class Searchable(Slow):
    """Finds again what it sent."""

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None, key: str = "") -> MessageId:
        """See Recalls."""
        return await super().send(to, message, thread)

    async def recall(self, to: str, thread: MessageId | None, key: str) -> MessageId | None:
        """See Recalls."""
        return None


async def all_answered_at_once(kind: type[Slow], can: Capabilities = LIMITED) -> Slow:
    """Several people have asked; all of them are answered over a channel of that kind."""
    world = World()
    world.chat = world.channels["chat"] = chat = kind(world, can)
    world.delivery = Delivery(world.store, world.channels, world.clock, Pacer({}), world.delivery._process, lambda one: None)
    workers = Workers(world.store, world.crew, world.bus, world.delivery, world.clock, lambda ids: None)
    lanes = []
    for person in PEOPLE:
        event = an_event(a_message("hello", person), person)
        await world.intake.receive(event)
        lanes.append(event.conversation)
    await asyncio.gather(*(workers.work(lane) for lane in lanes))
    await workers.settle()
    assert {sent.to for sent in chat.sent} >= set(lanes)
    return chat


async def test_of_what_cannot_be_found_again_never_more_than_one_message_is_on_its_way_and_not_noted_as_sent() -> None:
    assert (await all_answered_at_once(Slow)).unsure == 1


async def test_what_can_be_found_again_waits_for_nothing() -> None:
    assert (await all_answered_at_once(Searchable)).unsure > 1


async def test_where_nothing_is_lost_on_the_way_nothing_waits() -> None:
    assert (await all_answered_at_once(Slow, Capabilities())).unsure > 1


@pytest.mark.parametrize("fails", [False, True])
async def test_a_turn_that_ends_is_the_next_ones_also_when_it_ends_badly(fails: bool) -> None:
    turns = OneByOne()
    with pytest.raises(ValueError, match="no") if fails else contextlib.nullcontext():
        async with turns.turn() as waited:
            assert not waited
            if fails:
                raise ValueError("no")
    async with turns.turn() as waited:
        assert not waited


def test_a_call_that_hangs_holds_up_the_next_ones_for_a_second_and_its_late_end_frees_nobody_elses_turn() -> None:
    loop = TimelessLoop()
    turns, began = OneByOne(), []

    async def call(takes_s: float) -> None:
        async with turns.turn():
            began.append(loop.time() - start)
            await asyncio.sleep(takes_s)

    async def three() -> None:
        await asyncio.gather(call(HOLD_S + 0.5), call(0.8), call(0.1))

    start = loop.time()
    loop.run_until_complete(three())
    loop.close()
    assert began == pytest.approx([0.0, HOLD_S, HOLD_S + 0.8], abs=0.01)
