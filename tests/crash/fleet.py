"""The processes of one installation, in each of the forms in which it may run, with what they need; each can be killed and started again by itself."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.store.migrate import migrate
from tests import servers
from tests.crash.balancer import balanced
from tests.integration.processes import Json, Product, installed
from tests.servers.kinds import free_port

Parts = Iterable[str]
FORMS: Mapping[str, Parts] = {
    "sqlite": ("run",),
    "postgresql": ("web", "web", "worker", "worker"),
    "mariadb": ("web", "worker", "worker"),
}
BUSED = frozenset({"postgresql"})  # forms that have a bus unless told otherwise


class Broker:
    """A NATS server that only this installation has."""

    def __init__(self, server: servers.Server) -> None:
        self._server = server
        self.url = server.url
        self.kills = 0

    def lose_everything(self) -> None:
        """Killed, its store deleted, started again."""
        self.kills += 1
        self._server.kill()
        shutil.rmtree(self._server.folder / "data")
        (self._server.folder / "data").mkdir()
        self._server.start()


@dataclass
class Fleet:
    """One installation. base: where platforms call it."""

    members: list[Product]
    base: str
    broker: Broker | None

    @property
    def kills(self) -> int:
        """Of all its processes together."""
        return sum(member.kills for member in self.members)

    @property
    def workers(self) -> list[Product]:
        """Those that handle and send."""
        return [member for member in self.members if member.part != "web"]

    @property
    def _front(self) -> Product:
        return next(member for member in self.members if member.part != "worker")

    async def start(self) -> None:
        """Those that do not run, one after the other."""
        for member in self.members:
            await member.start()

    async def export(self) -> dict[str, list[Json]]:
        """What is stored, by type."""
        return await self._front.export()

    async def drained(self, within_s: float) -> None:
        """Returns when nothing waits any more, though it has been looked at twice: what is sent may have something follow it."""
        for _ in range(2):
            await self._front.drained(within_s)

    def holder(self, role: str) -> Product | None:
        """The running process that has the role, as it logged when it took it; None when nobody has it now."""
        took = [(moment, n) for n, member in enumerate(self.members) if member.process for moment in _taken(member, role)]
        return self.members[max(took)[1]] if took else None


def _taken(member: Product, role: str) -> Iterable[str]:
    """When the process that runs now took the role."""
    for line in member.log_since_start.splitlines():
        if "this process has the role" in line:
            said = json.loads(line)
            if said["role"].removeprefix("role:") == role:
                yield str(said["timestamp"])


@contextlib.asynccontextmanager
async def fleet(folder: Path, env: Mapping[str, str], form: str, *, parts: Parts = (), bus: bool | None = None) -> AsyncIterator[Fleet]:
    """An installation whose processes do not run yet; whatever runs in the end is killed.

    env: what a channel needs. parts: its processes, those of FORMS without. bus: NATS or none, as BUSED has it without.
    Raises servers.Absent when a server it needs is neither there nor installed.
    """
    parts = tuple(parts or FORMS[form])
    with contextlib.ExitStack() as stack:
        broker = Broker(stack.enter_context(servers.own(servers.NATS))) if (form in BUSED if bus is None else bus) else None
        where = _database(stack, form) | ({"BUS_URL": broker.url} if broker else {})
        async with installed(folder, {**env, **where, "LOG_FORMAT": "json"}) as first:
            first.part = parts[0]
            members = [first, *(_beside(first, part) for part in parts[1:])]
            fronts = [member.port for member in members if member.part != "worker"]
            async with balanced(fronts) if len(fronts) > 1 else contextlib.nullcontext(first.base) as base:
                try:
                    yield Fleet(members, base, broker)
                finally:
                    for member in members[1:]:
                        if member.process is not None:
                            await member.kill()


def _database(stack: contextlib.ExitStack, form: str) -> dict[str, str]:
    if form == "sqlite":
        return {}
    kind = servers.POSTGRES if form == "postgresql" else servers.MARIADB
    return {"DATABASE_URL": stack.enter_context(servers.databases_of(kind).fresh(migrate)), "SECRET_KEY": "c" * 32}


def _beside(first: Product, part: str) -> Product:
    port = free_port()
    return Product(first.folder, {**first.env, "PORT": str(port)}, port, part)
