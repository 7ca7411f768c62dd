"""A tool with tickets of its own, such as GLPI, to which a desk's are mirrored: it makes one of each, once, and changes it as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Kept:
    """A ticket of the tool."""

    id: int
    number: str
    told: list[dict[str, Any]] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        """What it was told, in order."""
        return [one["type"] for one in self.told]

    @property
    def now(self) -> dict[str, Any]:
        """As it was told last."""
        ticket: dict[str, Any] = self.told[-1]["data"]["ticket"]
        return ticket


@dataclass
class Tool:
    """statuses: what to answer, one call each, before it does anything; bodies: what to answer instead to a new ticket. hangs: it never answers.
    forgets: it knows no ids of calls, and makes a ticket of each that it is told of anew.
    """

    url: str = ""
    calls: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    tickets: list[Kept] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    hangs: bool = False
    forgets: bool = False
    known: dict[str, int] = field(default_factory=dict)

    def of(self, number: str) -> Kept:
        """The one that mirrors that ticket."""
        return next(one for one in self.tickets if one.number == number)

    def ids(self) -> list[str]:
        """The ids of the calls, in order."""
        return [headers["idempotency-key"] for headers, _ in self.calls]

    async def _hear(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.calls.append(({name.lower(): value for name, value in request.headers.items()}, raw))
        if self.hangs:
            await asyncio.Event().wait()
        status = self.statuses.pop(0) if self.statuses else 201
        if status in (301, 302, 307, 308):
            return web.Response(status=status, headers={"Location": self.url.replace("/mirror", "/elsewhere")})
        if status >= 400:
            return web.Response(status=status)
        return await self._do(request, json.loads(raw))

    async def _do(self, request: web.Request, said: dict[str, Any]) -> web.StreamResponse:
        key, ticket = request.headers["Idempotency-Key"], said["data"]["ticket"]
        if said["type"] != "ticket.created":
            kept = next((one for one in self.tickets if str(one.id) == ticket["external_id"]), None)
            if kept is None:
                return web.Response(status=404)
            if key not in self.known:
                self.known[key] = kept.id
                kept.told.append(said)
            return web.json_response({"ok": True})
        if key not in self.known or self.forgets:
            self.tickets.append(Kept(1000 + len(self.tickets), ticket["number"], [said]))
            self.known[key] = self.tickets[-1].id
        if self.bodies:
            return web.Response(body=self.bodies.pop(0))
        made = self.known[key]
        return web.json_response({"id": made, "url": f"https://glpi.example/front/ticket.form.php?id={made}"}, status=201)


@contextlib.asynccontextmanager
async def tool() -> AsyncIterator[Tool]:
    """Listening on this computer."""
    made = Tool()
    application = web.Application()
    application.router.add_post("/{anything:.*}", made._hear)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/mirror"
    try:
        yield made
    finally:
        await runner.cleanup()
