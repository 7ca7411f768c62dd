"""How often the bot answers one address by itself: two machines that answer each other must fall silent, in however many processes we run."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ports.world import Clock, Notebook

log = logging.getLogger(__name__)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Most:
    """So many to one address within the last hour, and within the last day."""

    hour: int
    day: int

    def times(self, factor: int) -> Most:
        """So many times as often."""
        return Most(self.hour * factor, self.day * factor)


class Ration:
    """So many answers of one kind to one address; a note each, under a name that tells nobody the address."""

    def __init__(self, kind: str, notebook: Notebook, clock: Clock, most: Most) -> None:
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
        if self._is_within(recent, now):
            await self._notebook.note(mine, now.isoformat())
            noted = await self._recent(prefix, now)  # another process may have noted one just now: the earlier ones go out
            before = {name: at for name, at in noted.items() if (at, name) < (now.isoformat(), mine)}
            if self._is_within(before, now):
                return True
            await self._notebook.note(mine, "")
        self._alarm(prefix, now)
        return False

    async def _recent(self, prefix: str, now: datetime) -> dict[str, str]:
        """What went out to that address within the day; what is older is forgotten."""
        notes = {name: at for name, at in (await self._notebook.noted(prefix)).items() if at}
        old = {name for name, at in notes.items() if now - datetime.fromisoformat(at) >= DAY}
        for name in old:
            await self._notebook.note(name, "")
        return {name: at for name, at in notes.items() if name not in old}

    def _is_within(self, noted: Mapping[str, str], now: datetime) -> bool:
        """Does one more keep to both bounds?"""
        newest = sum(now - datetime.fromisoformat(at) < HOUR for at in noted.values())
        return newest < self._most.hour and len(noted) < self._most.day

    def _alarm(self, prefix: str, now: datetime) -> None:
        """One line for each address and day."""
        self.silenced += 1
        self._alarmed = {known: at for known, at in self._alarmed.items() if now - at < DAY}
        if prefix not in self._alarmed:
            self._alarmed[prefix] = now
            log.warning("an address had as many automatic answers as it may: it may be a machine", extra={"address": prefix.split(":")[2]})


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
