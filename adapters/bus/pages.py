"""Tells the live pages of one process what changed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable


class Broadcast:
    """Changes to whoever watches in this process, and to whoever must know before them."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[str]] = set()
        self.first: Callable[[str], None] = lambda changed: None

    def tell(self, ids: Iterable[str]) -> None:
        """These changed."""
        for changed in ids:
            self.first(changed)
            for watcher in self._watchers:
                if watcher.full():
                    watcher.get_nowait()
                watcher.put_nowait(changed)

    @contextlib.asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[str]]:
        """As the port says."""
        queue: asyncio.Queue[str] = asyncio.Queue(1000)
        self._watchers.add(queue)
        try:
            yield _each(queue)
        finally:
            self._watchers.discard(queue)


async def _each(queue: asyncio.Queue[str]) -> AsyncIterator[str]:
    while True:
        yield await queue.get()
