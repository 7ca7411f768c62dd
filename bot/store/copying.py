"""A desk moves to another database, of any kind: batch by batch, gone on with where it was broken off, and compared row by row at the end.

Each batch notes in its own transaction how far it came, so that no row is missed or doubled however the copying ends. Until the two sides were
found equal the target's schema goes by another name, and nothing else opens half a desk.

Not copied: who is alive, what is used up of rates, and lanes, which are there to be locked. Leases are: what they cover may be on its way, and whoever
sends it next must look first.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Literal, TypeVar

from sqlalchemy import Column, bindparam, column, func, select, table, update

from bot.errors import ConfigError, StoreError
from bot.store import address, connection, migrate, server, tables
from bot.store.connection import connect_reading
from bot.store.database import Database
from bot.store.dialects import MARIADB, POSTGRES
from bot.store.ownership import Ownership
from bot.store.server import ServerDatabase, ServerReading
from bot.store.session import Row, Session, Statement, inserting_new
from bot.store.snapshot import snapshot
from bot.store.sql import Reading, Writing
from bot.store.verbatim import Place, Verbatim, begins, digest_of, place_text

T = TypeVar("T")
BATCH = 500  # rows of one commit
PREFIX = "copy:"  # of our notes in the target
SOURCE = f"{PREFIX}from"

_FILES = Verbatim(tables.files)
_NUMBERS = (Verbatim(tables.counters), Verbatim(tables.numbers_ready))
_LEFT_ASIDE = (tables.holders, tables.rates, tables.lanes, tables.files, tables.notes, tables.counters, tables.numbers_ready)
_IN_BATCHES = (*(Verbatim(t) for t in tables.metadata.sorted_tables if t not in _LEFT_ASIDE), Verbatim(tables.notes, but=PREFIX), _FILES)

_version = table("alembic_version", column("version_num", tables.notes.c.key.type))
_NAME_VERSION = Statement(update(_version).values(version_num=bindparam("named", type_=_version.c.version_num.type)))
_n, _h = tables.notes.c, tables.holders.c
_NOTED = Statement(select(_n.value).where(_n.key == bindparam("of_key", type_=_n.key.type)))
_NOTE_NEW = Statement(inserting_new(tables.notes))
_NOTE = Statement(
    update(tables.notes)
    .where(_n.key == bindparam("of_key", type_=_n.key.type), _n.value == bindparam("old", type_=_n.value.type))
    .values(value=bindparam("new", type_=_n.value.type))
)
_FORGET_NOTES = Statement(tables.notes.delete().where(begins(_n.key, PREFIX)))
_ALIVE = Statement(select(_h.owner).where(begins(_h.name, "process:"), _h.until > bindparam("now", type_=_h.until.type)))


@dataclass(frozen=True, slots=True)
class Step:
    """How far one table is. doing: copied to the target, or compared with it; done, of: rows; batch: the newest of them."""

    doing: Literal["copying", "comparing"]
    table: str
    done: int
    of: int
    batch: int = 0


@dataclass(frozen=True, slots=True)
class Copied:
    """A table that is the same on both sides. checksum: over every column of every row, in the order of its key."""

    table: str
    rows: int
    checksum: str


Tell = Callable[[Step], None]


async def copy(source: str, target: str, tell: Tell, *, anew: bool = False, batch: int = BATCH) -> list[Copied]:
    """The desk of one DATABASE_URL into the database of another. Run again after it was broken off, it goes on there.

    anew: what an unfinished copy has left in the target is removed first. Raises ConfigError and FileInUse, nothing being changed, when the source is
    not there, not of this schema or in use, or the target holds something else or is in use; StoreError when a database fails or the two differ.
    """
    here, there = _address("--copy-from", source), address.parse(target)
    if here == there:
        raise ConfigError("--copy-from: it names the database that DATABASE_URL names; set DATABASE_URL to the new one")
    async with _standing_still(source, here) as reading, _Target.opened(target, there) as to:
        await to.begin(str(here), anew)
        for one in _IN_BATCHES:
            await _copy_table(one, reading, to, 1 if one is _FILES else batch, tell)
        await _copy_numbers(reading, to)
        copied = [await _compare(one, reading, to, 1 if one is _FILES else batch, tell) for one in _IN_BATCHES]
        copied += await _compare_numbers(reading, to)
        await to.finish()
    return copied


def _address(name: str, url: str) -> address.Address | address.Server:
    with _named(name):
        return address.parse(url)


@contextlib.contextmanager
def _named(name: str) -> Any:
    """Faults of the source are told by the option that names it."""
    try:
        yield
    except ConfigError as error:
        told = str(error).replace("DATABASE_URL", name)
        raise ConfigError(told.replace("run `firstline migrate`", "run `firstline migrate` with it as DATABASE_URL first")) from error


# ----------------------------------------------------------------------------------------------------------- the source
@contextlib.asynccontextmanager
async def _standing_still(url: str, where: address.Address | address.Server) -> AsyncIterator[Session]:
    """The source as it is, and while it is copied nobody begins to work in it, where that can be prevented."""
    owner = None
    async with contextlib.AsyncExitStack() as stack:
        with _named("--copy-from"):
            if isinstance(where, address.Address):
                if not where.file.is_file():
                    raise ConfigError(f"DATABASE_URL: there is no file {where.file}; name the one in which the desk is")
                owner = Ownership(where.file)
                stack.callback(owner.release)
            reading = await stack.enter_async_context(snapshot(url))
        if owner is None:
            await refuse_while_used(reading, where)
        yield reading


async def refuse_while_used(session: Session, where: object) -> None:
    """Raises ConfigError, naming them, while processes work in that database."""
    owners = sorted(owner for (owner,) in await session.all(_ALIVE, now=datetime.now(UTC)))
    if owners:
        shown = ", ".join(owners[:3]) + (" …" if len(owners) > 3 else "")
        raise ConfigError(f"{where} is in use by {len(owners)} process{'es' if owners[1:] else ''} ({shown}); stop them, and run this again 20 seconds later")


# ----------------------------------------------------------------------------------------------------------- the target
class _Target:
    """The database that is filled."""

    def __init__(self, where: address.Address | address.Server, writing: Writing, reading: Reading, is_begun: bool) -> None:
        self.where, self.reading = where, reading
        self._writing, self._is_begun = writing, is_begun
        self.is_shared = isinstance(where, address.Server)

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, url: str, where: address.Address | address.Server) -> AsyncIterator[_Target]:
        """With this code's schema, made or brought up to date when no copy is under way."""
        is_begun = await _revision(where) == migrate.COPYING
        if not is_begun:
            await asyncio.to_thread(migrate.migrate, url)
        async with contextlib.AsyncExitStack() as stack:
            writing: Writing
            reading: Reading
            if isinstance(where, address.Server):
                writing = ServerDatabase(where, hands=1)
                reading = ServerReading(where, writing)
            else:
                stack.callback(Ownership(where.file).release)
                writing = Database(connection.connect(where.file, where.synchronous), where.synchronous != "NORMAL")
                reading = connect_reading(where.file)
            stack.push_async_callback(writing.close)
            stack.push_async_callback(reading.close)
            stack.push_async_callback(writing.drain)
            yield cls(where, writing, reading, is_begun)

    async def run(self, unit: Callable[[Session], Any]) -> Any:
        """In one transaction."""
        return await self._writing.run(unit)

    async def begin(self, source: str, anew: bool) -> None:
        """From here on nothing else opens it. Raises ConfigError when it is not ours to fill."""
        if self._is_begun:
            row = await self.reading.first(_NOTED, of_key=SOURCE)
            if row is not None and row[0] == source and not anew:
                return
            if row is not None and not anew:
                unfinished = f"{self.where} holds an unfinished copy of {row[0]}"
                raise ConfigError(f"DATABASE_URL: {unfinished}; go on with it, or add --anew to begin again with this one")
            await self._empty()

        async def claim(session: Session) -> None:
            if self.is_shared:
                await refuse_while_used(session, self.where)
            for one in (*_IN_BATCHES, *_NUMBERS):
                if await one.page(session, None, 1):
                    raise ConfigError(f"DATABASE_URL: {self.where} holds a desk already (its table {one.name} is not empty); name an empty database")
            await session.do(_NAME_VERSION, named=migrate.COPYING)
            await session.do(_NOTE_NEW, key=SOURCE, value=source)

        await self.run(claim)

    async def finish(self) -> None:
        """It is a desk like any other, whose numbering goes on after what it holds."""

        async def release(session: Session) -> None:
            for one in _following(self.where):
                await session.first(one)
            await session.do(_FORGET_NOTES)
            await session.do(_NAME_VERSION, named=migrate.HEAD)

        await self.run(release)

    async def place(self, of: str) -> tuple[Place | None, int, str]:
        """How far a table is: the place, the rows up to it, and the note that says so ("" for none)."""
        row = await self.reading.first(_NOTED, of_key=f"{PREFIX}{of}")
        if row is None:
            return None, 0, ""
        noted = json.loads(row[0])
        return tuple(noted["place"]), int(noted["rows"]), str(row[0])

    async def add(self, one: Verbatim, rows: Sequence[Row], before: str, now: str) -> None:
        """Rows, and in the same transaction the new note in the place of the one before. Raises StoreError when somebody else fills it as well."""
        key = f"{PREFIX}{one.name}"

        async def unit(session: Session) -> None:
            noted = await (session.do(_NOTE, of_key=key, old=before, new=now) if before else session.do(_NOTE_NEW, key=key, value=now))
            if not noted:
                raise StoreError(f"another process copies into {self.where} as well; let it come to its end")
            await one.put(session, rows)

        await self.run(unit)

    async def _empty(self) -> None:
        """Table by table; killed in between, it is still an unfinished copy."""
        quoted = POSTGRES if isinstance(self.where, address.Server) and self.where.is_postgres else MARIADB
        for emptied in reversed(tables.metadata.sorted_tables):
            if isinstance(self.where, address.Server):
                reaching = await server.connect(self.where, server.QUESTION_S)
                try:
                    await reaching.plain(f"TRUNCATE TABLE {quoted.identifier_preparer.format_table(emptied)}")
                finally:
                    await reaching.close()
            else:
                await self.run(_deleting(Statement(emptied.delete())))


