"""What the core says while somebody is on the telephone: handed to the request that waits to speak it, in whichever process that is.

The core speaks through `send`, the provider waits for an answer to what it posted. Both meet in notes: who waits, and what there is to be said.
A note that nobody takes was not said, and goes as a text message: what is spoken has been taken, and nothing is lost in between.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from pydantic import TypeAdapter

from adapters.phone.notes import HOLDS, SAYS
from bot.domain.messages import Outbound
from bot.ports import Notebook

LOOK_S = 0.05  # seconds between looks
TAKEN_S = 15.0  # what waits longer than the provider for an answer, nobody takes any more

_OUTBOUND = TypeAdapter(Outbound)


class Line:
    """One for all calls."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook

    async def hold(self, conversation: str, call: str) -> None:
        """From now on what is said there is for that call. Raises StoreError."""
        await self._notebook.note(f"{HOLDS}{conversation}", call)

    async def let_go(self, conversation: str) -> None:
        """Nobody waits there any more. Raises StoreError."""
        await self._notebook.note(f"{HOLDS}{conversation}", "")

    async def collect(self, call: str, first_s: float, quiet_s: float) -> Sequence[Outbound]:
        """What is said for that call, in order: it has `first_s` seconds to begin, and is over after `quiet_s` without more. Raises StoreError."""
        loop, found, prefix = asyncio.get_running_loop(), list[Outbound](), f"{SAYS}{call}:"
        until = loop.time() + first_s
        while loop.time() < until:
            new = await self._notebook.noted(prefix)
            for key in sorted(new):
                found.append(_OUTBOUND.validate_json(new[key]))
                await self._notebook.note(key, "")
            if new:
                until = loop.time() + quiet_s
            await asyncio.sleep(LOOK_S)
        return found

    async def speak(self, conversation: str, piece: Outbound) -> str:
        """Say it to whoever is on the telephone there: the name of what was said; "" when nobody took it. Raises StoreError."""
        hold = f"{HOLDS}{conversation}"
        call = (await self._notebook.noted(hold)).get(hold, "")
        if not call:
            return ""
        name = f"{call}.{time.time_ns():020}"
        key = f"{SAYS}{call}:{name}"
        await self._notebook.note(key, _OUTBOUND.dump_json(piece).decode())
        until = asyncio.get_running_loop().time() + TAKEN_S
        while asyncio.get_running_loop().time() < until:
            await asyncio.sleep(LOOK_S)
            if key not in await self._notebook.noted(key):
                return name
            if hold not in await self._notebook.noted(hold):
                break
        await self._notebook.note(key, "")
        if (await self._notebook.noted(hold)).get(hold) == call:
            await self._notebook.note(hold, "")  # whoever waited has died
        return ""
