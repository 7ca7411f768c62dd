"""Each question to the FAQ leaves a line, and what people do with the answer says whether its best entry was right."""

from __future__ import annotations

import pytest

from bot.domain.ids import PlaceId
from bot.domain.messages import Pressed
from bot.domain.outcomes import Outcome
from kb.decision import Thresholds
from tests.builders import ALICE, ANN, BOB, UNKNOWN
from tests.world import World

KNOWN = "How do I reset my password?"
VAGUE = "password or VPN from home"


async def outcome(world: World, number: str = "IT-1") -> Outcome:
    """The last question of that ticket."""
    return (await outcomes(world, number))[-1]


async def outcomes(world: World, number: str = "IT-1") -> list[Outcome]:
    return await world.store.run(lambda tx: tx.outcomes_of(number))


async def verdict(world: World, number: str = "IT-1") -> tuple[str, str, str]:
    last = await outcome(world, number)
    return last.judgement, last.instead, last.source


@pytest.fixture
def listing(world: World) -> World:
    """A desk where only known phrasings are answered alone, and what is alike is listed."""
    world.knowledge.limits = Thresholds(answer=None, suggest=1.0)
    return world


async def test_a_question_leaves_its_best_entry_score_and_decision(world: World) -> None:
    await world.says(KNOWN)

    kept = await outcome(world)
    assert (kept.ticket, kept.entry, kept.language, kept.decision, kept.judgement) == ("IT-1", "password", "en", "answer", "")
    assert kept.score > 90
    assert kept.asked_at == world.clock.now()


async def test_what_nothing_resembles_is_kept_too(world: World) -> None:
    await world.says(UNKNOWN)
    assert (await outcome(world)).decision == "hand_over"


async def test_no_greeting_and_no_wish_for_a_person_is_a_question_to_the_faq(world: World) -> None:
    await world.says("Hello!")
    await world.says("I want to talk to a person")
    assert await outcomes(world) == []


async def test_solved_says_right(world: World) -> None:
    await world.says(KNOWN)
    await world.presses("Yes, solved")
    assert await verdict(world) == ("right", "password", "press")


async def test_not_what_i_need_says_wrong_until_its_reason_says_otherwise(world: World) -> None:
    await world.says(KNOWN)
    await world.presses("Not what I need")
    assert await verdict(world) == ("wrong", "", "press")
    other, receipt = world.button("Wrong topic")

    await world.presses("Right topic, but it did not help")
    assert await verdict(world) == ("not_solved", "", "press")
    assert world.labels(receipt) == ["Add details", "Cancel request"], "it was said: the receipt asks no more"

    await world.happens(Pressed(other.action, PlaceId(ALICE.id)))  # it was under the finger already
    assert await verdict(world) == ("wrong", "", "press")


async def test_who_wants_a_person_has_not_said_that_the_entry_is_wrong(world: World) -> None:
    await world.says(KNOWN)
    await world.presses("Talk to a person")
    assert await verdict(world) == ("", "", "")


async def test_picking_the_best_of_a_list_and_solved_says_right_and_picking_another_says_wrong(listing: World) -> None:
    world = listing
    for person, number, pick in ((ALICE, "IT-1", 0), (BOB, "IT-2", 1)):
        await world.says(VAGUE, person)
        shown = [o.question for o in (await world.ticket(number)).offers]
        await world.presses(shown[pick], person)
        await world.presses("Yes, solved", person)

    (first, *_), (second, *_) = await outcomes(world, "IT-1"), await outcomes(world, "IT-2")
    assert (first.judgement, first.picked) == ("right", first.entry)
    assert (second.judgement, second.instead) == ("wrong", second.picked)
    assert second.picked != second.entry


async def test_a_picked_entry_of_the_right_topic_says_that_the_best_was_wrong_even_if_it_did_not_help(listing: World) -> None:
    world = listing
    await world.says(VAGUE)
    other = (await world.ticket()).offers[1]
    await world.presses(other.question)
    await world.presses("Not what I need")
    await world.presses("Right topic, but it did not help")
    assert await verdict(world) == ("wrong", other.entry, "press")


async def test_the_entry_an_agent_resolves_with_outweighs_the_press(world: World) -> None:
    await world.says(KNOWN)
    await world.presses("Not what I need")
    await world.presses("Take it", ANN)

    await world.submits("resolve:IT-1", words="Showed them", entry="password")
    assert await verdict(world) == ("right", "password", "agent")

    await world.presses("Wrong topic")
    assert await verdict(world) == ("right", "password", "agent")


async def test_another_entry_of_the_agent_says_wrong_and_which_was_right(world: World) -> None:
    await world.says(KNOWN)
    await world.presses("Talk to a person")
    await world.presses("Take it", ANN)
    await world.submits("resolve:IT-1", words="It was the tunnel", entry="vpn")
    assert await verdict(world) == ("wrong", "vpn", "agent")


async def test_a_resolution_without_an_entry_says_nothing(world: World) -> None:
    await world.says(KNOWN)
    await world.presses("Talk to a person")
    await world.presses("Take it", ANN)
    await world.submits("resolve:IT-1", words="Gave them a new chair")
    assert await verdict(world) == ("", "", "")


async def test_asking_the_same_again_within_three_days_takes_solved_back(world: World) -> None:
    await world.says(KNOWN)
    await world.presses("Yes, solved")
    await world.passes(hours=71)

    await world.says("I forgot my password")

    assert await verdict(world) == ("wrong", "", "returned")
    assert await verdict(world, "IT-2") == ("", "", "")


@pytest.mark.parametrize(("again", "after_h", "person"), [(KNOWN, 73, ALICE), ("VPN from home", 1, ALICE), (UNKNOWN, 1, ALICE), (KNOWN, 1, BOB)])
async def test_another_matter_another_person_or_a_later_time_takes_nothing_back(world: World, again: str, after_h: int, person: object) -> None:
    await world.says(KNOWN)
    await world.presses("Yes, solved")
    await world.passes(hours=after_h)

    await world.says(again, BOB if person is BOB else ALICE)

    assert await verdict(world) == ("right", "password", "press")


async def test_what_was_solved_and_is_refused_the_next_time_was_not_solved(listing: World) -> None:
    world = listing
    await world.says(KNOWN)
    await world.presses("Yes, solved")
    await world.says("the VPN from home wants a password")
    assert (await outcome(world, "IT-2")).entry == "vpn"
    assert await verdict(world) == ("right", "password", "press")

    await world.presses("Not what I need")

    assert "password" in {o.entry for o in (await world.ticket("IT-2")).offers}
    assert await verdict(world) == ("wrong", "", "returned")


async def test_no_after_solved_takes_it_back_and_that_it_was_another_question_restores_it(world: World) -> None:
    await world.says(KNOWN)
    await world.presses("Yes, solved")

    await world.says("no")
    assert await verdict(world) == ("wrong", "", "returned")

    await world.presses("This is a new question")
    assert await verdict(world) == ("right", "password", "press")


async def test_further_words_are_a_question_of_their_own_and_one_solution_judges_all(world: World) -> None:
    await world.says("VPN from home")
    await world.says("I forgot my password")
    await world.presses("Yes, solved")
    assert [(o.entry, o.judgement) for o in await outcomes(world)] == [("vpn", "wrong"), ("password", "right")]
