"""Which schema a database has, and the way to the one this code wants."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path
from typing import Any

from bot.errors import ConfigError, StoreError
from bot.store import address, server
from bot.store.connection import connect, connect_reading
from bot.store.dialects import SQLITE
from bot.store.ownership import Ownership
from bot.store.session import Session, Statement

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012", "0013", "0014")
"""Every revision under migrations/versions, oldest first."""
HEAD = REVISIONS[-1]
COPYING = f"copying {HEAD}"
"""Stands in the place of the revision while a desk is being copied into the database: nothing else opens half a desk."""
_FIRST_TABLE = "inbox"  # there since the first revision; other programs number theirs, too
SCRIPTS = Path(__file__).with_name("migrations")
LOCK = "firstline-migrate"
LOCK_S = 10  # seconds that a change waits for those who use its table; meanwhile others wait behind it


def migrate(url: str) -> str:
    """Bring the database to this code's schema, making it when there is none; says in a line what was done. Raises ConfigError, FileInUse, StoreError."""
    where = address.parse(url)
    found = asyncio.run(_migrate_server(where)) if isinstance(where, address.Server) else _migrate_file(where)
    if found == HEAD:
        return f"The database {where} is up to date ({HEAD}): nothing was changed."
    return f"The database {where} went from {found} to {HEAD}." if found else f"The database {where} has its tables now ({HEAD})."


def _migrate_file(where: address.Address) -> str:
    """The revision that was found."""
    owner = Ownership(where.file)
    try:
        connection = connect(where.file, where.synchronous)
        try:
            found = revision(connection.raw, where.file)
        finally:
            connection.close_now()
        if found in ("", *REVISIONS[:-1]):
            _upgrade_file(where.file)
        else:
            refuse_unless_current(found, str(where.file))
    finally:
        owner.release()
    return found


def prepare(url: str) -> None:
    """For one who runs everything in one process: an empty database of a server gets its schema; a file gets it when it is opened."""
    where = address.parse(url)
    if isinstance(where, address.Server) and not asyncio.run(_found(where)):
        asyncio.run(_migrate_server(where))


def check_version(file: Path) -> None:
    """Raises ConfigError, naming the command that helps, when the schema is older or newer than the code."""
    connection = connect_reading(file)
    try:
        refuse_unless_current(revision(connection.raw, file), str(file))
    finally:
        connection.close_now()


def revision(raw: sqlite3.Connection, file: Path) -> str:
    """The schema's revision; "" for an empty database. Raises ConfigError when it belongs to another program."""
    tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")}
    if not tables:
        return ""
    row = raw.execute("SELECT version_num FROM alembic_version").fetchone() if "alembic_version" in tables else None
    if row is None or _FIRST_TABLE not in tables:
        raise ConfigError(f"DATABASE_URL: {file} is a database of another program; name another file")
    return str(row[0])


async def check_server(where: address.Server) -> None:
    """Raises ConfigError, naming the command that helps, unless the schema is this code's; StoreError when the server is away."""
    refuse_unless_current(await _found(where), str(where))


async def _found(where: address.Server) -> str:
    connection = await server.connect(where)
    try:
        return await server_revision(connection, where)
    finally:
        await connection.close()


async def server_revision(session: Session, where: address.Server) -> str:
    """The schema's revision; "" for a database that is empty, or where the first revision came to no end.

    Raises ConfigError when it belongs to another program.
    """
    from sqlalchemy import column, literal_column, select, table, text

    from bot.store.tables import metadata

    here = "current_schema()" if where.is_postgres else "database()"
    names: Any = select(column("table_name")).select_from(text("information_schema.tables")).where(column("table_schema") == literal_column(here))
    tables = {name for (name,) in await session.all(Statement(names))}
    if not tables:
        return ""
    row = await session.first(Statement(select(column("version_num")).select_from(table("alembic_version")))) if "alembic_version" in tables else None
    if _FIRST_TABLE not in tables if row else not tables <= {"alembic_version", *metadata.tables}:
        raise ConfigError(f"DATABASE_URL: {where} is a database of another program; name another database")
    return str(row[0]) if row else ""


def refuse_unless_current(found: str, where: str) -> None:
    """Raises ConfigError unless the revision is this code's."""
    if found.startswith("copying"):
        raise ConfigError(f"DATABASE_URL: {where} holds an unfinished copy of a desk; run the same `firstline migrate --copy-from …` again: it goes on there")
    if found in REVISIONS[:-1] or not found:
        raise ConfigError(f"DATABASE_URL: the schema of {where} is older than this version ({found or 'empty'}, not {HEAD}); run `firstline migrate`")
    if found != HEAD:
        raise ConfigError(
            f"DATABASE_URL: the schema of {where} is newer than this version ({found}, not {HEAD}), and `firstline migrate` cannot go back; "
            "install the newer Firstline again, or put a backup from before in its place"
        )


def create(raw: sqlite3.Connection) -> None:
    """Make the schema in an empty file at once. The same as all revisions one after the other (a test compares), without loading Alembic."""
    from sqlalchemy.schema import CreateIndex, CreateTable

    from bot.store.tables import metadata

    raw.execute("BEGIN IMMEDIATE")
    for table in metadata.sorted_tables:
        raw.execute(str(CreateTable(table).compile(dialect=SQLITE)))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            raw.execute(str(CreateIndex(index).compile(dialect=SQLITE)))
    raw.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))")
    raw.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))
    raw.execute("COMMIT")


def _upgrade_file(file: Path) -> None:
    from sqlalchemy import create_engine, event, pool

    engine = create_engine(f"sqlite:///{file}", poolclass=pool.NullPool)
    # Python's sqlite3 begins no transaction before DDL; a kill in the middle must leave the old schema, not half of a new one
    event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.connect() as connection:
        _upgrade(connection)


async def _migrate_server(where: address.Server) -> str:
    """One at a time, however many releases begin at once; the others find it done. Gives the revision that was found."""
    from sqlalchemy import pool, text
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.ext.asyncio import create_async_engine

    looking = await server.connect(where, server.QUESTION_S)  # refuses in our own words
    logging.getLogger("asyncmy").setLevel(logging.ERROR)  # MariaDB warns of each step that was done before
    engine = create_async_engine(where.url, poolclass=pool.NullPool)
    lock, unlock, patience = _POSTGRES if where.is_postgres else _MARIADB
    try:
        async with engine.connect() as guard, engine.connect() as working:
            await guard.execution_options(isolation_level="AUTOCOMMIT")
            await guard.execute(text(lock))
            try:
                found = await server_revision(looking, where)
                if found and found not in REVISIONS:
                    refuse_unless_current(found, str(where))
                await working.execute(text(patience))
                await working.commit()
                await working.run_sync(_upgrade)
            finally:
                await guard.execute(text(unlock))
    except (DBAPIError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(f"the schema of {where} was not brought up to date ({cause}); run `firstline migrate` again") from error
    finally:
        await engine.dispose()
        await looking.close()
    return found


_POSTGRES = (f"SELECT pg_advisory_lock(hashtext('{LOCK}'))", f"SELECT pg_advisory_unlock(hashtext('{LOCK}'))", f"SET lock_timeout = '{LOCK_S}s'")
_MARIADB = (
    f"SELECT GET_LOCK(CONCAT('{LOCK}:', DATABASE()), 600)",
    f"SELECT RELEASE_LOCK(CONCAT('{LOCK}:', DATABASE()))",
    f"SET SESSION lock_wait_timeout = {LOCK_S}",
)
"""To be the only one, to be it no longer, and how long a change waits."""


def _upgrade(connection: Any) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()
