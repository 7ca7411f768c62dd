"""What was said in tickets and what happened to them; which message of a platform belongs to which ticket."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Column, bindparam, desc, false, func, literal_column, select, update

from bot.domain.events import Event
from bot.domain.tickets import TicketMessage
from bot.ports.store import Link
from bot.ports.world import Recorded
from bot.store.column_types import Prose
from bot.store.outbox import HEARD
from bot.store.searching import MOST, SEARCHED_WORDS, like, words_of
from bot.store.session import Rows, Statement, inserting, replacing
from bot.store.tables import events, links, messages

m, e = messages.c, events.c
SAID = 10_000  # the newest messages that a search for words looks through: some 10 ms
COLUMNS = tuple(m[field.name] for field in fields(TicketMessage))


def _is(column: Column[Any], name: str) -> Any:
    return column == bindparam(name, type_=column.type)


_ADD = Statement(inserting(messages, heard=HEARD))
_SAVE = Statement(update(messages).where(_is(m.id, "of_id")).values({c.name: bindparam(c.name, type_=c.type) for c in m if c.name not in ("id", "heard")}))
_ARRIVED = Statement(update(messages).where(_is(m.id, "of_id"), m.delivery == literal_column("'waiting'")).values(delivery="sent"))
_MESSAGE = Statement(select(*COLUMNS).where(_is(m.id, "of_id")).with_for_update())
_FROM = Statement(select(*COLUMNS).where(_is(m.source, "of_source"), m.source != literal_column("''")).order_by(desc(m.id)).limit(1).with_for_update())
_TALK = Statement(select(*COLUMNS).where(_is(m.ticket, "of")).order_by(m.id))
_LATELY = messages.alias("newest").c
_NEWEST = select(_LATELY.id, _LATELY.ticket, _LATELY.text, _LATELY.deleted).order_by(desc(_LATELY.id)).limit(SAID).subquery("newest").c
_SAID = Statement(
    select(_NEWEST.ticket, func.max(_NEWEST.id))
    .where(_NEWEST.deleted == false(), *(func.lower(_NEWEST.text).like(bindparam(f"word_{n}", type_=Prose), escape="\\") for n in range(SEARCHED_WORDS)))
    .group_by(_NEWEST.ticket)
    .order_by(desc(func.max(_NEWEST.id)))
    .limit(bindparam("limit"))
)
_RECORD = Statement(inserting(events))
_HISTORY = Statement(select(e.id, e.ticket, e.name, e.by, e.channel, e.at, e.details).where(_is(e.ticket, "of")).order_by(e.id))
_LINK = Statement(replacing(links))
_LINKED = Statement(select(links.c.ticket, links.c.role).where(_is(links.c.platform_id, "of")))
_FIELDS = tuple(field.name for field in fields(TicketMessage) if field.name != "id")


PUBLIC = frozenset({"question", "detail", "earlier", "bot", "reply", "system"})  # what is of no known kind stays with the agents


def is_for_requester(message: TicketMessage) -> bool:
    """May the requester see it? Notes never; a reply not while it can still be taken back, nor once it was."""
    return message.kind in PUBLIC and message.delivery != "taken_back" and not (message.kind == "reply" and message.delivery == "waiting")


class TalkReading(Rows):
    """What can be asked about a ticket's talk and history."""

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """The ticket's messages, oldest first; internal: notes and replies that are held back as well (for agents alone)."""
        said = [TicketMessage(*row) for row in await self._session.all(_TALK, of=number)]
        return said if internal else [message for message in said if is_for_requester(message)]

    async def said(self, words: str, limit: int = MOST) -> list[str]:
        """As Reader.said."""
        wanted = [like(word) for word in words_of(words)]
        if not wanted:
            return []
        filled = {f"word_{n}": wanted[n] if n < len(wanted) else "%" for n in range(SEARCHED_WORDS)}
        return [number for number, _ in await self._session.all(_SAID, **filled, limit=max(1, min(limit, MOST)))]

    async def history(self, number: str) -> list[Recorded]:
        """What happened to it, oldest first."""
        return [Recorded(*row) for row in await self._session.all(_HISTORY, of=number)]


class TalkRows(TalkReading):
    """The talk's part of a transaction."""

    async def add_message(self, message: TicketMessage) -> int:
        """Store a message (its id is ignored); gives the id."""
        return await self._session.add(_ADD, **{name: getattr(message, name) for name in _FIELDS})

    async def save_message(self, message: TicketMessage) -> None:
        """Store what changed in it."""
        await self._session.do(_SAVE, of_id=message.id, **{name: getattr(message, name) for name in _FIELDS})

    async def arrived(self, message: int) -> bool:
        """The message is out. False when it was no longer waiting."""
        return await self._session.do(_ARRIVED, of_id=message) > 0

    async def message(self, message: int) -> TicketMessage | None:
        """By its id. It stays as it is until this unit is committed."""
        row = await self._session.first(_MESSAGE, of_id=message)
        return TicketMessage(*row) if row else None

    async def message_from(self, source: str) -> TicketMessage | None:
        """By its id on the platform; the newest when several tickets have it. It stays as it is until this unit is committed."""
        row = await self._session.first(_FROM, of_source=source)
        return TicketMessage(*row) if row else None

    async def record(self, event: Event, channel: str) -> int:
        """Write down what happened; gives its id."""
        return await self._session.add(_RECORD, ticket=event.ticket, name=event.name, by=event.by, channel=channel, at=event.at, details=event.details())

    async def link(self, platform_id: str, link: Link) -> None:
        """Remember what a message or thread belongs to; a later link wins."""
        await self._session.do(_LINK, platform_id=platform_id, ticket=link.ticket, role=link.role)

    async def linked(self, platform_id: str) -> Link | None:
        """What it belongs to."""
        row = await self._session.first(_LINKED, of=platform_id)
        return Link(*row) if row else None
