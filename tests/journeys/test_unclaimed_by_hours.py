"""Unclaimed: the clock counts while the tier works, whatever the clocks on the wall do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.calendars import Calendar
from bot.domain.desks import Desk
from tests.builders import ANN, UNKNOWN, a_desk
from tests.journeys.served import HOUR, desk, in_thread
from tests.world import SetClock, World

OFFICE = Calendar(dict.fromkeys(range(5), ((9 * 60, 18 * 60),)), timezone="Europe/Madrid")
NIGHT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)  # Tuesday, three o'clock in Madrid


def office(**tier2: object) -> Desk:
    """Nine to six in Madrid."""
    return replace(desk(**{"claim_within": HOUR, **tier2}), hours=OFFICE, timezone="Europe/Madrid")  # type: ignore[arg-type]


async def test_what_nobody_takes_at_night_climbs_in_the_morning() -> None:
    world = World(office(), clock=SetClock(NIGHT))
    await world.says(UNKNOWN)
    world.heard("The desk is closed now and opens Mar 3, 9:00")

    await world.passes(hours=6)  # 9:00
    assert not in_thread(world, "Nobody has taken IT-1")
    await world.passes(minutes=31)
    assert in_thread(world, "It goes to Specialists: Mar 3, 10:00")
    assert (await world.ticket()).tier == 2
    await world.passes(minutes=30)

    assert (await world.ticket()).tier == 3


async def test_the_clock_goes_on_after_a_weekend_in_which_the_clocks_were_set() -> None:
    world = World(office(), clock=SetClock(datetime(2026, 3, 27, 16, 45, tzinfo=UTC)))  # Friday, a quarter to six in Madrid, an hour ahead of UTC
    await world.says(UNKNOWN)

    world.clock.moment = datetime(2026, 3, 30, 7, 14, tzinfo=UTC)  # Monday, 9:14, two hours ahead
    await world.workers.drain()
    assert not in_thread(world, "Nobody has taken IT-1")
    await world.passes(minutes=1)
    assert in_thread(world, "It goes to Specialists: Mar 30, 9:45")
    await world.passes(minutes=29)
    assert (await world.ticket()).tier == 2
    await world.passes(minutes=1)

    assert (await world.ticket()).tier == 3


async def test_a_tier_on_duty_around_the_clock_has_a_calendar_of_its_own() -> None:
    made = office(calendar="always")
    world = World(replace(made, calendars={"always": Calendar()}), clock=SetClock(NIGHT))
    await world.says(UNKNOWN)
    world.never_heard("The desk is closed")

    await world.passes(minutes=31)
    assert in_thread(world, "In 29 minutes it goes to Specialists.")
    await world.passes(minutes=30)
    assert (await world.ticket()).tier == 3
    await world.passes(hours=5)

    assert (await world.happened())[-1] == "TicketEscalated"  # the tier above works by the desk's hours: nobody is reminded at night


async def test_a_desk_without_hours_is_always_open() -> None:
    world = World(a_desk(), clock=SetClock(NIGHT))
    await world.says(UNKNOWN)

    await world.passes(minutes=61)

    assert (await world.ticket()).tier == 3


async def test_who_is_silent_is_reminded_by_the_hours_of_the_tier() -> None:
    made = office(silent_within=HOUR, claim_within=None, calendar="always")
    world = World(replace(made, calendars={"always": Calendar()}), clock=SetClock(NIGHT))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)

    await world.passes(minutes=61)

    assert in_thread(world, "waits for your words")
