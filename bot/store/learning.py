"""Proposals, marked questions, and the version of the knowledge base that changed what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Column, bindparam, delete, desc, select, update

from bot.domain.learning import Outside, Proposal, State
from bot.ports.learning import KnowledgeChanges
from bot.store.session import Rows, Statement, inserting, replacing
from bot.store.tables import counters, entries, knowledge_changes, outside, proposals

VERSION = ":knowledge"  # counters: no prefix of a desk holds a colon
PROPOSAL = ":proposal"
ENTRY, MARK = "entry", "outside"  # what a change is about

p, o, k, c = proposals.c, outside.c, knowledge_changes.c, counters.c
_PROPOSAL = tuple(p[field.name] for field in fields(Proposal))
_OUTSIDE = tuple(o[field.name] for field in fields(Outside))


def _is(column: Column[Any], name: str) -> Any:
    return column == bindparam(name, type_=column.type)


_COUNT = Statement(replacing(counters, last=c.last + 1))
_LAST = Statement(select(c.last).where(_is(c.prefix, "of")))

_ADD_PROPOSAL = Statement(inserting(proposals))
_SAVE_PROPOSAL = Statement(
    update(proposals).where(_is(p.id, "of_id")).values({x.name: bindparam(x.name, type_=x.type) for x in (p.text, p.state, p.decided_by, p.decided_at)})
)
_ONE_PROPOSAL = Statement(select(*_PROPOSAL).where(_is(p.id, "of_id")).with_for_update())
_IN_STATE = Statement(select(*_PROPOSAL).where(_is(p.state, "state")).order_by(desc(p.id)).limit(bindparam("limit")))
_OF_ENTRY = Statement(select(*_PROPOSAL).where(_is(p.entry, "of")).order_by(desc(p.id)).limit(bindparam("limit")))
_OF_TICKET = Statement(select(*_PROPOSAL).where(_is(p.ticket, "of")))
_ERASE_PROPOSALS = Statement(delete(proposals).where(_is(p.ticket, "of")))

_ADD_OUTSIDE = Statement(inserting(outside))
_ONE_OUTSIDE = Statement(select(*_OUTSIDE).where(_is(o.id, "of_id")))
_NEWEST_OUTSIDE = Statement(select(*_OUTSIDE).order_by(desc(o.id)).limit(bindparam("limit")))
_OUTSIDE_OF_TICKET = Statement(select(*_OUTSIDE).where(_is(o.ticket, "of")))
_DROP_OUTSIDE = Statement(delete(outside).where(_is(o.id, "of_id")))

_CHANGED = Statement(replacing(knowledge_changes))
_SINCE = Statement(select(k.kind, k.id).where(k.version > bindparam("since", type_=k.version.type)).order_by(k.version))
_ONE_ENTRY = Statement(select(entries.c.entry).where(_is(entries.c.id, "of_id")))


class LearningReading(Rows):
    """What can be asked about learning."""

    async def proposals(self, state: State = "waiting", limit: int = 100) -> list[Proposal]:
        """Newest first."""
        return [Proposal(*row) for row in await self._session.all(_IN_STATE, state=state, limit=limit)]

    async def proposals_of(self, entry: str, limit: int = 500) -> list[Proposal]:
        """Every proposal of an entry, newest first."""
        return [Proposal(*row) for row in await self._session.all(_OF_ENTRY, of=entry, limit=limit)]

    async def outside_questions(self, limit: int = 10_000) -> list[Outside]:
        """The questions that are not for the FAQ, newest first."""
        return [Outside(*row) for row in await self._session.all(_NEWEST_OUTSIDE, limit=limit)]

    async def are_sorted(self, tickets: Sequence[str]) -> set[str]:
        """Those of the tickets whose question was proposed to an entry, or marked as not for the FAQ."""
        found = set()
        for number in tickets:
            if await self._session.first(_OF_TICKET, of=number) or await self._session.first(_OUTSIDE_OF_TICKET, of=number):
                found.add(number)
        return found

    async def knowledge_version(self) -> int:
        """Grows with each change of an entry or a mark, in the order of the commits."""
        row = await self._session.first(_LAST, of=VERSION)
        return int(row[0]) if row else 0

    async def knowledge_since(self, version: int) -> KnowledgeChanges:
        """What changed after that version. The version is read first: what is read after it is as new or newer."""
        now = await self.knowledge_version()
        changed, marks, gone = [], [], []
        for kind, id_ in await self._session.all(_SINCE, since=version) if now != version else ():
            row = await self._session.first(_ONE_ENTRY, of_id=id_) if kind == ENTRY else await self._session.first(_ONE_OUTSIDE, of_id=int(id_))
            if kind == ENTRY and row:
                changed.append(row[0])
            elif kind == MARK and row:
                marks.append(Outside(*row))
            elif kind == MARK:
                gone.append(int(id_))
        return KnowledgeChanges(now, tuple(changed), tuple(marks), tuple(gone))


class Counting(Rows):
    """Numbers by name."""

    async def _count(self, of: str) -> int:
        """The next number of a counter. Its row stays locked until the commit, so numbers become visible in their order."""
        await self._session.do(_COUNT, prefix=of, last=1)
        row = await self._session.first(_LAST, of=of)
        assert row is not None  # written just now
        return int(row[0])


class LearningWriting(LearningReading, Counting):
    """Its part of a transaction."""

    async def add_proposal(self, proposal: Proposal) -> int:
        """Store it (its id is ignored); gives the id."""
        id_ = await self._count(PROPOSAL)
        await self._session.do(_ADD_PROPOSAL, id=id_, **_values(proposal))
        return id_

    async def save_proposal(self, proposal: Proposal) -> None:
        """Store its text and how it was decided."""
        await self._session.do(
            _SAVE_PROPOSAL, of_id=proposal.id, text=proposal.text, state=proposal.state, decided_by=proposal.decided_by, decided_at=proposal.decided_at
        )

    async def proposal(self, proposal: int) -> Proposal | None:
        """By its id. It stays as it is until this unit is committed: of two who decide it, the second sees what the first did."""
        row = await self._session.first(_ONE_PROPOSAL, of_id=proposal)
        return Proposal(*row) if row else None

    async def add_outside(self, outside: Outside) -> int:
        """Store a mark (its id is ignored); gives the id: the version of the knowledge that it makes."""
        id_ = await self._count(VERSION)
        await self._session.do(_ADD_OUTSIDE, id=id_, **_values(outside))
        await self._session.do(_CHANGED, kind=MARK, id=str(id_), version=id_)
        return id_

    async def outside(self, outside: int) -> Outside | None:
        """By its id."""
        row = await self._session.first(_ONE_OUTSIDE, of_id=outside)
        return Outside(*row) if row else None

    async def drop_outside(self, outside: int) -> None:
        """The mark is gone."""
        if await self._session.do(_DROP_OUTSIDE, of_id=outside):
            await self.note_change(MARK, str(outside))

    async def proposals_from(self, ticket: str) -> list[Proposal]:
        """Every proposal of a ticket's question."""
        return [Proposal(*row) for row in await self._session.all(_OF_TICKET, of=ticket)]

    async def erase_learned(self, ticket: str) -> list[Proposal]:
        """Erase every proposal and mark of a ticket; gives the proposals as they were."""
        erased = await self.proposals_from(ticket)
        await self._session.do(_ERASE_PROPOSALS, of=ticket)
        for row in await self._session.all(_OUTSIDE_OF_TICKET, of=ticket):
            await self.drop_outside(row[0])
        return erased

    async def note_change(self, kind: str, id_: str) -> None:
        """It changed in the next version of the knowledge."""
        await self._session.do(_CHANGED, kind=kind, id=id_, version=await self._count(VERSION))


def _values(value: Proposal | Outside) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value) if field.name != "id"}
