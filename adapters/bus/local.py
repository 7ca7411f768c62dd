"""The bus of one process: a queue in which a lane stands at most once."""

from __future__ import annotations

import asyncio


class LocalBus:
    """Says "this lane has work" to the workers of this process."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: set[str] = set()

    def poke(self, lane: str) -> None:
        """As the port says."""
        if lane not in self._waiting:
            self._waiting.add(lane)
            self._queue.put_nowait(lane)

    async def next(self) -> str:
        """As the port says."""
        lane = await self._queue.get()
        self._waiting.discard(lane)
        return lane