async def _revision(where: address.Address | address.Server) -> str:
    """Of the target's schema as it is found; "" when there is none."""
    if isinstance(where, address.Server):
        reaching = await server.connect(where)
        try:
            return await migrate.server_revision(reaching, where)
        finally:
            await reaching.close()
    if not where.file.is_file():
        return ""
    reading = connect_reading(where.file)
    try:
        return migrate.revision(reading.raw, where.file)
    finally:
        reading.close_now()


def _deleting(statement: Statement) -> Callable[[Session], Any]:
    async def unit(session: Session) -> None:
        await session.do(statement)

    return unit


def _following(where: address.Address | address.Server) -> list[Statement]:
    """What makes the next ids follow the copied ones; SQLite and MariaDB do so by themselves."""
    if isinstance(where, address.Address) or not where.is_postgres:
        return []
    numbered = [c for t in tables.metadata.sorted_tables if (c := t.autoincrement_column) is not None]
    return [Statement(select(func.setval(func.pg_get_serial_sequence(c.table.name, c.name), _newest(c)))) for c in numbered]


def _newest(of: Column[Any]) -> Any:
    return select(func.max(of)).scalar_subquery()


# ------------------------------------------------------------------------------------------------- from one to the other
async def _copy_table(one: Verbatim, reading: Session, to: _Target, batch: int, tell: Tell) -> None:
    place, done, note = await to.place(one.name)
    of = await one.count(reading)
    tell(Step("copying", one.name, done, of))
    while rows := await one.page(reading, place, batch):
        place, done = one.place(rows[-1]), done + len(rows)
        new = json.dumps({"place": place, "rows": done}, ensure_ascii=False)
        await to.add(one, rows, note, new)
        note = new
        tell(Step("copying", one.name, done, of, len(rows)))


