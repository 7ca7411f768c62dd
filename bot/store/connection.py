"""One SQLite connection that runs compiled statements inline: tens of microseconds each, so no thread is worth its switch."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot.errors import ConfigError, StoreError
from bot.store.dialects import SQLITE
from bot.store.session import Row, Statement

SMALL = 50_000_000  # bytes; below it the whole file is checked when it is opened
_BROKEN = ("SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC", "SQLITE_CORRUPT", "SQLITE_NOTADB")


class Damaged(StoreError):
    """What the file holds can no longer be trusted by this process: after a failed fsync, or when its structure is broken."""


class Connection:
    """A Session over one sqlite3 connection."""

    is_shared = False

    def __init__(self, raw: sqlite3.Connection, file: Path) -> None:
        self.raw = raw
        self.file = file
        self._run: Callable[..., sqlite3.Cursor] = raw.execute
        self._has_begun = False

    def begin(self) -> None:
        """Begin a transaction for writing. Raises sqlite3.OperationalError when somebody else writes."""
        self.raw.execute("BEGIN IMMEDIATE")
        self._run, self._has_begun = self.raw.execute, True

    async def all(self, statement: Statement, /, **values: Any) -> list[Row]:
        """Every row."""
        compiled = statement.on(SQLITE)
        try:
            rows = self._run(compiled.sql, compiled.parameters(values)).fetchall()
        except sqlite3.Error as error:
            raise self.translated(error) from error
        return compiled.rows(rows)

    async def at_length(self, statement: Statement, /, **values: Any) -> list[Row]:
        """Every row of a question that may take seconds: asked beside the event loop, over a connection of its own, unless a transaction is under way here."""
        return await (self.all(statement, **values) if self._has_begun else asyncio.to_thread(self._aside, statement, values))

    def _aside(self, statement: Statement, values: dict[str, Any]) -> list[Row]:
        other = connect_reading(self.file)
        try:
            compiled = statement.on(SQLITE)
            return compiled.rows(other.raw.execute(compiled.sql, compiled.parameters(values)).fetchall())
        except sqlite3.Error as error:
            raise other.translated(error) from error
        finally:
            other.close_now()

    async def first(self, statement: Statement, /, **values: Any) -> Row | None:
        """The first row, or None."""
        compiled = statement.on(SQLITE)
        try:
            row = self._run(compiled.sql, compiled.parameters(values)).fetchone()
        except sqlite3.Error as error:
            raise self.translated(error) from error
        return None if row is None else compiled.rows([row])[0]

    async def do(self, statement: Statement, /, **values: Any) -> int:
        """Change something; how many rows changed."""
        compiled = statement.on(SQLITE)
        try:
            return self._run(compiled.sql, compiled.parameters(values)).rowcount
        except sqlite3.Error as error:
            raise self.translated(error) from error

    async def add(self, statement: Statement, /, **values: Any) -> int:
        """Insert a row; its id."""
        compiled = statement.on(SQLITE)
        try:
            return self._run(compiled.sql, compiled.parameters(values)).lastrowid or 0
        except sqlite3.Error as error:
            raise self.translated(error) from error

    def plain(self, sql: str) -> None:
        """Run SQL without parameters or rows: BEGIN, COMMIT, SAVEPOINT."""
        try:
            self._run(sql)
        except sqlite3.Error as error:
            raise self.translated(error) from error

    def translated(self, error: sqlite3.Error) -> Exception:
        """The driver's error as ours; what a wrong value or statement causes stays as it is: a fault of the program."""
        if self._has_begun and not self.raw.in_transaction:
            self._run = self._refuse  # SQLite has rolled back by itself: what ran now would be on its own, and committed at once
        if isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError)):
            return error
        name = getattr(error, "sqlite_errorname", "")
        kind = Damaged if name.startswith(_BROKEN) else StoreError
        return kind(f"{self.file}: {error} ({name})")

    def _refuse(self, sql: str, parameters: Sequence[Any] = (), /) -> sqlite3.Cursor:
        raise sqlite3.OperationalError("the transaction was rolled back")

    def close_now(self) -> None:
        """Close it; a second time is no error."""
        self.raw.close()

    async def close(self) -> None:
        """As `close_now`."""
        self.raw.close()


def connect(file: Path, synchronous: str) -> Connection:
    """The writing connection, the file made when there is none. Raises ConfigError when it is no database or is damaged."""
    try:
        file.touch(mode=0o600)  # what people wrote is for this user alone; SQLite gives the files beside it the same rights
    except OSError as error:
        raise ConfigError(f"DATABASE_URL: {file} cannot be written ({error.strerror}); look at its owner and rights") from error
    connection = _connect(file, f"{file.as_uri()}?mode=rw")
    try:
        raw = connection.raw
        if file.stat().st_size < SMALL:
            _check(raw, file)
        raw.execute("PRAGMA busy_timeout=5000")
        raw.execute("PRAGMA journal_mode=WAL").fetchall()
        raw.execute(f"PRAGMA synchronous={synchronous}")
        raw.execute("PRAGMA wal_autocheckpoint=20000")  # pages; a last resort, see Database._checkpoint
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("PRAGMA temp_store=MEMORY")
        raw.execute("PRAGMA cache_size=-32000")  # KiB
    except sqlite3.DatabaseError as error:
        connection.close_now()
        raise _unusable(file, error) from error
    except ConfigError:
        connection.close_now()
        raise
    return connection


def connect_reading(file: Path) -> Connection:
    """A connection that cannot write."""
    if not file.is_file():
        raise ConfigError(f"DATABASE_URL: there is no file {file}; `firstline run` makes it")
    connection = _connect(file, f"{file.as_uri()}?mode=ro")
    try:
        connection.raw.execute("PRAGMA busy_timeout=5000")
        connection.raw.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlite3.DatabaseError as error:
        connection.close_now()
        raise _unusable(file, error) from error
    return connection


def _connect(file: Path, uri: str) -> Connection:
    try:
        raw = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=256)
    except sqlite3.Error as error:
        raise _unusable(file, error) from error
    return Connection(raw, file)


def _check(raw: sqlite3.Connection, file: Path) -> None:
    found = raw.execute("PRAGMA quick_check(1)").fetchone()
    if found and found[0] != "ok":
        raise ConfigError(_damaged(file, str(found[0]).splitlines()[-1]))


def _unusable(file: Path, error: sqlite3.Error) -> ConfigError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return ConfigError(_damaged(file, str(error)))
    return ConfigError(f"DATABASE_URL: {file} cannot be opened ({error}); look at its owner, its rights and the disk")


def _damaged(file: Path, what: str) -> str:
    return f"DATABASE_URL: {file} is damaged or no database ({what}); put a backup in its place, or move it away to begin anew"
