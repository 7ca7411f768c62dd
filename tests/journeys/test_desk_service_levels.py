"""Promised times through the doors: the card says until when, the team is warned and told, waiting on the requester stops the clocks, other hours move them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.tickets import Ticket
from tests.journeys.doors import Agent, Door, eventually, finds_card
from tests.journeys.doors_slack import TIER_2, SlackDoor
from tests.journeys.doors_telegram import TelegramDoor
from tests.journeys.doors_web import WebDoor
from tests.journeys.openings import DOORS, handed_over, ticket

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROMISED = """
[sla]
warn_at = "40%"
[sla.normal]
first_response = "100s"
next_response = "3h"
resolution = "2d"
"""
DESK = {"more": PROMISED}


async def reads(agent: Agent, number: str, text: str) -> None:
    """It stands in the thread of the ticket."""

    async def look() -> bool:
        return any(text in shown for shown in await agent.thread(number))

    await eventually(look, f"{text!r} in the thread of {number}")


async def no_longer_on_card(agent: Agent, number: str, text: str) -> None:
    """The card has stopped saying so."""

    async def look() -> bool:
        return text not in (await agent.card(number) or text)

    await eventually(look, f"a card of {number} without {text!r}")


@pytest.mark.shows("promised times on the card; the team hears before one is overdue, and when it is")
async def test_the_team_sees_a_promise_run_out_and_the_late_answer_keep_the_rest(door: Door) -> None:
    on_page = isinstance(door, WebDoor)  # which is both card and thread
    _, ann, number = await handed_over(door)
    await finds_card(ann, number, "First answer due", "Solution due")

    await reads(ann, number, "The first answer is due soon" if on_page else f"{number} needs its first answer by")
    await finds_card(ann, number, "at risk")
    await reads(ann, number, "The first answer is overdue" if on_page else f"{number} is overdue: its first answer was promised by")
    await finds_card(ann, number, "overdue")
    if isinstance(door, SlackDoor):
        seen = [m.shown for m in door.cloud.world.in_channel(TIER_2) if m.wire.get("subtype") == "thread_broadcast"]
        assert len([shown for shown in seen if number in shown]) == 2, "both are shown in the channel, too: nobody follows the thread yet"
    await ann.writes(number, "Have you tried oil?")
    await no_longer_on_card(ann, number, "First answer due")

    late = await ticket(door, number)
    assert late.breached
    assert late.due_at is not None
    assert late.promised is not None
    assert (clock := late.promised.clock("resolution")) is not None
    assert late.due_at == clock.due


@pytest.mark.shows("the clock of a promise stands still while the requester is waited for")
async def test_waiting_on_the_requester_stops_the_clocks_until_they_write(door: Door) -> None:
    alice, ann, number = await handed_over(door)
    await finds_card(ann, number, "First answer due")
    await ann.writes(number, "Which chair?")
    await no_longer_on_card(ann, number, "First answer due")

    await ann.presses(number, "Wait for requester")
    await finds_card(ann, number, "stands still")
    assert (await ticket(door, number)).due_at is None

    await alice.says("The blue one")
    await finds_card(ann, number, "Next answer due", "Solution due")
    again = await ticket(door, number)
    assert again.promised is not None
    assert (clock := again.promised.clock("next_response")) is not None
    assert again.due_at == clock.due is not None


@pytest.mark.shows("promised times are reckoned anew when hours or promises change")
@pytest.mark.parametrize("name", DOORS)
async def test_after_a_start_with_shorter_promises_open_tickets_have_them_and_the_team_is_told(name: str, tmp_path: Path) -> None:
    async with DOORS[name](tmp_path, more=PROMISED.replace("100s", "3h")) as before:
        _, ann, number = await handed_over(before)
        await finds_card(ann, number, "First answer due")
        due = (await ticket(before, number)).due_at
    async with DOORS[name](tmp_path, more=PROMISED.replace("100s", "2h")) as after:
        assert await after.app.reckoning.look() == 1

        async def moved() -> Ticket | None:
            found = await ticket(after, number)
            return found if found.due_at != due else None

        again = await eventually(moved, "the ticket is reckoned anew")
        assert again.due_at is not None
        assert due is not None
        assert again.due_at < due
        if isinstance(after, WebDoor):
            await reads(await after.ann(), number, "The promised times were reckoned anew: the desk's hours or promises changed")
        else:
            await eventually(lambda: any("new promised times" in shown and number in shown for shown in in_team_place(after)), "the team is told")
        assert await after.app.reckoning.look() == 0


def in_team_place(door: Door) -> list[str]:
    """What stands in the place of tier 2 outside any thread."""
    if isinstance(door, SlackDoor):
        return [m.shown for m in door.cloud.world.in_channel(TIER_2) if not m.thread]
    assert isinstance(door, TelegramDoor)
    return [entry.text for entry in door.cloud.ledger.shown(door.team, by_bot=True)]
