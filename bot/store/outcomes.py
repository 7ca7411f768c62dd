"""Questions asked of the knowledge base and what became of them, found by ticket, by asking and by judging."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, bindparam, desc, literal_column, select, tuple_, update

from bot.domain.outcomes import Outcome
from bot.store.session import Rows, Statement, inserting
from bot.store.tables import outcomes, tickets

o, t = outcomes.c, tickets.c
COLUMNS = tuple(o[field.name] for field in fields(Outcome))
JUDGED = ("picked", "judgement", "instead", "source", "judged_at")  # what is learned of it after it was asked
_AFTER_ALL = datetime(9999, 12, 31, tzinfo=UTC)
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


def _is(column: Column[Any], name: str) -> Any:
    return column == bindparam(name, type_=column.type)


def _after(moment: Column[Any]) -> Any:
    """Beyond a place in the order of time, and of numbers within a moment."""
    return tuple_(moment, o.id) > tuple_(bindparam("after_at", type_=moment.type), bindparam("after_id", type_=o.id.type))


_ADD = Statement(inserting(outcomes))
_SAVE = Statement(update(outcomes).where(_is(o.id, "of_id")).values({name: bindparam(name, type_=o[name].type) for name in JUDGED}))
_OF_TICKET = Statement(select(*COLUMNS).where(_is(o.ticket, "of")).order_by(o.id))
_SOLVED_BY = Statement(
    select(*COLUMNS)
    .join_from(tickets, outcomes, o.ticket == t.id)
    .where(_is(t.requester, "requester"), t.status.in_([literal_column("'resolved'"), literal_column("'closed'")]))
    .where(t.changed_at >= bindparam("since", type_=t.changed_at.type))
    .where(o.judgement == literal_column("'right'"), o.source == literal_column("'press'"), o.judged_at >= bindparam("judged_since", type_=o.judged_at.type))
)
_ASKED = Statement(
    select(*COLUMNS).where(_after(o.asked_at), o.asked_at < bindparam("until", type_=o.asked_at.type)).order_by(o.asked_at, o.id).limit(bindparam("limit"))
)
_LATEST = Statement(
    select(*COLUMNS)
    .where(tuple_(o.asked_at, o.id) < tuple_(bindparam("before_at", type_=o.asked_at.type), bindparam("before_id", type_=o.id.type)))
    .order_by(desc(o.asked_at), desc(o.id))
    .limit(bindparam("limit"))
)
_JUDGED = Statement(select(*COLUMNS).where(o.judged_at.is_not(None), _after(o.judged_at)).order_by(o.judged_at, o.id).limit(bindparam("limit")))


class OutcomeReading(Rows):
    """What can be asked about them."""

    async def asked(self, since: datetime, until: datetime, after: Outcome | None = None, limit: int = 200) -> list[Outcome]:
        """Asked from `since` and before `until`, oldest first; after: the last of the page before."""
        at, id_ = (after.asked_at, after.id) if after else (since, 0)
        return [Outcome(*row) for row in await self._session.all(_ASKED, after_at=at, after_id=id_, until=until, limit=limit)]

    async def latest_asked(self, before: Outcome | None = None, limit: int = 200) -> list[Outcome]:
        """The newest questions, newest first; before: the last of the page before."""
        at, id_ = (before.asked_at, before.id) if before else (_AFTER_ALL, 0)
        return [Outcome(*row) for row in await self._session.all(_LATEST, before_at=at, before_id=id_, limit=limit)]

    async def judged(self, since: datetime, after: Outcome | None = None, limit: int = 200) -> list[Outcome]:
        """Those whose judgement was given or changed from `since` on, oldest judgement first; after: the last of the page before."""
        at, id_ = (after.judged_at or _BEFORE_ALL, after.id) if after else (since, 0)
        return [Outcome(*row) for row in await self._session.all(_JUDGED, after_at=at, after_id=id_, limit=limit)]


class OutcomeRows(OutcomeReading):
    """Their part of a transaction."""

    async def add_outcome(self, outcome: Outcome) -> int:
        """Store a question that was asked (its id is ignored); gives the id."""
        return await self._session.add(_ADD, **{name: getattr(outcome, name) for name in _FIELDS})

    async def judge(self, outcome: Outcome) -> None:
        """Store what was picked and how it was judged; all else stays as it was."""
        await self._session.do(_SAVE, of_id=outcome.id, **{name: getattr(outcome, name) for name in JUDGED})

    async def outcomes_of(self, ticket: str) -> list[Outcome]:
        """Every question of a ticket, in the order of asking."""
        return [Outcome(*row) for row in await self._session.all(_OF_TICKET, of=ticket)]

    async def solved_lately(self, requester: str, since: datetime) -> list[Outcome]:
        """This requester's questions whose best entry they said solved it, since then."""
        return [Outcome(*row) for row in await self._session.all(_SOLVED_BY, requester=requester, since=since, judged_since=since)]


_FIELDS = tuple(field.name for field in fields(Outcome) if field.name != "id")
