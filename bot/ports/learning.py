"""What the core asks of its memory about learning: proposals, questions that are not for the FAQ, and what changed in the knowledge base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.learning import Outside, Proposal, State
from kb.entries import Entry


@dataclass(frozen=True, slots=True)
class KnowledgeChanges:
    """What changed in the knowledge base after some version, up to `version` or later; each as it is now.

    entries: retired ones, too. outside: marked questions. withdrawn: ids of marks that are gone.
    """

    version: int
    entries: tuple[Entry, ...] = ()
    outside: tuple[Outside, ...] = ()
    withdrawn: tuple[int, ...] = ()


class LearningReader(Protocol):
    """Questions, inside a unit of work and outside."""

    async def proposals(self, state: State = "waiting", limit: int = 100) -> list[Proposal]:
        """Newest first."""
        ...

    async def proposals_of(self, entry: str, limit: int = 500) -> list[Proposal]:
        """Every proposal of an entry, newest first."""
        ...

    async def outside_questions(self, limit: int = 10_000) -> list[Outside]:
        """The questions that are not for the FAQ, newest first."""
        ...

    async def are_sorted(self, tickets: Sequence[str]) -> set[str]:
        """Those of the tickets whose question was proposed to an entry, or marked as not for the FAQ."""
        ...

    async def knowledge_version(self) -> int:
        """Grows with each change of an entry or a mark, in the order of the commits: who has seen a version has seen all before. 0: nothing yet."""
        ...

    async def knowledge_since(self, version: int) -> KnowledgeChanges:
        """What changed after that version."""
        ...


class LearningRows(LearningReader, Protocol):
    """Its part of a unit of work."""

    async def add_proposal(self, proposal: Proposal) -> int:
        """Store it (its id is ignored); gives the id, which is never given again."""
        ...

    async def save_proposal(self, proposal: Proposal) -> None:
        """Store its text and how it was decided."""
        ...

    async def proposal(self, proposal: int) -> Proposal | None:
        """By its id."""
        ...

    async def add_outside(self, outside: Outside) -> int:
        """Store a mark (its id is ignored); gives the id, which is never given again. A new version of the knowledge."""
        ...

    async def outside(self, outside: int) -> Outside | None:
        """By its id."""
        ...

    async def drop_outside(self, outside: int) -> None:
        """The mark is gone; nothing happens when there is none. A new version of the knowledge."""
        ...

    async def proposals_from(self, ticket: str) -> list[Proposal]:
        """Every proposal of a ticket's question, any order."""
        ...

    async def erase_learned(self, ticket: str) -> list[Proposal]:
        """Erase every proposal and mark of a ticket, text and all; gives the proposals as they were."""
        ...
