"""One incident that many report: it is suspected, declared, joined with one press, and its end reaches everybody."""

from __future__ import annotations

import pytest

from bot.domain.ids import PersonId
from bot.domain.people import Person
from tests.builders import ALICE, ANN, BOB, TEAM_2, a_desk
from tests.world import World, text_of

LUZ = Person(PersonId("chat:luz"), "Luz", "es")
CAROL = Person(PersonId("chat:carol"), "Carol", "en")
DOWN = "The mail server does not answer since this morning"
AGAIN = "Since this morning the mail server does not answer me"


@pytest.fixture
def world() -> World:
    return World(desk=a_desk(similar=3))


def one_of_many(number: int) -> Person:
    return Person(PersonId(f"chat:p{number}"), f"P {number}", "en")


async def declared(world: World) -> None:
    """Alice's request is an incident that Ann has."""
    await world.says(DOWN)
    await world.submits("incident:IT-1", words="The mail server is down")


async def test_like_requests_are_offered_to_the_team_as_one_incident(world: World) -> None:
    for person in (ALICE, BOB):
        await world.says(DOWN, person)
        await world.passes(minutes=1)
    assert not [s for s in world.to(TEAM_2) if "alike" in text_of(s.body)]

    await world.says(AGAIN, CAROL)
    await world.passes(minutes=1)

    [asked] = [s for s in world.to(TEAM_2) if "3 requests are alike" in text_of(s.body)]
    assert "IT-1" in text_of(asked.body)
    assert "IT-3" in text_of(asked.body)


async def test_the_team_is_asked_once_however_many_follow(world: World) -> None:
    for n in range(6):
        await world.says(DOWN, one_of_many(n))
        await world.passes(minutes=1)

    assert len([s for s in world.to(TEAM_2) if "requests are alike" in text_of(s.body)]) == 1


async def test_requests_far_apart_in_time_are_no_incident(world: World) -> None:
    for n in range(4):
        await world.says(DOWN, one_of_many(n))
        await world.passes(minutes=40)

    assert not [s for s in world.to(TEAM_2) if "requests are alike" in text_of(s.body)]


async def test_whoever_asks_next_sees_the_incident_and_joins_with_one_press(world: World) -> None:
    await declared(world)

    await world.says(AGAIN, BOB)
    shown = world.heard("Several people report this", BOB)
    assert "The mail server is down" in text_of(shown.body)
    assert world.labels(shown) == ["Me too", "Mine is different", "Talk to a person"]
    await world.presses("Me too", BOB)

    world.heard("now belongs to what several people report", BOB)
    assert world.labels(shown) == []
    part = await world.ticket("IT-2")
    assert (part.parent, part.parent_as, part.tier) == ("IT-1", "incident", 1)
    assert "2 people" in text_of(world.card().body)


async def test_whoever_says_that_theirs_is_different_goes_on_as_ever(world: World) -> None:
    await declared(world)
    await world.says(AGAIN, BOB)

    await world.presses("Mine is different", BOB)

    other = await world.ticket("IT-2")
    assert (other.parent, other.tier) == ("", 2)
    assert AGAIN in text_of(world.card("IT-2").body)


async def test_news_and_the_end_reach_each_in_their_own_language(world: World) -> None:
    await declared(world)
    await world.says(AGAIN, BOB)
    await world.presses("Me too", BOB)
    await world.commands("lang", "es", LUZ)
    await world.says(DOWN, LUZ)
    await world.presses(world.labels(world.to(LUZ)[-1])[0], LUZ)

    await world.submits("news:IT-1", state="known", words="A cable is cut")
    await world.passes(seconds=1)
    world.heard("We know the cause", ALICE)
    assert "A cable is cut" in text_of(world.heard("We know the cause", BOB).body)
    world.heard("A cable is cut", LUZ)

    await world.submits("resolve:IT-1", words="spliced the cable")
    await world.passes(seconds=1)

    assert [(await world.ticket(f"IT-{n}")).status for n in (1, 2, 3)] == ["resolved"] * 3
    world.heard("IT-2 is resolved", BOB)
    assert "IT-3" in text_of(world.to(LUZ)[-1].body)
    assert "is resolved" not in text_of(world.to(LUZ)[-1].body)
    for person in (ALICE, BOB, LUZ):
        world.never_heard("spliced", person)


