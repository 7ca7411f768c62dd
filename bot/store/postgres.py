"""One connection to PostgreSQL. Source of the codes: PostgreSQL manual, appendix A."""

from __future__ import annotations

from typing import Any

import asyncpg  # type: ignore[import-untyped]

from bot.store.address import Server
from bot.store.dialects import POSTGRES
from bot.store.server import CONNECT_S, IDLE_S, LOCK_S, Again, Away, Refused, Silent, time_for
from bot.store.session import Row, Statement

_AGAIN = ("40001", "40P01", "23505")  # serialization failure, deadlock, unique violation: two of us at the same moment
_OURS = ("0A", "22", "23", "25P02", "42")  # not supported, a value, a rule of a table, what follows a failed statement, SQL or rights: the program's fault


class PostgresConnection:
    """A Session over asyncpg. Everything that goes wrong is Again, Away or a fault of the program."""

    dialect = POSTGRES
    is_shared = True

    def __init__(self, raw: Any, statement_s: float) -> None:
        self._raw = raw
        self._statement_s = statement_s

    @classmethod
    async def connect(cls, server: Server, statement_s: float) -> PostgresConnection:
        """A connection of our own. Raises Away, and Refused when another try will not help."""
        _, arguments = POSTGRES.create_connect_args(server.url)
        settings = {
            "application_name": "firstline",
            "lock_timeout": f"{LOCK_S}s",
            "idle_in_transaction_session_timeout": f"{IDLE_S}s",  # of a process that has vanished: its locks must not outlive it for long
            "default_transaction_isolation": "read committed",
        }
        for ours in ("prepared_statement_cache_size", "prepared_statement_name_func", "async_fallback"):
            arguments.pop(ours, None)
        try:
            return cls(await asyncpg.connect(**arguments, timeout=CONNECT_S, command_timeout=statement_s, server_settings=settings), statement_s)
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            raise Refused(f"DATABASE_URL: {server} refuses us ({error}); look at user, password and the database's name") from error
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            raise Away(f"{server} does not answer ({type(error).__name__})") from error

    async def all(self, statement: Statement, /, **values: Any) -> list[Row]:
        """Every row."""
        compiled = statement.on(POSTGRES)
        try:
            rows = await self._raw.fetch(compiled.sql, *compiled.parameters(values))
        except Exception as error:
            raise self._translated(error) from error
        return compiled.rows([tuple(row) for row in rows])

    async def first(self, statement: Statement, /, **values: Any) -> Row | None:
        """The first row, or None."""
        compiled = statement.on(POSTGRES)
        try:
            row = await self._raw.fetchrow(compiled.sql, *compiled.parameters(values))
        except Exception as error:
            raise self._translated(error) from error
        return None if row is None else compiled.rows([tuple(row)])[0]

    async def do(self, statement: Statement, /, **values: Any) -> int:
        """Change something; how many rows changed."""
        compiled = statement.on(POSTGRES)
        parameters = compiled.parameters(values)
        try:
            status = await self._raw.execute(compiled.sql, *parameters, timeout=time_for(parameters, self._statement_s))
        except Exception as error:
            raise self._translated(error) from error
        return int(status.rpartition(" ")[2])

    async def add(self, statement: Statement, /, **values: Any) -> int:
        """Insert a row; its id."""
        row = await self.first(statement, **values)
        assert row is not None  # the statement returns it
        return int(row[0])

    async def plain(self, sql: str) -> None:
        """SQL without parameters or rows."""
        try:
            await self._raw.execute(sql)
        except Exception as error:
            raise self._translated(error) from error

    @property
    def is_closed(self) -> bool:
        """Is it gone?"""
        return bool(self._raw.is_closed())

    async def close(self) -> None:
        """At once: what is under way is not waited for."""
        self._raw.terminate()

    def _translated(self, error: Exception) -> Exception:
        code = getattr(error, "sqlstate", None) or ""
        if code in _AGAIN:
            return Again(type(error).__name__)
        if isinstance(error, (OSError, asyncpg.InternalClientError)):  # the latter: it died while nobody used it, and has not noticed yet
            self._raw.terminate()  # what it would be asked next could only wait as long again
            return Silent("no answer in time") if isinstance(error, TimeoutError) else Away(type(error).__name__)
        if code:
            return error if code.startswith(_OURS) else Away(f"{type(error).__name__} {code}")
        if isinstance(error, asyncpg.InterfaceError) and self._raw.is_closed():
            return Away("the connection is closed")
        return error
