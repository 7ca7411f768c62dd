"""One connection to MariaDB. Source of the codes: MariaDB error codes reference."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncmy
from asyncmy import errors

from bot.store.address import Server
from bot.store.dialects import MARIADB
from bot.store.server import CONNECT_S, IDLE_S, LOCK_S, Again, Away, Refused, Silent, TooLarge, time_for
from bot.store.session import Row, Statement

_AGAIN = (1213, 1020)  # deadlock, record has changed since it was read
_REFUSED = (1044, 1045, 1049)  # access denied, unknown database
_DUPLICATE = 1062
_TOO_LARGE = 1153
_ESCAPED = b"\0\n\r\x1a\"'\\"  # bytes that take two on their way
_LARGE = 100_000  # bytes; what is smaller needs no look
_WRONG = (1048, 1054, 1064, 1146, 1264, 1292, 1364, 1366, 1406)  # column, SQL, table, value: the program's fault
_ISOLATION = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"  # as PostgreSQL has it
_SETTINGS = (
    "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone='+00:00', "
    f"innodb_lock_wait_timeout={LOCK_S}, lock_wait_timeout={LOCK_S}, idle_transaction_timeout={IDLE_S}"
)


class MariaConnection:
    """A Session over asyncmy. Everything that goes wrong is Again, Away or a fault of the program."""

    dialect = MARIADB
    is_shared = True

    def __init__(self, raw: Any, statement_s: float) -> None:
        self._raw = raw
        self._most = 0  # bytes that the server takes at once; 0: not known yet
        self._statement_s = statement_s
        self._cursor = raw.cursor()

    @classmethod
    async def connect(cls, server: Server, statement_s: float) -> MariaConnection:
        """A connection of our own. Raises Away, and Refused when another try will not help."""
        _, arguments = MARIADB.create_connect_args(server.url)
        arguments = {**arguments, "charset": "utf8mb4", "autocommit": True, "connect_timeout": CONNECT_S, "init_command": _SETTINGS}
        try:
            async with asyncio.timeout(CONNECT_S):
                connection = cls(await asyncmy.connect(**arguments), statement_s)
                await connection.plain(_ISOLATION)
                await connection.plain("SELECT @@max_allowed_packet")
                connection._most = int((await connection._cursor.fetchone())[0])
                return connection
        except errors.Error as error:
            if error.args and error.args[0] in _REFUSED:
                raise Refused(f"DATABASE_URL: {server} refuses us ({error.args[-1]}); look at user, password and the database's name") from error
            raise Away(f"{server} does not answer ({type(error).__name__})") from error
        except (OSError, EOFError) as error:
            raise Away(f"{server} does not answer ({type(error).__name__})") from error

    async def all(self, statement: Statement, /, **values: Any) -> list[Row]:
        """Every row."""
        compiled = statement.on(MARIADB)
        await self._execute(compiled.sql, compiled.parameters(values))
        return compiled.rows(list(await self._cursor.fetchall()))

    async def first(self, statement: Statement, /, **values: Any) -> Row | None:
        """The first row, or None."""
        rows = await self.all(statement, **values)
        return rows[0] if rows else None

    async def do(self, statement: Statement, /, **values: Any) -> int:
        """Change something; how many rows changed. A row that is there already counts as none: only the statement failed, not the transaction."""
        compiled = statement.on(MARIADB)
        try:
            await self._execute(compiled.sql, compiled.parameters(values))
        except _Duplicate:
            return 0
        return int(self._cursor.rowcount)

    async def add(self, statement: Statement, /, **values: Any) -> int:
        """Insert a row; its id."""
        compiled = statement.on(MARIADB)
        await self._execute(compiled.sql, compiled.parameters(values))
        return int(self._cursor.lastrowid)

    async def plain(self, sql: str) -> None:
        """SQL without parameters or rows."""
        await self._execute(sql, None)

    @property
    def is_closed(self) -> bool:
        """Is it gone?"""
        return not self._raw.connected

    async def close(self) -> None:
        """At once: what is under way is not waited for."""
        self._raw.close()

    async def _execute(self, sql: str, parameters: list[Any] | None) -> None:
        """Run it within its time; a connection that was interrupted in mid-answer is never used again, because the next would read that answer."""
        self._refuse_what_is_too_large(parameters)
        try:
            async with asyncio.timeout(time_for(parameters, self._statement_s)):
                await self._cursor.execute(sql, None if parameters is None else tuple(parameters))
        except errors.Error as error:
            raise self._translated(error) from error
        except TimeoutError as error:
            self._raw.close()
            raise Silent("no answer in time") from error
        except OSError as error:
            self._raw.close()
            raise Away(type(error).__name__) from error
        except asyncio.CancelledError:
            self._raw.close()
            raise

    def _refuse_what_is_too_large(self, parameters: list[Any] | None) -> None:
        """The server would break off in the middle, and look as if it were away."""
        size = sum(_size(value) for value in parameters or () if isinstance(value, (bytes, str)) and len(value) > _LARGE)
        if size > self._most - _LARGE and self._most:
            raise TooLarge(self._too_large)

    @property
    def _too_large(self) -> str:
        return f"the server takes {self._most} bytes at once: raise its max_allowed_packet"

    def _translated(self, error: Exception) -> Exception:
        code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        if code == _DUPLICATE:
            return _Duplicate("a row with this key is there")
        if code == _TOO_LARGE:
            return TooLarge(self._too_large)
        if code in _AGAIN:
            return Again(type(error).__name__)
        if code in _WRONG or isinstance(error, (errors.ProgrammingError, errors.DataError, errors.NotSupportedError)):
            return error
        return Away(f"{type(error).__name__} {code}")


class _Duplicate(Again):
    """A row with this key is there: two of us at the same moment."""


def _size(value: str | bytes) -> int:
    """Bytes on their way to the server."""
    raw = value if isinstance(value, bytes) else value.encode()
    return len(raw) + sum(raw.count(sign) for sign in _ESCAPED)
