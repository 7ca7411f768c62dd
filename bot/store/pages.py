"""Which tickets a TicketQuery gives: statements of which each costs the same at a hundred and at a million tickets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Dialect,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    desc,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)

from bot.ports.world import TicketQuery
from bot.store.column_types import Prose
from bot.store.dialects import POSTGRES
from bot.store.searching import SEARCHED_WORDS, like, page_size, words_of
from bot.store.session import Row, Rows, Statement
from bot.store.tables import labels, tickets

t = tickets.c
SEARCHED = 5_000  # the newest changes that what no index knows is looked for in: some 10 ms
STATUSES = ("open", "pending", "resolved", "closed")
_ALWAYS = datetime(9999, 12, 31, tzinfo=UTC)
_TOP = 1_000_000
Ordered = Callable[[Dialect], Select[Any]]


def _is(column: Column[Any], name: str) -> Any:
    return column == _param(name, column)


def _param(name: str, column: Column[Any]) -> BindParameter[Any]:
    return bindparam(name, type_=column.type)


# One index serves each of these whole; "+ 0" keeps what only narrows a small set further from luring the database to another index.
def _newest_of(page: Select[Any], *columns: str, of: Any = t, also: ColumnElement[bool] | None = None) -> Ordered:
    """The page's newest changes before a time, of the rows whose `columns` are what their parameters say; an index begins with these columns.

    of: the columns of the table that has this index.
    """

    def made(dialect: Dialect) -> Select[Any]:
        by_tuple = bool(columns) and dialect is POSTGRES
        narrowed = page if also is None else page.where(case((also, true()), else_=false()) if by_tuple else also)
        return (_by_tuple if by_tuple else _by_each)(narrowed, columns, of)

    return made


def _by_each(page: Select[Any], columns: tuple[str, ...], of: Any) -> Select[Any]:
    before = of.changed_at < _param("before", of.changed_at)
    return page.where(before, *(_is(of[name], name) for name in columns)).order_by(desc(of.changed_at))


def _by_tuple(page: Select[Any], columns: tuple[str, ...], of: Any) -> Select[Any]:
    """PostgreSQL may take any index that ends in the right order, and look through a million tickets for the few that are meant.

    Ordered by the last of the columns, too, which must not look like a constant, only the index that begins with all of them will do, and nothing is
    sorted. What narrows further stands in a CASE, of which it believes that half will pass: of three plain comparisons it believes that next to none
    will, and sorts all there is.
    """
    *others, last = columns
    column, given = of[last], _param(last, of[last])
    until = tuple_(column, of.changed_at) < tuple_(given, _param("before", of.changed_at))
    return page.where(*(_is(of[name], name) for name in others), column >= given, until).order_by(desc(column), desc(of.changed_at))


def _narrowed(c: Any) -> ColumnElement[bool]:
    return and_(
        (c.tier + 0).between(bindparam("lowest", type_=Integer()), bindparam("highest", type_=Integer())),
        c.claimed + 0 <= bindparam("most_claimed", type_=Integer()),
        _given_or_any("of_assignee", func.coalesce(c.assignee, "")),
    )


def _given_or_any(name: str, value: ColumnElement[Any]) -> ColumnElement[bool]:
    return bindparam(name, type_=String()).in_([literal_column("''"), value])


def _looked_through(c: Any) -> ColumnElement[bool]:
    """All that a query may ask, of rows that are few enough to be looked at one by one."""
    of_label: Select[Any] = select(literal_column("1")).where(_is(labels.c.label, "of_label"), labels.c.ticket == c.id)
    return and_(
        _narrowed(c),
        c.status.in_([bindparam(f"allowed_{n}", type_=String()) for n in range(len(STATUSES))]),
        _given_or_any("of_requester", c.requester),
        _given_or_any("of_parent", c.parent),
        _given_or_any("of_priority", c.priority),
        _given_or_any("of_kind", c.kind),
        or_(c.breached, bindparam("also_unbroken", type_=Boolean())),
        c.changed_at < _param("before", t.changed_at),
        or_(bindparam("of_label", type_=labels.c.label.type) == literal_column("''"), exists(of_label)),
        *(c.words.like(bindparam(f"word_{n}", type_=Prose), escape="\\") for n in range(SEARCHED_WORDS)),
    )


def _looking_through(lately: Ordered, *, soonest: bool = False) -> Statement:
    """Those of `lately` that are meant. soonest: by when they are due."""

    def made(dialect: Dialect) -> Select[Any]:
        c = lately(dialect).subquery("newest").c
        when = c.due_at if soonest else c.changed_at
        return select(when, c.id).where(_looked_through(c)).order_by(when if soonest else desc(when)).limit(bindparam("limit"))

    return Statement(made)


def _due(dialect: Dialect) -> Select[Any]:
    return _LATELY.where(t.due_at < _param("due_before", t.due_at)).order_by(t.due_at)


_COLUMNS = (t.changed_at, t.id, t.tier, t.claimed, t.status, t.assignee, t.words, t.requester, t.parent, t.priority, t.kind, t.breached, t.due_at)
_HAS_PARENT = t.parent != literal_column("''")
_LABELLED = labels.c.ticket == t.id
_PAGE = select(t.changed_at, t.id).limit(bindparam("limit"))
_LATELY = select(*_COLUMNS).limit(SEARCHED)
_NEXT_TIER = Statement(select(func.min(t.tier)).where(t.tier > _param("above", t.tier)))

By = Literal["newest", "queue", "requester", "assignee", "parent", "label", "due"]
_PAGES: dict[By, Statement] = {
    "newest": Statement(_newest_of(_PAGE)),
    "queue": Statement(_newest_of(_PAGE, "tier", "status", "claimed")),
    "requester": Statement(_newest_of(_PAGE, "requester", "status", also=_narrowed(t))),
    "assignee": Statement(_newest_of(_PAGE, "assignee", "status", also=_narrowed(t))),
    "parent": Statement(_newest_of(_PAGE.where(_HAS_PARENT), "parent", "status", also=_narrowed(t))),
    "label": Statement(_newest_of(_PAGE.join_from(labels, tickets, _LABELLED), "label", "status", of=labels.c, also=_narrowed(t))),
}
"""What one index gives, in its order."""
_SEARCHES: dict[By, Statement] = {
    "newest": _looking_through(_newest_of(_LATELY)),
    "queue": _looking_through(_newest_of(_LATELY, "tier", "status", "claimed")),
    "requester": _looking_through(_newest_of(_LATELY, "requester", "status")),
    "assignee": _looking_through(_newest_of(_LATELY, "assignee", "status")),
    "parent": _looking_through(_newest_of(_LATELY.where(_HAS_PARENT), "parent", "status")),
    "label": _looking_through(_newest_of(_LATELY.join_from(labels, tickets, _LABELLED), "label", "status", of=labels.c)),
    "due": _looking_through(_due, soonest=True),
}
"""The newest of what an index gives, looked through for all else that is asked."""


class TicketPages(Rows):
    """Finds numbers of tickets."""

    async def _page(self, query: TicketQuery) -> list[Row]:
        """(when it was changed, or is due; number) of at least those on the page."""
        by = _way(query)
        statement = (_PAGES if _is_plain(query, by) else _SEARCHES)[by]
        shape = _shape(query)
        found: list[Row] = []
        async for narrow in self._shares(query, by):
            found += await self._session.all(statement, **shape, **narrow)
        return found

    async def _shares(self, query: TicketQuery, by: By) -> AsyncIterator[dict[str, Any]]:
        """The parts of an index that are asked one after the other."""
        if by in ("newest", "due"):
            yield {}
        elif by == "queue":
            for tier in await self._tiers(query):
                for status in query.statuses or STATUSES:
                    for claimed in (0,) if query.unclaimed else (0, 1):
                        yield {"tier": tier, "status": status, "claimed": claimed}
        else:
            for status in query.statuses or STATUSES:
                yield {"status": status}

    async def _tiers(self, query: TicketQuery) -> list[int]:
        if query.tier:
            return [query.tier] if query.tier > 1 or not query.humans_only else []
        tiers: list[int] = []
        last = 1 if query.humans_only else 0
        while (row := await self._session.first(_NEXT_TIER, above=last)) and row[0] is not None:
            tiers.append(last := row[0])
        return tiers


def _way(query: TicketQuery) -> By:
    """By which index: the one that leaves the fewest."""
    if query.due_before is not None:
        return "due"
    for name, given in _owners(query):
        if given:
            return name
    is_queue = query.tier or query.statuses or query.unclaimed or query.humans_only
    return "queue" if is_queue and not query.search.strip() else "newest"


def _owners(query: TicketQuery) -> Iterator[tuple[By, str]]:
    yield "parent", query.parent
    yield "requester", query.requester
    yield "assignee", query.assignee
    yield "label", query.label


def _is_plain(query: TicketQuery, by: By) -> bool:
    """Does the index, with who has it and where, know all that is asked?"""
    if by == "due" or query.search.strip() or query.priority or query.kind or query.breached:
        return False
    return all(name in (by, "assignee") for name, given in _owners(query) if given)


def _shape(query: TicketQuery) -> dict[str, Any]:
    statuses = query.statuses or STATUSES
    words = [like(word) for word in words_of(query.search)]
    return {
        "before": query.before or _ALWAYS,
        "limit": page_size(query),
        **dict(_owners(query)),
        **{f"of_{name}": given for name, given in _owners(query)},
        "of_priority": query.priority,
        "of_kind": query.kind,
        "also_unbroken": not query.breached,
        "due_before": query.due_before,
        "lowest": max(query.tier, 2 if query.humans_only else 0),
        "highest": query.tier or _TOP,
        "most_claimed": 0 if query.unclaimed else 1,
        **{f"allowed_{n}": statuses[n % len(statuses)] for n in range(len(STATUSES))},
        **{f"word_{n}": words[n] if n < len(words) else "%" for n in range(SEARCHED_WORDS)},
    }
