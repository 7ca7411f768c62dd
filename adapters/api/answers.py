"""What came of an act, for the request that waits for it: the core answers it as it answers a press."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from pydantic import TypeAdapter

from bot.domain.messages import Outbound, Say
from bot.errors import StoreError
from bot.ports import Notebook, Reader

ANSWER = "api:answer:"  # notes
LOOK_S = 0.06  # seconds between looks for an answer from another process
PATIENCE_S = 5.0  # it comes within milliseconds unless the desk is flooded

_OUTBOUND = TypeAdapter(Outbound)


class Answers:
    """By handle. The same request sent again waits under the same handle, and finds what came while nobody waited, or whoever did has died.

    shared: other processes may be the ones that answer. patience_s: as long as a request waits.
    """

    def __init__(self, reader: Reader, notebook: Notebook, shared: bool, patience_s: float = PATIENCE_S) -> None:
        self._reader, self._notebook, self._shared, self.patience_s = reader, notebook, shared, patience_s
        self._waiting: dict[str, asyncio.Future[Outbound]] = {}
        self._may_come_again: set[str] = set()

    async def put(self, message: Outbound) -> None:
        """The core answers. Raises StoreError."""
        handle = message.answer_to
        future = self._waiting.get(handle)
        is_awaited = future is not None and not future.done()
        if handle and (not is_awaited or handle in self._may_come_again):
            await self._notebook.note(f"{ANSWER}{handle}", _OUTBOUND.dump_json(message).decode())
        if future is not None and not future.done():
            future.set_result(message)

    async def after(self, act: Callable[[], Awaitable[None]], handle: str, *, may_come_again: bool) -> Outbound | None:
        """Act, then wait for its answer; None when it takes too long. Whatever `act` raises passes through.

        may_come_again: whoever asks keeps the handle, and may ask once more after we have died: the answer outlives us.
        """
        future: asyncio.Future[Outbound] = asyncio.get_running_loop().create_future()
        self._waiting[handle] = future
        if may_come_again:
            self._may_come_again.add(handle)
        looking = asyncio.create_task(self._look(handle, future)) if may_come_again or self._shared else None
        try:
            await act()
            with suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(future), self.patience_s)
            return None
        finally:
            if looking is not None:
                looking.cancel()
            if self._waiting.get(handle) is future:
                del self._waiting[handle]
                self._may_come_again.discard(handle)
            future.cancel()

    async def _look(self, handle: str, future: asyncio.Future[Outbound]) -> None:
        """For what came before; and, where other processes answer, for as long as it takes. Housekeeping takes the notes away."""
        key = f"{ANSWER}{handle}"
        while not future.done():
            with suppress(StoreError):
                kept = (await self._reader.noted(key)).get(key)
                if kept and not future.done():
                    future.set_result(_OUTBOUND.validate_json(kept))
            if not self._shared:
                return
            await asyncio.sleep(LOOK_S)


def said(message: Outbound) -> str:
    """The sentences of ours in it, on one line: what somebody wrote is theirs already."""
    return " ".join(part.text for part in message.parts if isinstance(part, Say))
