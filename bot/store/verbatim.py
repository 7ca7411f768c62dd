"""A table as it stands: its rows read and written without being understood, so that a copy is the same to the last sign."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Dialect,
    Executable,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.types import TypeEngine

from bot.store.column_types import Key, Moment, Real
from bot.store.session import Row, Session, Statement

TOGETHER = (100, 10, 1)  # rows of one statement
MOST_CHARACTERS = 1_000_000  # of several rows in one statement; servers take 16 MB
Place = tuple[int | str, ...]
"""The primary key of a row: everything up to it was seen."""


class Verbatim:
    """One table in the order of its primary key. but: rows whose key begins so are left aside on both sides. keys: the columns of that key."""

    def __init__(self, table: Table, but: str = "") -> None:
        self.name = table.name
        columns = [Column(c.name, _kept_as(c), primary_key=c.primary_key, autoincrement=False) for c in table.c]
        self._table = Table(table.name, MetaData(), *columns)
        self._keys = [n for n, c in enumerate(table.c) if c.primary_key]
        keys = [self._table.c[n] for n in self._keys]
        rows = select(*self._table.c).order_by(*keys).limit(bindparam("most"))
        kept = [~begins(keys[0], but)] if but else []
        self.table, self.keys = self._table, tuple(keys)
        self._first = Statement(rows.where(*kept))
        self._next = Statement(rows.where(after_place(keys), *kept))
        self._count = Statement(select(func.count()).select_from(self._table).where(*kept))
        mine = [c == bindparam(f"at_{n}", type_=c.type) for n, c in enumerate(keys)]
        self._drop = Statement(self._table.delete().where(*mine))
        self._change = Statement(self._table.update().where(*mine).values({c.name: bindparam(f"new_{c.name}", type_=c.type) for c in self._table.c}))
        self.columns = tuple(c.name for c in table.c)
        self._puts = {many: Statement(partial(self._putting, many)) for many in TOGETHER}

    def place(self, row: Row) -> Place:
        """Where a row stands."""
        return tuple(row[n] for n in self._keys)

    async def page(self, session: Session, after: Place | None, most: int) -> list[Row]:
        """The next rows."""
        if after is None:
            return await session.all(self._first, most=most)
        return await session.all(self._next, most=most, **{f"after_{n}": value for n, value in enumerate(after)})

    async def count(self, session: Session) -> int:
        """How many there are."""
        row = await session.first(self._count)
        return int(row[0]) if row else 0

    async def put(self, session: Session, rows: Sequence[Row]) -> None:
        """Write rows that are not there yet."""
        for some in _portions(rows):
            values = {f"{c.name}_{n}": value for n, row in enumerate(some) for c, value in zip(self._table.c, row, strict=True)}
            await session.do(self._puts[len(some)], **values)

    async def change(self, session: Session, row: Row, new: Row) -> None:
        """Write something else in the place of a row."""
        values = {f"new_{name}": value for name, value in zip(self.columns, new, strict=True)}
        await session.do(self._change, **values, **self._at(row))

    async def drop(self, session: Session, row: Row) -> None:
        """Remove a row."""
        await session.do(self._drop, **self._at(row))

    def _at(self, row: Row) -> dict[str, Any]:
        return {f"at_{n}": value for n, value in enumerate(self.place(row))}

    def _putting(self, many: int, _: Dialect) -> Executable:
        """Made when it is first needed: all tables' together cost a fifth of the start of any command."""
        return self._table.insert().values([self._parameters(n) for n in range(many)])

    def _parameters(self, number: int) -> dict[str, Any]:
        return {c.name: bindparam(f"{c.name}_{number}", type_=c.type) for c in self._table.c}


def begins(key: Column[Any], prefix: str) -> ColumnElement[bool]:
    """Is the key a longer one than the prefix?"""
    return key.between(literal(prefix), literal(prefix[:-1] + chr(ord(prefix[-1]) + 1)))


def digest_of(row: Row) -> bytes:
    """The same for the same row on every database, and for no other."""
    digest = blake2b(digest_size=16)
    for value in row:
        kind, content = _canonical(value)
        digest.update(b"%s%d:" % (kind, len(content)))
        digest.update(content)
    return digest.digest()


def _canonical(value: Any) -> tuple[bytes, bytes]:
    match value:
        case None:
            return b"n", b""
        case bool() | int():
            return b"i", b"%d" % value
        case float():
            return b"f", value.hex().encode()
        case str():
            return b"s", value.encode()
        case _:
            return b"b", bytes(value)


def place_text(place: Place) -> str:
    """As it is noted, and told."""
    return json.dumps(place, ensure_ascii=False)


def _kept_as(column: Column[Any]) -> TypeEngine[Any]:
    """What the driver takes and gives for it, without our own meaning."""
    kept = column.type
    if isinstance(kept, Moment | BigInteger):
        return BigInteger()
    if isinstance(kept, Real):
        return kept
    if isinstance(kept, Boolean):
        return Boolean()
    if isinstance(kept, Integer):
        return Integer()
    if isinstance(kept, LargeBinary):
        return LargeBinary()
    return String(kept.most) if isinstance(kept, Key) else String()


def after_place(keys: Sequence[Column[Any]]) -> ColumnElement[bool]:
    """Behind a place in the order of several columns, said so that every database uses its index."""
    marks = [bindparam(f"after_{n}", type_=key.type) for n, key in enumerate(keys)]
    last = keys[-1] > marks[-1]
    for key, mark in reversed(list(zip(keys[:-1], marks[:-1], strict=True))):
        last = and_(key >= mark, or_(key > mark, last))
    return last


def _portions(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """As many rows at a time as one statement holds."""
    begin = 0
    while begin < len(rows):
        many = next(n for n in TOGETHER if n == 1 or (begin + n <= len(rows) and _size(rows[begin : begin + n]) <= MOST_CHARACTERS))
        yield rows[begin : begin + many]
        begin += many


def _size(rows: Sequence[Row]) -> int:
    return sum(len(value) for row in rows for value in row if isinstance(value, str | bytes))
