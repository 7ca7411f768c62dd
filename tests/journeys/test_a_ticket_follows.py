"""A ticket follows its person: where one channel refuses for good, another that was joined by proof takes over."""

from __future__ import annotations

from bot.domain.messages import Reachable
from tests.builders import ALICE, ANN, UNKNOWN
from tests.two_channels import MOBILE, TwoChannels
from tests.world import text_of


async def a_joined_requester(world: TwoChannels) -> None:
    """Alice, with a ticket on the first channel that Ann has taken."""
    await world.joined()
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)


async def goes_on_at(world: TwoChannels) -> str:
    """Where IT-1 is talked about now."""
    return (await world.ticket()).conversation


async def test_a_reply_that_a_blocked_channel_refuses_arrives_on_the_other_and_the_team_sees_it() -> None:
    world = TwoChannels()
    await a_joined_requester(world)
    world.first.closed[ALICE.id] = "blocked"
    await world.writes(world.card(), "Try the blue button")
    assert "Try the blue button" in text_of(world.to(MOBILE)[-1].body)
    assert "I could not reach you on Chat" in text_of(world.to(MOBILE)[-1].body)
    assert "IT-1 continues on Mobile" in "\n".join(world.thread(world.card()))
    assert await goes_on_at(world) == MOBILE.id
    assert "TicketFollowed" in await world.happened()


async def test_what_the_requester_writes_there_reaches_the_team_as_theirs() -> None:
    world = TwoChannels()
    await a_joined_requester(world)
    world.first.closed[ALICE.id] = "blocked"
    await world.writes(world.card(), "Try the blue button")
    await world.says("It still squeaks", MOBILE)
    assert "It still squeaks" in world.thread(world.card())[-1]
    assert await world.store.ticket("IT-2") is None


async def test_writing_where_it_left_brings_it_back() -> None:
    world = TwoChannels()
    await a_joined_requester(world)
    world.first.closed[ALICE.id] = "blocked"
    await world.writes(world.card(), "Try the blue button")
    del world.first.closed[ALICE.id]
    await world.says("Here I am again")
    assert await goes_on_at(world) == ALICE.id
    await world.writes(world.card(), "Good to hear")
    assert "Good to hear" in text_of(world.to(ALICE)[-1].body)


async def test_without_another_channel_the_team_is_told_that_it_did_not_arrive() -> None:
    world = TwoChannels()
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    world.first.closed[ALICE.id] = "blocked"
    await world.writes(world.card(), "Try the blue button")
    assert "Not delivered" in "\n".join(world.thread(world.card()))
    assert not world.to(MOBILE)


async def test_blocking_alone_moves_what_is_open() -> None:
    world = TwoChannels()
    await a_joined_requester(world)
    world.first.closed[ALICE.id] = "blocked"
    await world.happens(Reachable(False), ALICE)
    assert await goes_on_at(world) == MOBILE.id


async def test_too_large_is_so_elsewhere_too() -> None:
    world = TwoChannels()
    await a_joined_requester(world)
    world.first.closed[ALICE.id] = "too_large"
    await world.writes(world.card(), "Try the blue button")
    assert await goes_on_at(world) == ALICE.id
    assert "Not delivered" in "\n".join(world.thread(world.card()))


async def test_unjoined_the_ticket_goes_home_and_the_other_address_sees_no_more_of_it() -> None:
    world = TwoChannels()
    await a_joined_requester(world)
    world.first.closed[ALICE.id] = "blocked"
    await world.writes(world.card(), "Try the blue button")
    del world.first.closed[ALICE.id]
    await world.commands("unjoin", "mobile", ALICE)
    assert await goes_on_at(world) == ALICE.id
    await world.writes(world.card(), "A secret for Alice")
    assert "A secret for Alice" in text_of(world.to(ALICE)[-1].body)
    assert all("A secret" not in text_of(s.body) for s in world.to(MOBILE))
