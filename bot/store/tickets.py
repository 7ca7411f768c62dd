"""Tickets: numbered without gaps, saved under guard, found newest change first however many there are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import BindParameter, Column, bindparam, delete, desc, literal_column, select, update

from bot.domain.ids import TicketId
from bot.domain.tickets import Ticket
from bot.errors import StaleTicket
from bot.ports.world import TicketQuery
from bot.store.pages import TicketPages
from bot.store.searching import MOST, called, folded, is_found, is_wanted, numbers, page_size
from bot.store.session import Row, Statement, inserting, replacing
from bot.store.tables import counters, labels, numbers_ready, tickets

t = tickets.c
COLUMNS = tuple(t[field.name] for field in fields(Ticket))
STOCK = 512  # numbers laid ready at a time: whoever finds none left meets all the others who do


def _is(column: Column[Any], name: str) -> Any:
    return column == bindparam(name, type_=column.type)


def _param(name: str, column: Column[Any]) -> BindParameter[Any]:
    return bindparam(name, type_=column.type)


_NUMBER = Statement(replacing(counters, last=counters.c.last + bindparam("more", type_=counters.c.last.type)))
_READY = Statement(
    select(numbers_ready.c.number).where(_is(numbers_ready.c.prefix, "of")).order_by(numbers_ready.c.number).limit(1).with_for_update(skip_locked=True)
)
_GIVEN = Statement(delete(numbers_ready).where(_is(numbers_ready.c.prefix, "of"), _is(numbers_ready.c.number, "number")))
_STOCK_UP = Statement(
    numbers_ready.insert().values(
        [{"prefix": _param("prefix", numbers_ready.c.prefix), "number": _param(f"n{n}", numbers_ready.c.number)} for n in range(STOCK)]
    )
)
_LAST_NUMBER = Statement(select(counters.c.last).where(_is(counters.c.prefix, "of")))
_PREFIXES = Statement(select(counters.c.prefix).order_by(counters.c.prefix))
_ADD = Statement(inserting(tickets))
_SAVE = Statement(
    update(tickets).where(_is(t.id, "of_id"), _is(t.version, "expected")).values({c.name: _param(c.name, c) for c in t if c.name not in ("row", "id")})
)
_LABELS = Statement(select(labels.c.label).where(_is(labels.c.ticket, "of")))
_UNLABEL = Statement(delete(labels).where(_is(labels.c.ticket, "of"), _is(labels.c.label, "label")))
_LABEL = Statement(inserting(labels))
_STANDS = Statement(select(t.status, t.changed_at).where(_is(t.id, "of_id")))
_RELABEL = Statement(
    update(labels).where(_is(labels.c.ticket, "of")).values(status=_param("status", labels.c.status), changed_at=_param("changed_at", labels.c.changed_at))
)
_TICKET = Statement(select(*COLUMNS).where(_is(t.id, "of_id")))
_TICKETS = Statement(select(*COLUMNS).where(t.id.in_([_param(f"id_{n}", t.id) for n in range(MOST)])))
_TICKET_LOCKED = Statement(select(*COLUMNS).where(_is(t.id, "of_id")).with_for_update())
_EXTERNAL = Statement(select(t.id).where(_is(t.external, "called"), t.external != literal_column("''")).order_by(t.row).limit(MOST))
_LATEST = Statement(select(t.id).where(_is(t.conversation, "of")).order_by(desc(t.row)).limit(1))


class TicketReading(TicketPages):
    """What can be asked about tickets, by pages and inside a transaction."""

    async def ticket(self, number: str) -> Ticket | None:
        """The ticket, or None."""
        return await self._as_it_is(number)

    async def _as_it_is(self, number: str) -> Ticket | None:
        row = await self._session.first(_TICKET, of_id=number)
        return Ticket(*row) if row else None

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """Newest change first, or what is due soonest. A search for words looks at the newest changes alone."""
        found = sorted(set(await (self._among(query) if query.numbers else self._found(query))), reverse=query.due_before is None)
        numbers_ = [number for _, number in found[: page_size(query)]]
        tickets_ = await self._as_they_are(numbers_)
        return [tickets_[number] for number in numbers_ if number in tickets_]

    async def _among(self, query: TicketQuery) -> list[Row]:
        """As `_found`, where it is known which may be meant."""
        named = (await self._as_they_are(list(query.numbers[:MOST]))).values()
        kept = [t for t in named if is_wanted(query, t) and (not query.search.strip() or is_found(query.search, t)) and await self._bears(t.id, query.label)]
        return [(ticket.due_at if query.due_before else ticket.changed_at, ticket.id) for ticket in kept]

    async def _found(self, query: TicketQuery) -> list[Row]:
        """(time, number) of each ticket that may stand on the page: a search finds its number, here or in another tool, at any age."""
        found = await self._page(query)
        if query.search.strip():
            prefixes = [prefix for (prefix,) in await self._session.all(_PREFIXES)]
            elsewhere = [number for word in called(query.search) for (number,) in await self._session.all(_EXTERNAL, called=word)]
            for number in dict.fromkeys((*numbers(query.search, prefixes), *elsewhere)):
                ticket = await self._as_it_is(number)
                if ticket is not None and is_wanted(query, ticket) and await self._bears(number, query.label):
                    found.append((ticket.due_at if query.due_before else ticket.changed_at, ticket.id))
        return found

    async def _bears(self, number: str, label: str) -> bool:
        return not label or (label,) in await self._session.all(_LABELS, of=number)

    async def _as_they_are(self, numbers_: list[str]) -> dict[str, Ticket]:
        """Those of them that are there; one question, however many: on a server each would cost a way there and back."""
        if not numbers_:
            return {}
        filled = {f"id_{n}": numbers_[min(n, len(numbers_) - 1)] for n in range(MOST)}
        return {row[0]: Ticket(*row) for row in await self._session.all(_TICKETS, **filled)}


class TicketRows(TicketReading):
    """The tickets' part of a transaction."""

    async def next_number(self, prefix: str) -> TicketId:
        """The next number of a prefix, as the port says.

        Where many write at once they do not queue for one counter until each other's commit: numbers lie ready, and one that a failed unit gives
        back is given next.
        """
        if self._session.is_shared:
            return TicketId(f"{prefix}-{await self._ready_number(prefix)}")
        await self._session.do(_NUMBER, prefix=prefix, last=1, more=1)
        row = await self._session.first(_LAST_NUMBER, of=prefix)
        assert row is not None  # written just now
        return TicketId(f"{prefix}-{row[0]}")

    async def _ready_number(self, prefix: str) -> int:
        row = await self._session.first(_READY, of=prefix)
        if row is None:
            row = await self._more_numbers(prefix)
        await self._session.do(_GIVEN, of=prefix, number=row[0])
        return int(row[0])

    async def _more_numbers(self, prefix: str) -> Row:
        """The counter goes on by a stock of numbers; the first of them. Who comes meanwhile waits, and may find some then: so it is one way there and back."""
        await self._session.do(_NUMBER, prefix=prefix, last=0, more=0)
        if (row := await self._session.first(_READY, of=prefix)) is not None:
            return row
        await self._session.do(_NUMBER, prefix=prefix, last=STOCK, more=STOCK)
        row = await self._session.first(_LAST_NUMBER, of=prefix)
        assert row is not None  # written just now
        first = int(row[0]) - STOCK + 1
        await self._session.do(_STOCK_UP, prefix=prefix, **{f"n{n}": first + n for n in range(STOCK)})
        return (first,)

    async def add_ticket(self, ticket: Ticket) -> None:
        """Store a new ticket."""
        await self._session.do(_ADD, id=ticket.id, **_columns(ticket))

    async def save_ticket(self, ticket: Ticket) -> Ticket:
        """Store it if it is still at `ticket.version`; gives it with the new version. Raises StaleTicket."""
        saved = replace(ticket, version=ticket.version + 1)
        if not await self._session.do(_SAVE, of_id=ticket.id, expected=ticket.version, **_columns(saved)):
            raise StaleTicket(ticket.id)
        if ticket.tags or ticket.fields or ticket.asset:  # nothing else is labelled
            await self._session.do(_RELABEL, of=ticket.id, status=saved.status, changed_at=saved.changed_at or saved.opened_at)
        return saved

    async def label(self, number: str, labels: Collection[str]) -> None:
        """The ticket is found by these labels and by none that it had before."""
        had = {label for (label,) in await self._session.all(_LABELS, of=number)}
        for label in sorted(had - set(labels)):
            await self._session.do(_UNLABEL, of=number, label=label)
        if set(labels) - had and (stands := await self._session.first(_STANDS, of_id=number)) is not None:
            for label in sorted(set(labels) - had):
                await self._session.do(_LABEL, ticket=number, label=label, status=stands[0], changed_at=stands[1])

    async def ticket(self, number: str) -> Ticket | None:
        """The ticket, or None. It stays as it is until this unit is committed: whoever wants to change it meanwhile waits."""
        row = await self._session.first(_TICKET_LOCKED, of_id=number)
        return Ticket(*row) if row else None

    async def latest_ticket(self, conversation: str) -> Ticket | None:
        """The newest ticket of a conversation."""
        row = await self._session.first(_LATEST, of=conversation)
        return await self.ticket(row[0]) if row else None


def _columns(ticket: Ticket) -> dict[str, Any]:
    values = {name: getattr(ticket, name) for name in _PLAIN}
    values["changed_at"] = ticket.changed_at or ticket.opened_at
    values["claimed"] = 0 if ticket.assignee is None else 1
    values["words"] = folded(ticket.question)
    return values


_PLAIN = tuple(field.name for field in fields(Ticket) if field.name not in ("id", "changed_at"))
