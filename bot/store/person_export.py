"""What somebody may have of their own: their data over all their addresses as plain JSON values, and the files they sent and got.

Nobody else's: agents are "desk", colleagues' words and agents' notes are left out, so are the desk's own facts (tags, assignees, reasons).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, bindparam, select

from bot.domain.messages import Attachment
from bot.store.person import find
from bot.store.session import Session, Statement
from bot.store.snapshot import snapshot
from bot.store.tables import assets, contacts, files, messages, notes, outcomes, people, tickets

_PUBLIC = ("question", "detail", "bot", "reply")

t, m, c, o, a = tickets.c, messages.c, contacts.c, outcomes.c, assets.c


def _by(column: Column[Any], *wanted: Column[Any]) -> Statement:
    return Statement(select(*wanted).where(column == bindparam("of", type_=column.type)))


_TICKET = _by(t.id, t.id, t.conversation, t.status, t.language, t.question, t.kind, t.fields, t.rating, t.comment, t.opened_at, t.resolved_at, t.closed_at)
_TALK = Statement(
    select(m.id, m.direction, m.kind, m.author, m.text, m.at, m.attachments, m.delivery, m.deleted)
    .where(m.ticket == bindparam("of", type_=m.ticket.type))
    .order_by(m.id)
)
_AUTHORED = Statement(select(m.ticket, m.text, m.at, m.attachments).where(m.author == bindparam("of", type_=m.author.type), m.direction == "in").order_by(m.id))
_ASSETS = _by(a.person, a.name, a.serial, a.uuid, a.model, a.system, a.tag, a.macs, a.first_at, a.seen_at, a.sections)
_CONTACTS = _by(c.person, c.at, c.channel, c.direction, c.medium, c.outcome, c.ticket, c.duration_s)
_ASKED = _by(o.ticket, o.asked_at, o.language, o.decision, o.entry, o.picked)
_PERSON = _by(people.c.id, people.c.name, people.c.language, people.c.timezone, people.c.chosen)
_NOTE = _by(notes.c.key, notes.c.value)
_FILE = _by(files.c.source, files.c.content)


@dataclass(frozen=True, slots=True)
class File:
    """One that is kept here. name: safe to save under."""

    name: str
    content: bytes


Piece = dict[str, Any] | File


async def person_data(url: str, person: str) -> AsyncIterator[Piece]:
    """The files first, one at a time, then one value with everything else, which names them."""
    async with snapshot(url) as session:
        told = _Telling(session)
        theirs = await find(session, person)
        requests = [await told.ticket(number, theirs.addresses) for number in sorted(theirs.tickets, key=_order)]
        elsewhere = [await told.message(row, number) for one in theirs.addresses for number, *row in await told.authored(one) if number not in theirs.tickets]
        whole = {
            "person": person,
            "addresses": [await told.address(one, theirs.since.get(one)) for one in theirs.addresses],
            "tickets": requests,
            "messages_in_requests_of_others": elsewhere,
            "contacts": [_contact(row) for one in theirs.addresses for row in await session.all(_CONTACTS, of=one)],
            "computers": [_asset(row) for one in theirs.addresses for row in await session.all(_ASSETS, of=one)],
        }
        for source, name in told.files.items():
            kept = await session.first(_FILE, of=source)
            if kept is not None:
                yield File(name, bytes(kept[0]))
        yield whole


class _Telling:
    def __init__(self, session: Session) -> None:
        self._session = session
        self.files: dict[str, str] = {}

    async def authored(self, address: str) -> list[tuple[Any, ...]]:
        """Their words, wherever they wrote them."""
        return await self._session.all(_AUTHORED, of=address)

    async def address(self, address: str, since: datetime | None) -> dict[str, Any]:
        """What is known of it, since when it is known to be theirs, and what they prefer."""
        row = await self._session.first(_PERSON, of=address)
        prefers = await self._session.first(_NOTE, of=f"prefers:{address}")
        listed = await self._session.first(_NOTE, of=f"directory:{address}")
        known = dict(zip(("name", "language", "timezone", "chosen_language"), row, strict=True)) if row else {}
        return {
            "id": address,
            "joined_at": _moment(since),
            **known,
            "preferences": json.loads(prefers[0]) if prefers else None,
            "directory": json.loads(listed[0]) if listed else None,
        }

    async def ticket(self, number: str, addresses: tuple[str, ...]) -> dict[str, Any]:
        """A request with its talk, as its requester could read it."""
        [row] = await self._session.all(_TICKET, of=number)
        names = ("number", "channel", "status", "language", "question", "kind", "fields", "rating", "comment", "opened_at", "resolved_at", "closed_at")
        values = dict(zip(names, row, strict=True))
        values.update(
            {name: _moment(values[name]) for name in names[-3:]},
            channel=row[1].partition(":")[0],
            fields=dict(values["fields"]),
            rating=values["rating"] or None,
        )
        said = []
        for _, direction, kind, author, text, at, attachments, delivery, deleted in await self._session.all(_TALK, of=number):
            is_theirs = direction == "in" and author in addresses
            if not deleted and (is_theirs or (direction == "out" and kind in _PUBLIC and delivery in ("sent", ""))):
                said.append({"from": "you" if is_theirs else "desk", **(await self.message((text, at, attachments)))})
        asked = [
            {"asked_at": _moment(at), "language": language, "decision": decision, "entry": entry or None, "picked": picked or None}
            for at, language, decision, entry, picked in await self._session.all(_ASKED, of=number)
        ]
        return {**values, "messages": said, "questions_to_the_faq": asked}

    async def message(self, row: Any, ticket: str = "") -> dict[str, Any]:
        """Words with their files."""
        text, at, attachments = row
        told = {"at": _moment(at), "text": text, "files": [self._file(one) for one in attachments]}
        return {"ticket": ticket, **told} if ticket else told

    def _file(self, one: Attachment) -> dict[str, Any]:
        safe = "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in one.name).lstrip(".") or "file"
        name = self.files.setdefault(one.source, f"{len(self.files) + 1:03d}-{safe[:80]}")
        return {"name": one.name, "mime": one.mime, "size": one.size, "saved_as": name}


def _contact(row: tuple[Any, ...]) -> dict[str, Any]:
    at, channel, direction, medium, outcome, ticket, seconds = row
    return {
        "at": _moment(at), "channel": channel, "direction": direction, "medium": medium, "outcome": outcome or None, "ticket": ticket or None,
        "duration_s": seconds,
    }  # fmt: skip


def _asset(row: tuple[Any, ...]) -> dict[str, Any]:
    name, serial, uuid, model, system, tag, macs, first_at, seen_at, sections = row
    return {
        "name": name, "serial": serial, "uuid": uuid, "model": model, "system": system, "tag": tag, "macs": list(macs), "first_at": _moment(first_at),
        "seen_at": _moment(seen_at), "inventory": {part: [dict(item) for item in items] for part, items in sections.items()},
    }  # fmt: skip


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _order(number: str) -> tuple[str, int]:
    prefix, _, digits = number.rpartition("-")
    return prefix, int(digits) if digits.isdigit() else 0
