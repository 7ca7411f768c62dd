"""What the core asks of its memory about drafts of entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.domain.drafts import Draft, DraftState


class DraftReader(Protocol):
    """Questions, inside a unit of work and outside."""

    async def drafts(self, states: Sequence[DraftState] = ("draft", "review"), limit: int = 200) -> list[Draft]:
        """Newest first."""
        ...

    async def drafts_of(self, entry: str, limit: int = 50) -> list[Draft]:
        """Every draft of an entry, newest first."""
        ...

    async def drafts_from(self, ticket: str) -> list[Draft]:
        """Every draft that was made from a ticket, newest first."""
        ...

    async def draft(self, draft: int) -> Draft | None:
        """By its id. Inside a unit it stays as it is until that is committed: of two who change it the second sees what the first did."""
        ...


class DraftRows(DraftReader, Protocol):
    """Its part of a unit of work."""

    async def add_draft(self, draft: Draft) -> int:
        """Store it (its id is ignored); gives the id, which is never given again."""
        ...

    async def save_draft(self, draft: Draft) -> None:
        """Store what changed in it."""
        ...
