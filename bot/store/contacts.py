"""Contacts: messages between requesters and the desk, found by halving so that no index has to be kept for it, and those that are no messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import datetime
from heapq import merge

from sqlalchemy import bindparam, delete, desc, func, literal_column, select, tuple_

from bot.domain.contacts import SPOKEN_WITH, Contact, Matter, of_message
from bot.domain.tickets import TicketMessage
from bot.ports.contacts import ContactPage, ContactPlace, ContactQuery
from bot.store.holds import is_held
from bot.store.session import Row, Rows, Statement, inserting
from bot.store.tables import contacts, messages, tickets
from bot.store.talk import COLUMNS

m, c, t = messages.c, contacts.c, tickets.c
LOOKED_AT = 50  # messages together: a few that were moved to a newer ticket have an older time than their neighbours
BATCH = 200  # contacts read at a time
LOOKED_THROUGH = 5_000  # contacts among which those of one person or channel are looked for; the next page goes on behind them

_KEPT = tuple(field.name for field in fields(Contact) if field.name in c)
_LAST = Statement(select(func.max(m.id)))
_some = select(m.at).where(m.id >= bindparam("lowest", type_=m.id.type)).order_by(m.id).limit(LOOKED_AT).subquery("some").c
_NEWEST_OF_SOME = Statement(select(func.max(_some.at, type_=m.at.type)))
_SAID = Statement(
    select(*COLUMNS)
    .where(m.id >= bindparam("lowest", type_=m.id.type), m.id < bindparam("before", type_=m.id.type))
    .where(m.at >= bindparam("since", type_=m.at.type), m.at < bindparam("until", type_=m.at.type))
    .where(m.kind.in_([literal_column(f"'{kind}'") for kind in sorted(SPOKEN_WITH)]))
    .order_by(desc(m.id))
    .limit(bindparam("limit"))
)
_OWN = Statement(
    select(*(c[name] for name in _KEPT))
    .where(c.at >= bindparam("since", type_=c.at.type), c.at <= bindparam("latest", type_=c.at.type))
    .where(tuple_(c.at, c.id) < tuple_(bindparam("before_at", type_=c.at.type), bindparam("before_id", type_=c.id.type)))
    .order_by(desc(c.at), desc(c.id))
    .limit(bindparam("limit"))
)
_ALL_SAID = Statement(
    select(*COLUMNS)
    .where(m.id > bindparam("after", type_=m.id.type), m.kind.in_([literal_column(f"'{kind}'") for kind in sorted(SPOKEN_WITH)]))
    .order_by(m.id)
    .limit(literal_column(str(BATCH)))
)
_ALL_OWN = Statement(
    select(*(c[name] for name in _KEPT)).where(c.id > bindparam("after", type_=c.id.type)).order_by(c.id).limit(literal_column(str(BATCH)))
)
_MATTERS = Statement(
    select(t.id, *(t[field.name] for field in fields(Matter))).where(t.id.in_([bindparam(f"v{n}", type_=t.id.type) for n in range(BATCH)]))
)
_ADD = Statement(inserting(contacts))
_OLD = Statement(
    select(c.id)
    .where(c.at < bindparam("before", type_=c.at.type), c.ticket == literal_column("''"), ~is_held(c.person))
    .order_by(c.at, c.id)
    .limit(bindparam("limit"))
)
_FORGET = Statement(delete(contacts).where(c.id == bindparam("of", type_=c.id.type)))
_ERASE = Statement(delete(contacts).where(c.person == bindparam("of", type_=c.person.type)))

Fetch = Callable[[ContactPlace, int], Awaitable[tuple[Sequence[Contact], Sequence[Contact]]]]
"""The next messages and the next contacts of their own beyond a place, of the query's time, newest first, so many of each at most."""


