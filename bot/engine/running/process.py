"""One of the processes on a database: known to be alive by a row that it renews, and alone in what only one may do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.errors import StoreError
from bot.ports import Clock, Store, Transaction

log = logging.getLogger(__name__)

BEAT_S = 4.0  # seconds between two signs of life
ALIVE = timedelta(seconds=20)  # after the last sign of life; a few may be late or lost
LATE = timedelta(seconds=5)  # before that this process itself stops sending: clocks of machines differ, and a call takes its time


class Process:
    """Signs of life, and roles."""

    def __init__(self, store: Store, clock: Clock, owner: str = "") -> None:
        """owner: a name of its own; made when none is given."""
        self._store, self._clock = store, clock
        self.owner = owner or f"{os.uname().nodename[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._until: datetime | None = None
        self._since: datetime | None = None  # from when on others have counted on us without a break

    def is_alive(self, since: datetime | None = None) -> bool:
        """Do others still count on us, and did they ever since that moment? Once not, another process may be doing what was ours."""
        if self._until is None or self._since is None or self._clock.now() >= self._until - LATE:
            return False
        return since is None or self._since <= since

    async def beat(self) -> None:
        """Give a sign of life. Raises StoreError."""
        now = self._clock.now()

        async def sign(tx: Transaction) -> bool:
            return await tx.hold(f"process:{self.owner}", self.owner, now, now + ALIVE)

        await self._store.run(sign)
        written = self._clock.now()
        if self._until is None or written >= self._until:
            self._since = written  # we were late: what was ours may have been taken over in between
        self._until = now + ALIVE

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with contextlib.suppress(StoreError):
                await self.beat()
            await asyncio.sleep(BEAT_S)

    async def end(self) -> None:
        """An orderly end: what was ours is free at once."""
        self._until = None
        with contextlib.suppress(StoreError):
            await self._store.run(lambda tx: tx.let_go(f"process:{self.owner}", self.owner))

    async def alone(self, role: str, work: Callable[[], Awaitable[None]], seats: int = 1) -> None:
        """Do the work whenever no other process does it, until cancelled. When the role is lost, the work is cancelled.

        seats: so many processes may do it at the same time.
        """
        names = [f"role:{role}", *(f"role:{role}:{seat}" for seat in range(2, seats + 1))]
        try:
            while True:
                for name in names:
                    if await self._hold(name):
                        log.info("this process has the role", extra={"role": name})
                        await self._while_held(name, work)
                        break
                await asyncio.sleep(BEAT_S)
        finally:
            with contextlib.suppress(StoreError):
                for name in names:
                    await self._store.run(lambda tx, name=name: tx.let_go(name, self.owner))  # type: ignore[misc]

    async def _while_held(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.ensure_future(work())
        held_until = self._clock.now() + ALIVE
        try:
            while not task.done():
                await asyncio.wait([task], timeout=BEAT_S)
                if await self._hold(name):
                    held_until = self._clock.now() + ALIVE
                elif self._clock.now() >= held_until - LATE:
                    log.warning("this process has lost the role", extra={"role": name})
                    return
        finally:
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    async def _hold(self, name: str) -> bool:
        now = self._clock.now()
        try:
            return await self._store.run(lambda tx: tx.hold(name, self.owner, now, now + ALIVE))
        except StoreError:
            return False
