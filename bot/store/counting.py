"""Facts about tickets: what they are derived from, kept as rows, and summed by the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    literal,
    literal_column,
    not_,
    select,
    union_all,
)

from bot.domain.ids import channel_of
from bot.domain.outcomes import RETURNS_WITHIN
from bot.domain.ticket_facts import History, Later, Opening, OpenStretch, Story, TicketAct, TicketFacts
from bot.ports.counting import SPANS, By, Counting, NewEvent, Row, Source, Where, label_of
from bot.store.session import Rows, Session, Statement
from bot.store.tables import events, labels, open_stretches, outcomes, ticket_acts, ticket_facts, tickets

AT_ONCE = 50  # tickets of one statement
TOGETHER = (50, 10, 1)  # rows of one insert

t, e, o = tickets.c, events.c, outcomes.c
TABLES: dict[Source, Table] = {"tickets": ticket_facts, "acts": ticket_acts, "stretches": open_stretches, "questions": outcomes}


@dataclass(frozen=True, slots=True)
class _Event:
    """As bot.domain.ticket_facts.Happened."""

    name: str
    by: str
    at: Any
    details: dict[str, object]


# --------------------------------------------------------------------------------------------------------------- counting
def statement_of(what: Counting) -> Statement:
    """Raises KeyError for a field that there is not."""
    table = TABLES[what.of]
    by, joined, where = _looked_at(what)
    sums = [func.sum(table.c[name]) for name in what.sums]
    found: Select[Any] = select(*by, func.count(), *sums).select_from(joined).where(*where)
    return Statement(found.group_by(*by) if by else found)


def statement_apart(what: Counting, fields: Sequence[By]) -> Statement:
    """Rows of the place of a field in `fields`, the values of `by`, its own, and how many: what is joined is joined once."""
    table = TABLES[what.of]
    by, joined, where = _looked_at(what)
    wanted = {one.field: table.c[one.field].label(f"f{n}") for n, one in enumerate(fields)}
    rows = select(*(column.label(f"g{n}") for n, column in enumerate(by)), *wanted.values()).select_from(joined).where(*where).cte("looked_at")
    groups = [rows.c[f"g{n}"] for n in range(len(by))]
    parts = []
    for n, one in enumerate(fields):
        value: ColumnElement[Any] = _grouped(rows.c[f"f{n}"], one).label("value")
        part = select(literal_column(str(n)).label("place"), *groups, value, func.count().label("many"))
        parts.append(part.where(rows.c[f"f{n}"].is_not(None)).group_by(*groups, value))
    return Statement(union_all(*parts))


def _looked_at(what: Counting) -> tuple[list[ColumnElement[Any]], FromClause, list[ColumnElement[bool]]]:
    """By what its rows are told apart, where they come from, and which they are."""
    table = TABLES[what.of]
    joined: FromClause = table
    by: list[ColumnElement[Any]] = []
    for one in what.by:
        if begins := _label(what, one.field):
            labelled = labels.alias()
            joined = joined.outerjoin(labelled, and_(labelled.c.ticket == table.c.ticket, _begins(labelled.c.label, begins)))
            by.append(labelled.c.label)
        else:
            by.append(_grouped(table.c[one.field], one))
    return by, joined, [_labelled(table, begins, one) if (begins := _label(what, one.field)) else _holds(table.c[one.field], one) for one in what.where]


def _label(what: Counting, field: str) -> str:
    return label_of(field) if what.of == "tickets" else ""


def _begins(label: ColumnElement[Any], begins: str) -> ColumnElement[bool]:
    """As a range, which an index knows: labels are ordered byte by byte, and what they begin with ends in a sign of one byte."""
    beyond = begins[:-1] + chr(ord(begins[-1]) + 1)
    return and_(label >= literal(begins, labels.c.label.type), label < literal(beyond, labels.c.label.type))


def _labelled(table: Table, begins: str, one: Where) -> ColumnElement[bool]:
    """The same for what stands in labels."""
    label, parts = labels.c.label, list[ColumnElement[bool]]()

    def has(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists(select(literal_column("1")).select_from(labels).where(labels.c.ticket == table.c.ticket, condition))

    def among(values: tuple[Any, ...]) -> ColumnElement[bool]:
        return has(label.in_([literal(f"{begins}{value}", label.type) for value in values])) if values else false()

    if one.among is not None:
        parts.append(among(one.among))
    if one.but is not None:
        parts.append(and_(has(_begins(label, begins)), not_(among(one.but))))
    if one.given is not None:
        parts.append(has(_begins(label, begins)) if one.given else not_(has(_begins(label, begins))))
    return and_(*parts)


def _grouped(column: ColumnElement[Any], by: By) -> ColumnElement[Any]:
    """Nothing that is grouped in steps is below zero: every database rounds the same way."""
    if by.step == "span":
        *finer, (_, coarsest) = SPANS
        return case(*((column < literal_column(str(below)), _whole(column, step)) for below, step in finer), else_=_whole(column, coarsest))
    return column if by.step == 1 else column // literal_column(str(by.step), column.type)


def _whole(column: ColumnElement[Any], step: int) -> ColumnElement[Any]:
    seconds = literal_column(str(step), column.type)
    return column // seconds * seconds


def _holds(column: Column[Any], one: Where) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = []
    if one.among is not None:
        parts.append(column.in_([literal(value, column.type) for value in one.among]) if one.among else false())
    if one.but is not None:
        parts.append(column.not_in([literal(value, column.type) for value in one.but]) if one.but else column.is_not(None))
    if one.least is not None:
        parts.append(column >= one.least)
    if one.below is not None:
        parts.append(column < one.below)
    if one.given is not None:
        parts.append(column.is_not(None) if one.given else column.is_(None))
    return and_(*parts)


def ordered(rows: Iterable[Row], keys: int) -> list[Row]:
    """By the first so many values, None first: databases do not agree on that."""
    found = list(rows)
    if any(None in row for row in found):
        return sorted(found, key=lambda row: [(value is not None, value) for value in row[:keys]])
    return sorted(found)


# ------------------------------------------------------------------------------------------------------ what it is made of
def _among(column: Column[Any]) -> ColumnElement[bool]:
    return column.in_([bindparam(f"v{n}", type_=column.type) for n in range(AT_ONCE)])


def _filled(values: Sequence[str]) -> dict[str, Any]:
    """As many parameters as the statement has: one statement for all."""
    return {f"v{n}": values[min(n, len(values) - 1)] for n in range(AT_ONCE)}


_AFTER = Statement(select(e.id, e.ticket, e.at, e.name).where(e.id > bindparam("after", type_=e.id.type)).order_by(e.id).limit(bindparam("limit")))
_OPENINGS = Statement(select(t.id, t.requester, t.conversation, t.language, t.kind, t.priority, t.opened_at).where(_among(t.id)))
_EVENTS = Statement(select(e.ticket, e.name, e.by, e.at, e.details).where(_among(e.ticket)).order_by(e.ticket, e.id))
_BEST = Statement(select(o.ticket, o.entry).where(_among(o.ticket), o.entry != literal_column("''")))
_other = tickets.alias("other")
_LATER = Statement(
    select(t.id, _other.c.id, _other.c.opened_at, _other.c.follows, o.entry)
    .select_from(tickets.join(_other, and_(_other.c.requester == t.requester, _other.c.row > t.row)).outerjoin(outcomes, o.ticket == _other.c.id))
    .where(_among(t.id), t.tier == literal_column("1"))
    .where(_other.c.opened_at <= t.changed_at + literal_column(str(int(RETURNS_WITHIN.total_seconds() * 1_000_000)), t.changed_at.type))
)
_BEFORE = Statement(
    select(_other.c.id)
    .select_from(tickets.join(_other, and_(_other.c.requester == t.requester, _other.c.row < t.row)))
    .where(_among(t.id), _other.c.tier == literal_column("1"))
    .where(_other.c.changed_at >= t.opened_at - literal_column(str(int(RETURNS_WITHIN.total_seconds() * 1_000_000)), t.opened_at.type))
    .distinct()
)


class CountingReading(Rows):
    """What can be asked."""

    async def counted(self, what: Counting) -> list[Row]:
        """A row for each kind."""
        asked = getattr(self._session, "at_length", self._session.all)  # inside a unit of work: as any other question
        rows = await asked(statement_of(what))
        keys = len(what.by)
        whole = [(*_read(row[:keys], what.by), *(0 if n is None else int(n) for n in row[keys:])) for row in rows]
        return ordered(whole, keys)

    async def counted_apart(self, what: Counting, fields: Sequence[By]) -> list[list[Row]]:
        """For each of the fields."""
        asked = getattr(self._session, "at_length", self._session.all)
        found: list[list[Row]] = [[] for _ in fields]
        for place, *row in await asked(statement_apart(what, fields)):
            by = (*what.by, fields[place])
            found[place].append((*_read(row[: len(by)], by), int(row[-1])))
        return [ordered(rows, len(what.by) + 1) for rows in found]

    async def events_after(self, event: int, limit: int = 500) -> list[NewEvent]:
        """The events that follow an id."""
        return [NewEvent(*row) for row in await self._session.all(_AFTER, after=event, limit=limit)]

    async def histories(self, numbers: Sequence[str]) -> list[History]:
        """All that their facts are derived from."""
        if not numbers:
            return []
        some = _filled(numbers)
        happened: dict[str, list[_Event]] = defaultdict(list)
        for ticket, *row in await self._session.all(_EVENTS, **some):
            happened[ticket].append(_Event(*row))
        best: dict[str, set[str]] = defaultdict(set)
        for ticket, entry in await self._session.all(_BEST, **some):
            best[ticket].add(entry)
        later = _later(await self._session.all(_LATER, **some))
        return [
            History(Opening(id_, requester, channel_of(where), *row), happened[id_], frozenset(best[id_]), later.get(id_, ()))
            for id_, requester, where, *row in await self._session.all(_OPENINGS, **some)
        ]

    async def tickets_before(self, numbers: Sequence[str]) -> list[str]:
        """Those that a new one may say were no help."""
        return [number for (number,) in await self._session.all(_BEFORE, **_filled(numbers))] if numbers else []


def _read(values: Sequence[Any], by: Sequence[By]) -> list[Any]:
    """MariaDB divides to decimals."""
    return [
        None if value is None else value[len(begins) :] if (begins := label_of(one.field)) else int(value) if one.step != 1 else value
        for value, one in zip(values, by, strict=True)
    ]


def _later(rows: Iterable[Row]) -> dict[str, list[Later]]:
    """A row for each ticket after one, and for each best entry of that."""
    entries: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for *other, entry in rows:
        entries[tuple(other)] |= {entry} - {None, ""}
    found: dict[str, list[Later]] = defaultdict(list)
    for (ticket, _, opened_at, follows), best in entries.items():
        found[ticket].append(Later(opened_at, frozenset(best), follows))
    return found


# ---------------------------------------------------------------------------------------------------------------- writing
def _inserts(table: Table) -> dict[int, Statement]:
    columns = list(table.c)
    return {
        many: Statement(table.insert().values([{c.name: bindparam(f"{c.name}_{n}", type_=c.type) for c in columns} for n in range(many)])) for many in TOGETHER
    }


_KINDS: tuple[tuple[Table, type], ...] = ((ticket_facts, TicketFacts), (ticket_acts, TicketAct), (open_stretches, OpenStretch))
_INSERTS = {table.name: _inserts(table) for table, _ in _KINDS}
_NAMES = {table.name: [field.name for field in fields(kind)] for table, kind in _KINDS}
_CELLS = {table.name: attrgetter(*_NAMES[table.name]) for table, _ in _KINDS}
_KNOWN = Statement(select(ticket_facts.c.ticket).where(_among(ticket_facts.c.ticket)))
_REMOVE = [Statement(delete(table).where(table.c.ticket == bindparam("of", type_=table.c.ticket.type))) for table, _ in _KINDS]
"""Of one ticket: of several PostgreSQL looks through the whole table as long as nobody has told it how the rows are spread."""


class CountingWriting(CountingReading):
    """Its part of a transaction."""

    async def save_stories(self, stories: Sequence[Story]) -> None:
        """In place of what was."""
        if not stories:
            return
        for (ticket,) in await self._session.all(_KNOWN, **_filled([story.facts.ticket for story in stories])):
            for statement in _REMOVE:
                await self._session.do(statement, of=ticket)
        await _insert(self._session, ticket_facts, [story.facts for story in stories])
        await _insert(self._session, ticket_acts, [act for story in stories for act in story.acts])
        await _insert(self._session, open_stretches, [stretch for story in stories for stretch in story.stretches])


async def _insert(session: Session, table: Table, values: Sequence[Any]) -> None:
    names, cells, begin = _NAMES[table.name], _CELLS[table.name], 0
    while begin < len(values):
        many = next(n for n in TOGETHER if begin + n <= len(values))
        rows = enumerate(map(cells, values[begin : begin + many]))
        parameters = {f"{name}_{n}": cell for n, row in rows for name, cell in zip(names, row, strict=True)}
        await session.do(_INSERTS[table.name][many], **parameters)
        begin += many
