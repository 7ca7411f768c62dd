"""Who writes, presses and waits, on whichever platform: what a flow is told in. They are patient: a press that was refused is made again."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

AGAIN_S = 2.0  # before somebody presses again what was refused
PATIENCE_S = 90.0  # after which they are tired of it; longer than any fault and the minute after it


async def patiently(act: Callable[[], Awaitable[bool]], what: str) -> None:
    """Until the act is successful, with a pause after each that was not. AssertionError when they are tired of it."""
    end = time.monotonic() + PATIENCE_S
    while not await act():
        assert time.monotonic() < end, f"never possible: {what}"
        await asyncio.sleep(AGAIN_S)


class Side(ABC):
    """One platform with its people. A tag names a requester, and is part of their name."""

    name: str

    def __init__(self) -> None:
        self._busy: set[asyncio.Task[None]] = set()
        self.tags: list[str] = []  # of all who ever came

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Somebody does that; nobody waits for them."""
        task = asyncio.create_task(work)
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def leave(self) -> None:
        """Everybody stops."""
        for task in list(self._busy):
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    # ---- requesters
    @abstractmethod
    def comes(self, tag: str) -> None:
        """A new requester."""

    @abstractmethod
    def say(self, tag: str, text: str) -> None:
        """Writes to the bot in private."""

    @abstractmethod
    def press(self, tag: str, label: str) -> None:
        """The newest button with that label."""

    @abstractmethod
    def heard(self, tag: str) -> list[str]:
        """What the bot says there, oldest first."""

    @abstractmethod
    def sources(self, tag: str) -> list[str]:
        """The platform's ids of what they wrote, oldest first, as the export has them."""

    # ---- agents
    @abstractmethod
    def card(self, tag: str, level: int = 2) -> str:
        """The card of their ticket as the team of that tier sees it, buttons included; "" when there is none."""

    @abstractmethod
    def thread(self, tag: str) -> list[str]:
        """What the bot says in the thread of the card of tier 2, oldest first."""

    @abstractmethod
    def take(self, tag: str, label: str, words: str = "") -> None:
        """An agent of tier 2 presses a button of the card; words: what is then asked for."""

    @abstractmethod
    def write(self, tag: str, text: str) -> None:
        """An agent writes in the thread."""

    # ---- the ledger
    @abstractmethod
    def twice(self, tag: str) -> list[str]:
        """The messages of the bot about them that arrived more often than once, for each time too many."""
