"""Drafts of entries, and what the core asks of its memory about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.domain.ids import PersonId, TicketId
from kb.entries import Entry

DraftState = Literal["draft", "review", "published", "discarded"]
Origin = Literal["web", "chat", "ticket", "gap", "import", "api"]


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry as it shall be, until somebody publishes or discards it.

    id: 0 until it is stored. of: the entry's id, which may be new. entry: whole, as it shall be published.

    based_on: the newest version of the entry when the draft was begun, 0 of a new one: somebody may have published another meanwhile.
    changed_at: the draft's own version: who saves an older one is told. reviewer: who shall look at it or did, "" anybody. remark: theirs.
    ticket: whose question it answers, or "".
    """

    id: int
    of: str
    entry: Entry
    based_on: int
    state: DraftState
    origin: Origin
    by: PersonId
    at: datetime
    changed_by: PersonId
    changed_at: datetime
    reviewer: PersonId | Literal[""] = ""
    remark: str = ""
    ticket: TicketId | Literal[""] = ""

    @property
    def is_open(self) -> bool:
        """May it still become an entry?"""
        return self.state in ("draft", "review")


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
        """Store what may change in it: entry, based_on, state, changed_by, changed_at, reviewer, remark."""
        ...

    async def erase_drafts(self, ticket: str) -> None:
        """Every draft that was made from a ticket is gone."""
        ...
