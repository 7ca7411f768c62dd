"""What came of an act, for the request that waits for it: the core answers it as it answers a press."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from pydantic import TypeAdapter

from bot.domain.messages import Outbound, Say, Small, Title
from bot.errors import StoreError
from bot.ports import Notebook, Reader

ANSWER = "api:answer:"  # notes
LOOK_S = 0.06  # seconds between looks for an answer from another process
PATIENCE_S = 5.0  # it comes within milliseconds unless the desk is flooded

_OUTBOUND = TypeAdapter(Outbound)


class Answers:
    """By handle. The same request sent again waits under the same handle, and finds what came while nobody waited.

    shared: other processes may be the ones that answer.
    """

    def __init__(self, reader: Reader, notebook: Notebook, shared: bool) -> None:
        self._reader, self._notebook, self._shared = reader, notebook, shared
        self._waiting: dict[str, asyncio.Future[Outbound]] = {}

    async def put(self, message: Outbound) -> None:
        """The core answers. Raises StoreError."""
        future = self._waiting.get(message.answer_to)
        if future is not None and not future.done():
            future.set_result(message)
        elif message.answer_to:
            await self._notebook.note(f"{ANSWER}{message.answer_to}", _OUTBOUND.dump_json(message).decode())

    async def after(self, act: Callable[[], Awaitable[None]], handle: str, patience_s: float = PATIENCE_S) -> Outbound | None:
        """Act, then wait for its answer; None when it takes too long. Whatever `act` raises passes through."""
        future: asyncio.Future[Outbound] = asyncio.get_running_loop().create_future()
        self._waiting[handle] = future
        looking = asyncio.create_task(self._look(handle, future))
        try:
            await act()
            with suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(future), patience_s)
            return None
        finally:
            looking.cancel()
            if self._waiting.get(handle) is future:
                del self._waiting[handle]
            future.cancel()

    async def _look(self, handle: str, future: asyncio.Future[Outbound]) -> None:
        """For what came while nobody waited; and, where other processes answer, for as long as it takes."""
        while not future.done():
            with suppress(StoreError):
                found = await self._take(handle)
                if found is not None and not future.done():
                    future.set_result(found)
                    return
            if not self._shared:
                return
            await asyncio.sleep(LOOK_S)

    async def _take(self, handle: str) -> Outbound | None:
        key = f"{ANSWER}{handle}"
        kept = (await self._reader.noted(key)).get(key)
        if not kept:
            return None
        await self._notebook.note(key, "")
        return _OUTBOUND.validate_json(kept)


def said(message: Outbound) -> str:
    """What it says, on one line."""
    return " ".join(part.text for part in message.parts if isinstance(part, Title | Say | Small))
