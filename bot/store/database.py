"""The one writing connection, and group commit: units that arrive together share one fsync, and none is answered before it.

Statements run inline in the event loop; only COMMIT, which waits for the disk, goes to a thread. While it does, new units queue up for the next.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from bot.errors import StoreError
from bot.store.connection import Connection, Damaged
from bot.store.session import Session

T = TypeVar("T")
log = logging.getLogger(__name__)

MOST_UNITS = 64  # a commit; more would make the first of them wait without a gain
LOCK_WAIT_S = 5.0  # for a foreign process that writes the file (a backup, somebody's shell)
TURN_S = 0.005  # units run this long before the event loop gets a turn
CHECKPOINT_UNITS = 500  # written units, some 10 to 20 MB of WAL, after which it is copied into the file as soon as nobody waits


class _Pending:
    __slots__ = ("done", "outcome", "unit")

    def __init__(self, unit: Callable[[Session], Awaitable[Any]], done: asyncio.Future[Any]) -> None:
        self.unit = unit
        self.done = done
        self.outcome: Any = None


class Database:
    """Runs units of work one after the other on one connection, and commits them in groups.

    broken: set when the file can no longer be trusted (a failed fsync, a damaged page). Nothing is accepted any more; the process must end
    and be started anew, so that what is on the disk is read again. Source: PostgreSQL's fsync lesson of 2018, "never retry and assume".
    """

    def __init__(self, connection: Connection, waits_for_disk: bool) -> None:
        """waits_for_disk: each commit is an fsync (synchronous FULL); otherwise it is a copy to the page cache, too short for a thread."""
        self._connection = connection
        self._waits_for_disk = waits_for_disk
        self._written = 0  # units since the last checkpoint
        self._queue: deque[_Pending] = deque()
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "firstline-commit")
        self._committer: asyncio.Task[None] | None = None
        self._closing = False
        self._lost: StoreError | None = None
        self._compacting: asyncio.Future[bool] | None = None
        self.broken = asyncio.Event()
        self.trouble = ""  # why the latest write was not committed; "" once one is
        self.repeated = 0  # never: one after the other, nobody meets anybody

    async def run(self, unit: Callable[[Session], Awaitable[T]]) -> T:
        """Run the unit inside a transaction; returns when it is committed. Raises what it raises, or StoreError."""
        self._refuse_if_broken()
        if self._closing:
            raise StoreError("the store is closed")
        if self._committer is None:
            self._committer = asyncio.create_task(self._commit_groups(), name="firstline-committer")
        elif asyncio.current_task() is self._committer:
            raise RuntimeError("a unit of work cannot wait for another one")
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append(_Pending(unit, done))
        self._wake.set()
        return await done

    async def compact(self) -> bool:
        """Write the file anew without what was removed from it; units wait meanwhile. False when the disk has no room for it, or a reader would not let go."""
        self._refuse_if_broken()
        if self._closing:
            raise StoreError("the store is closed")
        if self._compacting is None:
            self._compacting = asyncio.get_running_loop().create_future()
        if self._committer is None:
            self._committer = asyncio.create_task(self._commit_groups(), name="firstline-committer")
        self._wake.set()
        return await asyncio.shield(self._compacting)

    async def _compact(self, done: asyncio.Future[bool]) -> None:
        """The file first; then the journal, which holds all of it until then, as soon as nobody reads from it."""
        self._compacting = None
        emptied = False
        try:
            for sql in ("PRAGMA secure_delete=ON", "VACUUM"):
                await self._in_thread(sql)
            emptied = await asyncio.get_running_loop().run_in_executor(self._thread, self._empty_journal)
            self._written = 0
        except StoreError as error:
            log.warning("the file was not written anew", extra={"file": str(self._connection.file), "error": str(error)})
        finally:
            if not done.done():
                done.set_result(emptied)

    def _empty_journal(self) -> bool:
        """In the thread: as soon as nobody reads. False when somebody does for longer than we wait."""
        until = time.monotonic() + LOCK_WAIT_S
        while True:
            try:
                row = self._connection.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.Error as error:
                raise self._connection.translated(error) from error
            if row is not None and row[0] == 0:
                return True
            if time.monotonic() > until:
                return False
            time.sleep(0.05)

    async def drain(self) -> None:
        """Accept nothing more, and commit what is queued."""
        self._closing = True
        self._wake.set()
        if self._committer is not None:
            await asyncio.gather(self._committer, return_exceptions=True)
        self._thread.shutdown()

    async def close(self) -> None:
        """Let the connection go; the last one to leave a file copies its WAL into it."""
        self._connection.close_now()

    async def _commit_groups(self) -> None:
        try:
            while self._queue or self._compacting is not None or not self._closing:
                if self._compacting is not None:
                    await self._compact(self._compacting)
                    continue
                if self._written >= CHECKPOINT_UNITS and (not self._queue or self._written >= 4 * CHECKPOINT_UNITS):
                    await self._checkpoint()
                    continue
                if not self._queue:
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                group = [self._queue.popleft() for _ in range(min(len(self._queue), MOST_UNITS))]
                await self._commit_group([p for p in group if not p.done.done()])
        finally:
            self._closing = True
            if self._compacting is not None and not self._compacting.done():
                self._compacting.set_result(False)
            self._thread.shutdown()  # a commit under way ends before anything else happens to the connection
            self._roll_back()
            for pending in self._queue:
                _fail(pending, StoreError("the store is closed"))

    async def _commit_group(self, group: list[_Pending]) -> None:
        self._lost = None
        try:
            self._refuse_if_broken()
            await self._begin()
            before = self._connection.raw.total_changes
            ran = await self._run_units(group)
            if self._lost is not None:
                raise self._lost
            if not ran or self._connection.raw.total_changes == before:
                self._connection.plain("ROLLBACK")  # nothing was written: no fsync to wait for
            elif self._waits_for_disk:
                await self._in_thread("COMMIT")
            else:
                self._connection.plain("COMMIT")
            if self.trouble and self._connection.raw.total_changes != before:
                self.trouble = ""
            self._written += len(ran)
        except StoreError as error:
            self._roll_back()
            self._note(error)
            for pending in group:
                _fail(pending, StoreError(str(error)))
        except BaseException as error:  # the task is cancelled, the program ends, or the program is wrong
            for pending in group:
                _fail(pending, StoreError("stopped before the commit"))
            if isinstance(error, Exception):
                log.critical("the committer failed: restart", exc_info=error)
                self.broken.set()
            raise
        else:
            for pending in ran:
                if not pending.done.done():
                    pending.done.set_result(pending.outcome)

    async def _in_thread(self, sql: str) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.plain, sql)

    async def _checkpoint(self) -> None:
        """Copy the WAL into the file, on this connection alone (SQLite before 3.51.3 can lose a WAL that two connections reset at once)."""
        self._written = 0
        try:
            await self._in_thread("PRAGMA wal_checkpoint(PASSIVE)")
        except StoreError as error:
            self._note(error)

    async def _begin(self) -> None:
        deadline = time.monotonic() + LOCK_WAIT_S
        while True:
            try:
                self._connection.begin()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise self._connection.translated(error) from error
                await asyncio.sleep(0.02)
            else:
                return

    async def _run_units(self, group: list[_Pending]) -> list[_Pending]:
        alone = len(group) == 1
        ran = []
        turn_ends = time.monotonic() + TURN_S
        for pending in group:
            if self._lost is None and await self._run_unit(pending, alone):
                ran.append(pending)
            if time.monotonic() > turn_ends:
                await asyncio.sleep(0)
                turn_ends = time.monotonic() + TURN_S
        return ran

    async def _run_unit(self, pending: _Pending, alone: bool) -> bool:
        """In a savepoint of its own, unless it is alone. False when it raised: its caller knows, and its effects are gone."""
        connection = self._connection
        if not alone:
            connection.plain("SAVEPOINT unit")
        try:
            pending.outcome = await pending.unit(self._connection)
        except (Exception, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise  # not the unit's doing
            self._undo(alone, error)
            _fail(pending, error)  # it is the caller's
            return False
        if not connection.raw.in_transaction:
            self._lost = StoreError(f"{connection.file}: the transaction was rolled back")
            return False
        if not alone:
            connection.plain("RELEASE unit")
        return True

    def _undo(self, alone: bool, cause: BaseException) -> None:
        if isinstance(cause, Damaged):
            self._note(cause)
        if not self._connection.raw.in_transaction:  # SQLite has rolled back by itself: disk full, I/O error
            self._lost = cause if isinstance(cause, StoreError) else StoreError(f"{self._connection.file}: the transaction was rolled back")
        elif not alone:
            self._connection.plain("ROLLBACK TO unit")
            self._connection.plain("RELEASE unit")

    def _roll_back(self) -> None:
        try:
            if self._connection.raw.in_transaction:
                self._connection.raw.execute("ROLLBACK")
        except sqlite3.Error as error:
            self._note(self._connection.translated(error))

    def _refuse_if_broken(self) -> None:
        if self.broken.is_set():
            raise StoreError(f"{self._connection.file} failed and must be opened again: restart")

    def _note(self, error: Exception) -> None:
        log.error("not committed", extra={"file": str(self._connection.file), "error": str(error)})
        self.trouble = str(error)
        if isinstance(error, Damaged) and not self.broken.is_set():
            log.critical("the database file failed: restart", extra={"file": str(self._connection.file)})
            self.broken.set()


def _fail(pending: _Pending, error: BaseException) -> None:
    if pending.done.done():
        return  # its caller has gone away
    if isinstance(error, asyncio.CancelledError):
        pending.done.cancel()
    else:
        pending.done.set_exception(error)
