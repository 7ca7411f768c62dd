"""Requests of programs, with what they were answered, over a dict."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.ports.answering import AnsweredRequest

if TYPE_CHECKING:
    from bot.store.shelves import Shelves


class MemoryAnswered:
    """Their part of a transaction. `shelf`: the dicts as this unit has them."""

    @property
    def shelf(self) -> Shelves:
        """Where to look."""
        raise NotImplementedError

    async def answered_request(self, key: str) -> AnsweredRequest | None:
        """By its key."""
        return self.shelf.answered.get(key)

    async def keep_answered(self, request: AnsweredRequest) -> None:
        """Store it, in place of what was there under its key."""
        self.shelf.answered[request.key] = request

    async def drop_answered(self, key: str) -> None:
        """It never was."""
        self.shelf.answered.pop(key, None)

    async def forget_answered(self, before: datetime, limit: int = 1000) -> int:
        """Remove those that were begun before that, the oldest first; how many went."""
        old = sorted((request.at, key) for key, request in self.shelf.answered.items() if request.at < before)[:limit]
        for _, key in old:
            del self.shelf.answered[key]
        return len(old)