async def _compare(one: Verbatim, reading: Session, to: _Target, batch: int, tell: Tell) -> Copied:
    """Both sides side by side. Raises StoreError naming the first row that is not the same."""
    sums = blake2b(digest_size=16), blake2b(digest_size=16)
    place: Place | None = None
    done, of = 0, await one.count(reading)
    tell(Step("comparing", one.name, done, of))
    while True:
        sides = await one.page(reading, place, batch), await one.page(to.reading, place, batch)
        for total, rows in zip(sums, sides, strict=True):
            for row in rows:
                total.update(digest_of(row))
        if sums[0].digest() != sums[1].digest():
            raise await _differs(one, reading, to, _first_difference(one, *sides))
        if not sides[0]:
            return Copied(one.name, done, sums[0].hexdigest())
        place, done = one.place(sides[0][-1]), done + len(sides[0])
        tell(Step("comparing", one.name, done, of, len(sides[0])))


def _first_difference(one: Verbatim, here: Sequence[Row], there: Sequence[Row]) -> Place:
    found, wanted = ({one.place(row): digest_of(row) for row in rows} for rows in (here, there))
    return min(place for place in {*found, *wanted} if found.get(place) != wanted.get(place))


async def _differs(one: Verbatim, reading: Session, to: _Target, place: Place) -> StoreError:
    here, there = await one.count(reading), await one.count(to.reading)
    return StoreError(
        f"the copy is not the same: {one.name} has {here} rows in the source and {there} in {to.where}, and the first that differs is {place_text(place)}; "
        "something wrote to one of them since the copying began: add --anew to begin again"
    )


# ------------------------------------------------------------------------------------------------ the numbers of tickets
async def _copy_numbers(reading: Session, to: _Target) -> None:
    """At once: a row for each prefix, and at most a stock of numbers for each."""
    wanted = await _numbers(reading, to.is_shared)

    async def unit(session: Session) -> None:
        for one, rows in zip(_NUMBERS, wanted, strict=True):
            if not await one.page(session, None, 1):
                await one.put(session, rows)

    await to.run(unit)


async def _compare_numbers(reading: Session, to: _Target) -> list[Copied]:
    copied = []
    for one, here, there in zip(_NUMBERS, await _numbers(reading, to.is_shared), await _numbers(to.reading, to.is_shared), strict=True):
        if here != there:
            raise await _differs(one, reading, to, _first_difference(one, here, there))
        total = blake2b(b"".join(digest_of(row) for row in here), digest_size=16)
        copied.append(Copied(one.name, len(here), total.hexdigest()))
    return copied


async def _numbers(session: Session, is_shared: bool) -> tuple[list[Row], list[Row]]:
    """Counters and the numbers that lie ready, as a target needs them.

    A file has no stock: there the numbers that nobody took yet at the end of one go back to the counter, so that no gap comes of it.
    """
    counters, ready = [await one.page(session, None, 1_000_000) for one in _NUMBERS]
    if is_shared:
        return counters, ready
    left = {(prefix, number) for prefix, number in ready}
    settled = []
    for prefix, last in counters:
        while (prefix, last) in left:
            left.discard((prefix, last))
            last -= 1
        settled.append((prefix, last))
    return settled, sorted(left)
