"""The shipped Slack channel on the stand-in, over real sockets, before a core that only records: for tests of the adapter."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette

from adapters.slack.channel import SlackChannel
from adapters.slack.config import SlackConfig
from bot.domain.desks import Desk, Tier
from bot.domain.ids import ConversationId, PersonId, PlaceId
from bot.domain.messages import Form, Home, Inbound, Refusal
from bot.errors import StoreError
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET

DESK = Desk(
    prefix="IT",
    tiers=(Tier(2, "Service desk", (PlaceId("slack:C0TIER2"),)), Tier(3, "Specialists", (PlaceId("slack:C0TIER3"),))),
    help_places=frozenset({PlaceId("slack:C0HELP")}),
)


@dataclass(slots=True)
class Core:
    """Receive and Enquiries as the adapter sees them. broken: how many events cannot be kept, for that fault, before all is well again."""

    received: list[Inbound] = field(default_factory=list)
    forms: dict[str, Form | Refusal] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    page: Home = field(default_factory=lambda: Home(()))
    broken: int = 0
    fault: Exception = field(default_factory=lambda: StoreError("the disk is full"))
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def receive(self, event: Inbound) -> None:
        """Keeps each key once, and each `also`."""
        async with self.changed:
            if self.broken > 0:
                self.broken -= 1
                raise self.fault
            if not any(event.key == e.key or (event.also and event.also == e.also) for e in self.received):
                self.received.append(event)
            self.changed.notify_all()

    async def got(self, count: int, within_s: float = 8.0) -> list[Inbound]:
        """The events, when there are at least so many."""
        async with asyncio.timeout(within_s), self.changed:
            await self.changed.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def form(self, action: str, person: PersonId) -> Form | Refusal | None:
        return self.forms.get(action)

    async def home(self, person: PersonId) -> Home:
        return self.page

    def is_known(self, conversation: ConversationId) -> bool:
        return conversation in self.known


class Now:
    """The computer's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class NoNotes:
    """Slack needs no notebook."""

    async def note(self, key: str, value: str) -> None:
        raise AssertionError("Slack keeps no notes")

    async def noted(self, prefix: str) -> dict[str, str]:
        return {}


class SlackApp:
    """`async with SlackApp(socket_mode=True) as app:` a cloud, the channel listening on it, and the core behind."""

    def __init__(self, socket_mode: bool = False, desk: Desk = DESK, retry_delays_s: tuple[float, ...] = (0.0, 0.2, 0.5)) -> None:
        self._socket_mode, self._desk = socket_mode, desk
        self.cloud = SlackCloud(retry_delays_s=retry_delays_s)
        self.core = Core()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self.cloud.__aenter__()
        tokens = {"app_token": APP_TOKEN} if self._socket_mode else {"signing_secret": SIGNING_SECRET}
        config = SlackConfig(BOT_TOKEN, api_url=self.cloud.api_url, **tokens)
        self.channel = SlackChannel(config, desk=self._desk, notebook=NoNotes(), clock=Now())
        self.listening = asyncio.create_task(self.channel.listen(self.core.receive, self.core))
        self._tasks.append(self.listening)
        if not self._socket_mode:
            await self._serve()
        async with asyncio.timeout(10):
            while not self.channel.is_ready():
                await asyncio.wait([self.listening], timeout=0.02)
        return self

    async def _serve(self) -> None:
        door = socket.socket()
        door.bind(("127.0.0.1", 0))
        config = uvicorn.Config(Starlette(routes=[*self.channel.routes()]), log_level="critical", lifespan="off")  # type: ignore[list-item]
        self._server = uvicorn.Server(config)
        self._tasks.append(asyncio.create_task(self._server.serve(sockets=[door])))
        self.cloud.wire.request_url = f"http://127.0.0.1:{door.getsockname()[1]}/slack/events"
        while not self._server.started:
            await asyncio.wait([self._tasks[-1]], timeout=0.02)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.listening.cancel()
        if not self._socket_mode:
            self._server.should_exit = True
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.channel.close()
        await self.cloud.__aexit__(kind, error, trace)
