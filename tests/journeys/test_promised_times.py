"""Promised times in a ticket's course: they begin with a person, stand still while the requester is waited for, and the team hears before it is too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.domain.calendars import Calendar
from bot.domain.desks import Desk, Policy, Target
from bot.domain.events import PriorityChanged
from bot.domain.messages import Inbound, TimerFired
from bot.domain.service_levels import standing
from bot.engine.tickets.moving import move
from bot.engine.turn import Turn
from tests.builders import ANN, BEN, BOB, MALLORY, MONDAY, TEAM_2, TEAM_3, UNKNOWN, a_desk
from tests.world import SetClock, World, text_of

HOURS = Calendar(dict.fromkeys(range(5), ((540, 780), (840, 1080))), timezone="Europe/Madrid")  # nine to one, two to six
NORMAL = Target(first_response=timedelta(hours=4), next_response=timedelta(hours=2), resolution=timedelta(hours=16))


def a_promising_desk(**changes: Any) -> Desk:
    """Office hours in Madrid, and every ticket's answer within half a day of them."""
    values: dict[str, Any] = {"targets": {"normal": NORMAL}, "hours": HOURS, "timezone": "Europe/Madrid", "idle": None}
    tiers = tuple(replace(tier, claim_within=None) for tier in a_desk().tiers)
    return a_desk(**{"tiers": tiers, **values, **changes})


async def asked(desk: Desk | None = None, **span: float) -> World:
    """Alice's ticket with the first human tier, so long after Monday, 10:00 in Madrid."""
    world = World(desk or a_promising_desk())
    world.clock.advance(**span)
    await world.says(UNKNOWN)
    return world


def at(text: str) -> datetime:
    """A moment by the clock in Madrid in that week, "mon 10:00"."""
    day, _, hour = text.partition(" ")
    wall = MONDAY + timedelta(days=("mon", "tue", "wed", "thu", "fri").index(day))
    return datetime.combine(wall.date(), datetime.strptime(hour, "%H:%M").time(), UTC) - timedelta(hours=1)


def row(world: World, label: str) -> str:
    """What the card says of a promise, "" when it says nothing."""
    lines = text_of(world.card().body).splitlines()
    return next((line.partition(": ")[2].replace("\u202f", " ") for line in lines if line.startswith(label)), "")


# ------------------------------------------------------------------------------------------------------------ the course
async def test_the_card_says_until_when_the_first_answer_and_the_solution_are_promised_in_business_time() -> None:
    world = await asked()

    assert row(world, "First answer due") == "Mar 2, 3:00 PM"  # ten to one, two to three
    assert row(world, "Solution due") == "Mar 4, 10:00 AM"
    assert row(world, "Next answer due") == ""
    assert (await world.ticket()).due_at == at("mon 15:00")


async def test_nothing_is_promised_while_the_faq_helps() -> None:
    world = World(a_promising_desk())

    await world.says("I forgot my password")

    assert (await world.ticket()).promised is None
    await world.passes(hours=1)
    await world.presses("Not what I need")
    assert (await world.ticket()).due_at == at("mon 16:00")


async def test_the_first_answer_is_a_humans_and_not_the_bots() -> None:
    world = await asked()
    world.clock.advance(hours=1)
    await world.presses("Take it", ANN)  # of which the bot tells Alice

    assert row(world, "First answer due") == "Mar 2, 3:00 PM"
    await world.writes(world.card(), "Have you tried oil?")

    await world.presses("Release", ANN)
    assert row(world, "First answer due") == ""
    assert (await world.ticket()).due_at == at("wed 10:00")
    assert (await world.happened()).count("PromiseMet") == 1


async def test_a_reply_that_was_taken_back_has_answered_nobody() -> None:
    world = await asked(a_promising_desk(take_back=timedelta(seconds=10)))
    await world.passes(hours=1)
    await world.writes(world.card(), "Have you tried oil?")
    assert (await world.ticket()).due_at == at("wed 10:00")

    await world.passes(seconds=5)
    await world.presses("Take back", ANN)

    ticket = await world.ticket()
    assert (ticket.human_at, ticket.due_at) == (None, at("mon 15:00"))
    await world.passes(hours=5)
    assert (await world.ticket()).breached


