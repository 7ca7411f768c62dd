"""Through the doors: tickets are given by turns to whoever is here, and what its agent lets lie goes to the next one."""

from __future__ import annotations

import pytest

from bot.engine.tongue import tongue
from tests.builders import UNKNOWN
from tests.journeys.doors import Agent, Door, Requester, eventually, finds_card, hears, reads
from tests.journeys.doors_slack import SlackAgent
from tests.journeys.doors_telegram import TelegramAgent
from tests.journeys.doors_web import WebAgent
from tests.journeys.openings import number_of, ticket
from tests.web_desk import Document

pytestmark = pytest.mark.asyncio(loop_scope="module")
SERVING = """
routing = "round_robin"
silent_within = "120s"
then = "next"
"""
DESK = {"serving": SERVING}


# ------------------------------------------------------------------------------------------- where the doors are not alike
async def says(agent: Agent, command: str) -> None:
    """"here", "away 2h": typed to the bot alone; on the web the page that agents have for it."""
    if isinstance(agent, SlackAgent):
        await agent.cloud.people.command(agent.user, command)
    elif isinstance(agent, TelegramAgent):
        agent.cloud.say(agent.user, f"/{command}")
    else:
        await _on_its_page(agent, *command.partition(" ")[::2])


async def _on_its_page(agent: Agent, verb: str, words: str = "") -> None:
    assert isinstance(agent, WebAgent)
    page = await agent.browser.open("/agent/presence")
    form = next(one.fields for one in Document(page.text).forms if one.fields.get("verb") in (verb, "away"))
    answer = await agent.browser.http.post(
        "/agent/presence", data={**form, "verb": verb, "words": words}, headers={"Origin": agent.browser.base}, follow_redirects=True
    )
    agent.told.append(Document(answer.text).text)


async def puts_back(agent: Agent) -> None:
    """The one button under what they were told when they went away."""
    label = "Put back into the queue"
    if isinstance(agent, SlackAgent):
        message = await eventually(lambda: next((m for m in reversed(agent.cloud.world.seen_by(agent.user)) if label in m.labels), None), label)
        await agent.cloud.people.click(agent.user, message, label)
    elif isinstance(agent, TelegramAgent):
        entry = await eventually(lambda: next((e for e in reversed(agent.cloud.ledger.shown(agent.user, by_bot=True)) if label in e.buttons), None), label)
        agent.cloud.click(agent.user, entry, label)
    else:
        await _on_its_page(agent, "giveback")


async def told(agent: Agent, text: str) -> None:
    """What this agent alone reads."""

    def shown() -> list[str]:
        if isinstance(agent, SlackAgent):
            return [m.shown for m in agent.cloud.world.seen_by(agent.user) if m.only_for == agent.user or m.channel == agent.cloud.world.direct(agent.user)]
        if isinstance(agent, TelegramAgent):
            return [*(e.text for e in agent.cloud.ledger.shown(agent.user, by_bot=True)), *agent.cloud.ledger.answers(agent.user)]
        assert isinstance(agent, WebAgent)
        return agent.told

    ways = {tongue(code).say(text).partition("{")[0] for code in ("en", "es")}  # on Telegram one of them speaks Spanish
    await eventually(lambda: any(way in one for one in shown() for way in ways), f"{agent.name} is told {text!r}, but {shown()[-3:]}")


# --------------------------------------------------------------------------------------------------------------- journeys
async def both_are_here(door: Door) -> tuple[Agent, Agent]:
    ann, ben = await door.ann(), await door.ben()
    for agent in (ann, ben):
        await says(agent, "here")
        await told(agent, "You are here.")
    return ann, ben


async def asks(door: Door) -> tuple[Requester, str]:
    """Somebody asks what no entry answers: they, and its number."""
    alice = await door.newcomer()
    await alice.says(UNKNOWN)
    return alice, await number_of(alice)


async def assigned(door: Door, number: str, but_not: str | None = None) -> str:
    """Who has it, once somebody has."""

    async def look() -> str | None:
        found = (await ticket(door, number)).assignee
        return found if found != but_not else None

    return await eventually(look, f"{number} is given to somebody")


@pytest.mark.shows("tickets are given by turns, by load or by skill to whoever is here")
async def test_two_tickets_are_given_to_two_agents_and_their_cards_name_them(door: Door) -> None:
    ann, ben = await both_are_here(door)

    _, first = await asks(door)
    one = await assigned(door, first)
    _, second = await asks(door)
    other = await assigned(door, second)

    assert one != other
    people = await door.app.store.people([one, other])
    assert sorted(person.name.split()[0] for person in people.values()) == [ann.name, ben.name]
    await finds_card(ann, first, people[one].name)
    await finds_card(ann, second, people[other].name)
    for number in (first, second):
        await ann.presses(number, "Resolve", "oiled the hinge")


@pytest.mark.shows("nothing is given to who is away; what they leave goes back with one press")
async def test_who_is_away_is_given_nothing_and_puts_back_what_they_left(door: Door) -> None:
    ann, ben = await both_are_here(door)
    await says(ben, "away 2h")
    await told(ben, "You are away until {moment}.")
    _, first = await asks(door)
    anns = await assigned(door, first)
    await finds_card(ann, first, ann.name)

    await says(ben, "here")
    await told(ben, "You are here.")
    await says(ann, "away at the dentist")
    await told(ann, "of your tickets")
    await puts_back(ann)

    assert await assigned(door, first, but_not=anns) != anns
    await finds_card(ben, first, ben.name)
    await told(ann, "1 ticket is back in the queue.")
    await ben.presses(first, "Resolve", "oiled the hinge")


@pytest.mark.shows("claimed but silent: its agent is reminded, then it goes to the next one or back to the queue")
async def test_who_is_silent_is_reminded_and_then_the_next_one_has_it(door: Door) -> None:
    ann, ben = await both_are_here(door)
    alice, number = await asks(door)
    had = await assigned(door, number)

    if not isinstance(ann, WebAgent):  # there a ticket's page has no thread of the team's
        await reads(ann, number, "waits for your words")
    has = await assigned(door, number, but_not=had)
    await finds_card(ann, number, (await door.app.store.people([has]))[has].name)
    who = ben if ben.name in await finds_card(ann, number) else ann
    await who.writes(number, "Have you tried oil?")
    await hears(alice, "Have you tried oil?")

    names = [event.name for event in await door.app.store.history(number)]
    assert [name for name in names if name in ("TicketAssigned", "ReminderSent", "TicketReleased")] == [
        "TicketAssigned", "ReminderSent", "TicketReleased", "TicketAssigned"
    ]  # fmt: skip
    heard = " ".join(await alice.seen())
    assert "back in the queue" not in heard
    assert "waits for your words" not in heard
