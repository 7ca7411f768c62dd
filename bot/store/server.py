"""Many hands on one database server: each holds a connection, takes the next unit of work, and commits it before anybody is told.

A unit that meets another one (deadlock, the same new key, a ticket that has just changed) is run again; one whose connection is lost before it
did anything gets a new one. Reading goes over connections of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from bot.errors import ConfigError, StaleTicket, StoreError
from bot.store.address import Server
from bot.store.session import Row, Session, Statement

T = TypeVar("T")
log = logging.getLogger(__name__)

CONNECT_S = 5  # seconds to connect
STATEMENT_S = 10  # seconds for one statement of a unit; none takes one, so that its line is dead after ten
BYTES_A_S = 1_000_000  # a file has time to go over a slow line to a busy server, beyond that
QUESTION_S = 30  # seconds for a question, which may look through everything
LOCK_S = 2  # seconds to wait for another's lock: intake gives up soon after, and a platform that redelivers is better than a queue that grows
IDLE_S = 20  # seconds after which the server ends a transaction whose process says nothing more; that process counts as dead by then
WAIT_S = 2.0  # seconds a unit waits while no connection can be had
VACUUM_S = 600.0  # seconds that looking through all tables may take
HANDS = 8  # units at the same time in one process: most of a unit is waiting for the server
READERS = 3  # questions at the same time
SUMMING = "64MB"  # of memory for one such question: a hundred thousand kinds with their sums
TRIES = 8  # of a unit that meets others
PAUSE_S = 1.0  # seconds between tries to connect


class Away(StoreError):
    """The server cannot be reached now, or has no room for us."""


class Silent(Away):
    """It did not answer in time."""


class Again(StoreError):
    """Two met; one of them is to be run again from its beginning."""


class TooLarge(StoreError):
    """More in one statement than the server takes, and always so."""


class Refused(ConfigError, StoreError):
    """The server is there and does not want us."""


class Connection(Session, Protocol):
    """A Session of our own on a server."""

    @property
    def is_closed(self) -> bool:
        """Is it gone?"""
        ...

    async def plain(self, sql: str) -> None:
        """SQL without parameters or rows: BEGIN, COMMIT, ROLLBACK."""
        ...

    async def close(self) -> None:
        """At once."""
        ...


async def connect(server: Server, statement_s: float = STATEMENT_S) -> Connection:
    """A connection, each of whose statements may take so long; only the driver that is needed is loaded. Raises Away, Refused."""
    if server.is_postgres:
        from bot.store.postgres import PostgresConnection

        return await PostgresConnection.connect(server, statement_s)
    from bot.store.mariadb import MariaConnection

    return await MariaConnection.connect(server, statement_s)


def time_for(parameters: Sequence[Any] | None, statement_s: float) -> float:
    """Seconds that a statement may take."""
    return statement_s + sum(len(value) for value in parameters or () if isinstance(value, bytes)) / BYTES_A_S


class _Pending:
    __slots__ = ("done", "unit")

    def __init__(self, unit: Callable[[Session], Awaitable[Any]], done: asyncio.Future[Any]) -> None:
        self.unit, self.done = unit, done


class ServerDatabase:
    """Runs units of work, several at once, each in a transaction of its own."""

    def __init__(self, server: Server, hands: int = HANDS, statement_s: float = STATEMENT_S) -> None:
        self._server = server
        self._statement_s = statement_s
        self._queue: asyncio.Queue[_Pending] = asyncio.Queue()
        self._wanted = hands
        self._hands: set[asyncio.Task[None]] = set()
        self._knocking: asyncio.Task[None] | None = None
        self._closing = False
        self._idle = 0  # hands that wait for a unit
        self._open: set[Connection] = set()  # at most one for each hand
        self._connecting = 0  # hands that are about to have one
        self._room_at = 0.0  # when another hand may be begun
        self._reach = asyncio.Event()  # set while the server can be reached, as far as we know
        self._reach.set()
        self.broken = asyncio.Event()  # never: a server mends itself or is mended
        self.trouble = ""
        self.repeated = 0

    async def run(self, unit: Callable[[Session], Awaitable[T]]) -> T:
        """Run the unit inside a transaction; returns when it is committed. Raises what it raises, or StoreError at once while the server is away."""
        if self._closing:
            raise StoreError("the store is closed")
        if asyncio.current_task() in self._hands:
            raise RuntimeError("a unit of work cannot wait for another one")
        if not self._reach.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._reach.wait(), WAIT_S)
            self.refuse_while_away()
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Pending(unit, done))
        if not self._hands or (self._queue.qsize() > self._idle and len(self._hands) < self._wanted and self._has_room()):
            self._begin()
        return await done

    def refuse_while_away(self) -> None:
        """Raises Away while the server cannot be reached, as far as we know."""
        if not self._reach.is_set():
            raise Away(self.trouble or f"{self._server} does not answer")

    async def compact(self) -> bool:
        """Dead rows of PostgreSQL's are free to be overwritten; MariaDB purges by itself. Nobody waits for it."""
        if not self._server.is_postgres:
            return True
        reaching = await connect(self._server, VACUUM_S)
        try:
            await reaching.plain("VACUUM")
        finally:
            await reaching.close()
        return True

    async def drain(self) -> None:
        """Accept nothing more, and commit what is queued."""
        self._closing = True
        for _ in self._hands:
            self._queue.put_nowait(_END)
        if self._knocking is not None:
            self._knocking.cancel()
        await asyncio.gather(*self._hands, return_exceptions=True)

    async def close(self) -> None:
        """The hands have let their connections go."""

    def _begin(self) -> None:
        hand = asyncio.create_task(self._work(), name="firstline-hand")
        self._hands.add(hand)
        hand.add_done_callback(self._hands.discard)

    async def _work(self) -> None:
        """One hand: its connection, and unit after unit."""
        connection: Connection | None = None
        try:
            while (pending := await self._next()) is not _END:
                if pending.done.done():
                    continue  # its caller has gone away
                connection = await self._one(pending, connection)
        except _Crowded:
            self._room_at = asyncio.get_running_loop().time() + PAUSE_S
        finally:
            if connection is not None:
                await self._drop(connection)

    async def _next(self) -> _Pending:
        self._idle += 1
        try:
            return await self._queue.get()
        finally:
            self._idle -= 1

    def _has_room(self) -> bool:
        """As far as we know, for one more connection."""
        return asyncio.get_running_loop().time() >= self._room_at

    async def _one(self, pending: _Pending, connection: Connection | None) -> Connection | None:
        """Run one unit to its end; gives the connection, if it is still good."""
        for attempt in range(TRIES):
            is_last = attempt + 1 == TRIES
            was_idle = connection is not None
            try:
                connection = connection or await self._connect()
                outcome = await self._transaction(connection, pending.unit)
            except _Crowded as error:
                self._give_back(pending, error)
                raise
            except (_NotBegun, Again, StaleTicket) as error:
                connection = await self._cleaned(connection, error)
                if is_last or (isinstance(error, _NotBegun) and not was_idle):
                    self._fail(pending, error)
                    return connection
                if not isinstance(error, _NotBegun):  # else it had died while nobody used it
                    self.repeated += 1
                    await asyncio.sleep(random.uniform(0, 0.005 * 2**attempt))
            except Exception as error:  # noqa: BLE001 - it is the caller's
                self._fail(pending, error)
                return await self._cleaned(connection, error)
            except BaseException:  # this hand is stopped
                self._fail(pending, StoreError("stopped before the commit"))
                if connection is not None:
                    await self._drop(connection)
                raise
            else:
                self._reached()
                if not pending.done.done():
                    pending.done.set_result(outcome)
                return connection
        return connection

    async def _transaction(self, connection: Connection, unit: Callable[[Session], Awaitable[T]]) -> T:
        try:
            await connection.plain("BEGIN")
        except Away as error:
            raise _NotBegun(str(error)) from error
        outcome = await unit(connection)
        await connection.plain("COMMIT")
        return outcome

    async def _cleaned(self, connection: Connection | None, error: Exception) -> Connection | None:
        """The connection without a transaction; None when it is no longer good, or may lead to a server that is no longer the right one."""
        if connection is None:
            return None
        with contextlib.suppress(StoreError):
            if not (connection.is_closed or isinstance(error, Away)):
                await connection.plain("ROLLBACK")
                return connection
        await self._drop(connection)
        return None

    async def _connect(self) -> Connection:
        """Raises _Crowded when it cannot, but others of our hands can, or may: a server that has no room for one more is not away."""
        self._connecting += 1
        try:
            connection = await connect(self._server, self._statement_s)
        except StoreError as error:
            if self._open or self._connecting > 1:
                raise _Crowded(str(error)) from error
            self._gone(error)
            raise
        finally:
            self._connecting -= 1
        self._open.add(connection)
        return connection

    async def _drop(self, connection: Connection) -> None:
        """Twice is no error."""
        self._open.discard(connection)
        await connection.close()

    def _give_back(self, pending: _Pending, error: Exception) -> None:
        """To the other hands."""
        if self._closing:
            self._fail(pending, error)
        else:
            self._queue.put_nowait(pending)

    def _fail(self, pending: _Pending, error: Exception) -> None:
        if isinstance(error, Away):
            self.trouble = str(error)
        if not pending.done.done():
            pending.done.set_exception(error)

    def _gone(self, error: StoreError) -> None:
        """Until it is back nobody waits for it: units are refused at once, and one task knocks."""
        self.trouble = str(error)
        if self._reach.is_set() and not self._closing:
            self._reach.clear()
            log.error("the database is away", extra={"server": str(self._server), "error": type(error).__name__})
            self._knocking = asyncio.create_task(self._knock(), name="firstline-knock")
            while not self._queue.empty():
                waiting = self._queue.get_nowait()
                if waiting is not _END:
                    self._fail(waiting, Away(self.trouble))

    async def _knock(self) -> None:
        while not self._closing:
            await asyncio.sleep(PAUSE_S)
            try:
                connection = await connect(self._server)
            except Exception as error:  # noqa: BLE001 - whatever it is, knocking goes on: nobody else would ever find that the server is back
                self.trouble = str(error)
                continue
            await connection.close()
            self._reached()
            return

    def _reached(self) -> None:
        if not self._reach.is_set():
            log.warning("the database is back", extra={"server": str(self._server)})
            self._reach.set()
        self.trouble = ""