async def test_one_who_reopens_theirs_does_not_reopen_the_others(world: World) -> None:
    await declared(world)
    await world.says(AGAIN, BOB)
    await world.presses("Me too", BOB)
    await world.submits("resolve:IT-1", words="restarted it")
    await world.passes(seconds=1)

    await world.presses("Reopen", BOB, on=world.heard("IT-2 is resolved", BOB))

    assert (await world.ticket("IT-1")).status == "resolved"
    again = await world.ticket("IT-2")
    assert (again.status, again.tier, again.parent, again.related) == ("open", 2, "", ("IT-1",))
    world.card("IT-2")


async def test_hundreds_who_joined_are_all_told_and_all_resolved(world: World) -> None:
    await declared(world)
    people = [one_of_many(n) for n in range(120)]
    for person in people:
        await world.says(DOWN, person)
        await world.presses("Me too", person)
        await world.passes(seconds=1)
    assert "more than 100 people" in text_of(world.card().body)

    await world.submits("news:IT-1", state="watching", words="")
    await world.passes(seconds=1)
    for person in people:
        told = [s for s in world.to(person) if "It should work again" in text_of(s.body)]
        assert len(told) == 1, person.name
    await world.submits("resolve:IT-1", words="done")
    await world.passes(seconds=1)

    assert {(await world.ticket(f"IT-{n}")).status for n in range(1, 122)} == {"resolved"}


async def test_words_of_a_part_reach_the_team_in_the_incidents_thread(world: World) -> None:
    await declared(world)
    await world.says(AGAIN, BOB)
    await world.presses("Me too", BOB)

    await world.says("It also affects the calendar on my phone", BOB)

    assert any("It also affects the calendar" in line and "IT-2" in line for line in world.thread(world.card()))


async def test_a_part_may_still_talk_to_a_person(world: World) -> None:
    await declared(world)
    await world.says(AGAIN, BOB)
    await world.presses("Me too", BOB)

    await world.says("I want to talk to a person", BOB)

    alone = await world.ticket("IT-2")
    assert (alone.tier, alone.parent) == (2, "")


async def test_the_requester_of_an_incident_cannot_close_it_for_the_others(world: World) -> None:
    await declared(world)

    await world.commands("close", "IT-1")

    assert (await world.ticket("IT-1")).status == "open"
    assert any("only the team" in told for told in world.told_alone(ALICE))


async def test_requests_that_an_agent_gathers_are_held_with_the_incident(world: World) -> None:
    for person in (ALICE, BOB):
        await world.says(DOWN, person)

    await world.submits("incident:IT-1", ANN, words="Mail is down", **{"with": "IT-2"})

    part = await world.ticket("IT-2")
    assert (part.parent, part.assignee) == ("IT-1", ANN.id)
    assert "Part of: IT-1 · Mail is down" in text_of(world.card("IT-2").body)
    world.heard("belongs to what several people report", BOB)
    await world.passes(hours=2)
    assert (await world.ticket("IT-2")).tier == 2


async def test_an_incident_that_goes_on_as_another_ticket_takes_everybody_along(world: World) -> None:
    await declared(world)
    await world.says("The tuba in meeting room four plays by itself at noon", CAROL)
    await world.says(AGAIN, BOB)
    await world.presses("Me too", BOB)

    await world.submits("merge:IT-1", other="IT-2")
    await world.submits("resolve:IT-2", words="restarted it")
    await world.passes(seconds=1)

    assert (await world.ticket("IT-3")).status == "resolved"
    world.heard("IT-3 is resolved", BOB)
