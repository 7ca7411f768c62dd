"""Agents log telephone calls where they are: in Slack, on Telegram, on the web."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.contacts import Contact
from bot.ports import TicketQuery
from bot.ports.contacts import ContactQuery
from tests.builders import UNKNOWN
from tests.journeys.doors import Agent, Door, eventually, finds_card, reads
from tests.journeys.doors_slack import SlackAgent, _fill
from tests.journeys.doors_telegram import TelegramAgent, _answer_all
from tests.journeys.doors_web import WebAgent
from tests.journeys.openings import handed_over, ticket

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAMES = {"What was it about?": "words", "Caller's number": "number", "Caller's name": "name", "Minutes": "minutes", "What came of it?": "outcome"}
VALUES = {"Solved in the call": "solved", "A ticket for Service desk": "ticket", "We spoke": "spoke"}
_numbers = itertools.count(600_111_000)


def a_number() -> str:
    """Of somebody who has never called."""
    return f"+34{next(_numbers)}"


async def logs(agent: Agent, values: Mapping[str, str]) -> None:
    """A call, by the form: a global shortcut in Slack, a command on Telegram, a page on the web."""
    match agent:
        case SlackAgent():
            await agent.cloud.people.shortcut(agent.user, "log_call")
            await eventually(lambda: agent.cloud.people.top(agent.user), "a modal for the call")
            await _fill(agent.cloud, agent.user, values)
        case TelegramAgent():

            def private() -> list[object]:
                return agent.cloud.ledger.shown(agent.user, by_bot=True)  # type: ignore[return-value]

            since = len(private())
            agent.cloud.say(agent.user, "/call")
            await _answer_all(agent.cloud, agent.user, private, since, values)  # type: ignore[arg-type]
        case WebAgent():
            page = await agent.browser.open("/agent/call")
            given = {NAMES[label]: VALUES.get(value, value) for label, value in values.items()}
            answer = await agent.browser.send(page, "/agent/call", **given)
            agent.told.append(answer.text)


async def types(agent: Agent, line: str) -> None:
    """The same in one line; the web has its form alone."""
    match agent:
        case SlackAgent():
            await agent.cloud.people.command(agent.user, f"call {line}")
        case TelegramAgent():
            agent.cloud.say(agent.user, f"/call {line}")
        case WebAgent():
            number, minutes, words = line.split(None, 2)
            await logs(agent, {"What was it about?": words, "Caller's number": number, "Minutes": minutes.rstrip("m")})


async def logs_on_card(agent: Agent, number: str, values: Mapping[str, str]) -> None:
    """The same on the card of a ticket."""
    if not isinstance(agent, WebAgent):
        await agent.fills(number, "Log a call", values)
        return
    action = f"/agent/tickets/{number}/called"
    page = await agent.browser.send(await agent.browser.open(f"/agent/tickets/{number}"), action)
    await agent.browser.send(page, action, **{NAMES[label]: VALUES.get(value, value) for label, value in values.items()})


async def told(agent: Agent, text: str) -> str:
    """What only they were shown, or in private, when it is there."""

    async def look() -> str | None:
        shown = await agent.told_alone()
        if isinstance(agent, TelegramAgent):
            shown = [*shown, *(entry.text for entry in agent.cloud.ledger.shown(agent.user, by_bot=True))]
        return next((one for one in reversed(shown) if text in one), None)

    return await eventually(look, f"{agent.name} is told {text!r}")


async def calls_of(door: Door, number: str) -> list[Contact]:
    """The lines of that caller in the contact log."""
    now = datetime.now(UTC)
    page = await door.app.store.contacts(ContactQuery(now - timedelta(days=1), now + timedelta(days=9), person=f"phone:{number}"))
    return [one for one in page.contacts if one.medium == "call"]


async def logged(door: Door, number: str) -> Contact:
    """The one line there is, when it is there."""

    async def look() -> Contact | None:
        found = await calls_of(door, number)
        return found[0] if found else None

    return await eventually(look, f"a call of {number}")


@pytest.mark.shows("an agent logs a call in one line: a ticket for the team, and a line in the contact log")
async def test_a_call_in_one_line_is_a_ticket_and_a_contact(door: Door) -> None:
    ann, caller = await door.ann(), a_number()

    await types(ann, f"{caller} 7m {UNKNOWN}")

    line = await logged(door, caller)
    assert (line.duration_s, line.direction, line.outcome, line.reason) == (420, "in", "handed_over", UNKNOWN)
    assert (await ticket(door, line.ticket)).requester == f"phone:{caller}"
    card = await finds_card(ann, line.ticket, UNKNOWN, "Call back")
    assert "+34 600 11" in card
    await told(ann, line.ticket)


@pytest.mark.shows("an agent logs a call in a form that needs nothing but the words")
async def test_a_form_logs_a_call_that_was_solved(door: Door) -> None:
    ann, caller = await door.ann(), a_number()

    await logs(
        ann,
        {
            "What was it about?": UNKNOWN, "Caller's number": caller, "Caller's name": "Carla Ruiz", "Minutes": "3",
            "What came of it?": "Solved in the call",
        },
    )  # fmt: skip

    line = await logged(door, caller)
    solved = await ticket(door, line.ticket)
    assert (line.outcome, line.duration_s) == ("solved", 180)
    assert (solved.status, solved.tier) == ("resolved", 2)
    assert solved.assignee == line.by != ""
    await finds_card(ann, line.ticket, "Carla Ruiz", "Resolved")


@pytest.mark.shows("a call about a ticket is logged on its card")
async def test_a_call_about_a_ticket_stands_in_its_thread(door: Door) -> None:
    _, ann, number = await handed_over(door)

    await logs_on_card(ann, number, {"What was it about?": "she will restart it", "Minutes": "44", "What came of it?": "We spoke"})

    said = await reads(ann, number, "44 min")
    assert "she will restart it" in said
    spoken = await ticket(door, number)
    assert spoken.human_at is not None


async def test_a_reply_to_a_caller_goes_nowhere_and_says_so(door: Door) -> None:
    ann, caller = await door.ann(), a_number()
    await types(ann, f"{caller} 2m {UNKNOWN}")
    number = (await logged(door, caller)).ticket
    await finds_card(ann, number, "Reply")

    await ann.writes(number, "have you tried another cable?")

    await told(ann, "Nobody was written to")
    talk = await door.app.store.talk(number, internal=True)
    assert [(one.kind, one.text) for one in talk][-1] == ("note", "have you tried another cable?")
    queue = await door.app.store.queue()
    assert queue["outbox_failed"] == 0


async def test_what_is_no_number_is_said_where_it_was_typed(door: Door) -> None:
    ann = await door.ann()
    before = len(await door.app.store.tickets(TicketQuery(limit=100)))
    await types(ann, f"+34123 2m {UNKNOWN}")
    await told(ann, "is no telephone number")
    assert len(await door.app.store.tickets(TicketQuery(limit=100))) == before
