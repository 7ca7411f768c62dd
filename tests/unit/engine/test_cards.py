"""A ticket's card: what it says and offers in each state and language, and what it brings along when the ticket changes teams."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.desks import LANGUAGES, Target, Tier
from bot.domain.messages import Edited, Facts, Said, Title, Words
from bot.engine.tickets.cards import QUESTION_SHOWN, TITLE_LENGTH
from tests.builders import ALICE, ANN, CLEO, TEAM_2, TEAM_3, UNKNOWN, a_desk
from tests.world import World, text_of

BUTTON, ACTION = 75, 48  # characters of a button's label on Slack; of an action, so that 64 bytes hold it on Telegram
STATES = {
    "free": ((), ["Take it", "Reply", "Note", "Resolve", "Escalate", "Wait for requester"]),
    "taken": (("take",), ["Reply", "Note", "Resolve", "Escalate", "Wait for requester", "Release"]),
    "pending": (("take", "hold"), ["Reply", "Note", "Resolve", "Escalate", "Go on", "Release"]),
}


def at_once(world: World, place: str = TEAM_2) -> list[str]:
    """The buttons that stand on the card itself; the rarer ones are behind its menu."""
    return [choice.label for choice in world.card(place=place).body.choices if not choice.more]


async def a_world_in(state: str, world: World) -> World:
    await world.says(UNKNOWN)
    for verb in STATES[state][0]:
        await world.presses({"take": "Take it", "hold": "Wait for requester"}[verb], ANN)
    return world


@pytest.mark.parametrize("state", STATES)
async def test_an_open_card_offers_what_can_be_done_now(world: World, state: str) -> None:
    await a_world_in(state, world)
    assert at_once(world) == STATES[state][1]


async def test_the_upper_team_can_send_back_and_has_nobody_above(world: World) -> None:
    await world.says(UNKNOWN)
    await world.submits("escalate:IT-1", words="please look")
    assert at_once(world, TEAM_3) == ["Take it", "Reply", "Note", "Resolve", "Send back", "Wait for requester"]


async def test_what_is_resolved_offers_no_work_and_what_is_closed_offers_nothing(world: World) -> None:
    await world.says(UNKNOWN)
    await world.submits("resolve:IT-1", words="oiled the hinge")
    labels = world.labels(world.card())
    assert "Reopen" in labels
    assert {"Take it", "Resolve", "Escalate", "Release"}.isdisjoint(labels)
    assert "oiled the hinge" in text_of(world.card().body)
    await world.commands("close", "1", ALICE)
    assert world.labels(world.card()) == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_button_fits_in_every_language(language: str) -> None:
    world = World(a_desk(languages=(language, *(code for code in LANGUAGES if code != language)), prefix="LONGPREFIX"))
    await world.says(UNKNOWN)
    await world.says("How do I reset my password?", ANN)
    await world.submits("escalate:LONGPREFIX-1", words="x")
    shown = [choice for sent in world.chat.sent for version in sent.versions for choice in version.choices]
    assert len(shown) > 12
    for choice in shown:
        assert 0 < len(choice.label) <= BUTTON
        assert choice.action.isascii()
        assert 0 < len(choice.action) <= ACTION


async def test_a_card_says_who_asked_how_it_stands_and_who_has_it(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    parts = world.card().body.parts
    title, facts = parts[0], next(part for part in parts if isinstance(part, Facts))
    assert isinstance(title, Title)
    assert (title.text, title.mark) == ("IT-1 · Open · Ann Agent", "taken")
    assert dict(facts.rows)["Requester"] == "Alice (Chat, English)"
    assert Words(UNKNOWN) in parts


async def test_the_card_that_a_ticket_left_says_which_team_has_it_and_spares_the_rest(world: World) -> None:
    await world.says("How do I reset my password?")
    await world.presses("Talk to a person")
    assert "FAQ tried" in text_of(world.card().body)
    await world.submits("escalate:IT-1", words="please look")

    left = world.card().body
    assert left.parts[0] == Title("IT-1 is with Specialists now.")
    assert "FAQ tried" not in text_of(left)
    assert "FAQ tried" in text_of(world.card(place=TEAM_3).body)


async def test_a_promise_in_danger_stands_in_the_cards_title() -> None:
    world = World(a_desk(targets={"normal": Target(first_response=timedelta(hours=1))}, tiers=(replace(a_desk().tiers[0], claim_within=None),)))
    await world.says(UNKNOWN)
    await world.passes(minutes=50)
    assert text_of(world.card().body).startswith("IT-1 · Open · nobody yet · at risk")
    await world.passes(minutes=20)

    title = world.card().body.parts[0]
    assert isinstance(title, Title)
    assert (title.text, title.mark) == ("IT-1 · Open · nobody yet · overdue", "warning")


@pytest.mark.parametrize(
    ("default", "line"), [("reply", "Words in this thread go to the requester."), ("note", "Words in this thread stay in the team; Reply sends them.")]
)
async def test_a_card_says_where_words_in_its_thread_go(default: str, line: str) -> None:
    world = World(a_desk(thread_default=default))
    await world.says(UNKNOWN)
    assert line in text_of(world.card().body)


async def test_a_long_question_is_shown_in_part_on_the_card_and_whole_in_its_thread(world: World) -> None:
    question = f"{UNKNOWN} " + "and so on " * 300
    await world.says(question)
    card = world.card()
    shown = next(part.text for part in card.body.parts if isinstance(part, Words))
    assert (len(shown), shown[-1]) == (QUESTION_SHOWN + 1, "…")
    assert any(question in line for line in world.thread(card))
    assert len(card.body.card) <= TITLE_LENGTH
    assert "\n" not in card.body.card


async def test_a_short_question_stands_on_the_card_and_not_once_more_below(world: World) -> None:
    await world.says(UNKNOWN)
    assert world.thread(world.card()) == []


async def test_a_team_that_gets_it_again_reads_what_was_said_meanwhile_and_why(world: World) -> None:
    await world.says(UNKNOWN)
    await world.submits("escalate:IT-1", words="first reason")
    await world.submits("back:IT-1", CLEO, words="serial number is missing")
    await world.says("the serial number is 4711")
    await world.writes(world.card(), "thank you for the number")
    await world.submits("escalate:IT-1", words="second reason")

    upper = world.thread(world.card(place=TEAM_3))
    for said in ("the serial number is 4711", "thank you for the number", "second reason"):
        assert len([line for line in upper if said in line]) == 1, said
    assert len([line for line in upper if "first reason" in line]) == 1
    lower = world.thread(world.card())
    assert len([line for line in lower if "serial number is missing" in line]) == 1
    assert "Take it" in world.labels(world.card(place=TEAM_3))
    assert len(world.to(TEAM_3)) == len([s for s in world.to(TEAM_3) if s.thread or s.body.card])


async def test_a_reply_that_was_taken_back_is_not_brought_along() -> None:
    world = World(a_desk(take_back=timedelta(seconds=10)))
    await world.says(UNKNOWN)
    await world.writes(world.card(), "wrong window")
    await world.presses("Take back", ANN)
    await world.submits("escalate:IT-1", words="please look")
    assert not [line for line in world.thread(world.card(place=TEAM_3)) if "wrong window" in line]


async def test_corrections_are_shown_in_every_thread_that_has_the_old_words(world: World) -> None:
    await world.says(UNKNOWN)
    said = (await world.says("on floor 3")).what
    assert isinstance(said, Said)
    await world.submits("escalate:IT-1", words="please look")
    await world.happens(Edited(said.message, "on floor 4"))
    for place in (TEAM_2, TEAM_3):
        assert any("on floor 4" in line for line in world.thread(world.card(place=place)))


async def test_every_place_of_a_tier_has_its_card(world: World) -> None:
    second = "chat:team-2b"
    world = World(a_desk(tiers=(Tier(2, "Desk", (TEAM_2, second)),)))  # type: ignore[arg-type]
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN, on=world.card())
    for place in (TEAM_2, second):
        assert "Release" in world.labels(world.card(place=place))
