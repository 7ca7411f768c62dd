"""What people write means what they mean: complaints, thanks, wishes for a person, their language."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.ids import PersonId, PlaceId
from bot.domain.messages import Deleted, Facts, Pressed, Title
from bot.domain.people import Person
from tests.builders import ALICE, ANN, CLEO, FAQ, MALLORY, TEAM_2, TEAM_3, UNKNOWN, a_desk, a_message, an_entry
from tests.world import World, text_of

CARMEN = Person(PersonId("chat:carmen"), "Carmen", "es")
TWO_SCREENS = (
    an_entry("screen-one", "How do I connect a second screen in the office?", "By cable: trombone."),
    an_entry("screen-two", "How do I connect a second screen at home?", "By adapter: bassoon."),
    *FAQ,
)


async def unsure(world: World) -> None:
    """Tier 1 shows two entries to choose from."""
    await world.says("How do I connect a second screen?")
    world.heard("Is it one of these?")


async def test_still_not_working_after_an_agent_resolved_it_opens_it_again(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.submits("resolve:IT-1", words="oiled it")

    await world.says("still not working")

    assert (await world.ticket()).status == "open"
    assert "Alice> still not working" in world.thread(world.card())


async def test_still_not_working_after_an_entry_solved_it_goes_to_a_person_with_all_words(world: World) -> None:
    await world.says("How do I reset my password?")
    await world.presses("Yes, solved")

    await world.says("it does not work")

    ticket = await world.ticket()
    assert (ticket.status, ticket.tier) == ("open", 2)
    assert "reset my password" in text_of(world.card().body)


async def test_no_without_a_question_is_not_thanked_for(world: World) -> None:
    await world.says("no")

    assert world.chat.reactions == []
    world.heard("Ask me your question")


async def test_words_that_reopen_what_an_entry_solved_stand_in_the_thread_once(world: World) -> None:
    await world.says("How do I reset my password?")
    await world.presses("Yes, solved")
    answer = world.heard("marmalade")

    await world.happens(a_message("the portal says code 17", reply_to=answer.id), ALICE)

    told = "\n".join(world.thread(world.card()))
    assert told.count("code 17") == 1


@pytest.mark.parametrize("words", ["", "me urge"])
async def test_asking_for_a_person_without_a_question_is_answered_in_ones_own_language(world: World, words: str) -> None:
    await world.commands("human", words, CARMEN)

    world.heard("Lo he pasado a", CARMEN)
    assert (await world.ticket()).language == "es"


async def test_words_given_with_the_wish_for_a_person_come_along(world: World) -> None:
    await world.says("How do I reset my password?")

    await world.commands("human", "I lost the phone with the codes")

    assert "I lost the phone with the codes" in "\n".join([text_of(world.card().body), *world.thread(world.card())])


async def test_words_given_with_the_wish_for_a_person_reach_whoever_has_the_ticket(world: World) -> None:
    await world.says(UNKNOWN)

    await world.commands("human", "the heron is back")

    assert "Alice> the heron is back" in world.thread(world.card())
    assert len(world.to(TEAM_2)) == 2


async def test_the_language_chosen_later_holds_for_open_tickets_too(world: World) -> None:
    await world.says(UNKNOWN)
    await world.commands("lang", "es")

    await world.presses("Take it", ANN)

    assert "IT-1" in text_of(world.to(ALICE)[-1].body)
    world.never_heard("has taken IT-1")


async def test_a_press_on_a_list_that_was_used_before_shows_the_entry_that_was_pressed() -> None:
    world = World(entries=TWO_SCREENS)
    await unsure(world)
    asked = world.heard("Is it one of these?")
    first, second = asked.body.choices[:2]
    answers = {"How do I connect a second screen in the office?": "trombone", "How do I connect a second screen at home?": "bassoon"}
    await world.presses(first.label, on=asked)

    await world.happens(Pressed(second.action, PlaceId(ALICE.id), asked.id, answer_to="p"), ALICE)

    assert answers[second.label] in text_of(world.to(ALICE)[-1].body)


async def test_yes_to_a_list_solves_nothing_and_asks_which_one() -> None:
    world = World(entries=TWO_SCREENS)
    await unsure(world)
    heard = len(world.to(ALICE))

    await world.says("yes")

    assert (await world.ticket()).status == "open"
    assert "Is it one of these?" in text_of(world.to(ALICE)[heard].body)
    assert len(world.labels(world.to(ALICE)[heard])) == 4


async def test_a_chosen_entry_can_be_confirmed_in_words() -> None:
    world = World(entries=TWO_SCREENS)
    await unsure(world)
    await world.presses("How do I connect a second screen at home?")

    await world.says("yes, solved")

    ticket = await world.ticket()
    assert (ticket.status, ticket.entry) == ("resolved", "screen-two")


async def test_status_without_any_ticket_says_so_in_a_whole_sentence(world: World) -> None:
    await world.commands("status", "", MALLORY)

    assert world.told_alone(MALLORY) == ["You have no open tickets. Write your question to open one."]


async def test_a_reply_deleted_while_it_waits_is_shown_as_taken_back() -> None:
    world = World(a_desk(take_back=timedelta(seconds=10)))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    written = await world.writes(world.card(), "wrong window, sorry")

    await world.happens(Deleted(written.what.message), ANN, world.card().id)  # type: ignore[union-attr, arg-type]
    await world.passes(seconds=11)

    world.never_heard("wrong window")
    assert "Ann Agent took the reply back. It was not sent." in world.thread(world.card())
    assert "ReplyTakenBack" in await world.happened()


async def test_a_forged_press_leaves_no_trace_on_a_ticket_that_does_not_exist(world: World) -> None:
    await world.says(UNKNOWN)
    choice, sent = world.button("Take it")
    await world.presses("Take it", MALLORY)

    await world.happens(Pressed(choice.action.replace("IT-1", "IT-2"), TEAM_2, sent.id, answer_to="x"), MALLORY, TEAM_2)

    assert await world.happened("IT-2") == []
    assert "MoveDenied" in await world.happened("IT-1")


async def test_it_is_the_bot_that_hands_over_what_it_cannot_answer(world: World) -> None:
    await world.says(UNKNOWN)

    [fact] = [e for e in await world.store.history("IT-1") if e.name == "TicketHandedOver"]

    assert fact.by == "bot:firstline"


async def test_words_in_a_thread_the_ticket_has_left_stay_inside_and_their_writer_is_told(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.submits("escalate:IT-1", words="needs a carpenter")

    await world.writes(world.card(), "shall I order a new one?")

    assert "IT-1 is with Specialists now." in world.told_alone(ANN)
    world.never_heard("order a new one")


async def test_the_team_that_sent_it_back_sees_so_in_its_thread(world: World) -> None:
    await world.says(UNKNOWN)
    await world.submits("escalate:IT-1", words="needs a carpenter")
    card = world.card(place=TEAM_3)

    await world.submits("back:IT-1", CLEO, words="which floor is it on?")

    assert "IT-1" in text_of(card.body)
    assert "Service desk" in text_of(card.body)
    assert world.labels(card) == []
    assert any("which floor is it on?" in line for line in world.thread(world.card()))
    world.never_heard("which floor")


async def test_who_wrote_a_reply_can_take_it_back_also_after_passing_the_ticket_on() -> None:
    world = World(a_desk(take_back=timedelta(seconds=10)))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "wrong window, sorry")
    await world.submits("escalate:IT-1", words="needs a carpenter")

    await world.presses("Take back", ANN)
    await world.passes(seconds=11)

    world.never_heard("wrong window")
    assert "ReplyTakenBack" in await world.happened()


@pytest.mark.parametrize("number", ["²", "9" * 30, "-1", ""])
async def test_a_forged_number_of_a_reply_is_refused_and_parks_nothing(world: World, number: str) -> None:
    await world.says(UNKNOWN)

    await world.happens(Pressed(f"undo:IT-1:{number}", TEAM_2, answer_to="p"), ANN, TEAM_2)

    assert world.told_alone(ANN) == ["Too late: the reply has gone out."]
    assert (await world.store.queue())["inbox_parked"] == 0


async def test_nothing_of_a_closed_ticket_changes_any_more(world: World) -> None:
    await world.says("How do I reset my password?")
    await world.presses("Not what I need")
    button, _ = world.button("Wrong topic")
    await world.commands("close", "1")
    closed = await world.ticket()

    await world.happens(Pressed(button.action, PlaceId(ALICE.id)))

    assert await world.ticket() == closed


async def test_peoples_words_in_a_list_are_literal(world: World) -> None:
    """C8: a question that looks like a command is nothing to be tapped."""
    await world.says("/resolve everything now, please, and mention @everyone in the aquarium")

    await world.commands("list", "", ALICE)

    listed = world.chat.answers[-1][1]
    assert [type(part) for part in listed.parts] == [Title, Facts]
    assert "/resolve" in text_of(listed)