class _NotBegun(Away):
    """The transaction could not even be begun."""


class _Crowded(Away):
    """No connection for this hand; others have one."""


_END = _Pending(None, None)  # type: ignore[arg-type]  # the last thing a hand takes


class ServerReading:
    """A Session for questions: each on one of a few connections, the committed state; asked once more when its connection had died."""

    is_shared = True

    def __init__(self, server: Server, writing: ServerDatabase | None = None) -> None:
        """writing: while it knows that the server is away, nobody waits for a connection that cannot be had."""
        self._server = server
        self._writing = writing
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(READERS)

    async def all(self, statement: Statement, /, **values: Any) -> list[Row]:
        """Every row."""
        return await self._ask(lambda connection: connection.all(statement, **values))

    async def first(self, statement: Statement, /, **values: Any) -> Row | None:
        """The first row, or None."""
        return await self._ask(lambda connection: connection.first(statement, **values))

    async def at_length(self, statement: Statement, /, **values: Any) -> list[Row]:
        """Every row of a question that sums up very many: PostgreSQL may take memory for it, else it sorts on the disk."""

        async def asked(connection: Connection) -> list[Row]:
            if not self._server.is_postgres:
                return await connection.all(statement, **values)
            await connection.plain(f"BEGIN; SET LOCAL work_mem = '{SUMMING}'; SET LOCAL jit = off")
            rows = await connection.all(statement, **values)
            await connection.plain("COMMIT")
            return rows

        return await self._ask(asked)

    async def do(self, statement: Statement, /, **values: Any) -> int:
        """Reading changes nothing."""
        raise StoreError("opened for reading")

    async def add(self, statement: Statement, /, **values: Any) -> int:
        """Reading changes nothing."""
        raise StoreError("opened for reading")

    async def _ask(self, question: Callable[[Connection], Awaitable[T]]) -> T:
        async with self._room:
            while self._idle:
                connection = self._idle.pop()
                try:
                    return await self._answer(connection, question)
                except Silent:
                    raise  # the next would wait as long
                except Away:
                    continue  # it had died while nobody used it
            if self._writing is not None:
                self._writing.refuse_while_away()
            return await self._answer(await connect(self._server, QUESTION_S), question)

    async def _answer(self, connection: Connection, question: Callable[[Connection], Awaitable[T]]) -> T:
        try:
            answer = await question(connection)
        except BaseException:
            await connection.close()
            raise
        self._idle.append(connection)
        return answer

    async def close(self) -> None:
        """Let the connections go."""
        while self._idle:
            await self._idle.pop().close()
