"""Live pages of all processes: what changed in one is told in the others, over plain NATS, which keeps nothing.

So whoever joins, or comes back after it was cut off, says so: the others repeat to it what changed of late, and it repeats its own, for the last words
before a connection is lost may have reached nobody.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from faststream.nats import NatsBroker
from nats.aio.client import Client

from adapters.bus.connection import Connection
from bot.ports import Changes

TOGETHER = 200  # ids in one message
PAUSE_S = 0.02  # seconds after each message in which more may gather; no eye sees it
WAITING = 10_000  # ids that wait for the network, or for the broker to come back; beyond it the oldest go
RECENT = 1000  # ids that are repeated to whoever joins


class Told(Changes, Protocol):
    """The pages of one process."""

    def tell(self, ids: Iterable[str]) -> None:
        """These changed."""
        ...


class SharedChanges:
    """Tells the live pages of this process and of all others what changed, each once. While the broker is gone the others wait."""

    def __init__(self, connection: Connection, scope: str, here: Told) -> None:
        """scope: as the bus has it. here: the pages of this process."""
        self._subject, self._here = f"firstline.{scope}.changes", here
        self._me = secrets.token_hex(8)
        self._waiting: dict[str, None] = {}  # oldest first
        self._recent: dict[str, None] = {}
        self._wake = asyncio.Event()
        connection.add(self)

    def tell(self, ids: Iterable[str]) -> None:
        """These changed. At once, never raises."""
        ids = list(ids)
        self._here.tell(ids)
        _add(self._waiting, ids, WAITING)
        self._wake.set()

    def watch(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """As the port says."""
        return self._here.watch()

    # ---- over the connection
    def declare(self, broker: NatsBroker) -> None:
        """What others tell all, and us alone; our own does not come back."""

        async def heard(ids: list[str]) -> None:
            self._here.tell(ids)

        async def joined(who: str) -> None:
            ids = list(self._recent)
            for begin in range(0, len(ids), TOGETHER):
                await broker.publish(ids[begin : begin + TOGETHER], f"{self._subject}.{who}")

        broker.subscriber(self._subject)(heard)
        broker.subscriber(f"{self._subject}.{self._me}")(heard)
        broker.subscriber(f"{self._subject}.joined")(joined)

    async def prepare(self, client: Client) -> None:
        """Nothing is kept there."""

    async def carry(self, broker: NatsBroker, client: Client) -> None:
        """Tell the others, until the connection is lost."""
        await broker.publish(self._me, f"{self._subject}.joined")
        self._waiting = self._recent | self._waiting
        self._wake.set()
        while True:
            await self._wake.wait()
            await self._tell_others(broker)
            if not self._waiting:
                self._wake.clear()
            await asyncio.sleep(PAUSE_S)

    async def _tell_others(self, broker: NatsBroker) -> None:
        ids = list(self._waiting)[:TOGETHER]
        for changed in ids:  # before they are sent: what changes again meanwhile is told again
            del self._waiting[changed]
        _add(self._recent, ids, RECENT)
        if ids:
            await broker.publish(ids, self._subject)


def _add(ids: dict[str, None], new: Iterable[str], room: int) -> None:
    """At the end; what is there already moves there; the oldest make room."""
    for one in new:
        ids.pop(one, None)
        ids[one] = None
    while len(ids) > room:
        del ids[next(iter(ids))]
