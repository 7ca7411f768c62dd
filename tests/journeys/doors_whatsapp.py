"""WhatsApp as a door, and Messenger and Instagram with it: requesters on their phones, agents on the web, Meta on loopback."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import App
from tests.clouds.graph import GraphCloud
from tests.clouds.graph_world import Bubble
from tests.journeys.doors import QuickClock, Requester, eventually, product
from tests.journeys.doors_web import WebDoor

TEMPLATE = '[channels.whatsapp]\ntemplate = "ticket_update"\ntemplate_languages = ["en", "es", "pt_BR"]\n'


@dataclass(slots=True)
class Jumping(QuickClock):
    """A clock that can be put forward, for the desk and for Meta at once."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """Aware UTC."""
        return QuickClock.now(self) + self.ahead


@dataclass
class MetaRequester:
    """Somebody with one of Meta's apps on their phone."""

    cloud: GraphCloud
    channel: str
    user: str

    async def says(self, text: str) -> None:
        self.cloud.people.says(self.channel, self.user, text)

    def bubbles(self) -> list[Bubble]:
        """What the desk wrote."""
        return self.cloud.told(self.channel, self.user)

    async def presses(self, label: str) -> None:
        """By its label, or by as much of it as there is room for."""

        def find() -> tuple[Bubble, str] | None:
            pressable = [(bubble, own) for bubble in reversed(self.bubbles()) for own in bubble.labels]
            return next(((bubble, own) for bubble, own in pressable if own == label or (own.endswith("…") and label.startswith(own[:-1]))), None)

        bubble, own = await eventually(find, f"a button {label!r}")
        self.cloud.people.presses(self.channel, self.user, bubble, own)

    async def edits(self, old: str, new: str) -> None:
        raise AssertionError("what was sent stays as it is")

    async def attaches(self, name: str, content: bytes) -> None:
        self.cloud.people.attaches(self.channel, self.user, name, content)

    async def seen(self) -> list[str]:
        return [bubble.shown for bubble in self.bubbles()]

    async def got(self, name: str) -> bytes | None:
        return next((content for bubble in self.bubbles() for own, content in bubble.files if own == name), None)

    async def fills_form(self, kind: str, values: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> None:
        """`/new`, and what is asked then, one question after the other."""
        since = len(self.bubbles())
        await self.says("/new")
        for label, value in {"What is it about?": kind, **values}.items():
            await self._asked(label, since)
            for one in value.split(", ") if value else []:
                since = len(self.bubbles())
                offered = await self._offers(label, one)
                if value == "file":
                    for name, content in (files or {}).items():
                        await self.attaches(name, content)
                elif offered is not None:
                    self.cloud.people.presses(self.channel, self.user, *offered)
                    if "☐" in offered[1]:
                        await self._asked(label, since)
                else:
                    await self.says(one)
            finished = await self._offers(label, "Done") or (None if value else await self._offers(label, "Skip"))
            if finished is not None:
                since = len(self.bubbles())
                self.cloud.people.presses(self.channel, self.user, *finished)

    async def _asked(self, label: str, since: int) -> Bubble:
        """The question, once it stands there."""
        return await eventually(lambda: next((b for b in reversed(self.bubbles()[since:]) if label in b.text), None), f"a question {label!r}")

    async def _offers(self, question: str, label: str) -> tuple[Bubble, str] | None:
        """What can be pressed under the newest asking of that question."""
        asked = next(bubble for bubble in reversed(self.bubbles()) if question in bubble.text)
        return next(((asked, own) for own in asked.labels if own.removeprefix("☐ ") == label), None)

    def dialogue(self) -> str:
        """The whole chat as the phone shows it."""
        lines = []
        for bubble in self.cloud.world.chat(self.channel, self.user):
            body = bubble.shown.replace("\n", "\n    ")
            lines.append(f"{'DESK' if bubble.by_desk else ' ME '}| {body}")
            lines += [f"    | [ {label} ]" for label in bubble.labels] + [f"    | 📎 {name}" for name, _ in bubble.files]
            lines += [f"    | {' '.join(bubble.signs)}"] if bubble.signs else []
        return "\n".join(lines)


@dataclass
class MetaDoor(WebDoor):
    """A number, a page and an account, and the product behind them."""

    cloud: GraphCloud = field(default_factory=GraphCloud)
    clock: Jumping = field(default_factory=Jumping)
    channel: str = "whatsapp"
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(5001))
    _looked: int = 0

    async def newcomer(self) -> Requester:
        return self.somebody(self.channel)

    def somebody(self, channel: str, country: str = "GB", number: str = "") -> MetaRequester:
        """A new person. number: "" for somebody who hides it."""
        n = next(self._numbers)
        user = f"{country}.{n}000000000" if channel == "whatsapp" else f"24{n}000000"
        self.cloud.world.add(channel, user, f"Noor {n}", number)
        return MetaRequester(self.cloud, channel, user)

    def refused(self) -> list[tuple[str, str]]:
        since, self._looked = self._looked, len(self.cloud.refusals)
        return self.cloud.refusals[since:]


@contextlib.asynccontextmanager
async def whatsapp(folder: Path, more: str = "", serving: str = "", top: str = "", channel: str = "whatsapp") -> AsyncIterator[MetaDoor]:
    """The product behind all three. channel: by which newcomers come. more, serving, top: as for the other doors."""
    clock = Jumping()
    async with GraphCloud(clock.now) as cloud:
        env = cloud.env("whatsapp", "messenger", "instagram")
        async with product(folder, env, {"tier2": serving, "tier3": top}, more=TEMPLATE + more, clock=clock) as (app, base):
            cloud.hook = base
            yield MetaDoor(app, base, 4096, cloud=cloud, clock=clock, channel=channel)
            await cloud.all_delivered()


def app_of(door: MetaDoor) -> App:
    """The product behind it."""
    return door.app
