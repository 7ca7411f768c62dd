"""What is kept of tickets long closed: their words and files go when the desk says so, page by page beside its work; figures and facts stay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, bindparam, case, exists, literal_column, or_, select

from bot.domain.messages import Outbound, Say
from bot.ports.store import Old, What
from bot.store import tables
from bot.store.codec import encode
from bot.store.erasing import GONE, stand_in_for
from bot.store.holds import is_held
from bot.store.session import Session, Statement

PAGE = 200  # tickets looked at in one unit
TOGETHER = 25  # of them that lose something in it: some 20 ms on a file, whose statements run in the event loop

t, m, o = tables.tickets.c, tables.messages.c, tables.outbox.c


def _of(table: Table, name: str = "ticket") -> Any:
    is_its = table.c[name] == bindparam("of_ticket", type_=table.c[name].type)
    return and_(is_its, table.c[name] != literal_column("''")) if table in (tables.outbox, tables.contacts) else is_its  # as their indexes say


def _set(table: Table, **values: Any) -> Statement:
    return Statement(table.update().where(_of(table)).values(values))


_HAS_FILES = exists(select(m.id).where(m.ticket == t.id, m.attachments != literal_column("'[]'")))
_STILL: dict[What, Any] = {"words": t.question != literal_column(f"'{GONE}'"), "files": _HAS_FILES}
_PAGES = {
    what: Statement(
        select(t.row, t.id, t.requester, case((and_(t.status == literal_column("'closed'"), still, ~is_held(t.requester)), 1), else_=0), t.closed_at)
        .where(t.row > bindparam("after", type_=t.row.type))
        .order_by(t.row)
        .limit(literal_column(str(PAGE)))
    )
    for what, still in _STILL.items()
}
_ATTACHED = Statement(select(m.attachments).where(_of(tables.messages)))
_DROP_FILE = Statement(tables.files.delete().where(tables.files.c.source == bindparam("of_source", type_=tables.files.c.source.type)))
_WITHOUT_FILES = _set(tables.messages, attachments=())
_NOBODY = bindparam("nobody", type_=t.requester.type)
_BLANK = tuple(
    Statement(one)
    for one in (
        tables.tickets.update()
        .where(t.id == bindparam("of_ticket", type_=t.id.type))
        .values(question=GONE, words="", solution="", comment="", fields=(), asset=0, requester=_NOBODY, conversation=_NOBODY),
        tables.messages.update().where(_of(tables.messages), m.edited != literal_column("''")).values(edited=GONE),
        tables.messages.update().where(_of(tables.messages)).values(text=GONE, source=""),
        tables.outbox.update()
        .where(_of(tables.outbox), o.state != literal_column("'waiting'"))
        .values(kind="message", body=encode(Outbound, Outbound((Say(GONE),))), error=""),
        tables.links.delete().where(_of(tables.links)),
        tables.labels.delete().where(_of(tables.labels), or_(*(tables.labels.c.label.like(literal_column(f"'{one}:%'")) for one in ("field", "asset")))),
        tables.proposals.delete().where(_of(tables.proposals)),
        tables.outside.delete().where(_of(tables.outside)),
        tables.contacts.update().where(_of(tables.contacts)).values(reason="", person=_NOBODY),
        tables.ticket_facts.update().where(_of(tables.ticket_facts)).values(requester=_NOBODY),
    )
)
_WHO = bindparam("who", type_=m.author.type)
_WITHOUT_WHO = tuple(
    Statement(one.update().where(_of(one), one.c[column] == _WHO).values({column: _NOBODY}))
    for one, column in ((tables.messages, "author"), (tables.events, "by"), (tables.ticket_acts, "by"))
)
_e = tables.events.c
_DETAILS = Statement(select(_e.id, _e.details).where(_of(tables.events)))
_CLEAN = Statement(tables.events.update().where(_e.id == bindparam("of_id", type_=_e.id.type)).values(details=bindparam("now", type_=_e.details.type)))


async def due(session: Session, what: What, before: datetime, after: int) -> tuple[Sequence[tuple[str, str, int]], int | None]:
    """Of the tickets whose rows follow: those closed before that moment that still have it and are not held, with who asked and row; and where to look next."""
    rows = await session.all(_PAGES[what], after=after)
    found = [(number, who, row) for row, number, who, is_due, closed_at in rows if is_due and closed_at is not None and closed_at < before]
    return found, rows[-1][0] if len(rows) == PAGE else None


async def forget(session: Session, what: What, before: datetime, after: int) -> Old:
    """Remove it, within a transaction. ids: as many as tickets lost something."""
    found, behind = await due(session, what, before, after)
    if len(found) > TOGETHER:
        found, behind = found[:TOGETHER], found[TOGETHER - 1][2]
    for number, who, _ in found:
        await _forget_files(session, number)
        if what == "words":
            await _forget_words(session, number, who)
    return Old(tuple(range(len(found))), behind)


async def _forget_files(session: Session, number: str) -> None:
    for (attachments,) in await session.all(_ATTACHED, of_ticket=number):
        for one in attachments:
            await session.do(_DROP_FILE, of_source=one.source)
    await session.do(_WITHOUT_FILES, of_ticket=number)


async def _forget_words(session: Session, number: str, who: str) -> None:
    nobody = stand_in_for(who)
    for blank in _BLANK:
        await session.do(blank, of_ticket=number, nobody=nobody)
    for without in _WITHOUT_WHO:
        await session.do(without, of_ticket=number, who=who, nobody=nobody)
    for id_, details in await session.all(_DETAILS, of_ticket=number):
        kept = {name: "" if isinstance(one, str) and " " in one else one for name, one in details.items()}
        if json.dumps(kept) != json.dumps(details):
            await session.do(_CLEAN, of_id=id_, now=kept)
