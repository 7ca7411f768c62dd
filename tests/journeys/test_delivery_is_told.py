"""The card tells what became of the last reply."""

from __future__ import annotations

from datetime import timedelta

from tests.builders import ALICE, ANN, UNKNOWN, a_desk
from tests.two_channels import TwoChannels
from tests.world import text_of


async def a_taken_ticket(world: TwoChannels) -> None:
    """Alice's, with Ann."""
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)


async def test_a_reply_that_went_out_is_delivered_on_the_card() -> None:
    world = TwoChannels()
    await a_taken_ticket(world)
    assert "Last reply" not in text_of(world.card().body)
    await world.writes(world.card(), "Try the blue button")
    assert "Last reply: delivered on Chat" in text_of(world.card().body)


async def test_a_reply_that_is_refused_says_why() -> None:
    told = {"blocked": "has blocked the bot", "too_large": "too large for the channel", "bounced": "the mail came back", "odd": "refused it"}
    for reason, words in told.items():
        world = TwoChannels()
        await a_taken_ticket(world)
        world.first.closed[ALICE.id] = reason
        await world.writes(world.card(), "Try the blue button")
        assert "Last reply: not delivered: " in text_of(world.card().body)
        assert words in text_of(world.card().body)


async def test_a_reply_that_waits_says_since_when_and_is_told_when_it_arrives() -> None:
    world = TwoChannels()
    await a_taken_ticket(world)
    world.first.failing.add(ALICE.id)
    await world.writes(world.card(), "Try the blue button")
    await world.passes(minutes=2)
    world.first.failing.clear()
    await world.passes(minutes=2)
    told = [text_of(version) for version in world.card().versions]
    assert any("Last reply: waiting since Mar 2, 9:00" in shown for shown in told), told
    assert "Last reply: delivered on Chat" in told[-1]


async def test_a_reply_that_was_taken_back_is_not_the_last_one() -> None:
    world = TwoChannels(a_desk(take_back=timedelta(seconds=10)))
    await a_taken_ticket(world)
    await world.writes(world.card(), "Try the blue button")
    await world.presses("Take back", ANN)
    await world.passes(minutes=5)
    assert "Last reply" not in text_of(world.card().body)
