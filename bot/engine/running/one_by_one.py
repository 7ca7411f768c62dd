"""One message at a time, from the call to the note that it was sent: a process that dies leaves no more than one of which nobody knows whether it arrived."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

HOLD_S = 1.0  # seconds after which the next need not wait any longer: a platform that hangs holds up no more than that


class OneByOne:
    """Turns, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._free = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[bool]:
        """Nobody else has a turn meanwhile, unless it takes longer than HOLD_S. Gives whether it had to be waited for."""
        waited = self._free.locked()
        await self._free.acquire()
        is_held = True

        def end() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                self._free.release()

        timer = asyncio.get_running_loop().call_later(HOLD_S, end)
        try:
            yield waited
        finally:
            timer.cancel()
            end()
