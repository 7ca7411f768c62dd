"""What a platform or we ourselves get wrong holds up nobody else, ends some time, and is mended when the cause is gone."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.ids import MessageId, PersonId, PlaceId
from bot.domain.messages import Outbound, Said
from bot.engine import conversation
from bot.engine.turn import Turn
from bot.errors import DeliveryError, DeliveryRefused
from tests.builders import ALICE, ANN, TEAM_2, TEAM_3, UNKNOWN
from tests.world import World


@pytest.fixture
def shut_out(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The team's place refuses everything while shut["on"]; shut["calls"] counts."""
    shut, send = {"on": 1, "calls": 0}, world.chat.send

    async def refusing(to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        if to == TEAM_2:
            shut["calls"] += 1
            if shut["on"]:
                raise DeliveryRefused("forbidden", "not in channel")
        return await send(to, message, thread)

    monkeypatch.setattr(world.chat, "send", refusing)
    return shut


async def an_hour(world: World) -> None:
    for _ in range(360):
        await world.passes(seconds=10)


async def test_a_card_that_is_refused_is_not_sent_again_and_again(world: World, shut_out: dict[str, int]) -> None:
    await world.says(UNKNOWN)
    await world.says("it squeaks louder")
    await world.commands("take", "1", ANN)

    await an_hour(world)

    assert 2 <= shut_out["calls"] < 40


async def test_a_card_that_was_refused_comes_once_the_place_is_open(world: World, shut_out: dict[str, int]) -> None:
    await world.says(UNKNOWN)
    shut_out["on"] = 0

    await world.passes(minutes=11)
    await world.passes(seconds=10)

    assert "IT-1" in world.card().body.card
    assert "DeliveryFailed" in await world.happened()


async def test_a_fault_of_our_own_in_a_channel_is_tried_again_and_then_given_up(world: World) -> None:
    world.chat.faults = [KeyError("ts")] * 100  # type: ignore[list-item]
    await world.says("How do I reset my password?")

    await an_hour(world)
    world.chat.faults = []
    await world.says("hello")

    assert (await world.store.queue())["outbox_failed"] == 1
    world.heard("Ask me your question")


async def test_an_event_that_was_parked_is_answered_in_full_when_it_is_retried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Any = conversation._said

    async def broken(turn: Turn, said: Said) -> None:
        raise LookupError("a fault of ours")

    monkeypatch.setattr(conversation, "_said", broken)
    await world.says(UNKNOWN)
    for _ in range(10):
        await world.passes(minutes=1)
    assert "something went wrong" in world.told_alone(ALICE)[-1]
    monkeypatch.setattr(conversation, "_said", real)

    for waiting in await world.store.parked():
        await world.store.run(lambda tx, id_=waiting.id: tx.retry_later(id_, world.clock.now(), ""))  # type: ignore[misc]
    await world.passes(seconds=1)

    world.heard("I passed it on to Service desk as IT-1")


async def test_a_team_place_the_bot_cannot_see_into_makes_agents_of_nobody_and_stops_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    is_member = world.chat.is_member

    async def blind_to_tier_three(place: PlaceId, person: PersonId) -> bool:
        if place == TEAM_3:
            raise DeliveryRefused("forbidden", "not in channel")
        return await is_member(place, person)

    monkeypatch.setattr(world.chat, "is_member", blind_to_tier_three)
    await world.says(UNKNOWN)

    await world.presses("Take it", ANN)
    await world.commands("faq")
    await world.says("it squeaks louder")

    assert (await world.ticket()).assignee == ANN.id
    assert "Alice> it squeaks louder" in world.thread(world.card())


async def test_who_left_the_team_does_not_keep_its_tickets(world: World) -> None:
    """B12"""
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    world.chat.members[TEAM_2].discard(ANN.id)

    await world.absences.look()
    await world.workers.drain()

    assert (await world.ticket()).assignee is None
    assert "Take it" in world.labels(world.card())
    assert any("Ann Agent is no longer in this team" in line for line in world.thread(world.card()))


async def test_who_is_still_in_the_team_keeps_its_tickets(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)

    await world.absences.look()
    await world.workers.drain()

    assert (await world.ticket()).assignee == ANN.id


async def test_a_platform_that_cannot_say_puts_nobody_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)

    async def silent(place: str, person: str) -> bool:
        raise DeliveryError("away")

    monkeypatch.setattr(world.chat, "is_member", silent)
    await world.absences.look()
    await world.workers.drain()

    assert (await world.ticket()).assignee == ANN.id
