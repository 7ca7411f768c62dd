"""An entry is for everybody or for agents alone, and may have a last day: the next question knows, in every process, without a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.messages import Commanded, Outbound, Pressed
from bot.domain.people import Person
from bot.engine.faq.knowledge import Knowledge
from bot.engine.running.following import Following
from kb.entries import Entry, Text
from tests.builders import ALICE, ANN, BOB, FAQ, MONDAY, a_desk
from tests.world import World, text_of

INNER = Entry("ldap", (Text("en", "The tunnel is dark, what now?", "Restart ldap on host seven."),), audience="internal")
TODAY = MONDAY.date()


def knowing(*entries: Entry) -> World:
    return World(a_desk(admins=frozenset({ANN.id})), entries=(*FAQ, *entries))


async def browses(world: World, person: Person, words: str) -> list[str]:
    await world.happens(Commanded("faq", words, person.id, private=True, answer_to="command"), person)  # type: ignore[arg-type]
    return [choice.label for choice in _last_answer(world, person).choices]


def _last_answer(world: World, person: Person) -> Outbound:
    return [body for _, body in world.chat.answers if body.only_for == person.id and body.parts][-1]


# --------------------------------------------------------------------------------------------------------------- for whom
async def test_an_internal_entry_answers_no_requester_and_stands_on_the_card_for_the_agents() -> None:
    world = knowing(INNER)

    await world.says("The tunnel is dark, what now?")

    world.never_heard("host seven")
    assert "For agents: The tunnel is dark, what now? (100/100)" in text_of(world.card().body)
    assert (await world.ticket()).tier == 2


async def test_an_agent_reads_an_internal_entry_from_the_card_and_in_the_list() -> None:
    world = knowing(INNER)
    await world.says("The tunnel is dark, what now?")

    await world.presses("The tunnel is dark, what now?", ANN, world.card())

    assert "Restart ldap on host seven." in world.told_alone(ANN)[-1]
    assert "For agents alone" in world.told_alone(ANN)[-1]
    assert "The tunnel is dark, what now?" in await browses(world, ANN, "tunnel dark")


async def test_a_requester_finds_an_internal_entry_by_no_door() -> None:
    world = knowing(INNER)
    await world.says("The tunnel is dark, what now?")
    show = next(choice for choice in world.card().body.choices if choice.action.startswith("faq-show:"))

    await world.happens(Pressed(show.action, ALICE.id, answer_to="press"))  # type: ignore[arg-type]
    await world.commands("start", "faq_ldap")
    assert "The tunnel is dark, what now?" not in await browses(world, ALICE, "tunnel dark")
    assert "The tunnel is dark, what now?" not in await browses(world, ALICE, "")

    world.never_heard("host seven")
    assert "host seven" not in "".join(world.told_alone(ALICE))


async def test_an_internal_entry_named_in_a_reply_does_not_go_out_unasked() -> None:
    world = knowing(INNER)
    await world.says("The tunnel is dark, what now?")

    await world.submits("reply:IT-1", words="See [[ldap]]")

    world.never_heard("host seven")


async def test_an_entry_that_becomes_internal_is_no_answer_from_the_next_question_on() -> None:
    world = knowing()
    await world.submits("draft-edit:vpn", ANN)
    [draft] = await world.store.drafts()

    await world.submits(f"draft-save:{draft.id}:en", audience="internal", then="publish")
    await world.says("How do I connect to the VPN from home?")

    world.never_heard("saxophone")


async def test_what_was_listed_to_choose_from_is_not_shown_once_it_is_internal() -> None:
    world = knowing()
    await world.says("the vpn and home")
    choice, sent = next((choice, sent) for sent in world.to(ALICE) for choice in sent.body.choices if choice.action.startswith("entry:"))
    [offer] = [offer for offer in (await world.ticket()).offers if offer.question == choice.label]
    world.knowledge.put(replace(next(entry for entry in FAQ if entry.id == offer.entry), audience="internal"))

    await world.presses(choice.label, ALICE, sent)

    assert "no longer valid" in world.told_alone(ALICE)[-1]
    world.never_heard("saxophone")


# --------------------------------------------------------------------------------------------------------------- how long
def until(day: date) -> Entry:
    return Entry("party", (Text("en", "Where is the summer party?", "On the roof."),), valid_until=day)


async def test_an_entry_answers_on_its_last_day_and_not_on_the_next() -> None:
    world = knowing(until(TODAY))
    await world.says("Where is the summer party?")
    world.heard("On the roof.")

    world.clock.advance(days=1)
    await world.says("Where is the summer party?", BOB)

    world.never_heard("On the roof.", BOB)
    assert "Where is the summer party?" not in await browses(world, BOB, "")


async def test_a_last_day_that_is_put_off_counts_at_once() -> None:
    world = knowing(until(TODAY - timedelta(days=1)))
    await world.says("Where is the summer party?")
    world.never_heard("On the roof.")

    world.knowledge.put(until(TODAY + timedelta(days=1)))
    await world.says("Where is the summer party?", BOB)

    world.heard("On the roof.", BOB)


async def test_an_entry_whose_last_day_is_past_is_still_seen_by_admins() -> None:
    world = knowing(until(TODAY - timedelta(days=1)))

    await world.happens(Pressed("faq-show:party", ANN.id, answer_to="press"), ANN)  # type: ignore[arg-type]

    assert "Its last day is past" in world.told_alone(ANN)[-1]


@pytest.mark.parametrize("days", [1, 400])
def test_the_day_changes_in_a_process_that_nobody_restarts(days: int) -> None:
    day = [TODAY]
    knowledge = Knowledge([until(TODAY)], ("en",), today=lambda: day[0])
    assert knowledge.ask("Where is the summer party?", "en").decision == "answer"

    day[0] += timedelta(days=days)
    assert knowledge.ask("Where is the summer party?", "en").decision == "hand_over"

    day[0] = TODAY  # a clock that was put back
    assert knowledge.ask("Where is the summer party?", "en").decision == "answer"


async def test_other_processes_hear_of_it() -> None:
    world = knowing()
    elsewhere = Knowledge(FAQ, ("en", "es"), today=lambda: TODAY)
    following = Following(world.store, elsewhere, 0)

    await world.submits("draft-new", lang="en", question="Where is the summer party?", answer="On the roof.", valid_until="2020-01-01", then="publish")
    await world.submits("draft-new", lang="en", question="Is ldap dark?", answer="Restart it.", audience="internal", then="publish")
    await following.look()

    assert elsewhere.ask("Where is the summer party?", "en").decision == "hand_over"
    assert [match.entry_id for match in elsewhere.for_agents("Is ldap dark?", "en")] == ["is-ldap-dark"]
