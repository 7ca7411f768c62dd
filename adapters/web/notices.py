"""What agents are told by themselves: kept until their next page shows it, whichever process makes that page, and through every restart."""

from __future__ import annotations

import json
import secrets

from adapters.web.lines import lines_of
from bot.domain.messages import Outbound
from bot.ports import Clock, Notebook

NOTICE = "web:notice:"  # notes
MOST = 20  # of one person; who has not looked for so long finds the newest


class Notices:
    """By person, oldest first."""

    def __init__(self, notebook: Notebook, clock: Clock) -> None:
        self._notebook, self._clock = notebook, clock

    async def put(self, person: str, message: Outbound) -> None:
        """For their next page. Raises StoreError."""
        begins = f"{NOTICE}{person}~"
        await self._notebook.note(f"{begins}{self._clock.now().isoformat()}~{secrets.token_hex(4)}", json.dumps(lines_of(message), ensure_ascii=False))
        for key in sorted(await self._notebook.noted(begins))[:-MOST]:
            await self._notebook.note(key, "")

    async def take(self, person: str) -> list[tuple[str, str]]:
        """What waits for them, as (kind, text) pairs; it is told once. Raises StoreError."""
        found = await self._notebook.noted(f"{NOTICE}{person}~")
        for key in found:
            await self._notebook.note(key, "")
        return [(kind, text) for key in sorted(found) for kind, text in json.loads(found[key])]