async def test_the_next_answer_is_promised_from_the_first_words_that_nobody_has_answered() -> None:
    world = await asked()
    await world.writes(world.card(), "Have you tried oil?")
    await world.passes(minutes=30)
    await world.says("It squeaks all the same")
    await world.passes(minutes=15)
    await world.says("And now it smells of fish")

    assert (await world.ticket()).due_at == at("mon 12:30")
    assert row(world, "Next answer due") == "Mar 2, 12:30 PM"
    await world.writes(world.card(), "Which fish?")
    assert row(world, "Next answer due") == ""
    assert (await world.ticket()).due_at == at("wed 10:00")

    await world.passes(minutes=15)
    await world.says("A herring")
    assert (await world.ticket()).due_at == at("mon 13:00")


async def test_the_clocks_stand_still_while_the_requester_is_waited_for() -> None:
    world = await asked()
    await world.writes(world.card(), "Which chair?")
    await world.passes(hours=1)
    await world.presses("Wait for requester", ANN)

    assert row(world, "Solution due") == "stands still, 15 hours left"
    ticket = await world.ticket()
    assert (ticket.due_at, standing(ticket, world.clock.now())) == (None, "")

    await world.passes(days=1)
    await world.says("The blue one")

    assert row(world, "Solution due") == "Mar 5, 10:00 AM"
    assert (await world.ticket()).due_at == at("tue 13:00")  # the next answer, from eleven on


async def test_what_is_resolved_owes_nothing_and_reopened_it_goes_on_where_it_stood() -> None:
    world = await asked()
    await world.writes(world.card(), "Have you tried oil?")
    await world.passes(hours=2)
    await world.submits("resolve:IT-1", words="Oiled")
    assert (await world.ticket()).due_at is None
    assert row(world, "Solution due") == ""

    await world.passes(days=1)
    await world.presses("Reopen")

    assert row(world, "Solution due") == "Mar 5, 10:00 AM"
    assert (await world.ticket()).due_at == at("tue 15:00")
    assert not (await world.ticket()).breached


# ------------------------------------------------------------------------------------------------- warnings and breaches
async def test_the_team_is_warned_once_before_a_promise_is_broken_and_told_once_when_it_is() -> None:
    world = await asked()

    await world.passes(hours=2, minutes=59)
    assert world.thread(world.card()) == []
    await world.passes(minutes=1)  # three of four hours are used up
    assert [line for line in world.thread(world.card()) if "IT-1 needs its first answer by" in line and "Nobody has taken it." in line]
    assert standing(await world.ticket(), world.clock.now()) == "at_risk"
    assert row(world, "First answer due") == "Mar 2, 3:00 PM · at risk"

    await world.presses("Take it", ANN)
    await world.passes(hours=2)
    told = world.thread(world.card())
    assert len([line for line in told if "is overdue" in line and "Ann Agent has it." in line]) == 1
    assert row(world, "First answer due") == "Mar 2, 3:00 PM · overdue"
    ticket = await world.ticket()
    assert (ticket.breached, ticket.due_at, standing(ticket, world.clock.now())) == (True, at("mon 15:00"), "breached")

    await world.passes(hours=1)
    assert world.thread(world.card()) == told


async def test_whoever_has_the_ticket_is_told_as_they_prefer_and_the_lead_of_what_is_overdue() -> None:
    tiers = tuple(replace(tier, leads=frozenset({BEN.id}) if tier.level == 2 else frozenset()) for tier in a_promising_desk().tiers)
    world = await asked(a_promising_desk(tiers=tiers))
    await world.presses("Take it", ANN)

    await world.passes(hours=3)
    assert [text_of(sent.body) for sent in world.to(ANN) if "needs its first answer" in text_of(sent.body)]
    world.never_heard("first answer", BEN)

    await world.passes(hours=2)
    assert len([sent for sent in world.to(ANN) if "is overdue" in text_of(sent.body)]) == 1
    assert len([sent for sent in world.to(BEN) if "is overdue" in text_of(sent.body)]) == 1


