"""People who write to the product over the stand-ins of the platforms, and what each of them wrote and was told: the platforms' ledgers.

Everybody asks two questions and waits for the answer to each, then says the rest at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from tests.builders import UNKNOWN
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import BOT_TOKEN, SIGNING_SECRET
from tests.clouds.telegram import TelegramCloud
from tests.integration.crowd import ANSWERS, ASKED, DETAILS, REDELIVERIES, answers_in, slack_people, telegram_people
from tests.journeys.doors import eventually

EACH = 2 + len(DETAILS)  # events of one person
PATIENCE_S = 240.0  # seconds for one answer: a sender that died is given up after 20, and some are unlucky more than once
LOOK_S = 0.02  # seconds between looks at a ledger
PLATFORMS = ("slack", "telegram", "polling")  # Slack over HTTP, Telegram by webhook, Telegram asked by ourselves


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a ledger. person: as the product names them. id: as the product names what they wrote."""

    person: str
    by_bot: bool
    id: str
    text: str


class Crowd(ABC):
    """People on one platform, named as the product names them."""

    env: Mapping[str, str]  # what the product must know of the platform

    def __init__(self) -> None:
        self.lines: list[Line] = []  # the ledger, in order of arrival
        self._read = 0
        self._waiting: defaultdict[str, list[tuple[str, asyncio.Future[None]]]] = defaultdict(list)

    @abstractmethod
    def calls_at(self, base: str) -> dict[str, str]:
        """From now on the platform finds the product there; what the product must be told of that."""

    @abstractmethod
    def join(self, count: int) -> list[str]:
        """New people."""

    @abstractmethod
    async def says(self, person: str, text: str) -> None:
        """They write; returns when the platform has it, which need not mean that it is acknowledged."""

    @abstractmethod
    async def delivered(self) -> None:
        """Returns when all that was written is acknowledged; AssertionError when the platform has given up."""

    @abstractmethod
    def acknowledged(self) -> int:
        """Events that the product has acknowledged."""

    @abstractmethod
    def _from(self, first: int) -> list[Line | None]:
        """What the platform has written into its ledger from that line on; None: what is not between a person and the bot."""

    def look(self) -> None:
        """Read on in the ledger."""
        new = self._from(self._read)
        self._read += len(new)
        for line in new:
            if line is not None:
                self.lines.append(line)
                if line.by_bot:
                    self._tell(line)

    def _tell(self, line: Line) -> None:
        for words, heard in self._waiting[line.person]:
            if words in line.text and not heard.done():
                heard.set_result(None)

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    async def talk(self, person: str) -> None:
        """One person's whole talk; who waits for an answer in vain says no more, and the comparison finds that out."""
        for text, answer in ((ASKED, ANSWERS[0]), (UNKNOWN, ANSWERS[1])):
            heard: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting[person].append((answer, heard))
            await self.says(person, text)
            if not (await asyncio.wait({heard}, timeout=PATIENCE_S))[0]:
                return
        for text in DETAILS:
            await self.says(person, text)

    def said(self) -> dict[str, list[str]]:
        """By person, the ids of what they wrote, in order."""
        found: dict[str, list[str]] = defaultdict(list)
        for line in self.lines:
            if not line.by_bot:
                found[line.person].append(line.id)
        return found

    def heard(self) -> dict[str, list[tuple[int, str]]]:
        """By person, what the bot told them: its line in the ledger, and which of the answers, or else the whole text."""
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for n, line in enumerate(self.lines):
            if line.by_bot:
                found[line.person].append((n, next(iter(answers_in([line.text])), line.text)))
        return found


class SlackCrowd(Crowd):
    """Direct messages, delivered by HTTP and again until they are acknowledged."""

    def __init__(self, cloud: SlackCloud) -> None:
        super().__init__()
        self._cloud = cloud
        self._places: dict[str, str] = {}
        self.env = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": cloud.api_url, "SLACK_SIGNING_SECRET": SIGNING_SECRET}

    def calls_at(self, base: str) -> dict[str, str]:
        """See Crowd."""
        self._cloud.wire.request_url = f"{base}/slack/events"
        return {}

    def join(self, count: int) -> list[str]:
        """See Crowd."""
        people = slack_people(self._cloud, count)
        self._places.update({self._cloud.world.direct(user): f"slack:{user}" for user in people})
        return [f"slack:{user}" for user in people]

    async def says(self, person: str, text: str) -> None:
        """See Crowd."""
        await self._cloud.people.say(_bare(person), text)

    async def delivered(self) -> None:
        """Each was, before its `says` returned."""
        assert all(outcome.acked for _, outcome in self._cloud.wire.deliveries), "Slack gave up: the product was away for too long"

    def acknowledged(self) -> int:
        """See Crowd."""
        return sum(outcome.acked for _, outcome in self._cloud.wire.deliveries)

    def _from(self, first: int) -> list[Line | None]:
        return [
            Line(self._places[m.channel], m.from_bot, f"slack:{m.channel}/{m.ts}", m.shown) if m.channel in self._places else None
            for m in self._cloud.world.messages[first:]
        ]


class TelegramCrowd(Crowd):
    """Private chats, by webhook or by polling."""

    def __init__(self, cloud: TelegramCloud, webhook: bool) -> None:
        super().__init__()
        self._cloud, self._webhook = cloud, webhook
        self.env = {"TELEGRAM_BOT_TOKEN": cloud.token, "TELEGRAM_API_URL": cloud.base_url}

    @property
    def polls(self) -> int:
        """How often somebody has asked for updates."""
        return self._cloud.updates.polls

    def calls_at(self, base: str) -> dict[str, str]:
        """See Crowd."""
        return {"TELEGRAM_WEBHOOK_URL": base, "TELEGRAM_WEBHOOK_SECRET": "crowd_secret-1"} if self._webhook else {}

    def join(self, count: int) -> list[str]:
        """See Crowd."""
        return [f"telegram:{user}" for user in telegram_people(self._cloud, count)]

    async def says(self, person: str, text: str) -> None:
        """See Crowd."""
        self._cloud.say(int(_bare(person)), text)

    async def delivered(self) -> None:
        """See Crowd."""
        await eventually(lambda: not self._cloud.updates.pending, "every update is confirmed", PATIENCE_S)

    def acknowledged(self) -> int:
        """Each update counts once, however often it was delivered."""
        updates = self._cloud.updates
        return len({number for number, status in updates.deliveries if 200 <= status < 300}) if self._webhook else updates.confirmed

    def _from(self, first: int) -> list[Line | None]:
        return [Line(f"telegram:{m.chat}", m.by_bot, f"telegram:{m.chat}/{m.id}", m.text) for m in self._cloud.ledger.messages[first:]]


@contextlib.asynccontextmanager
async def crowd(platform: str) -> AsyncIterator[Crowd]:
    """One of PLATFORMS, with nobody there yet."""
    if platform == "slack":
        async with SlackCloud(retry_delays_s=REDELIVERIES) as slack:
            yield SlackCrowd(slack)
    else:
        async with TelegramCloud() as telegram:
            yield TelegramCrowd(telegram, webhook=platform == "telegram")


def _bare(person: str) -> str:
    return person.partition(":")[2]
