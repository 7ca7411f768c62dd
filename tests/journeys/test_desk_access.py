"""Through the doors: who may do what, what is written down of it, and the pages that agents work from."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.engine.audit import DENIALS
from bot.ports import AuditQuery, Recorded
from tests.journeys.doors import Agent, Door, eventually, hears
from tests.journeys.doors_slack import STRANGER, SlackAgent, SlackDoor
from tests.journeys.doors_telegram import TelegramDoor
from tests.journeys.doors_web import RealBrowser, WebDoor
from tests.journeys.openings import handed_over
from tests.web_desk import Document

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def written_down(door: Door, **query: Any) -> Recorded:
    """The newest event of that kind, when it is there."""

    async def look() -> Recorded | None:
        found = (await door.app.store.audit(AuditQuery(**query))).events
        return found[0] if found else None

    return await eventually(look, f"an event {query}")


def channel_of(door: Door) -> str:
    return {SlackDoor: "slack", TelegramDoor: "telegram", WebDoor: "web"}[type(door)]


async def page_of(door: WebDoor, role: str, name: str) -> RealBrowser:
    """A browser signed in by a link for that role."""
    browser = RealBrowser(door.base)
    link = await door.app.web.sign_in_link(door.base, role, name)  # type: ignore[arg-type]
    await browser.send(await browser.open(link.removeprefix(door.base)), "", name=name)
    return browser


# ------------------------------------------------------------------------------------------------------------- every door
@pytest.mark.shows("whoever is in no team is refused, and that is written down")
async def test_a_stranger_is_refused_and_that_is_written_down_with_the_channel(door: Door) -> None:
    _, _, number = await handed_over(door)

    told = await door.stranger_takes(number)

    assert "agents" in told
    if isinstance(door, WebDoor):
        return  # the page is not theirs to see: nothing reaches the core
    denied = await written_down(door, act="take", ticket=number)
    assert (denied.name, denied.channel, denied.details["reason"]) == ("MoveDenied", channel_of(door), "not_agent")


@pytest.mark.shows("every act is written down with who did it, where and when")
async def test_what_an_agent_does_is_written_down_with_who_did_it_and_where(door: Door) -> None:
    _, ann, number = await handed_over(door)

    await ann.presses(number, "Take it")
    claimed = await written_down(door, act="TicketClaimed", ticket=number)
    await ann.presses(number, "Note", "asked the heron")
    noted = await written_down(door, act="NoteWritten", ticket=number)

    assert (claimed.channel, noted.channel) == (channel_of(door), channel_of(door))
    assert claimed.by == noted.by
    assert claimed.by.startswith(f"{channel_of(door)}:")


@pytest.mark.parametrize("running", ["slack-http", "telegram-polling"], indirect=True)
async def test_an_agent_of_another_tier_is_refused_by_button_and_told_where_it_is(door: Door) -> None:
    alice, _, number = await handed_over(door)
    cleo = await door.cleo()

    await typed(door, cleo, f"take {number}")

    denied = await written_down(door, act="take", ticket=number)
    assert denied.details["reason"] in DENIALS
    found = await door.app.store.ticket(number)
    assert found is not None
    assert found.assignee is None
    await hears(alice, number)


async def typed(door: Door, agent: Agent, command: str) -> None:
    """A command, typed to the bot alone."""
    if isinstance(agent, SlackAgent):
        await agent.cloud.people.command(agent.user, command)
    else:
        agent.cloud.say(agent.user, f"/{command}")  # type: ignore[attr-defined]


async def test_what_an_admin_changes_in_the_faq_is_written_down_though_it_is_about_no_ticket(door: Door) -> None:
    await door.admin_changes("How do I connect to the VPN from home?", "Start the tunnel: saxophone quartet.")

    published = await written_down(door, act="EntryPublished")

    assert (published.ticket, published.channel, published.details) == ("", channel_of(door), {"entry": "vpn", "language": "en"})


# --------------------------------------------------------------------------------------------------------- Slack's App Home
@pytest.mark.parametrize("running", ["slack-http"], indirect=True)
async def test_the_app_home_shows_an_agents_lists_and_takes_a_ticket_from_them(door: SlackDoor) -> None:
    _, _, number = await handed_over(door, "The flamingo on the roof smells of fish")
    ben, people, homes = await door.ben(), door.cloud.people, door.cloud.world.homes
    assert isinstance(ben, SlackAgent)

    await people.home(ben.user)
    await eventually(lambda: "Escalated to us" in str(homes.get(ben.user)), "an agent's home page")
    label = re.search(r"Unclaimed \(\d+\)", str(homes[ben.user]))
    assert label
    await people.click_view(ben.user, label[0])
    await eventually(lambda: number in str(homes[ben.user]), "the unclaimed ones")
    await people.click_view(ben.user, "Take it")

    await eventually(lambda: number not in str(homes[ben.user]), "it is no longer among the unclaimed ones")
    assert (await written_down(door, act="TicketClaimed", ticket=number)).by == f"slack:{ben.user}"


@pytest.mark.parametrize("running", ["slack-http"], indirect=True)
async def test_the_app_home_of_somebody_in_no_team_shows_no_queue(door: SlackDoor) -> None:
    await door.cloud.people.home(STRANGER)
    shown = await eventually(lambda: str(door.cloud.world.homes.get(STRANGER) or ""), "a home page")
    assert "Ask a question" in shown
    assert "Unclaimed" not in shown


# ------------------------------------------------------------------------------------------------------------ Telegram's words
@pytest.mark.parametrize("running", ["telegram-polling"], indirect=True)
async def test_a_queue_is_shown_to_agents_alone_and_a_refusal_is_written_down(door: TelegramDoor) -> None:
    await handed_over(door)
    alice, ann = await door.newcomer(), await door.ann()

    await alice.says("/queue")
    await hears(alice, "Only support agents")
    await typed(door, ann, "queue")

    denied = await written_down(door, act="/queue")
    assert (denied.name, denied.ticket, denied.channel) == ("MoveDenied", "", "telegram")


# --------------------------------------------------------------------------------------------------------------- the web's pages
@pytest.mark.parametrize("running", ["web"], indirect=True)
async def test_the_agents_page_finds_takes_and_tags_many_at_once(door: WebDoor) -> None:
    numbers = [(await handed_over(door, f"The pelican in room {n} types by itself"))[2] for n in (1, 2)]
    root = await page_of(door, "agent", "Root")

    page = await root.open("/agent?view=unclaimed&q=pelican")
    fields = root.form(page, "/agent/many").fields
    sent = {**fields, "ticket": numbers, "act": "take", "words": ""}
    answer = await root.http.post("/agent/many", data=sent, headers={"Origin": door.base}, follow_redirects=True)

    assert "2 of 2 done" in Document(answer.text).text
    mine = await root.open("/agent?view=mine")
    assert all(number in mine.text for number in numbers)
    taken = await written_down(door, act="TicketClaimed", ticket=numbers[0])
    assert taken.channel == "web"


@pytest.mark.parametrize("running", ["web"], indirect=True)
async def test_every_act_of_the_core_is_on_the_tickets_page_and_does_what_it_says(door: WebDoor) -> None:
    _, _, number = await handed_over(door)
    root = await page_of(door, "agent", "Root")

    asked = await root.send(await root.open(f"/agent/tickets/{number}"), f"/agent/tickets/{number}/tag")
    assert "Tags" in Document(asked.text).text, "a press that needs to be told something opens its form"
    await root.send(asked, f"/agent/tickets/{number}/tag", tags="heron, chairs")

    found = await door.app.store.ticket(number)
    assert found is not None
    assert set(found.tags) == {"heron", "chairs"}
    assert number in (await root.open("/agent?view=open&tag=heron")).text


@pytest.mark.parametrize("running", ["web"], indirect=True)
async def test_the_audit_page_is_for_admins_and_shows_what_was_done(door: WebDoor) -> None:
    _, ann, number = await handed_over(door)
    await ann.presses(number, "Take it")
    await written_down(door, act="TicketClaimed", ticket=number)
    admin, agent = await page_of(door, "admin", "Ada"), await page_of(door, "agent", "Root")

    shown = Document((await admin.open(f"/admin/audit?ticket={number}")).text).text

    assert "Ann took it" in shown
    assert (await agent.open("/admin/audit")).status_code == 403
