"""A desk over the shipped doubles with the API in front of it, as programs see it: for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.requests import Request

from adapters.api.channel import ApiChannel
from adapters.http import build
from bot.domain.api_keys import SCOPES
from bot.domain.ids import PersonId
from bot.engine.programs import api_keys
from bot.ports import Transaction
from tests.world import World

BASE = "http://help.example"
AFAR = "203.0.113.9"
ADMIN = PersonId("chat:ada")
JANE = {"email": "jane@example.org", "name": "Jane"}
CHAIR, PASSWORD = "my chair squeaks", "How do I reset my password?"  # nothing in tests.builders.FAQ answers the first


@dataclass
class ApiDesk:
    """The world behind it, and the application in front. signed_in: whether whoever asks is an agent signed in on the pages."""

    world: World
    channel: ApiChannel
    app: Any
    signed_in: bool = False

    def program(self, token: str = "", *, peer: str = AFAR, base: str = BASE) -> httpx.AsyncClient:
        """A program somewhere that has this key."""
        transport = httpx.ASGITransport(self.app, client=(peer, 5000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=base, headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=20)

    async def key(self, *scopes: str, name: str = "crm") -> str:
        """A new key's token; without scopes it may everything."""
        token, digest = api_keys.new_token(name)
        wanted = " ".join(scopes or SCOPES)
        await self.world.store.run(lambda tx: api_keys.make(tx, name, digest, wanted, ADMIN, self.world.clock.now()))
        return token

    async def crm(self, *scopes: str) -> httpx.AsyncClient:
        """A program with a key of these scopes."""
        return self.program(await self.key(*scopes))

    async def revoke(self, name: str = "crm") -> None:
        """The key opens nothing any more."""
        await self.world.store.run(lambda tx: api_keys.revoke(tx, name, ADMIN, self.world.clock.now()))


@asynccontextmanager
async def api_desk(world: World | None = None) -> AsyncIterator[ApiDesk]:
    """A desk that listens and works."""
    made = world or World()

    async def asks_signed_in(request: Request) -> bool:
        return desk.signed_in

    async def nothing() -> dict[str, Any]:
        return {}

    channel = ApiChannel(made.desk, made.store, made.store, made.clock, asks_signed_in)  # type: ignore[arg-type]  # a store is a notebook, too
    made.channels["api"] = channel  # type: ignore[assignment]
    desk = ApiDesk(made, channel, build({"api": channel}, health=nothing, numbers=nothing))
    await made.store.run(lambda tx: _keep_faq(tx, made))
    tasks = [asyncio.create_task(channel.listen(made.intake.receive, made.enquiries)), asyncio.create_task(made.workers.run())]
    await asyncio.sleep(0)
    try:
        yield desk
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _keep_faq(tx: Transaction, world: World) -> None:
    for entry in world.entries:
        await tx.save_entry(entry, ADMIN, world.clock.now())


async def asks(program: httpx.AsyncClient, question: str = CHAIR, requester: dict[str, str] | None = None, **headers: str) -> httpx.Response:
    """A request for somebody."""
    return await program.post("/api/v1/tickets", json={"requester": requester or JANE, "question": question}, headers=headers)


async def acts(program: httpx.AsyncClient, number: str, act: str, /, *, match: str = "", **more: Any) -> httpx.Response:
    """Something is done to a ticket."""
    return await program.post(f"/api/v1/tickets/{number}/acts", json={"act": act, **more}, headers={"If-Match": match} if match else {})
