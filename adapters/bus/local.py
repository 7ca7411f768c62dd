"""The bus of one process: a queue in which a lane stands at most once."""

from __future__ import annotations

import asyncio

AT_ONCE = 1000  # lanes in work at a time: what arrives together shares a commit, so many are welcome


class Unheard:
    """A bus without workers in this process and without a way to others: they sweep."""

    def poke(self, lane: str) -> None:
        """Nobody hears it."""

    def remind(self, lane: str) -> None:
        """Nobody hears it."""

    async def next(self) -> str:
        """Never."""
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    def done(self, lane: str) -> None:
        """Nothing was given."""


class LocalBus:
    """Says "this lane has work" to the workers of this process."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        """at_once: how many lanes are given and not done at a time."""
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: set[str] = set()
        self._given: set[str] = set()
        self._again: set[str] = set()
        self._hands = asyncio.Semaphore(at_once)

    def poke(self, lane: str) -> None:
        """As the port says."""
        if lane in self._given:
            self._again.add(lane)
        elif lane not in self._waiting:
            self._waiting.add(lane)
            self._queue.put_nowait(lane)

    def remind(self, lane: str) -> None:
        """As the port says."""
        if lane not in self._given:
            self.poke(lane)

    async def next(self) -> str:
        """As the port says."""
        await self._hands.acquire()
        try:
            lane = await self._queue.get()
        except BaseException:
            self._hands.release()
            raise
        self._waiting.discard(lane)
        self._given.add(lane)
        return lane

    def done(self, lane: str) -> None:
        """As the port says."""
        if lane not in self._given:
            return
        self._given.discard(lane)
        self._hands.release()
        if lane in self._again:
            self._again.discard(lane)
            self.poke(lane)
