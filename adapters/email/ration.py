"""How often the bot answers one address by itself: two machines that answer each other must fall silent, in however many processes we run."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta

from bot.ports.world import Clock, Notebook

log = logging.getLogger(__name__)

WITHIN = timedelta(hours=1)


class Ration:
    """So many answers of one kind an hour to one address; a note each, under a name that tells nobody the address."""

    def __init__(self, kind: str, notebook: Notebook, clock: Clock, most: int) -> None:
        self._begins, self._notebook, self._clock, self._most = f"email:{kind}:", notebook, clock, most
        self._alarmed: dict[str, datetime] = {}
        self.silenced = 0

    async def admits(self, address: str, key: str) -> bool:
        """May the answer of that key go out? The same key is asked about any number of times, and counts once."""
        now, prefix = self._clock.now(), f"{self._begins}{_hash(address)}:"
        mine = f"{prefix}{_hash(key)}"
        recent = await self._recent(prefix, now)
        if mine in recent:
            return True
        if len(recent) < self._most:
            await self._notebook.note(mine, now.isoformat())
            recent = await self._recent(prefix, now)  # another process may have noted one just now: the earlier ones go out
            if mine in sorted(recent, key=lambda name: (recent[name], name))[: self._most]:
                return True
            await self._notebook.note(mine, "")
        self._alarm(prefix, now)
        return False

    async def _recent(self, prefix: str, now: datetime) -> dict[str, str]:
        """What went out to that address within the hour; what is older is forgotten."""
        notes = {name: at for name, at in (await self._notebook.noted(prefix)).items() if at}
        old = {name for name, at in notes.items() if now - datetime.fromisoformat(at) >= WITHIN}
        for name in old:
            await self._notebook.note(name, "")
        return {name: at for name, at in notes.items() if name not in old}

    def _alarm(self, prefix: str, now: datetime) -> None:
        """One line for each address and hour."""
        self.silenced += 1
        self._alarmed = {known: at for known, at in self._alarmed.items() if now - at < WITHIN}
        if prefix not in self._alarmed:
            self._alarmed[prefix] = now
            log.warning("an address had as many automatic answers as it may in an hour: it may be a machine", extra={"address": prefix.split(":")[2]})


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
