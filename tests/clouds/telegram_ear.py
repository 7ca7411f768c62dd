"""The adapter at work against the cloud, without an engine: what it hands to `receive` is kept and can be waited for."""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TypeVar

import uvicorn
from starlette.applications import Starlette

from adapters.telegram.channel import TelegramChannel
from adapters.telegram.config import TelegramConfig
from bot.domain.desks import Desk, Tier
from bot.domain.ids import ConversationId, PersonId
from bot.domain.messages import Choice, Form, Home, Inbound, Refusal
from bot.engine.filling import asked_again
from bot.engine.tongue import tongue
from bot.errors import StoreError
from tests.clouds.telegram import EXPERTS, HELP, PLAIN, TEAM, TelegramCloud
from tests.servers.kinds import free_port

T = TypeVar("T")
SECRET = "loopback_secret-1"
PATIENCE_S = 10.0


def a_desk(*, tier_two: int = TEAM) -> Desk:
    """Two tiers with their groups, and a help group."""
    return Desk(prefix="IT", tiers=(Tier(2, "Service desk", (f"telegram:{tier_two}", f"telegram:{PLAIN}")), Tier(3, "Specialists", (f"telegram:{EXPERTS}",))),  # type: ignore[arg-type]
                help_places=frozenset({f"telegram:{HELP}"}))  # type: ignore[arg-type]


class Notes:
    """Notebook over a dict."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def note(self, key: str, value: str) -> None:
        self.kept[key] = value

    async def noted(self, prefix: str) -> dict[str, str]:
        return {k: v for k, v in self.kept.items() if k.startswith(prefix)}


class StoppedClock:
    """Always the same moment."""

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Ear:
    """`receive` and `enquiries`: keeps each event once, by its keys, as the inbox does. broken: how many calls fail first."""

    def __init__(self) -> None:
        self.heard: list[Inbound] = []
        self.keys: set[str] = set()
        self.known: set[str] = set()
        self.broken = 0
        self.repeats = 0
        self._changed = asyncio.Event()

    async def receive(self, inbound: Inbound) -> None:
        if self.broken > 0:
            self.broken -= 1
            raise StoreError("away")
        keys = {inbound.key, inbound.also} - {""}
        if keys & self.keys:
            self.repeats += 1
        else:
            self.keys |= keys
            self.heard.append(inbound)
        self._changed.set()

    async def until(self, look: Callable[[], T | None], what: str) -> T:
        """The first thing that `look` finds, looked for after every event."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            self._changed.clear()
            if found := look():
                return found
            try:
                await asyncio.wait_for(self._changed.wait(), max(0.0, deadline - asyncio.get_running_loop().time()))
            except TimeoutError:
                raise AssertionError(f"never heard: {what}; heard were {[i.what for i in self.heard[-5:]]}") from None

    async def next(self, kind: str) -> Inbound:
        """The oldest event of a kind that nobody took yet."""
        found = await self.until(lambda: next((i for i in self.heard if i.what.kind == kind), None), kind)
        self.heard.remove(found)
        return found

    async def form(self, action: str, person: PersonId) -> Form | Refusal | None:
        return None

    async def asked_again(self, action: str, person: PersonId, values: Mapping[str, str], files: int = 0) -> Form | None:
        form = await self.form(action, person)
        return asked_again(tongue("en"), form, values, files) if isinstance(form, Form) else None

    async def home(self, person: PersonId) -> Home:
        return Home(())

    async def popular(self, language: str) -> Sequence[Choice]:
        return ()

    def is_known(self, conversation: ConversationId) -> bool:
        return conversation in self.known


@asynccontextmanager
async def listening(cloud: TelegramCloud, *, webhook: bool = False, desk: Desk | None = None, notes: Notes | None = None,
                    ear: Ear | None = None) -> AsyncIterator[tuple[TelegramChannel, Ear]]:
    """The channel, ready, and the ear it speaks to."""
    ear = ear or Ear()
    port = free_port()
    hook = {"TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}", "TELEGRAM_WEBHOOK_SECRET": SECRET} if webhook else {}
    config = TelegramConfig.from_env({"TELEGRAM_BOT_TOKEN": cloud.token, "TELEGRAM_API_URL": cloud.base_url, **hook})
    assert config is not None
    channel = TelegramChannel(config, desk=desk or a_desk(), notebook=notes or Notes(), clock=StoppedClock())
    async with _served(channel, port if webhook else 0):
        task = asyncio.create_task(channel.listen(ear.receive, ear))
        try:
            await _ready(channel, task)
            yield channel, ear
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await channel.close()


async def _ready(channel: TelegramChannel, task: asyncio.Task[None]) -> None:
    await _true(lambda: channel.is_ready() or task.done())
    if task.done():
        task.result()


async def _true(holds: Callable[[], bool]) -> None:
    """Poll for what has no event."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _served(channel: TelegramChannel, port: int) -> AsyncIterator[None]:
    """The channel's routes on a real socket; nothing when it has none."""
    if not port:
        yield
        return
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=list(channel.routes())), host="127.0.0.1", port=port, log_config=None, lifespan="off"))  # type: ignore[arg-type]
    task = asyncio.create_task(server.serve())
    await _true(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        await task
