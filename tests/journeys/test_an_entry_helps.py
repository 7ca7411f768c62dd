"""Tier 1: a question becomes an answer, and the ticket is resolved with the entry as its solution."""

from __future__ import annotations

import pytest

from bot.domain.messages import Words
from bot.errors import RateLimited
from tests.builders import ALICE, BOB, TEAM_2, UNKNOWN, a_message
from tests.world import World, text_of


async def test_a_known_question_is_answered_with_ways_on(world: World) -> None:
    await world.says("How do I reset my password?")

    answer = world.heard("marmalade")
    assert world.labels(answer) == ["Yes, solved", "Not what I need", "Talk to a person"]
    assert "IT-1" in text_of(answer.body)


async def test_solved_resolves_at_tier_one_with_the_entry_and_bothers_nobody(world: World) -> None:
    await world.says("How do I reset my password?")

    await world.presses("Yes, solved")

    ticket = await world.ticket()
    assert (ticket.status, ticket.tier, ticket.entry) == ("resolved", 1, "password")
    assert world.to(TEAM_2) == []
    assert await world.happened() == ["TicketOpened", "EntryOffered", "TicketResolved"]


async def test_typed_thanks_is_as_good_as_the_button(world: World) -> None:
    await world.says("I forgot my password")

    await world.says("yes, thanks")

    assert (await world.ticket()).status == "resolved"


@pytest.mark.parametrize("before", ["A question\n\n", "Help needed\n\nDear support team,\n\n"])
async def test_a_subject_and_a_salutation_hide_no_question(world: World, before: str) -> None:
    await world.says(f"{before}How do I reset my password?")

    assert world.labels(world.heard("marmalade")) == ["Yes, solved", "Not what I need", "Talk to a person"]
    assert (await world.ticket()).question.startswith(before)


async def test_a_long_first_paragraph_belongs_to_what_is_asked(world: World) -> None:
    await world.says(f"{UNKNOWN}, and nobody in the whole building knows what it wants from it.\n\nHow do I reset my password?")

    world.never_heard("marmalade")


async def test_a_typo_is_no_obstacle(world: World) -> None:
    await world.says("How do i reset my pasword")

    world.heard("marmalade")


async def test_a_spanish_question_gets_the_spanish_text(world: World) -> None:
    await world.says("¿Cómo restablezco mi contraseña?")

    world.heard("mermelada")
    world.never_heard("marmalade")
    assert (await world.ticket()).language == "es"


async def test_the_refused_entry_goes_along_with_its_score_and_the_reason(world: World) -> None:
    await world.says("How do I connect to the VPN from home?")

    await world.presses("Not what I need")
    await world.presses("Wrong topic")

    card = text_of(world.card().body)
    assert "How do I connect to the VPN from home?" in card
    assert "refused: wrong topic" in card
    assert "/100" in card


async def test_talk_to_a_person_asks_nothing_more(world: World) -> None:
    await world.says("How do I reset my password?")

    await world.presses("Talk to a person")

    world.heard("I passed it on to Service desk as IT-1")
    assert "How do I reset my password?" in text_of(world.card().body)


async def test_no_answer_is_invented_and_the_original_words_go_up(world: World) -> None:
    await world.says(UNKNOWN)

    for word in ("marmalade", "saxophone", "accordion"):
        world.never_heard(word)
    assert [p.text for p in world.card().body.parts if isinstance(p, Words)] == [UNKNOWN]


async def test_a_greeting_opens_nothing(world: World) -> None:
    await world.says("Hello!")

    world.heard("Ask me your question")
    assert await world.store.ticket("IT-1") is None


async def test_more_words_before_a_verdict_are_the_same_request(world: World) -> None:
    await world.says("VPN from home")

    await world.says("I forgot my password")

    world.heard("marmalade")
    assert await world.store.ticket("IT-2") is None


async def test_a_new_question_after_a_solved_one_gets_a_number_of_its_own(world: World) -> None:
    await world.says("How do I reset my password?")
    await world.presses("Yes, solved")

    await world.says("VPN from home")

    assert (await world.ticket("IT-2")).question == "VPN from home"


async def test_only_the_requester_gives_the_verdict(world: World) -> None:
    await world.says("How do I reset my password?")

    await world.presses("Yes, solved", person=BOB)

    assert (await world.ticket()).status == "open"
    assert world.told_alone(BOB) == ["Only the person who asked can press this."]


async def test_an_event_delivered_twice_has_one_effect(world: World) -> None:
    said = a_message("How do I reset my password?")

    await world.happens(said, key="same")
    await world.happens(said, key="same")

    assert len(world.to(ALICE)) == 1


async def test_a_mention_that_comes_as_two_events_is_answered_once(world: World) -> None:
    said = a_message("How do I reset my password?")

    await world.happens(said, key="app_mention-1", also="chat:C1/17.1")
    await world.happens(said, key="message-1", also="chat:C1/17.1")

    assert len(world.to(ALICE)) == 1
    assert await world.store.ticket("IT-2") is None


async def test_a_sticker_gets_a_polite_line_and_no_ticket(world: World) -> None:
    await world.says("")

    world.heard("I can only read text")
    assert await world.store.ticket("IT-1") is None


async def test_the_chosen_language_beats_the_words(world: World) -> None:
    await world.commands("lang", "de")

    await world.says(UNKNOWN)

    assert (await world.ticket()).language == "de"


async def test_words_sent_within_moments_get_one_answer(world: World) -> None:
    world.chat.faults = [RateLimited(30)]

    await world.says("VPN from home")
    await world.says("I forgot my password")
    await world.passes(seconds=31)

    world.heard("marmalade")
    world.never_heard("saxophone")


async def test_a_later_question_about_something_else_gets_a_number_of_its_own(world: World) -> None:
    await world.says("VPN from home")
    await world.passes(minutes=10)

    await world.says("I forgot my password")

    assert (await world.ticket("IT-2")).question == "I forgot my password"


async def test_a_later_complaint_about_the_answer_stays_with_its_request(world: World) -> None:
    await world.says("VPN from home")
    await world.passes(minutes=10)

    await world.says("the saxophone thing shows error 812 on my machine")

    assert (await world.ticket()).tier == 2
    assert "VPN from home" in text_of(world.card().body)
    assert "error 812" in text_of(world.card().body)


async def test_an_offer_nobody_judged_ends_quietly(world: World) -> None:
    await world.says("VPN from home")

    await world.passes(days=5, minutes=1)

    assert (await world.ticket()).status == "closed"
    assert len(world.to(ALICE)) == 1


async def test_a_thumb_up_is_a_yes_and_opens_nothing(world: World) -> None:
    await world.says("👍")
    assert await world.store.ticket("IT-1") is None
    await world.says("VPN from home")

    await world.says("👍🏽")

    assert (await world.ticket()).status == "resolved"


async def test_signs_without_words_get_a_polite_line_and_no_ticket(world: World) -> None:
    await world.says("🦆🦆🦆")

    world.heard("I can only read text")
    assert await world.store.ticket("IT-1") is None


async def test_once_judged_an_answer_stays_to_be_read_without_its_buttons(world: World) -> None:
    await world.says("How do I reset my password?")

    await world.presses("Not what I need")

    assert world.labels(world.heard("marmalade")) == []


async def test_thanks_alone_confirms_nothing(world: World) -> None:
    await world.says("VPN from home")

    await world.says("thanks")

    assert (await world.ticket()).status == "open"
    assert [r.sign for r in world.chat.reactions] == ["thanks"]
