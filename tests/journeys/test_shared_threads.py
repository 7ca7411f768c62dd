"""A thread that others can read and write: whose words are whose."""

from __future__ import annotations

from typing import Any

from bot.domain.ids import PlaceId
from tests.builders import ALICE, ANN, BOB, TEAM_2, UNKNOWN, a_message
from tests.world import World, text_of

HELP, THREAD = PlaceId("chat:help"), "chat:help/1"


async def says_in_thread(world: World, text: str, person: Any, *, addressed: bool) -> None:
    await world.happens(a_message(text, person, place=HELP, private=False, addressed=addressed), person, THREAD)


def heard(world: World) -> list[str]:
    return [text_of(sent.body) for sent in world.to(THREAD)]


async def test_a_colleagues_words_under_an_offer_are_not_the_requesters(world: World) -> None:
    await says_in_thread(world, "How do I reset my password?", ALICE, addressed=True)
    before = len(heard(world))

    await says_in_thread(world, "I had that too, is it about the VPN from home?", BOB, addressed=False)

    assert len(heard(world)) == before
    assert (await world.ticket()).question == "How do I reset my password?"


async def test_a_colleagues_words_go_along_when_it_is_handed_over(world: World) -> None:
    await says_in_thread(world, "How do I reset my password?", ALICE, addressed=True)
    await says_in_thread(world, "the portal has been down since nine", BOB, addressed=False)

    await world.presses("Talk to a person")

    assert "Bob> the portal has been down since nine" in "\n".join(world.thread(world.card()))


async def test_a_colleague_who_calls_the_bot_in_anothers_thread_has_a_request_of_their_own(world: World) -> None:
    await says_in_thread(world, UNKNOWN, ALICE, addressed=True)

    await says_in_thread(world, "How do I connect to the VPN from home?", BOB, addressed=True)

    assert (await world.ticket("IT-2")).requester == BOB.id
    assert any("saxophone" in line for line in heard(world))


async def test_the_first_ones_words_still_reach_their_team_after_a_colleague_asked_in_the_thread(world: World) -> None:
    await says_in_thread(world, UNKNOWN, ALICE, addressed=True)
    await says_in_thread(world, "How do I connect to the VPN from home?", BOB, addressed=True)

    await says_in_thread(world, "it squeaks louder", ALICE, addressed=False)

    assert "Alice> it squeaks louder" in world.thread(world.card("IT-1"))


async def test_words_of_a_colleague_in_an_open_ticket_reach_the_team_under_their_own_name(world: World) -> None:
    await says_in_thread(world, UNKNOWN, ALICE, addressed=True)

    await says_in_thread(world, "mine squeaks as well", BOB, addressed=False)

    assert "Bob> mine squeaks as well" in world.thread(world.card())
    assert "RequesterWrote" not in await world.happened()


async def test_a_colleague_reopens_nothing(world: World) -> None:
    await says_in_thread(world, UNKNOWN, ALICE, addressed=True)
    await world.presses("Take it", ANN)
    await world.submits("resolve:IT-1", words="oiled it")

    await says_in_thread(world, "the heron looks happier", BOB, addressed=False)

    assert (await world.ticket()).status == "resolved"
    assert world.card(place=TEAM_2)


async def test_in_a_thread_the_newest_ticket_is_meant_not_the_one_that_began_it(world: World) -> None:
    root = a_message(UNKNOWN, ALICE, place=HELP, private=False, addressed=True, message=THREAD)
    await world.happens(root, ALICE, THREAD)
    await world.presses("Take it", ANN)
    await world.submits("resolve:IT-1", words="oiled it")
    await world.passes(days=8)
    await world.happens(a_message("now it squeals", ALICE, place=HELP, private=False, reply_to=THREAD), ALICE, THREAD)
    assert (await world.ticket("IT-2")).follows == "IT-1"

    await world.happens(a_message("and it smells of fish", ALICE, place=HELP, private=False, reply_to=THREAD), ALICE, THREAD)

    assert await world.store.ticket("IT-3") is None
    assert "Alice> and it smells of fish" in world.thread(world.card("IT-2"))


async def test_a_colleague_with_a_request_in_the_thread_writes_on_in_their_own(world: World) -> None:
    root = a_message(UNKNOWN, ALICE, place=HELP, private=False, addressed=True, message=THREAD)
    await world.happens(root, ALICE, THREAD)
    await world.happens(a_message("my lamp hums in a minor key", BOB, place=HELP, private=False, addressed=True, reply_to=THREAD), BOB, THREAD)

    await world.happens(a_message("at noon", BOB, place=HELP, private=False, reply_to=THREAD), BOB, THREAD)

    assert "Bob> at noon" in world.thread(world.card("IT-2"))
    assert "Bob> at noon" not in world.thread(world.card("IT-1"))