async def test_a_late_answer_is_an_answer_and_the_breach_stays_on_record() -> None:
    world = await asked()
    await world.passes(hours=5)
    await world.writes(world.card(), "Sorry. Have you tried oil?")

    ticket = await world.ticket()

    assert (ticket.breached, ticket.due_at, standing(ticket, world.clock.now())) == (True, at("wed 10:00"), "running")
    met = [event.details for event in await world.store.history("IT-1") if event.name == "PromiseMet"]
    assert met == [{"goal": "first_response", "late": True}]


async def test_a_promise_that_was_kept_is_never_mentioned() -> None:
    world = await asked()
    await world.writes(world.card(), "Have you tried oil?")
    before = world.thread(world.card())

    await world.passes(hours=6)

    assert world.thread(world.card()) == before
    assert "PromiseBroken" not in await world.happened()


async def test_after_a_pause_of_hours_many_overdue_tickets_are_one_message() -> None:
    world = await asked()
    for person in (BOB, MALLORY):
        await world.says(UNKNOWN, person)

    world.clock.advance(hours=9)
    await world.workers.drain()
    await world.passes(minutes=2)

    place = [text_of(sent.body) for sent in world.to(TEAM_2) if "became overdue" in text_of(sent.body)]
    assert place == ["3 tickets became overdue while this desk stood still: IT-1, IT-2, IT-3"]
    assert not [line for line in world.thread(world.card()) if "overdue" in line]
    assert row(world, "First answer due").endswith("overdue")
    await world.passes(hours=1)
    assert len([sent for sent in world.to(TEAM_2) if "became overdue" in text_of(sent.body)]) == 1


async def test_a_clock_that_is_put_back_says_nothing_twice() -> None:
    world = await asked()
    await world.passes(hours=5)
    told = world.thread(world.card())

    world.clock.advance(days=-1)
    await world.presses("Take it", ANN)
    for _ in range(30):
        await world.reckoning.look()  # as a start would, and one a day
        await world.passes(hours=1)

    assert [line for line in world.thread(world.card()) if "first answer" in line] == [line for line in told if "first answer" in line]
    assert (await world.happened()).count("PromiseBroken") == 1


async def test_a_clock_that_jumps_ahead_and_back_leaves_the_promise_where_it_was() -> None:
    world = await asked()
    world.clock.advance(days=-1)
    await world.presses("Take it", ANN)
    world.clock.advance(days=1, hours=1)
    await world.writes(world.card(), "Have you tried oil?")

    assert not (await world.ticket()).breached
    assert row(world, "Solution due") == "Mar 4, 10:00 AM"


# --------------------------------------------------------------------------------------------------------- reckoned anew
async def put(world: World, priority: str) -> None:
    """The priority changes."""

    async def unit(tx: Any) -> None:
        ticket = await tx.ticket("IT-1")
        now = world.clock.now()
        event = Inbound(f"put {priority}", "desk", ticket.conversation, ANN, now, TimerFired("", ticket.id, now))
        turn = Turn(world.crew, tx, event, now)
        fact = PriorityChanged(ticket=ticket.id, by=ANN.id, at=now, priority=priority, was=ticket.priority)
        await move(turn, replace(ticket, priority=priority), fact)

    await world.store.run(unit)
    await world.workers.drain()


URGENT = Target(first_response=timedelta(hours=1), resolution=timedelta(hours=8))


async def test_another_priority_promises_other_times_as_from_the_beginning_and_says_so() -> None:
    world = await asked(a_promising_desk(targets={"normal": NORMAL, "urgent": URGENT}))
    await world.passes(minutes=30)

    await put(world, "urgent")

    assert (await world.ticket()).due_at == at("mon 11:00")
    told = [line.replace("\u202f", " ") for line in world.thread(world.card())]
    assert told == ["IT-1 has new promised times: first answer by Mar 2, 11:00 AM, solution by Mar 3, 10:00 AM."]
    moved = [event.details for event in await world.store.history("IT-1") if event.name == "PromisesMoved"]
    assert moved == [{"policy": "urgent", "why": "ticket"}]


