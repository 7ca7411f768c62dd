"""The store over SQL: an SQLite file that one process owns, or a database server that many share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Protocol, TypeVar

from sqlalchemy import bindparam, select

from bot.domain.messages import Attachment
from bot.errors import DeliveryRefused, StoreError
from bot.ports.store import Old, Transaction, Unit, What
from bot.store import address, connection, migrate, old_tickets, retracting
from bot.store.answered import AnsweredWriting
from bot.store.assets import AssetRows
from bot.store.contacts import ContactRows
from bot.store.counting import CountingWriting
from bot.store.database import Database
from bot.store.drafts import DraftWriting
from bot.store.files import capped
from bot.store.holders import HolderRows
from bot.store.inbox import InboxRows
from bot.store.knowledge import KnowledgeRows
from bot.store.outbox import OutboxRows
from bot.store.outcomes import OutcomeRows
from bot.store.ownership import Ownership
from bot.store.rates import RateRows
from bot.store.reading import SqlReader
from bot.store.retention import RetentionRows
from bot.store.server import ServerDatabase, ServerReading, TooLarge
from bot.store.session import Session, Statement, replacing
from bot.store.tables import files
from bot.store.talk import TalkRows
from bot.store.tickets import TicketRows
from bot.store.waits import WaitReading

T = TypeVar("T")

_KEEP_FILE = Statement(replacing(files))
_FILE = Statement(select(files.c.attachment, files.c.content).where(files.c.source == bindparam("of", type_=files.c.source.type)))


class SqlTransaction(
    InboxRows, OutboxRows, TicketRows, WaitReading, TalkRows, KnowledgeRows, DraftWriting, CountingWriting, OutcomeRows, HolderRows, RateRows,
    RetentionRows, AnsweredWriting, ContactRows, AssetRows,
):  # fmt: skip
    """A unit of work: all its parts speak through the one connection that has begun a transaction for it."""


class Writing(Protocol):
    """Runs units of work and commits them.

    broken: as Database.broken; trouble: why the latest write was not committed, "" when it was; repeated: units that met others and were run again.
    """

    broken: asyncio.Event
    trouble: str
    repeated: int

    async def run(self, unit: Callable[[Session], Awaitable[T]]) -> T:
        """Returns when it is committed. Raises what the unit raises, or StoreError."""
        ...

    async def compact(self) -> bool:
        """As SqlStore.compact."""
        ...

    async def drain(self) -> None:
        """Accept nothing more, and commit what is queued."""
        ...

    async def close(self) -> None:
        """Let go."""
        ...


class Reading(Session, Protocol):
    """A session for questions."""

    async def close(self) -> None:
        """Let go."""
        ...


class SqlStore(SqlReader):
    """Store, Notebook and Files over SQL."""

    def __init__(self, reading: Reading, writing: Writing | None = None, owner: Ownership | None = None) -> None:
        super().__init__(reading)
        self._reading = reading
        self._owner = owner
        self._database = writing

    @classmethod
    def open(cls, url: str, read_only: bool = False) -> SqlStore:
        """The store of a `sqlite:///…` URL; a new file gets its schema at once. read_only: beside the process that owns the file.

        Raises FileInUse, and ConfigError when the file cannot be used or its schema is not this code's.
        """
        where = address.parse_file(url)
        if read_only:
            return cls(_reader(where))
        owner = Ownership(where.file)
        try:
            writing = connection.connect(where.file, where.synchronous)
            try:
                found = migrate.revision(writing.raw, where.file)
                if not found:
                    migrate.create(writing.raw)
                else:
                    migrate.refuse_unless_current(found, str(where.file))
                _let_go_of_all(writing)
                writing.raw.execute("PRAGMA busy_timeout=0")  # who waits for a foreign lock must not hold up the event loop
                return cls(connection.connect_reading(where.file), Database(writing, where.synchronous != "NORMAL"), owner)
            except BaseException:
                writing.close_now()
                raise
        except BaseException:
            owner.release()
            raise

    @property
    def is_shared(self) -> bool:
        """May other processes write to it at the same time?"""
        return self._reading.is_shared

    @property
    def reading(self) -> Session:
        """For questions that nobody else asks."""
        return self._session

    @property
    def is_broken(self) -> bool:
        """Has the file failed for good? Then the process must be started anew."""
        return self._database is not None and self._database.broken.is_set()

    @property
    def trouble(self) -> str:
        """Why the latest write was not committed; "" when it was."""
        return self._database.trouble if self._database is not None else ""

    @property
    def repeated(self) -> int:
        """How many units of work met another one and were run again, so far."""
        return self._database.repeated if self._database is not None else 0

    async def wait_until_broken(self) -> None:
        """Returns when the file has failed for good; usually never."""
        await self._writing.broken.wait()

    async def run(self, unit: Unit[T]) -> T:
        """Run a unit of work and return when it is committed."""
        return await self._writing.run(lambda session: unit(SqlTransaction(session)))

    async def forget_tickets(self, what: What, before: datetime, after: int) -> Old:
        """A page of tickets closed before that moment lose their words, or their files; ids: as many as did. Returns when committed."""
        return await self._writing.run(lambda session: old_tickets.forget(session, what, before, after))

    async def retract(self, person: str, able: Collection[str], now: datetime) -> int:
        """Owe something in the place of each message of ours to or about somebody, on these channels; how many. Returns when committed."""
        return await self._writing.run(lambda session: retracting.owe(session, person, able, now))

    async def within(self, unit: Callable[[Session], Awaitable[T]]) -> T:
        """Run something that needs the tables themselves in one transaction; returns when it is committed."""
        return await self._writing.run(unit)

    async def compact(self) -> bool:
        """What was removed is nowhere in the database's files any more, as far as that can be had beside the desk's work; False when it could not be done."""
        return await self._writing.compact()

    async def note(self, key: str, value: str) -> None:
        """Keep; returns when committed. An empty value removes it."""

        async def unit(tx: Transaction) -> None:
            await tx.note(key, value)

        await self.run(unit)

    async def keep_file(self, attachment: Attachment, content: bytes) -> None:
        """Keep under attachment.source; returns when committed. Raises DeliveryRefused("too_large")."""
        kept = capped(attachment, content)
        try:
            await self._writing.run(lambda session: session.do(_KEEP_FILE, source=kept.source, attachment=kept, content=content))
        except TooLarge as error:
            raise DeliveryRefused("too_large", str(error)) from error

    async def file(self, source: str) -> tuple[Attachment, bytes] | None:
        """The file, or None."""
        row = await self._session.first(_FILE, of=source)
        return (row[0], bytes(row[1])) if row else None

    async def close(self) -> None:
        """Commit what is queued, then let the database go."""
        if self._database is not None:
            await self._database.drain()
        await self._reading.close()
        if self._database is not None:
            await self._database.close()
        if self._owner is not None:
            self._owner.release()

    @property
    def _writing(self) -> Writing:
        if self._database is None:
            raise StoreError("the store was opened for reading only")
        return self._database


async def open_store(url: str, *, read_only: bool = False) -> SqlStore:
    """The store of any DATABASE_URL. read_only: for questions alone.

    Raises FileInUse, and ConfigError when it cannot be used, has no schema or another one than this code's; StoreError when a server is away.
    """
    where = address.parse(url)
    if isinstance(where, address.Address):
        return SqlStore.open(url, read_only)
    await migrate.check_server(where)
    writing = None if read_only else ServerDatabase(where)
    return SqlStore(ServerReading(where, writing), writing)


def _let_go_of_all(writing: connection.Connection) -> None:
    """Nobody else has this file: whatever an earlier process held is free at once."""
    writing.raw.execute("DELETE FROM holders")


def _reader(where: address.Address) -> connection.Connection:
    reading = connection.connect_reading(where.file)
    try:
        migrate.refuse_unless_current(migrate.revision(reading.raw, where.file), str(where.file))
    except BaseException:
        reading.close_now()
        raise
    return reading
