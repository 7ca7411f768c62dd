"""One desk on Slack, Telegram and the web at once, and the people of the story."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import App
from bot.ports import TicketQuery
from kb.entries import Entry
from kb.loader import load
from tests.browser_product import ROOT
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import APP_TOKEN, BOT_TOKEN, Message, person
from tests.clouds.telegram import ANA, CAI, EXPERTS, TEAM, TelegramCloud
from tests.clouds.telegram_ledger import Entry as Shown
from tests.journeys.doors import QuickClock, eventually, product
from tests.journeys.doors_slack import ADMIN, TIER_2, TIER_3, SlackAgent, SlackRequester
from tests.journeys.doors_telegram import ADMIN as TELEGRAM_ADMIN
from tests.journeys.doors_telegram import TelegramAgent, TelegramRequester

MORNING = datetime(2026, 3, 10, 9, 5, tzinfo=UTC)  # a Tuesday
ROSA, MAX = 1101, 1102
MORE = """
[sla]
warn_at = "75%"
[sla.normal]
first_response = "1h"
next_response = "4h"
resolution = "2d"
[incidents]
similar = 3
[[fields]]
name = "device"
label = {en = "Device", es = "Equipo"}
kind = "choice"
options = {laptop = {en = "Laptop", es = "Portátil"}, phone = {en = "Phone", es = "Teléfono"}, other = {en = "Something else", es = "Otra cosa"}}
required = true
[[fields]]
name = "serial"
label = {en = "Serial number", es = "Número de serie"}
hint = {en = "On the back, it begins with SN", es = "Está detrás y empieza por SN"}
pattern = "SN[0-9]+"
show = "device=laptop"
[[forms]]
kind = "incident"
label = {en = "Something is broken", es = "Algo no funciona"}
question = {en = "What is broken?", es = "¿Qué no funciona?"}
fields = ["device", "serial"]
faq = false
"""


@dataclass
class Desk:
    """The product, the places it is in, and a clock that can be moved on."""

    app: App
    base: str
    clock: QuickClock
    slack: SlackCloud
    telegram: TelegramCloud
    _users: dict[str, SlackRequester] = field(default_factory=dict)

    def asker(self, name: str) -> SlackRequester:
        """Somebody on Slack."""
        if name not in self._users:
            user = f"U0{name.split()[0].upper()}"
            self.slack.world.users[user] = person(user, name)
            self._users[name] = SlackRequester(self.slack, user)
        return self._users[name]

    @property
    def ann(self) -> SlackAgent:
        return SlackAgent(self.slack, "U0ANN", TIER_2, "Ann")

    @property
    def cleo(self) -> SlackAgent:
        return SlackAgent(self.slack, "U0CLEO", TIER_3, "Cleo")

    @property
    def ana(self) -> TelegramAgent:
        return TelegramAgent(self.telegram, ANA, TEAM, "Ana")

    @property
    def cai(self) -> TelegramAgent:
        return TelegramAgent(self.telegram, CAI, EXPERTS, "Cai")

    def texter(self, user: int) -> TelegramRequester:
        """Somebody on Telegram."""
        return TelegramRequester(self.telegram, user)

    async def passes(self, span: timedelta) -> None:
        """Time goes by at once."""
        await self.settled()
        self.clock.start += span
        await self.settled()

    async def settled(self) -> None:
        """Nothing is due any more."""

        async def idle() -> bool:
            figures = await self.app.watch.figures()
            return not figures["queue_inbox_waiting"] and not figures["queue_outbox_waiting"]

        for _ in range(2):  # what is sent may have something follow it
            await eventually(idle, "everything is handled and sent", 60)
            await asyncio.sleep(0.3)

    async def numbered(self, asked: str) -> str:
        """The number of the ticket with this question, once the team has its card."""

        async def look() -> str | None:
            found = [t for t in await self.app.store.tickets(TicketQuery(search=asked)) if t.question.startswith(asked)]
            return str(found[0].id) if found and await self.ann.card(found[0].id) and await self.ana.card(found[0].id) else None

        return await eventually(look, f"a card of {asked!r}")

    async def asks(self, name: str, question: str) -> str:
        """Somebody on Slack asks, and wants a person whatever the FAQ offers: the ticket's number."""
        asker = self.asker(name)
        await asker.says(question)
        await self.settled()
        if any("Talk to a person" in m.labels for m in self.slack.world.seen_by(asker.user)):
            await asker.presses("Talk to a person")
        return await self.numbered(question)

    def slack_card(self, number: str, channel: str = TIER_2, thread: bool = False) -> list[Message]:
        """The card, with its thread."""
        there = self.slack.world.in_channel(channel)
        card = next(m for m in there if m.from_bot and not m.thread and re.search(rf"\b{number}\b", m.shown))
        return [card, *(m for m in there if thread and m.thread == card.ts)]

    def telegram_topic(self, number: str, chat: int = TEAM) -> list[Shown]:
        """The topic: card and what follows it."""
        card = next(e for e in self.telegram.ledger.shown(chat, by_bot=True) if re.search(rf"\b{number}\b", e.text))
        return self.telegram.ledger.shown(chat, topic=card.topic)


@contextlib.asynccontextmanager
async def desk(folder: Path, env: Mapping[str, str], faq: Sequence[Entry] | None = None, more: str = "") -> AsyncIterator[Desk]:
    """A desk on a Tuesday morning, with the sample FAQ unless there is another. more: of its firstline.toml."""
    clock = QuickClock(start=MORNING)
    async with SlackCloud() as slack, TelegramCloud() as telegram:
        telegram.ledger.add_user(ROSA, "Rosa Prado", "es")
        telegram.ledger.add_user(MAX, "Max Moore", "en")
        tokens = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": slack.api_url, "SLACK_APP_TOKEN": APP_TOKEN}
        tokens |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.base_url}
        places = {
            "admins": f'"slack:{ADMIN}", "telegram:{TELEGRAM_ADMIN}"',
            "tier2": f'slack_channel = "{TIER_2}"\ntelegram_chat = {TEAM}\nleads = ["slack:U0BEN"]',
            "tier3": f'slack_channel = "{TIER_3}"\ntelegram_chat = {EXPERTS}',
        }
        known = load(ROOT / "kb" / "articles") if faq is None else faq
        async with product(folder, {**env, **tokens}, places, more=MORE + more, faq=known, clock=clock) as (app, base):
            yield Desk(app, base, clock, slack, telegram)