async def test_a_priority_whose_time_is_over_already_is_broken_at_once() -> None:
    world = await asked(a_promising_desk(targets={"normal": NORMAL, "urgent": URGENT}))
    await world.passes(hours=2)

    await put(world, "urgent")

    assert (await world.ticket()).breached
    assert [line for line in world.thread(world.card()) if "is overdue" in line]


async def test_a_priority_without_promises_owes_nothing_and_back_again_the_old_times_hold() -> None:
    world = await asked()
    await put(world, "low")
    assert (await world.ticket()).due_at is None
    assert "Nothing is promised for IT-1 any more." in world.thread(world.card())

    await world.passes(hours=1)
    await put(world, "normal")

    assert (await world.ticket()).due_at == at("mon 15:00")


async def test_a_policy_for_a_kind_comes_before_what_the_priority_has_and_names_its_own_calendar() -> None:
    always = Policy("Outages", Target(first_response=timedelta(minutes=30), calendar="always"), kind="question")
    world = await asked(a_promising_desk(policies=(always,), calendars={"always": Calendar()}), hours=12)

    assert (await world.ticket()).due_at == MONDAY + timedelta(hours=12, minutes=30)
    assert row(world, "Solution due") == ""


async def restarted(world: World, desk: Desk) -> World:
    """The same memory under another firstline.toml, after the first look."""
    again = World(desk, store=world.store, clock=SetClock(world.clock.now()))
    again.chat.sent = world.chat.sent
    await again.reckoning.look()
    await again.workers.drain()
    await again.passes(minutes=2)
    return again


async def test_after_a_start_with_other_hours_open_tickets_are_reckoned_anew_and_it_is_said_once_for_all() -> None:
    world = await asked()
    await world.says("Another thing: the lamp hums")

    again = await restarted(world, a_promising_desk(hours=replace(HOURS, dates=lambda year: [date(2026, 3, 2)])))

    assert (await again.ticket()).due_at == at("tue 13:00")
    assert row(again, "First answer due") == "Mar 3, 1:00 PM"
    told = [text_of(sent.body) for sent in again.to(TEAM_2) if "new promised times" in text_of(sent.body)]
    assert told == ["1 ticket has new promised times, because this desk's hours or promises changed: IT-1"]
    assert [event.details["why"] for event in await again.store.history("IT-1") if event.name == "PromisesMoved"] == ["desk"]

    assert await again.reckoning.look() == 0


async def test_in_another_zone_the_same_hours_are_other_moments() -> None:
    world = await asked()

    again = await restarted(world, a_promising_desk(hours=replace(HOURS, timezone="America/New_York")))

    assert (await again.ticket()).due_at == at("mon 19:00")  # nine to one in New York


async def test_a_start_with_the_same_hours_says_nothing() -> None:
    world = await asked()

    assert await World(a_promising_desk(), store=world.store, clock=world.clock).reckoning.look() == 0


async def test_what_a_desk_begins_to_promise_it_promises_from_then_on() -> None:
    world = await asked(a_promising_desk(targets={}))
    await world.passes(hours=1)
    assert (await world.ticket()).promised is None

    again = await restarted(world, a_promising_desk())

    assert (await again.ticket()).due_at == at("mon 16:00")


async def test_what_a_desk_no_longer_promises_is_owed_no_more() -> None:
    world = await asked()

    again = await restarted(world, a_promising_desk(targets={}))

    assert (await again.ticket()).due_at is None
    await again.passes(days=1)
    assert not (await again.ticket()).breached


async def test_on_the_way_up_the_promise_goes_along() -> None:
    world = await asked()
    await world.submits("escalate:IT-1", words="Needs an expert")

    await world.passes(hours=5)

    assert [line for line in world.thread(world.card(place=TEAM_3)) if "is overdue" in line]
    assert not [line for line in world.thread(world.card(place=TEAM_2)) if "is overdue" in line]


async def test_a_desk_that_promises_nothing_keeps_no_clocks() -> None:
    world = await asked(a_desk())
    await world.writes(world.card(), "Have you tried oil?")

    ticket = await world.ticket()

    assert (ticket.promised, ticket.due_at, ticket.breached) == (None, None, False)
    assert row(world, "First answer due") == ""
