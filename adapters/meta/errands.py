"""Calls on which nothing depends (a message is shown as read): made beside, given up at the first trouble, never in anybody's way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import DeliveryError

log = logging.getLogger(__name__)

MOST = 50  # at a time; more are not worth it


class Errands:
    """Owns its tasks until they are done, or until it is closed."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, call: Callable[[], Awaitable[object]]) -> None:
        """Begin; whatever Meta says to it is noted and no more."""
        if len(self._tasks) >= MOST:
            return
        task = asyncio.create_task(_quietly(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is not done."""
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _quietly(call: Callable[[], Awaitable[object]]) -> None:
    try:
        await call()
    except DeliveryError as problem:
        log.debug("an errand came to nothing", extra={"problem": type(problem).__name__})
