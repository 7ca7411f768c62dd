"""A program that is told by webhooks: it keeps what it hears and answers as it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Heard:
    """One call. headers: names in small letters."""

    headers: Mapping[str, str]
    raw: bytes

    @property
    def id(self) -> str:
        """Under which the caller knows it."""
        return self.headers["webhook-id"]

    @property
    def body(self) -> dict[str, Any]:
        """What it says."""
        said: dict[str, Any] = json.loads(self.raw)
        return said


@dataclass
class Receiver:
    """statuses: what to answer, one call each; afterwards 200. hangs: it hears, and does not answer while this is set."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    hangs: bool = False

    def told(self) -> list[tuple[str, str]]:
        """What it was told, and of which ticket."""
        return [(one.body["type"], one.body["data"].get("ticket", "")) for one in self.heard]

    async def _hear(self, request: web.Request) -> web.Response:
        self.heard.append(Heard({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        if self.hangs:
            await asyncio.Event().wait()
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status in (301, 302, 307, 308) else None)


@contextlib.asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Listening on this computer."""
    made = Receiver()
    application = web.Application()
    application.router.add_post("/{anything:.*}", made._hear)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield made
    finally:
        await runner.cleanup()
