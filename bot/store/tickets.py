"""Tickets: numbered without gaps, saved under guard, found newest change first however many there are."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BindParameter, Column, ColumnElement, Integer, String, and_, bindparam, desc, func, literal_column, select, update

from bot.domain.ids import TicketId
from bot.domain.tickets import Ticket
from bot.errors import StaleTicket
from bot.ports.world import TicketQuery
from bot.store.searching import SEARCHED_WORDS, folded, is_wanted, like, numbers, page_size, words_of
from bot.store.session import Row, Rows, Statement, inserting
from bot.store.tables import counters, tickets

t = tickets.c
COLUMNS = tuple(t[field.name] for field in fields(Ticket))
SEARCHED = 5_000  # the newest changes that a search for words looks through: some 10 ms
STATUSES = ("open", "pending", "resolved", "closed")
_ALWAYS = datetime(9999, 12, 31, tzinfo=UTC)
_TOP = 1_000_000


def _is(column: Column[Any], name: str) -> Any:
    return column == bindparam(name, type_=column.type)


def _param(name: str, column: Column[Any]) -> BindParameter[Any]:
    return bindparam(name, type_=column.type)


_NUMBER = Statement(update(counters).where(_is(counters.c.prefix, "of")).values(last=counters.c.last + 1))
_FIRST_NUMBER = Statement(inserting(counters))
_LAST_NUMBER = Statement(select(counters.c.last).where(_is(counters.c.prefix, "of")))
_PREFIXES = Statement(select(counters.c.prefix).order_by(counters.c.prefix))
_ADD = Statement(inserting(tickets))
_SAVE = Statement(
    update(tickets)
    .where(_is(t.id, "of_id"), _is(t.version, "expected"))
    .values({c.name: _param(c.name, c) for c in t if c.name not in ("row", "id")})
)
_TICKET = Statement(select(*COLUMNS).where(_is(t.id, "of_id")))
_LATEST = Statement(select(*COLUMNS).where(_is(t.conversation, "of")).order_by(desc(t.row)).limit(1))
_NEXT_TIER = Statement(select(func.min(t.tier)).where(t.tier > _param("above", t.tier)))

# One index serves each of these whole, so that a page costs the same at a hundred and at a million tickets; "+ 0" keeps what only
# narrows a small set further from luring the database to another index.
_BEFORE = t.changed_at < _param("before", t.changed_at)
_PAGE = select(t.changed_at, t.id).where(_BEFORE).order_by(desc(t.changed_at)).limit(bindparam("limit"))


def _narrowed(c: Any) -> ColumnElement[bool]:
    return and_(
        (c.tier + 0).between(bindparam("lowest", type_=Integer()), bindparam("highest", type_=Integer())),
        c.claimed + 0 <= bindparam("most_claimed", type_=Integer()),
        bindparam("of_assignee", type_=String()).in_([literal_column("''"), func.coalesce(c.assignee, "")]),
    )


_IN_STATUS = _is(t.status, "status")
_NEWEST = Statement(_PAGE)
_OF_REQUESTER = Statement(_PAGE.where(_is(t.requester, "requester"), _IN_STATUS, _narrowed(t)))
_OF_ASSIGNEE = Statement(_PAGE.where(_is(t.assignee, "assignee"), _IN_STATUS, _narrowed(t)))
_OF_QUEUE = Statement(_PAGE.where(_is(t.tier, "tier"), _IN_STATUS, _is(t.claimed, "claimed")))

_LATELY = select(t.changed_at, t.id, t.tier, t.claimed, t.status, t.assignee, t.words).where(_BEFORE).order_by(desc(t.changed_at)).limit(SEARCHED)


def _holding_words(newest: Any, *conditions: Any) -> Statement:
    c = newest.subquery("newest").c
    every = [c.words.like(bindparam(f"word_{n}", type_=String()), escape="\\") for n in range(SEARCHED_WORDS)]
    found = select(c.changed_at, c.id).where(_narrowed(c), *every, *(condition(c) for condition in conditions))
    return Statement(found.order_by(desc(c.changed_at)).limit(bindparam("limit")))


def _any_status(c: Any) -> Any:
    return c.status.in_([bindparam(f"allowed_{n}", type_=String()) for n in range(len(STATUSES))])


_SEARCH = _holding_words(_LATELY, _any_status)
_SEARCH_OF_REQUESTER = _holding_words(_LATELY.where(_is(t.requester, "requester"), _IN_STATUS))
_SEARCH_OF_ASSIGNEE = _holding_words(_LATELY.where(_is(t.assignee, "assignee"), _IN_STATUS))


class TicketReading(Rows):
    """What can be asked about tickets, by pages and inside a transaction."""

    async def ticket(self, number: str) -> Ticket | None:
        """The ticket, or None."""
        row = await self._session.first(_TICKET, of_id=number)
        return Ticket(*row) if row else None

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """Newest change first. A search for words looks at the newest changes alone."""
        found = await self._search(query) if query.search.strip() else await self._page(query)
        numbers_ = [number for _, number in sorted(set(found), reverse=True)[: page_size(query)]]
        return [ticket for number in numbers_ if (ticket := await self.ticket(number)) is not None]

    async def _page(self, query: TicketQuery) -> list[Row]:
        if query.requester:
            return await self._by_status(_OF_REQUESTER, query)
        if query.assignee:
            return await self._by_status(_OF_ASSIGNEE, query)
        if not (query.tier or query.statuses or query.unclaimed or query.humans_only):
            return await self._session.all(_NEWEST, **_narrow(query))
        return await self._queues(query)

    async def _by_status(self, statement: Statement, query: TicketQuery, **more: str) -> list[Row]:
        shape = {**_narrow(query), **more}
        return [row for status in query.statuses or STATUSES for row in await self._session.all(statement, **shape, status=status)]

    async def _queues(self, query: TicketQuery) -> list[Row]:
        found: list[Row] = []
        for tier in await self._tiers(query):
            for status in query.statuses or STATUSES:
                for claimed in (0,) if query.unclaimed else (0, 1):
                    found += await self._session.all(_OF_QUEUE, **_narrow(query), tier=tier, status=status, claimed=claimed)
        return found

    async def _tiers(self, query: TicketQuery) -> list[int]:
        if query.tier:
            return [query.tier] if query.tier > 1 or not query.humans_only else []
        tiers: list[int] = []
        last = 1 if query.humans_only else 0
        while (row := await self._session.first(_NEXT_TIER, above=last)) and row[0] is not None:
            tiers.append(last := row[0])
        return tiers

    async def _search(self, query: TicketQuery) -> list[Row]:
        found: list[Row] = []
        prefixes = [prefix for (prefix,) in await self._session.all(_PREFIXES)]
        for number in numbers(query.search, prefixes):
            ticket = await self.ticket(number)
            if ticket is not None and is_wanted(query, ticket):
                found.append((ticket.changed_at, ticket.id))
        patterns = dict.fromkeys((f"word_{n}" for n in range(SEARCHED_WORDS)), "%")
        patterns.update((f"word_{n}", like(word)) for n, word in enumerate(words_of(query.search)))
        if query.requester or query.assignee:
            return found + await self._by_status(_SEARCH_OF_REQUESTER if query.requester else _SEARCH_OF_ASSIGNEE, query, **patterns)
        return found + await self._session.all(_SEARCH, **_narrow(query), **patterns)


class TicketRows(TicketReading):
    """The tickets' part of a transaction."""

    async def next_number(self, prefix: str) -> TicketId:
        """The next number of a prefix: never reused, without gaps among committed tickets."""
        if not await self._session.do(_NUMBER, of=prefix):
            await self._session.do(_FIRST_NUMBER, prefix=prefix, last=1)
        row = await self._session.first(_LAST_NUMBER, of=prefix)
        assert row is not None  # written just now
        return TicketId(f"{prefix}-{row[0]}")

    async def add_ticket(self, ticket: Ticket) -> None:
        """Store a new ticket."""
        await self._session.do(_ADD, id=ticket.id, **_columns(ticket))

    async def save_ticket(self, ticket: Ticket) -> Ticket:
        """Store it if it is still at `ticket.version`; gives it with the new version. Raises StaleTicket."""
        saved = replace(ticket, version=ticket.version + 1)
        if not await self._session.do(_SAVE, of_id=ticket.id, expected=ticket.version, **_columns(saved)):
            raise StaleTicket(ticket.id)
        return saved

    async def latest_ticket(self, conversation: str) -> Ticket | None:
        """The newest ticket of a conversation."""
        row = await self._session.first(_LATEST, of=conversation)
        return Ticket(*row) if row else None


def _columns(ticket: Ticket) -> dict[str, Any]:
    values = {name: getattr(ticket, name) for name in _PLAIN}
    values["changed_at"] = ticket.changed_at or ticket.opened_at
    values["claimed"] = 0 if ticket.assignee is None else 1
    values["words"] = folded(ticket.question)
    return values


_PLAIN = tuple(field.name for field in fields(Ticket) if field.name not in ("id", "changed_at"))


def _narrow(query: TicketQuery) -> dict[str, Any]:
    statuses = query.statuses or STATUSES
    return {
        "before": query.before or _ALWAYS,
        "limit": page_size(query),
        "requester": query.requester,
        "assignee": query.assignee,
        "of_assignee": query.assignee,
        "lowest": max(query.tier, 2 if query.humans_only else 0),
        "highest": query.tier or _TOP,
        "most_claimed": 0 if query.unclaimed else 1,
        **{f"allowed_{n}": statuses[n % len(statuses)] for n in range(len(STATUSES))},
    }
