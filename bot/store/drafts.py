"""Drafts of entries: who writes what, whose question it answers, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Column, bindparam, delete, desc, literal_column, select, update

from bot.ports.curating import Draft, DraftState
from bot.store.learning import Counting
from bot.store.session import Rows, Statement, inserting
from bot.store.tables import drafts

DRAFT = ":draft"  # counters: no prefix of a desk holds a colon
CHANGING = ("entry", "based_on", "state", "changed_by", "changed_at", "reviewer", "remark")  # what may become something else once it is stored
_STATES = 4  # how many there are: a statement has as many parameters, whichever are asked for

d = drafts.c
_DRAFT = tuple(d[field.name] for field in fields(Draft))


def _is(column: Column[Any], name: str) -> Any:
    return column == bindparam(name, type_=column.type)


_ADD = Statement(inserting(drafts))
_SAVE = Statement(update(drafts).where(_is(d.id, "of_id")).values({name: bindparam(name, type_=d[name].type) for name in CHANGING}))
_ONE = Statement(select(*_DRAFT).where(_is(d.id, "of_id")))
_ONE_LOCKED = Statement(select(*_DRAFT).where(_is(d.id, "of_id")).with_for_update())
_IN_STATES = Statement(
    select(*_DRAFT).where(d.state.in_([bindparam(f"state{n}", type_=d.state.type) for n in range(_STATES)])).order_by(desc(d.id)).limit(bindparam("limit"))
)
_OF_ENTRY = Statement(select(*_DRAFT).where(_is(d.of, "entry_id")).order_by(desc(d.id)).limit(bindparam("limit")))
_OF_TICKET = Statement(select(*_DRAFT).where(_is(d.ticket, "number"), d.ticket != literal_column("''")).order_by(desc(d.id)))
_ERASE = Statement(delete(drafts).where(_is(d.ticket, "number"), d.ticket != literal_column("''")))


class DraftReading(Rows):
    """What can be asked about drafts."""

    async def drafts(self, states: Sequence[DraftState] = ("draft", "review"), limit: int = 200) -> list[Draft]:
        """Newest first."""
        if not states:
            return []
        wanted = {f"state{n}": states[min(n, len(states) - 1)] for n in range(_STATES)}
        return [Draft(*row) for row in await self._session.all(_IN_STATES, limit=limit, **wanted)]

    async def drafts_of(self, entry: str, limit: int = 50) -> list[Draft]:
        """Every draft of an entry, newest first."""
        return [Draft(*row) for row in await self._session.all(_OF_ENTRY, entry_id=entry, limit=limit)]

    async def drafts_from(self, ticket: str) -> list[Draft]:
        """Every draft that was made from a ticket, newest first."""
        return [Draft(*row) for row in await self._session.all(_OF_TICKET, number=ticket)]

    async def draft(self, draft: int) -> Draft | None:
        """By its id."""
        return await self._one(_ONE, draft)

    async def _one(self, statement: Statement, draft: int) -> Draft | None:
        row = await self._session.first(statement, of_id=draft)
        return Draft(*row) if row else None


class DraftWriting(DraftReading, Counting):
    """Their part of a transaction."""

    async def draft(self, draft: int) -> Draft | None:
        """By its id. It stays as it is until this unit is committed: of two who change it the second sees what the first did."""
        return await self._one(_ONE_LOCKED, draft)

    async def add_draft(self, draft: Draft) -> int:
        """Store it (its id is ignored); gives the id."""
        id_ = await self._count(DRAFT)
        await self._session.do(_ADD, id=id_, **{field.name: getattr(draft, field.name) for field in fields(Draft) if field.name != "id"})
        return id_

    async def save_draft(self, draft: Draft) -> None:
        """Store what may change in it."""
        await self._session.do(_SAVE, of_id=draft.id, **{name: getattr(draft, name) for name in CHANGING})

    async def erase_drafts(self, ticket: str) -> None:
        """Every draft that was made from a ticket is gone."""
        await self._session.do(_ERASE, number=ticket)
