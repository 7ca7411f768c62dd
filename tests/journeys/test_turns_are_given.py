"""Whose turn it is: tickets are given to agents by turns, load or skill, and nothing to somebody who is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.shifts import Agent
from bot.engine.service.availability import STATUSES
from tests.builders import ALICE, ANN, BEN, CLEO, MALLORY, MONDAY, TEAM_2, UNKNOWN, a_message, an_event
from tests.journeys.served import AFTERNOONS, MORNINGS, asked, asker, desk, in_thread, pressed
from tests.world import World, text_of


async def test_people_pick_for_themselves_unless_the_tier_says_otherwise() -> None:
    world = World(desk())

    assert await asked(world, 2) == [None, None]


async def test_tickets_are_given_by_turns_and_card_thread_and_agent_say_so() -> None:
    world = World(desk(routing="round_robin"))

    assert await asked(world, 4) == [ANN.id, BEN.id, ANN.id, BEN.id]

    assert "IT-1 · Open · ann" in text_of(world.card("IT-1").body)
    assert in_thread(world, "IT-1 is given to ann.")
    assert UNKNOWN in text_of(world.heard("IT-1 is yours", ANN).body)
    world.never_heard("is given to", asker(1))


async def test_who_has_fewest_open_tickets_gets_the_next_one_and_what_waits_for_its_requester_counts_for_nothing() -> None:
    world = World(desk(routing="load"))
    assert await asked(world, 2) == [ANN.id, BEN.id]
    await world.submits("resolve:IT-2", BEN, words="oiled it")

    assert await asked(world, 1, first=3) == [BEN.id]
    await pressed(world, "hold:IT-1", ANN)

    assert await asked(world, 1, first=4) == [ANN.id]


async def test_whoever_knows_about_it_is_given_it_and_what_nobody_knows_stays_in_the_queue() -> None:
    world = World(desk({ANN.id: Agent(frozenset({"aquarium"})), BEN.id: Agent(frozenset({"printer"}))}, routing="skill"))

    await world.says("My badge glows in a minor key")
    await world.says(UNKNOWN, asker(2))

    assert (await world.ticket("IT-1")).assignee is None
    assert (await world.ticket("IT-2")).assignee == ANN.id
    assert in_thread(world, "Nobody in Service desk can be given IT-1 now")


async def test_what_is_tagged_in_the_queue_is_given_to_whoever_knows_about_it() -> None:
    world = World(desk({ANN.id: Agent(), BEN.id: Agent(frozenset({"printer"}))}, routing="skill"))
    await world.says(UNKNOWN)
    assert (await world.ticket()).assignee is None

    await world.submits("tag:IT-1", ANN, tags="printer")

    assert (await world.ticket()).assignee == BEN.id


async def test_an_agent_who_answered_once_is_known_without_being_named_beforehand() -> None:
    world = World(desk({}, routing="round_robin"))
    assert await asked(world, 1) == [None]

    await world.presses("Take it", BEN, world.card("IT-1"))

    assert await asked(world, 1, first=2) == [BEN.id]


async def test_nobody_has_more_than_their_share_and_who_ends_one_is_given_what_waited_longest() -> None:
    world = World(desk({ANN.id: Agent()}, routing="round_robin", at_most=1))
    assert await asked(world, 3) == [ANN.id, None, None]

    await world.submits("resolve:IT-1", ANN, words="oiled it")

    assert [(await world.ticket(f"IT-{n}")).assignee for n in (2, 3)] == [ANN.id, None]


async def test_whoever_left_the_team_is_given_nothing_and_is_forgotten() -> None:
    world = World(desk(routing="round_robin"))
    world.chat.members[TEAM_2].discard(ANN.id)

    assert await asked(world, 2) == [BEN.id, BEN.id]


async def test_no_agent_is_given_what_they_asked_themselves() -> None:
    world = World(desk({ANN.id: Agent()}, routing="round_robin"))

    await world.says(UNKNOWN, ANN)

    assert (await world.ticket()).assignee is None


async def test_what_goes_up_is_given_to_somebody_there() -> None:
    made = desk({CLEO.id: Agent()})
    world = World(replace(made, tiers=(made.tiers[0], replace(made.tiers[1], routing="round_robin"))))
    await world.says(UNKNOWN)

    await world.submits("escalate:IT-1", ANN, words="beyond me")

    ticket = await world.ticket()
    assert (ticket.tier, ticket.assignee) == (3, CLEO.id)


async def test_who_gives_it_back_is_not_given_it_again() -> None:
    world = World(desk(routing="round_robin"))
    assert await asked(world, 1) == [ANN.id]

    await pressed(world, "release:IT-1", ANN)
    assert (await world.ticket()).assignee == BEN.id
    await pressed(world, "release:IT-1", BEN)

    assert (await world.ticket()).assignee is None
    assert in_thread(world, "Nobody in Service desk can be given IT-1 now, so it waits in the queue.")


async def test_who_takes_it_while_it_is_being_given_to_another_and_that_other_do_not_both_have_it() -> None:
    world = World(desk({ANN.id: Agent()}, routing="round_robin"))
    await world.intake.receive(an_event(a_message(UNKNOWN), ALICE))
    await world.workers.work(ALICE.id)  # Ann's turn is still to be decided
    assert (await world.ticket()).assignee is None

    await pressed(world, "take:IT-1", BEN)

    happened = await world.happened()
    assert happened.count("TicketClaimed") + happened.count("TicketAssigned") == 1
    owner = (await world.ticket()).assignee
    assert owner == BEN.id or world.told_alone(BEN) == ["ann already has IT-1."]


# ---------------------------------------------------------------------------------------------------------- who is here
async def test_nothing_is_given_to_somebody_who_is_away_until_they_are_back() -> None:
    world = World(desk(routing="round_robin"))
    await world.commands("away", "2h dentist", ANN)
    assert "You are away until" in world.told_alone(ANN)[-1]

    assert await asked(world, 2) == [BEN.id, BEN.id]
    await world.passes(hours=2)

    assert await asked(world, 1, first=3) == [ANN.id]


@pytest.mark.parametrize("words", ["until soon", "bis irgendwann", "until 25:00", "until 2020-01-01"])
async def test_a_time_that_is_not_understood_makes_nobody_away(words: str) -> None:
    world = World(desk({ANN.id: Agent()}, routing="round_robin"))

    await world.commands("away", words, ANN)

    assert "Until when?" in world.told_alone(ANN)[-1]
    assert await asked(world, 1) == [ANN.id]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        *(("for 2h", ""), ("2h lunch", "lunch"), ("until 11:00 dentist", "dentist")),
        *(("bis 11:00 Zahnarzt", "Zahnarzt"), ("jusqu’à 11h00", ""), ("fino alle 11:00", ""), ("hasta las 11:00", "")),
    ],
)
async def test_until_when_can_be_said_in_many_ways(words: str, reason: str) -> None:
    world = World(desk())

    await world.commands("away", words, ANN)

    status = await STATUSES.get(world.store, ANN.id)
    assert status is not None
    assert (status.until, status.reason) == (MONDAY + timedelta(hours=2), reason)


@pytest.mark.parametrize("words", ["for lunch", "at the dentist", "por enfermedad"])
async def test_a_reason_alone_is_no_time(words: str) -> None:
    world = World(desk())

    await world.commands("away", words, ANN)

    status = await STATUSES.get(world.store, ANN.id)
    assert status is not None
    assert (status.until, status.reason) == (None, words)


async def test_an_agent_can_be_away_with_a_reason_and_no_end() -> None:
    world = World(desk({ANN.id: Agent()}, routing="round_robin"))

    await world.commands("away", "at the dentist", ANN)
    await world.passes(days=3)

    assert "until you say that you are here" in world.told_alone(ANN)[-1]
    assert await asked(world, 1) == [None]


async def test_whoever_comes_back_is_given_what_waited_but_not_all_of_it() -> None:
    world = World(desk({ANN.id: Agent()}, routing="round_robin"))
    await world.commands("away", "", ANN)
    assert await asked(world, 5) == [None] * 5

    await world.presses("I am here", ANN) if False else await pressed(world, "here:", ANN)

    assert "You are here." in world.told_alone(ANN)[-1]
    assert "5 tickets wait in the queue." in world.told_alone(ANN)[-1]
    assert [(await world.ticket(f"IT-{n}")).assignee for n in range(1, 6)] == [ANN.id] * 3 + [None] * 2


async def test_a_ticket_of_the_night_is_given_when_a_shift_begins() -> None:
    world = World(desk({ANN.id: Agent(shift=AFTERNOONS)}, routing="round_robin"))
    assert await asked(world, 1) == [None]
    assert in_thread(world, "The next one is expected")

    await world.passes(hours=3)

    assert (await world.ticket()).assignee == ANN.id


async def test_turns_follow_the_shifts() -> None:
    world = World(desk({ANN.id: Agent(shift=MORNINGS), BEN.id: Agent(shift=AFTERNOONS)}, routing="round_robin"))

    assert await asked(world, 2) == [ANN.id, ANN.id]
    await world.passes(hours=4)

    assert await asked(world, 2, first=3) == [BEN.id, BEN.id]


async def test_an_agent_can_be_here_outside_of_their_shift() -> None:
    world = World(desk({BEN.id: Agent(shift=AFTERNOONS)}, routing="round_robin"))

    await world.commands("here", "", BEN)

    assert "You are here until" in world.told_alone(BEN)[-1]
    assert await asked(world, 1) == [BEN.id]


async def test_who_goes_away_puts_what_they_left_unanswered_back_with_one_press() -> None:
    world = World(desk({ANN.id: Agent(), BEN.id: Agent()}, routing="round_robin"))
    assert await asked(world, 3) == [ANN.id, BEN.id, ANN.id]
    await world.writes(world.card("IT-3"), "Have you tried oil?", ANN)

    await world.commands("away", "", ANN)
    assert "1 of your tickets waits for words." in world.told_alone(ANN)[-1]
    await pressed(world, "giveback:", ANN)

    assert "1 ticket is back in the queue." in world.told_alone(ANN)[-1]
    assert [(await world.ticket(f"IT-{n}")).assignee for n in (1, 2, 3)] == [BEN.id, BEN.id, ANN.id]
    assert in_thread(world, "Ann Agent is away, so IT-1 is back in the queue.")


@pytest.mark.parametrize("action", ["away:", "here:", "giveback:"])
async def test_who_is_no_agent_cannot_say_that_they_are_here_or_away(action: str) -> None:
    world = World(desk(routing="round_robin"))

    await pressed(world, action, MALLORY)

    assert world.told_alone(MALLORY) == ["Only support agents of this team can do that."]


async def test_away_is_the_first_word_of_a_question_for_everybody_else() -> None:
    world = World(desk(routing="round_robin"))

    await world.commands("away", "message in my mail does not go out", ALICE)

    assert (await world.ticket()).question == "away message in my mail does not go out"


async def test_the_requester_hears_once_that_somebody_has_it_in_the_words_of_whoever_takes_it() -> None:
    world = World(desk(routing="round_robin", silent_within=timedelta(hours=1), then="next"))
    assert await asked(world, 1) == [ANN.id]
    world.heard("ann has taken IT-1.", asker(1))

    await world.passes(minutes=91)  # she was silent, and the next one has it
    assert (await world.ticket()).assignee == BEN.id

    assert [text_of(sent.body) for sent in world.to(asker(1)) if "has taken" in text_of(sent.body)] == ["ann has taken IT-1."]
