"""Drafts of entries over dicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.ports.curating import Draft, DraftState
from bot.store import codec
from bot.store.drafts import CHANGING, DRAFT

if TYPE_CHECKING:
    from bot.store.shelves import Shelves


class MemoryDraftReading:
    """What can be asked about drafts. `shelf`: the dicts, as committed or as this unit has them."""

    @property
    def shelf(self) -> Shelves:
        """Where to look."""
        raise NotImplementedError

    async def drafts(self, states: Sequence[DraftState] = ("draft", "review"), limit: int = 200) -> list[Draft]:
        """Newest first."""
        return [d for d in reversed(self.shelf.drafts.values()) if d.state in states][:limit]

    async def drafts_of(self, entry: str, limit: int = 50) -> list[Draft]:
        """Every draft of an entry, newest first."""
        return [d for d in reversed(self.shelf.drafts.values()) if d.of == entry][:limit]

    async def drafts_from(self, ticket: str) -> list[Draft]:
        """Every draft that was made from a ticket, newest first."""
        return [d for d in reversed(self.shelf.drafts.values()) if ticket and d.ticket == ticket]

    async def draft(self, draft: int) -> Draft | None:
        """By its id."""
        return self.shelf.drafts.get(draft)


class MemoryDrafts(MemoryDraftReading):
    """Their part of a transaction."""

    async def add_draft(self, draft: Draft) -> int:
        """Store it (its id is ignored); gives the id."""
        id_ = self.shelf.counters[DRAFT] = self.shelf.counters.get(DRAFT, 0) + 1
        self.shelf.drafts[id_] = codec.cleaned(replace(draft, id=id_))
        return id_

    async def save_draft(self, draft: Draft) -> None:
        """Store what may change in it."""
        if kept := self.shelf.drafts.get(draft.id):
            changes: dict[str, Any] = {name: getattr(draft, name) for name in CHANGING}
            self.shelf.drafts[draft.id] = codec.cleaned(replace(kept, **changes))

    async def erase_drafts(self, ticket: str) -> None:
        """Every draft that was made from a ticket is gone."""
        for draft in await self.drafts_from(ticket):
            del self.shelf.drafts[draft.id]
