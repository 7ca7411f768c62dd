"""Who asked what nothing answered hears of the entry that answers it now: once, quietly, and only if the desk wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.people import Person
from bot.errors import RateLimited
from tests.builders import ALICE, ANN, BOB, a_desk
from tests.world import World, text_of

ASKED = "Where is the lost property box upstairs?"
ANSWER = "Behind the reception: xylophone."


def a_world(**desk: Any) -> World:
    return World(a_desk(**{"admins": frozenset({BOB.id}), "tell_when_answered": timedelta(days=30), **desk}))


async def publish(world: World, question: str = ASKED, answer: str = ANSWER, **values: str) -> None:
    """Bob publishes the entry, and whoever asked is looked for."""
    await world.submits("faq-new", BOB, lang="en", question=question, answer=answer, **values)
    await search(world)


async def search(world: World) -> None:
    await world.askers.look()
    await world.workers.drain()


async def resolved(world: World, person: Person = ALICE, number: str = "IT-1") -> None:
    await world.says(ASKED, person)
    await world.submits(f"resolve:{number}", ANN, words="Went there with them", entry="-")


def heard(world: World, person: Person = ALICE) -> list[str]:
    return [text for text in (text_of(one.body) for one in world.to(person)) if "xylophone" in text]


async def came_back(world: World, number: str = "IT-1") -> list[object]:
    return [event.details["way"] for event in await world.store.history(number) if event.name == "AnswerCameBack"]


# ------------------------------------------------------------------------------------------------------------ who is told
async def test_who_asked_and_was_helped_by_a_person_is_told_once_and_may_not_answer() -> None:
    world = a_world()
    await resolved(world)
    world.clock.advance(days=20)

    await publish(world)
    await publish(world, answer=f"{ANSWER} Really.", id="another")
    await search(world)

    [told] = heard(world)
    assert ASKED in told
    assert "There is an answer now to what you asked" in told
    assert world.labels(world.heard("xylophone")) == ["What I tell you"]
    assert await came_back(world) == ["told"]


async def test_unless_the_desk_wants_it_nobody_is_told() -> None:
    world = a_world(tell_when_answered=None)
    await resolved(world)

    await publish(world)

    assert heard(world) == []


async def test_who_asked_longer_ago_than_the_desk_says_is_not_told() -> None:
    world = a_world()
    await resolved(world)
    world.clock.advance(days=31)

    await publish(world)

    assert heard(world) == []


async def test_who_was_answered_by_an_entry_is_not_told() -> None:
    world = a_world()
    await world.says(ASKED)
    await world.submits("resolve:IT-1", ANN, words="As the entry says", entry="vpn")

    await publish(world)

    assert heard(world) == []


async def test_who_asked_something_else_is_not_told() -> None:
    world = a_world()
    await world.says("The ergonomic chair next to the aquarium squeaks whenever the heron looks at it")

    await publish(world)

    assert heard(world) == []


@pytest.mark.parametrize("values", [{"audience": "internal"}, {"valid_until": "2026-01-01"}])
async def test_an_entry_that_is_not_for_requesters_comes_back_to_nobody(values: dict[str, str]) -> None:
    world = a_world()
    await resolved(world)

    await publish(world, **values)

    assert heard(world) == []


async def test_who_opted_out_is_not_told() -> None:
    world = a_world()
    await resolved(world)
    await world.commands("notify", "off answered")

    await publish(world)

    assert heard(world) == []


async def test_in_quiet_hours_it_waits_for_their_end() -> None:
    world = a_world()
    await world.says(ASKED)
    await world.commands("notify", "quiet 22:00-07:00")
    world.clock.moment = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)

    await publish(world)
    assert heard(world) == []
    await world.passes(hours=8)

    assert len(heard(world)) == 1


async def test_several_tickets_of_one_person_are_answered_once() -> None:
    world = a_world()
    await resolved(world)
    await resolved(world, number="IT-2")
    await resolved(world, BOB, "IT-3")

    await publish(world)

    assert (len(heard(world)), len(heard(world, BOB))) == (1, 1)


async def test_what_was_retired_again_meanwhile_comes_back_to_nobody() -> None:
    world = a_world()
    await resolved(world)
    await world.submits("faq-new", BOB, lang="en", question=ASKED, answer=ANSWER)
    await world.askers.look()
    [entry] = [one for one in await world.store.entries() if one.texts[0].question == ASKED]
    gone = replace(entry, retired=True)
    await world.store.run(lambda tx: tx.save_entry(gone, BOB.id, world.clock.now()))
    world.knowledge.put(gone)

    await world.workers.drain()

    assert heard(world) == []


# ----------------------------------------------------------------------------------------------------------- who waits still
async def waiting_and_offered(world: World) -> None:
    await world.says(ASKED)
    await publish(world)


async def test_who_waits_unclaimed_is_offered_it_and_the_ticket_waits_on() -> None:
    world = a_world()
    await waiting_and_offered(world)

    assert world.labels(world.heard("xylophone")) == ["Yes, solved", "Not what I need", "What I tell you"]
    assert f"{ASKED} (100/100, no reaction)" in text_of(world.card().body)
    assert ((await world.ticket()).status, await came_back(world)) == ("open", ["offered"])


async def test_an_answer_that_had_to_wait_for_the_platform_comes_all_the_same() -> None:
    world = a_world()
    await world.says(ASKED)
    await world.submits("faq-new", BOB, lang="en", question=ASKED, answer=ANSWER)
    await world.askers.look()
    world.chat.faults = [RateLimited(30), RateLimited(30)]
    await world.workers.drain()

    await world.passes(seconds=31)

    assert len(heard(world)) == 1


async def test_yes_solves_it_with_the_entry() -> None:
    world = a_world()
    await waiting_and_offered(world)

    await world.presses("Yes, solved", ALICE)

    ticket = await world.ticket()
    assert (ticket.status, ticket.offers[-1].outcome) == ("resolved", "solved")
    assert ticket.entry == "where-is-the-lost-property-box-upstairs"
    world.heard("IT-1 is resolved.")
    assert world.labels(world.heard("xylophone")) == []
    assert "Resolved" in text_of(world.card().body)


async def test_no_leaves_it_where_it_is_and_the_team_sees_so() -> None:
    world = a_world()
    await waiting_and_offered(world)

    await world.presses("Not what I need", ALICE)

    assert (await world.ticket()).status == "open"
    assert "refused" in text_of(world.card().body)
    assert "IT-1 stays with Service desk" in world.told_alone(ALICE)[-1]
    assert world.labels(world.heard("xylophone")) == []


async def test_what_was_refused_is_not_offered_again() -> None:
    world = a_world()
    await waiting_and_offered(world)
    await world.presses("Not what I need", ALICE)

    await world.submits("faq-save:where-is-the-lost-property-box-upstairs:en", BOB, question=ASKED, answer=f"{ANSWER} Upstairs.")
    await search(world)

    assert len(heard(world)) == 1


async def test_only_the_requester_may_say_whether_it_helped() -> None:
    world = a_world()
    await waiting_and_offered(world)

    await world.presses("Yes, solved", ANN)

    assert (await world.ticket()).status == "open"


# ---------------------------------------------------------------------------------------------------------- whom a person serves
async def test_whoever_has_the_ticket_finds_it_as_a_reply_that_is_not_sent() -> None:
    world = a_world()
    await world.says(ASKED)
    await world.presses("Take it", ANN)

    await publish(world)

    assert heard(world) == []
    assert "xylophone" in world.thread(world.card())[-1]
    assert await came_back(world) == ["drafted"]
    await world.presses("Send", ANN)
    assert len(heard(world)) == 1


async def test_the_agent_may_drop_it() -> None:
    world = a_world()
    await world.says(ASKED)
    await world.presses("Take it", ANN)
    await publish(world)

    await world.presses("Drop", ANN)

    assert heard(world) == []
    assert "took the reply back" in world.thread(world.card())[-1]


# --------------------------------------------------------------------------------------------------------------- cut off
async def test_a_search_that_begins_anew_tells_nobody_twice() -> None:
    world = a_world()
    await resolved(world)
    await world.submits("faq-new", BOB, lang="en", question=ASKED, answer=ANSWER)
    notes = await world.store.noted("fresh-entry:")
    await search(world)

    for key, value in notes.items():  # as if the process had died before it was done
        await world.store.run(lambda tx, key=key, value=value: tx.note(key, value))  # type: ignore[misc]
    await search(world)

    assert len(heard(world)) == 1
    assert await world.store.noted("fresh-entry:") == {}


async def test_an_entry_that_this_process_does_not_know_yet_is_searched_for_when_it_does() -> None:
    world = a_world()
    await resolved(world)
    await world.submits("faq-new", BOB, lang="en", question=ASKED, answer=ANSWER)
    [entry] = [one for one in await world.store.entries() if one.texts[0].question == ASKED]
    world.knowledge._entries.pop(entry.id)  # another process published it

    await search(world)
    assert heard(world) == []
    world.knowledge.put(entry)
    await search(world)

    assert len(heard(world)) == 1
