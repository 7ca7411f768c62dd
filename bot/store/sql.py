"""The store over SQL: an SQLite file that one process owns."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable
from typing import TypeVar

from sqlalchemy import bindparam, select

from bot.domain.messages import Attachment
from bot.errors import StoreError
from bot.ports.store import Transaction, Unit
from bot.store import address, connection, migrate
from bot.store.database import Database
from bot.store.files import capped
from bot.store.inbox import InboxRows
from bot.store.knowledge import KnowledgeRows
from bot.store.outbox import OutboxRows
from bot.store.outcomes import OutcomeRows
from bot.store.ownership import Ownership
from bot.store.reading import SqlReader
from bot.store.session import Statement, replacing
from bot.store.tables import files
from bot.store.talk import TalkRows
from bot.store.tickets import TicketRows

T = TypeVar("T")
INTERRUPTED = "interrupted:"  # notes: the keys of parcels that may have been sent when the process was killed

_KEEP_FILE = Statement(replacing(files))
_FILE = Statement(select(files.c.attachment, files.c.content).where(files.c.source == bindparam("of", type_=files.c.source.type)))


class SqlTransaction(InboxRows, OutboxRows, TicketRows, TalkRows, KnowledgeRows, OutcomeRows):
    """A unit of work: all its parts speak through the one writing connection."""


class SqlStore(SqlReader):
    """Store, Notebook and Files over one SQLite file."""

    def __init__(self, reading: connection.Connection, database: Database | None = None, owner: Ownership | None = None) -> None:
        super().__init__(reading)
        self._reading = reading
        self._owner = owner
        self._database = database
        self.interrupted: frozenset[str] = frozenset()
        self._transaction = SqlTransaction(database.session) if database else None

    @classmethod
    def open(cls, url: str, read_only: bool = False) -> SqlStore:
        """The store of a `sqlite:///…` URL; a new file gets its schema at once. read_only: beside the process that owns the file.

        Raises FileInUse, and ConfigError when the file cannot be used or its schema is not this code's.
        """
        where = address.parse(url)
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
                    migrate.refuse_unless_current(found, where.file)
                interrupted = _taken_over(writing.raw)
                writing.raw.execute("PRAGMA busy_timeout=0")  # who waits for a foreign lock must not hold up the event loop
                store = cls(connection.connect_reading(where.file), Database(writing, where.synchronous != "NORMAL"), owner)
                store.interrupted = interrupted
                return store
            except BaseException:
                writing.close()
                raise
        except BaseException:
            owner.release()
            raise

    @property
    def is_broken(self) -> bool:
        """Has the file failed for good? Then the process must be started anew."""
        return self._database is not None and self._database.broken.is_set()

    @property
    def trouble(self) -> str:
        """Why the latest write was not committed; "" when it was."""
        return self._database.trouble if self._database is not None else ""

    async def wait_until_broken(self) -> None:
        """Returns when the file has failed for good; usually never."""
        await self._writing.broken.wait()

    async def run(self, unit: Unit[T]) -> T:
        """Run a unit of work and return when it is committed, together with what arrived at the same time."""
        database, transaction = self._writing, self._transaction

        def work() -> Awaitable[T]:
            assert transaction is not None
            return unit(transaction)

        return await database.run(work)

    async def note(self, key: str, value: str) -> None:
        """Keep; returns when committed. An empty value removes it."""

        async def unit(tx: Transaction) -> None:
            await tx.note(key, value)

        await self.run(unit)

    async def keep_file(self, attachment: Attachment, content: bytes) -> None:
        """Keep under attachment.source; returns when committed. Raises DeliveryRefused("too_large")."""
        kept = capped(attachment, content)

        async def unit() -> None:
            await self._writing.session.do(_KEEP_FILE, source=kept.source, attachment=kept, content=content)

        await self._writing.run(unit)

    async def file(self, source: str) -> tuple[Attachment, bytes] | None:
        """The file, or None."""
        row = await self._session.first(_FILE, of=source)
        return (row[0], bytes(row[1])) if row else None

    async def close(self) -> None:
        """Commit what is queued, then let the file go."""
        if self._database is not None:
            await self._database.drain()
        self._reading.close()
        if self._database is not None:
            self._database.close()
        if self._owner is not None:
            self._owner.release()

    @property
    def _writing(self) -> Database:
        if self._database is None:
            raise StoreError("the store was opened for reading only")
        return self._database


def _taken_over(raw: sqlite3.Connection) -> frozenset[str]:
    """End the leases of an earlier owner: nobody else sends from this file, so what it had begun goes on at once.

    The keys of the parcels that it may have sent without noting it: in each lane that was leased, the first that waits. They are noted, because
    the next crash may come before they are looked for.
    """
    first = "SELECT min(o.id) FROM outbox o JOIN leases l ON l.lane = o.lane WHERE o.state = 'waiting' AND o.due <= l.since GROUP BY o.lane"
    raw.execute("BEGIN IMMEDIATE")
    raw.execute(f"INSERT OR IGNORE INTO notes (key, value) SELECT '{INTERRUPTED}' || key, 'y' FROM outbox WHERE id IN ({first})")
    still = f"SELECT '{INTERRUPTED}' || key FROM outbox WHERE state = 'waiting'"
    raw.execute(f"DELETE FROM notes WHERE key GLOB '{INTERRUPTED}*' AND key NOT IN ({still})")
    raw.execute("DELETE FROM leases")
    raw.execute("COMMIT")
    return frozenset(key.removeprefix(INTERRUPTED) for (key,) in raw.execute(f"SELECT key FROM notes WHERE key GLOB '{INTERRUPTED}*'"))


def _reader(where: address.Address) -> connection.Connection:
    reading = connection.connect_reading(where.file)
    try:
        migrate.refuse_unless_current(migrate.revision(reading.raw, where.file), where.file)
    except BaseException:
        reading.close()
        raise
    return reading
