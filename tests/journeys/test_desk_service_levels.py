"""Promised times through the doors: the card says until when, the team is warned and told, waiting on the requester stops the clocks, other hours move them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.tickets import Ticket
from tests.builders import UNKNOWN
from tests.journeys.doors import Agent, Door, Requester, eventually, finds_card
from tests.journeys.doors_slack import TIER_2, SlackDoor, slack
from tests.journeys.doors_telegram import TelegramDoor, telegram
from tests.journeys.doors_web import web

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROMISED = """
[sla]
warn_at = "40%"
[sla.normal]
first_response = "100s"
next_response = "3h"
resolution = "2d"
"""
Open = Callable[[Path, str], AbstractAsyncContextManager[Any]]
DOORS: dict[str, Open] = {
    "slack-http": lambda folder, more: slack(folder, socket_mode=False, more=more),
    "telegram-polling": lambda folder, more: telegram(folder, webhook=False, more=more),
    "web": lambda folder, more: web(folder, more=more),
}
WEB = "web"  # where a ticket's page is both card and thread


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=DOORS)
async def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, Door]]:
    """The product behind one door, and the door's name."""
    async with DOORS[request.param](tmp_path_factory.mktemp(request.param), PROMISED) as door:
        yield request.param, door


@pytest_asyncio.fixture(loop_scope="module")
async def door(running: tuple[str, Door]) -> AsyncIterator[Door]:
    """The door; whatever happens, no platform may have to refuse a call of ours."""
    running[1].refused()
    yield running[1]
    assert running[1].refused() == []


async def asked(door: Door) -> tuple[Requester, Agent, str]:
    """Somebody asked what no entry answers: they, Ann who sees the card, and its number."""
    alice, ann = await door.newcomer(), await door.ann()
    await alice.says(UNKNOWN)

    async def look() -> str | None:
        found = re.search(r"\bIT-\d+\b", " ".join(await alice.seen()))
        return found[0] if found else None

    return alice, ann, await eventually(look, "a number in what the requester sees")


async def ticket(door: Door, number: str) -> Ticket:
    found = await door.app.store.ticket(number)
    assert found is not None
    return found


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
async def test_the_team_sees_a_promise_run_out_and_the_late_answer_keep_the_rest(running: tuple[str, Door], door: Door) -> None:
    on_page = running[0] == WEB
    _, ann, number = await asked(door)
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
    alice, ann, number = await asked(door)
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
    async with DOORS[name](tmp_path, PROMISED.replace("100s", "3h")) as before:
        _, ann, number = await asked(before)
        await finds_card(ann, number, "First answer due")
        due = (await ticket(before, number)).due_at
    more = PROMISED.replace("100s", "2h")
    async with DOORS[name](tmp_path, more) as after:
        assert await after.app.reckoning.look() == 1

        async def moved() -> Ticket | None:
            found = await ticket(after, number)
            return found if found.due_at != due else None

        again = await eventually(moved, "the ticket is reckoned anew")
        assert again.due_at is not None
        assert due is not None
        assert again.due_at < due
        if name == WEB:
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
