"""Replies through the doors: saved ones, for later, with an entry, and those about which one is asked before they go out; the banner."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.clouds.slack_world import Message
from tests.journeys.doors import Agent, Door, Requester, eventually, finds_card, hears
from tests.journeys.doors_slack import ADMIN as SLACK_ADMIN
from tests.journeys.doors_slack import SlackAgent, SlackDoor
from tests.journeys.doors_telegram import ADMIN as TELEGRAM_ADMIN
from tests.journeys.doors_telegram import TelegramAgent, TelegramDoor
from tests.journeys.doors_web import MOVES, WebAgent, WebDoor
from tests.journeys.openings import handed_over
from tests.journeys.test_desk_tools import fills

pytestmark = pytest.mark.asyncio(loop_scope="module")
MORE = '[incidents]\nsimilar = 0\n'
DESK = {"more": MORE}
MOVES |= {"Saved reply": "saved", "Reply later": "later"}


async def admin_types(door: Any, command: str, argument: str) -> None:
    """An admin's typed command; on the web the page with the same forms."""
    match door:
        case SlackDoor():
            await door.cloud.people.command(SLACK_ADMIN, f"{command} {argument}")
        case TelegramDoor():
            door.cloud.say(TELEGRAM_ADMIN, f"/{command} {argument}")
        case WebDoor():
            browser = (await door._agent("Ada")).browser
            page = await browser.open("/agent/phrases")
            found = re.match(r"add (\S+) (\S+): (.*)", argument)
            if found:
                await browser.send(page, "/agent/phrases/add", name=found[1], lang=found[2], text=found[3])
            elif argument == "off":
                await browser.send(page, "/agent/phrases/off")
            else:
                await browser.send(page, "/agent/phrases/banner", text=argument.removeprefix("up "))


async def presses_new(agent: Agent, number: str, label: str) -> None:
    """The newest button with this label that the agent is shown about the ticket, wherever it stands."""
    match agent:
        case SlackAgent():
            message = await eventually(lambda: _shown_to(agent, label), f"a button {label!r}")
            await agent.cloud.people.click(agent.user, message, label)
        case TelegramAgent():
            entry = await eventually(lambda: next((e for e in reversed(agent._thread(number)) if label in e.buttons), None), f"a button {label!r}")
            agent.cloud.click(agent.user, entry, label)
        case WebAgent():
            page = await agent.browser.open(f"/agent/tickets/{number}")
            found = re.search(rf'action="(/agent/tickets/{number}/\w+)">(?:(?!</form>).)*name="extra"(?:(?!</form>).)*>{label}</button>', page.text, re.S)
            assert found, f"no button {label!r}"
            await agent.browser.send(page, found[1])


def _shown_to(agent: SlackAgent, label: str) -> Message | None:
    theirs = (m for m in reversed(agent.cloud.world.messages) if m.only_for == agent.user or m.channel == agent.team)
    return next((m for m in theirs if label in m.labels), None)


async def never_reads(requester: Requester, words: str) -> None:
    assert words not in " ".join(await requester.seen())


@pytest.mark.shows("saved replies, filled in and looked at before they go out")
async def test_a_saved_reply_goes_out_with_its_values_after_it_was_looked_at(door: Door) -> None:
    alice, _, number = await handed_over(door)
    ann = await door.ann()
    await admin_types(door, "saved", "add oil en: Please oil {number}, says {agent}")

    async def kept() -> bool:
        return bool(await door.app.store.noted("saved:IT:"))

    await eventually(kept, "it is saved")
    await fills(ann, number, "Saved reply", saved="oil")
    await presses_new(ann, number, "Send" if not isinstance(ann, WebAgent) else "Send now")

    assert f"Please oil {number}, says {ann.name}" in await hears(alice, "Please oil")


@pytest.mark.shows("asked before a secret, an internal link or a refused answer goes out")
async def test_a_secret_is_asked_about_and_goes_out_only_when_the_agent_says_so(door: Door) -> None:
    alice, _, number = await handed_over(door)
    ann = await door.ann()

    await ann.writes(number, "Your password: Sommer2026!")
    await eventually(lambda: _is_asked(door, number), "Ann is asked")
    await never_reads(alice, "Sommer2026")
    await presses_new(ann, number, "Send anyway")

    await hears(alice, "Sommer2026")


async def _is_asked(door: Door, number: str) -> bool:
    return bool(await door.app.store.noted(f"unsent:{number}:"))


async def test_a_refused_answer_is_not_given_again_unwarned(door: Door) -> None:
    alice, ann = await door.newcomer(), await door.ann()
    await alice.says("How do I connect to the VPN from home?")
    await hears(alice, "saxophone")
    await alice.presses("Not what I need")
    found = re.search(r"\bIT-\d+\b", await hears(alice, "I passed it on"))
    assert found
    await finds_card(ann, found[0], "refused")
    before = len(await alice.seen())

    await ann.writes(found[0], "Start the tunnel: saxophone.")
    await eventually(lambda: _is_asked(door, found[0]), "Ann is asked")
    await presses_new(ann, found[0], "Change" if isinstance(ann, TelegramAgent) else "Send anyway")

    if not isinstance(ann, TelegramAgent):
        await eventually(lambda: _more_than(alice, before), "it goes out after all")


async def _more_than(requester: Requester, count: int) -> bool:
    return len(await requester.seen()) > count


@pytest.mark.shows("an entry of the FAQ named in a reply")
async def test_an_entry_named_in_a_reply_is_read_under_it(door: Door) -> None:
    alice, _, number = await handed_over(door)
    ann = await door.ann()

    await ann.writes(number, "Until then: [[password]]")

    assert "marmalade" in await hears(alice, "Until then")


async def test_a_reply_for_later_stands_on_the_card_and_can_be_taken_back(door: Door) -> None:
    alice, _, number = await handed_over(door)
    ann = await door.ann()

    await fills(ann, number, "Reply later", when="3d", words="Is it quiet by now?")
    await eventually(lambda: _is_asked(door, number), "it is kept")
    shown = "Is it quiet by now?"
    await finds_card(ann, number, shown)
    await presses_new(ann, number, "Take back")

    async def gone() -> bool:
        return not await _is_asked(door, number)

    await eventually(gone, "it is taken back")
    await never_reads(alice, shown)


@pytest.mark.shows("a reply that goes out later")
async def test_a_reply_goes_out_at_its_hour(door: Door) -> None:
    alice, _, number = await handed_over(door)
    ann = await door.ann()

    await fills(ann, number, "Reply later", when="1m", words="Is it quiet after a minute?")

    await hears(alice, "Is it quiet after a minute?")


@pytest.mark.shows("a banner that everybody reads first")
async def test_a_banner_is_read_first_by_whoever_comes(door: Door) -> None:
    await admin_types(door, "banner", "up Mail is down everywhere")

    async def up() -> bool:
        return bool(await door.app.store.noted("banner:now"))

    await eventually(up, "the banner is up")
    alice = await door.newcomer()
    await alice.says("How do I reset my password?")
    await hears(alice, "marmalade")
    await admin_types(door, "banner", "off")

    seen = await alice.seen()
    [first] = [index for index, shown in enumerate(seen) if "Mail is down everywhere" in shown]
    assert first < next(index for index, shown in enumerate(seen) if "marmalade" in shown)