async def page(query: ContactQuery, fetch: Fetch) -> ContactPage:
    """One list of both."""
    found: list[Contact] = []
    place = query.before
    for _ in range(LOOKED_THROUGH // BATCH):
        batch = list(_first(BATCH, merge(*await fetch(place, BATCH), key=lambda one: one.at, reverse=True)))
        for contact in batch:
            if query.fits(contact):
                if len(found) == query.limit:
                    return ContactPage(tuple(found), place)
                found.append(contact)
            place = _behind(place, contact)
        if len(batch) < BATCH:
            return ContactPage(tuple(found))
    return ContactPage(tuple(found), place)


def _first(most: int, of: Iterable[Contact]) -> Iterator[Contact]:
    yield from (contact for _, contact in zip(range(most), of, strict=False))


def _behind(place: ContactPlace, contact: Contact) -> ContactPlace:
    return replace(place, message=contact.message) if contact.message else replace(place, id=contact.id, at=contact.at)


def _kept(row: Row) -> Contact:
    return Contact(**dict(zip(_KEPT, row, strict=True)))


class ContactReading(Rows):
    """What can be asked."""

    async def contacts(self, query: ContactQuery) -> ContactPage:
        """Newest first."""
        last = (await self._session.first(_LAST) or (0,))[0] or 0
        lowest = max(0, await self._around(query.since, last) - LOOKED_AT)
        highest = await self._around(query.until, last) + LOOKED_AT

        async def fetch(place: ContactPlace, most: int) -> tuple[Sequence[Contact], Sequence[Contact]]:
            before = min(place.message or last + 1, highest)
            return await self._said(query, lowest, before, most), await self._own(query, place, most)

        return await page(query, fetch)

    async def _said(self, query: ContactQuery, lowest: int, before: int, most: int) -> list[Contact]:
        rows = await self._session.all(_SAID, lowest=lowest, before=before, since=query.since, until=query.until, limit=most)
        said = [TicketMessage(*row) for row in rows]
        matters = await self.matters([one.ticket for one in said])
        return [of_message(one, matters[one.ticket]) for one in said if one.ticket in matters]

    async def _own(self, query: ContactQuery, place: ContactPlace, most: int) -> list[Contact]:
        at = place.at or query.until
        rows = await self._session.all(_OWN, since=query.since, latest=at, before_at=at, before_id=place.id, limit=most)
        return [_kept(row) for row in rows]

    async def every(self) -> AsyncIterator[Contact]:
        """All there are, oldest first; a few at a time, so that it costs the same memory however many they are."""
        said, own = self._every_said(), self._every_own()
        left, right = await anext(said, None), await anext(own, None)
        while left is not None or right is not None:
            if right is None or (left is not None and left.at <= right.at):
                assert left is not None
                yield left
                left = await anext(said, None)
            else:
                yield right
                right = await anext(own, None)

    async def _every_said(self) -> AsyncIterator[Contact]:
        after = 0
        while rows := await self._session.all(_ALL_SAID, after=after):
            said = [TicketMessage(*row) for row in rows]
            matters = await self.matters([one.ticket for one in said])
            for one in said:
                if one.ticket in matters:
                    yield of_message(one, matters[one.ticket])
            after = said[-1].id

    async def _every_own(self) -> AsyncIterator[Contact]:
        after = 0
        while rows := await self._session.all(_ALL_OWN, after=after):
            for row in rows:
                contact = _kept(row)
                yield contact
                after = contact.id

    async def matters(self, numbers: Sequence[str]) -> dict[str, Matter]:
        """Of these tickets, BATCH at most."""
        wanted = list(dict.fromkeys(numbers))
        if not wanted:
            return {}
        filled = {f"v{n}": wanted[min(n, len(wanted) - 1)] for n in range(BATCH)}
        return {row[0]: Matter(*row[1:]) for row in await self._session.all(_MATTERS, **filled)}

    async def _around(self, moment: datetime, last: int) -> int:
        """An id from which on something is that new, and near the first of those."""
        low, high = 0, last + 1
        while low < high:
            middle = (low + high) // 2
            row = await self._session.first(_NEWEST_OF_SOME, lowest=middle)
            if row is None or row[0] is None or row[0] >= moment:
                high = middle
            else:
                low = middle + 1
        return low


class ContactRows(Rows):
    """Their part of a transaction."""

    async def add_contact(self, contact: Contact) -> int:
        """Store one that is no message (its id is ignored); gives the id."""
        return await self._session.add(_ADD, **{name: getattr(contact, name) for name in _KEPT if name != "id"})

    async def forget_contacts(self, before: datetime, limit: int) -> int:
        """Those that belong to no ticket, the oldest first; how many went."""
        ids = [id_ for (id_,) in await self._session.all(_OLD, before=before, limit=limit)]
        return sum([await self._session.do(_FORGET, of=id_) for id_ in ids])

    async def erase_contacts(self, person: str) -> int:
        """Those of this person that are no messages; how many went."""
        return await self._session.do(_ERASE, of=person)
