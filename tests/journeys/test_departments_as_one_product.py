"""The product as one process with three departments on three kinds of databases, on Slack and Telegram at once."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import APP_TOKEN, BOT_TOKEN
from tests.clouds.telegram import ANA, TEAM, TelegramCloud
from tests.departments_product import lets_in
from tests.integration.processes import ROOT, Product
from tests.journeys.doors import eventually
from tests.journeys.doors_slack import TIER_2, TIER_3, SlackAgent, SlackRequester
from tests.journeys.doors_telegram import TelegramAgent, TelegramRequester
from tests.servers.kinds import free_port

DESK = f"""
[desk]
name = "Acme help"
languages = ["en", "es"]
[desks.it]
name = "IT"
database_url = "sqlite:///it.db"
thread.take_back = "0s"
tiers = [{{ level = 2, name = "Service desk", slack_channel = "{TIER_2}" }}]
[desks.hr]
name = "People"
database_url = "HR_URL"
thread.take_back = "0s"
tiers = [{{ level = 2, name = "People team", slack_channel = "{TIER_3}" }}]
[desks.ops]
name = "Office"
database_url = "OPS_URL"
thread.take_back = "0s"
tiers = [{{ level = 2, name = "Office team", telegram_chat = {TEAM} }}]
"""
CHAIR = "The ergonomic chair next to the aquarium squeaks whenever the heron looks at it"
ASKED = "Which department is it for?"
WAITS = "Not every department can be reached right now. What you wrote is kept and goes on as soon as possible."
USUAL = ("not modified", "terminated by other getUpdates")
NOOR = 5001


@dataclass
class Office:
    """A company with one bot. refused: what a platform had to refuse."""

    slack: SlackCloud
    telegram: TelegramCloud
    product: Product

    def refused(self) -> list[tuple[str, str]]:
        """Calls of ours that a platform had to refuse, but for what a killed process leaves behind."""
        return [*self.slack.world.refused, *(one for one in self.telegram.refusals if not any(usual in one[1] for usual in USUAL))]


@contextlib.asynccontextmanager
async def an_office(folder: Path, hr: str, ops: str) -> AsyncIterator[Office]:
    """It runs."""
    port = free_port()
    (folder / "firstline.toml").write_text(DESK.replace("HR_URL", hr).replace("OPS_URL", ops))
    async with SlackCloud() as slack, TelegramCloud() as telegram:
        telegram.ledger.add_user(NOOR, "Noor")
        env = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
        env |= {"PYTHONPATH": str(ROOT), "PORT": str(port), "LOG_LEVEL": "INFO", "ENCODER": "off"}
        env |= {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": slack.api_url, "SLACK_APP_TOKEN": APP_TOKEN}
        env |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.base_url}
        product = Product(folder, env, port)
        try:
            await product.start()
            office = Office(slack, telegram, product)
            yield office
        except BaseException:
            show(office)
            print(product.log[-6000:])
            raise
        finally:
            if product.process is not None:
                await product.kill()


@pytest.mark.asyncio
async def test_three_departments_share_slack_and_telegram_hand_on_a_ticket_and_wait_for_who_is_away(
    tmp_path: Path, postgres_url: str, mariadb_url: str
) -> None:
    async with an_office(tmp_path, postgres_url, mariadb_url) as office:
        alice, cleo = SlackRequester(office.slack, "U0ALICE"), SlackAgent(office.slack, "U0CLEO", TIER_3, "Cleo")
        noor, ana = TelegramRequester(office.telegram, NOOR), TelegramAgent(office.telegram, ANA, TEAM, "Ana")
        ann = SlackAgent(office.slack, "U0ANN", TIER_2, "Ann")

        await alice.says(CHAIR)
        await alice.presses("People")
        await eventually(lambda: cleo.card("HR-1"), "the card of HR-1", 12)
        await cleo.presses("HR-1", "Take it")
        await cleo.presses("HR-1", "Reply", "We oil it today")
        await eventually(lambda: heard(alice, "We oil it today"), "the reply")

        noor_words = "The door of the office hums like a fridge in the night"
        await noor.says(noor_words)
        await noor.presses("Office")
        await eventually(lambda: ana.card("OPS-1"), "the card of OPS-1", 30)
        await ana.writes("OPS-1", "We come and look")
        await eventually(lambda: heard(noor, "We come and look"), "an answer")
        await office.product.kill()
        await office.product.start()
        await noor.says("It got louder")
        await eventually(lambda: has(ana, "OPS-1", "It got louder"), "what was written on, after a start", 30)
        await ana.fills("OPS-1", "Move to another department", {"Which department shall have it?": "IT"})
        await eventually(lambda: ann.card("IT-1"), "the card of IT-1", 30)
        await eventually(lambda: heard(noor, "OPS-1 is now IT-1 with IT."), "the new number")
        await eventually(lambda: has(ann, "IT-1", "It got louder"), "the talk, where it goes on")
        await eventually(lambda: goes_on(ana), "the card it left tells where it is")
        await ann.presses("IT-1", "Take it")
        await ann.writes("IT-1", "It was the fan")
        await eventually(lambda: heard(noor, "It was the fan"), "the reply of the new department")
        await noor.says("Thank you, it still hums")
        await eventually(lambda: has(ann, "IT-1", "it still hums"), "an answer, in the new department")

        await office.slack.people.home("U0CLEO")
        await eventually(lambda: "HR-1" in str(office.slack.world.homes.get("U0CLEO")), "Cleo's home")
        await office.slack.people.command("U0ALICE", "desk")
        await eventually(lambda: asked_twice(alice), "asked once more")
        await alice.presses("IT")
        await eventually(lambda: heard(alice, "This is IT. What can we do for you?"), "IT")
        await answers_who_is_away(office, alice, cleo, ann, postgres_url)
        refused = office.refused()
        assert refused == []


async def answers_who_is_away(office: Office, alice: SlackRequester, cleo: SlackAgent, ann: SlackAgent, people_url: str) -> None:
    """Alice talks with IT, and answers People, whose database is away: that waits for People, and IT never reads it."""
    await alice.says("My screen flickers like a candle in the wind")
    await eventually(lambda: ann.card("IT-2"), "the card of IT-2", 12)
    await lets_in(people_url, False)
    try:
        home = office.slack.world.direct("U0ALICE")
        reply = next(m for m in office.slack.world.messages if m.channel == home and "We oil it today" in m.shown)
        await office.slack.people.say("U0ALICE", "The green one, of course", channel=home, thread_ts=reply.ts)
        await eventually(lambda: heard(alice, WAITS), "that it waits", 30)
        await alice.says("And it hums")
        await eventually(lambda: has(ann, "IT-2", "And it hums"), "what is for IT, at once")
    finally:
        await lets_in(people_url, True)
    await eventually(lambda: has(cleo, "HR-1", "The green one, of course"), "the answer, where it belongs", 90)
    assert not await has(ann, "IT-2", "The green one, of course")


async def heard(who: SlackRequester | TelegramRequester, words: str) -> bool:
    """Were they told so?"""
    return any(words in text for text in await who.seen())


async def goes_on(agent: TelegramAgent) -> bool:
    """Does the card say where it is now?"""
    return "Goes on as: IT-1 (IT)" in str(await agent.card("OPS-1"))


async def asked_twice(who: SlackRequester) -> bool:
    """Was the question asked twice?"""
    return len([text for text in await who.seen() if ASKED in text]) == 2


async def has(agent: SlackAgent | TelegramAgent, number: str, words: str) -> bool:
    """Does it stand in the ticket's thread?"""
    return any(words in text for text in await agent.thread(number))


def show(office: Office) -> None:
    """For whoever looks why it failed."""
    for message in office.slack.world.messages:
        print("SLACK", message.channel, message.shown.replace("\n", " | "), message.labels)
    for chat in (NOOR, TEAM):
        for entry in office.telegram.ledger.shown(chat):
            print("TELEGRAM", chat, entry.text.replace("\n", " | "), entry.buttons)
