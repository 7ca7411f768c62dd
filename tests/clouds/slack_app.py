"""The shipped Slack channel on the stand-in, over real sockets, before a core that only records: for tests of the adapter."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette

from adapters.contract.sides import Core
from adapters.slack.channel import SlackChannel
from adapters.slack.config import SlackConfig
from bot.domain.desks import Desk, Tier
from bot.domain.ids import PlaceId
from bot.errors import StoreError
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET

DESK = Desk(
    prefix="IT",
    tiers=(Tier(2, "Service desk", (PlaceId("slack:C0TIER2"),)), Tier(3, "Specialists", (PlaceId("slack:C0TIER3"),))),
    help_places=frozenset({PlaceId("slack:C0HELP")}),
)


class Now:
    """The computer's clock. ahead: as if so much time had passed."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Notes:
    """Notebook over a dict. broken: while true nothing can be kept or read."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.broken = False

    async def note(self, key: str, value: str) -> None:
        if self.broken:
            raise StoreError("the database is away")
        self.kept[key] = value

    async def noted(self, prefix: str) -> dict[str, str]:
        if self.broken:
            raise StoreError("the database is away")
        return {key: value for key, value in self.kept.items() if key.startswith(prefix)}


async def _never(role: str, work: Callable[[], Awaitable[None]]) -> None:
    await asyncio.Event().wait()


class SlackApp:
    """`async with SlackApp(socket_mode=True) as app:` a cloud, the channel listening on it, and the core behind."""

    def __init__(
        self,
        socket_mode: bool = False,
        desk: Desk = DESK,
        retry_delays_s: tuple[float, ...] = (0.0, 0.2, 0.5),
        notes: Notes | None = None,
    ) -> None:
        self._socket_mode, self.desk = socket_mode, desk
        self.cloud = SlackCloud(retry_delays_s=retry_delays_s)
        self.core = Core()
        self.notes = notes or Notes()
        self.clock = Now()
        self.has_role = True  # no other process does what only one may do
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self.cloud.__aenter__()
        await self.start()
        return self

    async def start(self) -> None:
        """The process begins; what it noted before it finds again."""
        tokens = {"app_token": APP_TOKEN} if self._socket_mode else {"signing_secret": SIGNING_SECRET}
        config = SlackConfig(BOT_TOKEN, api_url=self.cloud.api_url, **tokens)
        self.channel = SlackChannel(config, desk=self.desk, notebook=self.notes, clock=self.clock)
        if not self.has_role:
            self.channel.alone = _never
        self.listening = asyncio.create_task(self.channel.listen(self.core.receive, self.core))
        self._tasks = [self.listening]
        if not self._socket_mode:
            await self._serve()
        async with asyncio.timeout(10):
            while not self.channel.is_ready():
                await asyncio.wait([self.listening], timeout=0.02)

    async def stop(self) -> None:
        """The process ends."""
        self.listening.cancel()
        if not self._socket_mode:
            self._server.should_exit = True
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.channel.close()

    async def _serve(self) -> None:
        door = socket.socket()
        door.bind(("127.0.0.1", 0))
        config = uvicorn.Config(Starlette(routes=[*self.channel.routes()]), log_config=None, lifespan="off")  # type: ignore[list-item]
        self._server = uvicorn.Server(config)
        self._tasks.append(asyncio.create_task(self._server.serve(sockets=[door])))
        self.cloud.wire.request_url = f"http://127.0.0.1:{door.getsockname()[1]}/slack/events"
        while not self._server.started:
            await asyncio.wait([self._tasks[-1]], timeout=0.02)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()
        await self.cloud.__aexit__(kind, error, trace)
