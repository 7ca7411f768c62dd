"""What a platform takes only after its people have written again: kept, told, and delivered first when they do."""

from __future__ import annotations

import pytest

from bot.domain.messages import Capabilities, Reachable, Undelivered
from tests.builders import ALICE, ANN, UNKNOWN
from tests.two_channels import MOBILE, TwoChannels
from tests.world import text_of

REASONS = ("waits", "shut")


async def a_shut_requester(reason: str) -> TwoChannels:
    """Alice, with a ticket that Ann has taken; nothing more goes to her."""
    world = TwoChannels()
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    world.first.closed[ALICE.id] = reason
    return world


def card_of(world: TwoChannels) -> str:
    return text_of(world.card().body)


@pytest.mark.parametrize("reason", REASONS)
async def test_the_card_says_what_it_waits_for_and_the_thread_whether_they_know(reason: str) -> None:
    world = await a_shut_requester(reason)
    await world.writes(world.card(), "Try the blue button")
    assert "waits for the requester to write on Chat (24-hour rule)" in card_of(world)
    told = "\n".join(world.thread(world.card()))
    assert ("They do not know" in told, "was told that there is news" in told) == (reason == "shut", reason == "waits")


@pytest.mark.parametrize("reason", REASONS)
async def test_when_they_write_what_waited_comes_first_in_order_and_once(reason: str) -> None:
    world = await a_shut_requester(reason)
    for words in ("Try the blue button", "Or the red one"):
        await world.writes(world.card(), words)
    before = len(world.to(ALICE))
    del world.first.closed[ALICE.id]

    await world.happens(Reachable(True), ALICE)
    await world.presses("Release", ANN)

    texts = [text_of(sent.body) for sent in world.to(ALICE)[before:]]
    assert ["blue" in texts[0], "red" in texts[1], len([one for one in texts if "blue" in one or "red" in one])] == [True, True, 2]
    assert "delivered on Chat" in card_of(world)
    assert "\n".join(world.thread(world.card())).count("The requester can be reached again") == 1


async def test_on_another_joined_channel_it_goes_at_once() -> None:
    world = TwoChannels()
    await world.joined()
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    world.first.closed[ALICE.id] = "waits"
    await world.writes(world.card(), "Try the blue button")
    assert "Try the blue button" in text_of(world.to(MOBILE)[-1].body)


async def test_a_message_that_comes_back_later_is_not_delivered_and_goes_again_when_they_write() -> None:
    world = TwoChannels()
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "Try the blue button")
    assert "delivered on Chat" in card_of(world)
    (said,) = [one for one in await world.store.talk("IT-1", internal=True) if one.kind == "reply"]

    await world.happens(Undelivered(f"reply:IT-1:{said.id}", "", "shut"), ALICE)

    assert "waits for the requester to write" in card_of(world)
    before = len(world.to(ALICE))
    await world.happens(Reachable(True), ALICE)
    assert "Try the blue button" in text_of(world.to(ALICE)[before].body)


# ----------------------------------------------------------------------------------------- choices that not everybody can press
async def offered(can: Capabilities) -> TwoChannels:
    """Alice is shown an answer with three choices."""
    world = TwoChannels()
    world.first.can = can
    await world.says("I forgot my password")
    return world


@pytest.mark.parametrize(("can", "pressable", "in_words"), [
    (Capabilities(), True, False), (Capabilities(most_choices=10), True, False), (Capabilities(most_choices=2), False, True),
    (Capabilities(buttons=False), False, True), (Capabilities(buttons=False, shortcuts=True), True, True),
])  # fmt: skip
async def test_choices_are_shown_as_the_channel_can(can: Capabilities, pressable: bool, in_words: bool) -> None:
    body = (await offered(can)).to(ALICE)[-1].body
    assert (bool(body.choices), "1. Yes, solved" in text_of(body)) == (pressable, in_words)


@pytest.mark.parametrize("can", [Capabilities(most_choices=2), Capabilities(buttons=False, shortcuts=True)])
async def test_where_they_are_in_words_a_number_chooses(can: Capabilities) -> None:
    world = await offered(can)
    await world.says("1")
    assert "Glad that it helped" in text_of(world.to(ALICE)[-1].body)


async def test_once_there_are_buttons_a_number_of_before_chooses_nothing() -> None:
    world = await offered(Capabilities(most_choices=2))
    world.first.can = Capabilities(most_choices=10)
    await world.says("How do I connect to the VPN from home?")
    await world.says("1")
    assert not [sent for sent in world.to(ALICE) if "Glad that it helped" in text_of(sent.body)]
