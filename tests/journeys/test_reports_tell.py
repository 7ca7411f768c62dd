"""What people do is found in the reports, counted from what the desk wrote down meanwhile."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.desks import Target
from bot.engine.reports.bookkeeping import Bookkeeping
from bot.engine.reports.registry import REPORTS
from bot.engine.reports.report import Asking
from bot.engine.reports.sheets import Cell
from bot.engine.tongue import tongue
from tests.builders import ALICE, ANN, BOB, CLEO, MONDAY, UNKNOWN, a_desk
from tests.world import World

HOUR = 3600


async def total(world: World, name: str, *figures: str) -> list[Cell]:
    """Figures of a report's first table, over the four weeks from the first day."""
    await Bookkeeping(world.store, world.desk, world.clock, "test").catch_up()
    asking = Asking(world.store, world.desk, MONDAY.date(), MONDAY.date() + timedelta(days=27), tongue("en"), world.clock.now())
    record = (await REPORTS[name].sheets(asking))[0].records()[0]
    return [record[figure] for figure in figures]


async def test_confirmed_is_solved_by_the_faq_until_they_ask_the_same_again(world: World) -> None:
    await world.says("I forgot my password")
    await world.presses("Yes, solved")
    await world.says("VPN from home", BOB)
    assert await total(world, "deflection", "requests", "confirmed", "asked", "deflection") == [2, 1, 1, 0.5]

    await world.passes(hours=70)
    await world.commands("new", "I forgot my password")

    assert await total(world, "deflection", "confirmed", "returned", "deflection") == [0, 1, 0.0]


async def test_the_first_answer_the_waiting_and_the_solution_are_counted_as_they_happened(world: World) -> None:
    await world.says(UNKNOWN)
    await world.passes(minutes=30)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "Which chair is it?", ANN)
    await world.presses("Wait for requester", ANN)
    await world.passes(hours=2)
    await world.says("The blue one")
    await world.passes(hours=1)
    await world.submits("resolve:IT-1", words="Oiled it.")

    assert await total(world, "response", "tickets", "answered", "median_s") == [1, 1, HOUR / 2]
    assert await total(world, "resolution", "solved", "median_s", "waiting_mean_s") == [1, 3.5 * HOUR, 2 * HOUR]
    assert await total(world, "agents", "agents", "claimed", "replied", "solved") == [1, 1, 1, 1]
    assert await total(world, "reopen", "solved", "first_contact") == [1, 1]


async def test_what_goes_up_and_down_and_what_is_late_is_counted() -> None:
    world = World(a_desk(targets={"normal": Target(first_response=timedelta(hours=1), resolution=timedelta(hours=8))}))
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.submits("escalate:IT-1", words="A matter for specialists.")
    await world.presses("Take it", CLEO)
    await world.submits("back:IT-1", CLEO, words="Please try oil first.")
    await world.presses("Take it", ANN)
    await world.passes(minutes=90)
    await world.writes(world.card(), "Have you tried oil?", ANN)

    assert await total(world, "tiers", "tickets", "escalated", "sent_back", "back_and_forth") == [1, 1, 1, 1]
    assert await total(world, "sla", "ended", "kept", "broken") == [1, 0, 1]
    assert await total(world, "backlog", "came_in", "done", "grown_by") == [1, 0, 1]


async def test_a_rating_is_told_with_how_many_were_asked(world: World) -> None:
    for who in (ALICE, BOB):
        await world.says(UNKNOWN, who)
        await world.presses("Take it", ANN)
    await world.submits("resolve:IT-1", words="Oiled it.")
    await world.submits("resolve:IT-2", words="Oiled it, too.")
    await world.presses("5 ★", BOB)

    assert await total(world, "csat", "solved", "rated", "response_rate", "csat") == [2, 1, 0.5, 1.0]
