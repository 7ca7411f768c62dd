"""Tickets: numbered without gaps, saved under guard, found newest change first however many there are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BindParameter, Column, String, and_, bindparam, desc, func, or_, select, update

from bot.domain.ids import TicketId
from bot.domain.tickets import Ticket
from bot.errors import StaleTicket
from bot.ports.world import TicketQuery
from bot.store.searching import SEARCHED_WORDS, folded, is_wanted, like, numbers, page_size, words_of
from bot.store.session import Rows, Statement, inserting
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

# One index serves each of these whole, so that a page costs the same at a hundred and at a million tickets. What only narrows a small set
# further is kept from the indexes by an addition of nothing.
_PAGE = select(t.changed_at, t.id).where(t.changed_at < _param("before", t.changed_at)).order_by(desc(t.changed_at)).limit(bindparam("limit"))
_NARROWED = and_(
    (t.tier + 0).between(bindparam("lowest"), bindparam("highest")),
    t.claimed + 0 <= bindparam("most_claimed"),
    or_(*((t.status.concat("") == bindparam(f"status_{n}")) for n in range(len(STATUSES)))),
    or_(bindparam("any_assignee"), func.coalesce(t.assignee, "") == _param("assignee", t.assignee)),
)
_NEWEST = Statement(_PAGE)
_OF_REQUESTER = Statement(_PAGE.where(_is(t.requester, "requester"), _NARROWED))
_OF_ASSIGNEE = Statement(_PAGE.where(_is(t.assignee, "assignee"), _is(t.status, "status"), (t.tier + 0).between(bindparam("lowest"), bindparam("highest"))))
_OF_QUEUE = Statement(_PAGE.where(_is(t.tier, "tier"), _is(t.status, "status"), _is(t.claimed, "claimed")))
