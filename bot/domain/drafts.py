"""A draft: an entry as it shall be, until somebody publishes or discards it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.ids import PersonId, TicketId
from kb.entries import Entry

DraftState = Literal["draft", "review", "published", "discarded"]
Origin = Literal["web", "chat", "ticket", "gap", "import", "api"]


@dataclass(frozen=True, slots=True)
class Draft:
    """id: 0 until it is stored. of: the entry's id, which may be new. entry: whole, as it shall be published.

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
