"""Proposals, marked questions and versions of the knowledge over dicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.learning import Outside, Proposal, State
from bot.ports.learning import KnowledgeChanges
from bot.store import codec
from bot.store.learning import ENTRY, MARK, PROPOSAL, VERSION

if TYPE_CHECKING:
    from bot.store.shelves import Shelves


class MemoryLearningReading:
    """What can be asked about learning. `shelf`: the dicts, as committed or as this unit has them."""

    @property
    def shelf(self) -> Shelves:
        """Where to look."""
        raise NotImplementedError

    async def proposals(self, state: State = "waiting", limit: int = 100) -> list[Proposal]:
        """Newest first."""
        return [p for p in reversed(self.shelf.proposals.values()) if p.state == state][:limit]

    async def proposals_of(self, entry: str, limit: int = 500) -> list[Proposal]:
        """Every proposal of an entry, newest first."""
        return [p for p in reversed(self.shelf.proposals.values()) if p.entry == entry][:limit]

    async def outside_questions(self, limit: int = 10_000) -> list[Outside]:
        """The questions that are not for the FAQ, newest first."""
        return list(reversed(self.shelf.outside.values()))[:limit]

    async def are_sorted(self, tickets: Sequence[str]) -> set[str]:
        """Those of the tickets whose question was proposed to an entry, or marked as not for the FAQ."""
        known = {p.ticket for p in self.shelf.proposals.values()} | {o.ticket for o in self.shelf.outside.values()}
        return {number for number in tickets if number in known}

    async def knowledge_version(self) -> int:
        """Grows with each change of an entry or a mark."""
        return self.shelf.counters.get(VERSION, 0)

    async def knowledge_since(self, version: int) -> KnowledgeChanges:
        """What changed after that version."""
        changed = [key for key, at in sorted(self.shelf.changes.items(), key=lambda item: item[1]) if at > version]
        entries = tuple(self.shelf.entries[id_] for kind, id_ in changed if kind == ENTRY and id_ in self.shelf.entries)
        marks = [int(id_) for kind, id_ in changed if kind == MARK]
        here = tuple(self.shelf.outside[id_] for id_ in marks if id_ in self.shelf.outside)
        return KnowledgeChanges(await self.knowledge_version(), entries, here, tuple(id_ for id_ in marks if id_ not in self.shelf.outside))


class MemoryLearning(MemoryLearningReading):
    """Its part of a transaction."""

    async def add_proposal(self, proposal: Proposal) -> int:
        """Store it (its id is ignored); gives the id."""
        id_ = self._count(PROPOSAL)
        self.shelf.proposals[id_] = codec.cleaned(replace(proposal, id=id_))
        return id_

    async def save_proposal(self, proposal: Proposal) -> None:
        """Store its text and how it was decided."""
        if kept := self.shelf.proposals.get(proposal.id):
            text = codec.clean(proposal.text)
            self.shelf.proposals[proposal.id] = replace(kept, text=text, state=proposal.state, decided_by=proposal.decided_by, decided_at=proposal.decided_at)

    async def proposal(self, proposal: int) -> Proposal | None:
        """By its id."""
        return self.shelf.proposals.get(proposal)

    async def add_outside(self, outside: Outside) -> int:
        """Store a mark (its id is ignored); gives the id: the version of the knowledge that it makes."""
        id_ = self._count(VERSION)
        self.shelf.outside[id_] = codec.cleaned(replace(outside, id=id_))
        self.shelf.changes[MARK, str(id_)] = id_
        return id_

    async def outside(self, outside: int) -> Outside | None:
        """By its id."""
        return self.shelf.outside.get(outside)

    async def drop_outside(self, outside: int) -> None:
        """The mark is gone."""
        if self.shelf.outside.pop(outside, None) is not None:
            self.note_change(MARK, str(outside))

    async def proposals_from(self, ticket: str) -> list[Proposal]:
        """Every proposal of a ticket's question."""
        return [p for p in self.shelf.proposals.values() if p.ticket == ticket]

    async def erase_learned(self, ticket: str) -> list[Proposal]:
        """Erase every proposal and mark of a ticket; gives the proposals as they were."""
        erased = await self.proposals_from(ticket)
        for proposal in erased:
            del self.shelf.proposals[proposal.id]
        for mark in [o for o in self.shelf.outside.values() if o.ticket == ticket]:
            await self.drop_outside(mark.id)
        return erased

    def note_change(self, kind: str, id_: str) -> None:
        """It changed in the next version of the knowledge."""
        self.shelf.changes[kind, id_] = self._count(VERSION)

    def _count(self, of: str) -> int:
        self.shelf.counters[of] = self.shelf.counters.get(of, 0) + 1
        return self.shelf.counters[of]
