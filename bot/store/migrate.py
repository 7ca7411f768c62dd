"""Which schema a database has, and the way to the one this code wants."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bot.errors import ConfigError
from bot.store import address
from bot.store.connection import connect, connect_reading
from bot.store.ownership import Ownership

REVISIONS = ("0001", "0002", "0003")
"""Every revision under migrations/versions, oldest first."""
HEAD = REVISIONS[-1]
SCRIPTS = Path(__file__).with_name("migrations")


def migrate(url: str) -> str:
    """Bring the database to this code's schema, making it when there is none; gives the revision. Raises ConfigError, FileInUse."""
    where = address.parse(url)
    owner = Ownership(where.file)
    try:
        connection = connect(where.file, where.synchronous)
        try:
            found = revision(connection.raw, where.file)
        finally:
            connection.close()
        if found in ("", *REVISIONS[:-1]):
            _upgrade(where.file)
        else:
            refuse_unless_current(found, where.file)
    finally:
        owner.release()
    return HEAD


def check_version(url: str) -> None:
    """Raises ConfigError, naming the command that helps, when the schema is older or newer than the code."""
    where = address.parse(url)
    connection = connect_reading(where.file)
    try:
        refuse_unless_current(revision(connection.raw, where.file), where.file)
    finally:
        connection.close()


def revision(raw: sqlite3.Connection, file: Path) -> str:
    """The schema's revision; "" for an empty database. Raises ConfigError when it belongs to another program."""
    tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")}
    if not tables:
        return ""
    row = raw.execute("SELECT version_num FROM alembic_version").fetchone() if "alembic_version" in tables else None
    if row is None:
        raise ConfigError(f"DATABASE_URL: {file} is a database of another program; name another file")
    return str(row[0])


def refuse_unless_current(found: str, file: Path) -> None:
    """Raises ConfigError unless the revision is this code's."""
    if found in REVISIONS[:-1] or not found:
        raise ConfigError(f"DATABASE_URL: the schema of {file} is older than this version ({found or 'empty'}, not {HEAD}); run `firstline migrate`")
    if found != HEAD:
        raise ConfigError(
            f"DATABASE_URL: the schema of {file} is newer than this version ({found}, not {HEAD}), and `firstline migrate` cannot go back; "
            "install the newer Firstline again, or put a backup from before in its place"
        )


def create(raw: sqlite3.Connection) -> None:
    """Make the schema in an empty database at once. The same as all revisions one after the other (a test compares), without loading Alembic."""
    from sqlalchemy.schema import CreateIndex, CreateTable

    from bot.store.session import DIALECT
    from bot.store.tables import metadata

    raw.execute("BEGIN IMMEDIATE")
    for table in metadata.sorted_tables:
        raw.execute(str(CreateTable(table).compile(dialect=DIALECT)))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            raw.execute(str(CreateIndex(index).compile(dialect=DIALECT)))
    raw.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))")
    raw.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))
    raw.execute("COMMIT")


def _upgrade(file: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["url"] = f"sqlite:///{file}"
    command.upgrade(config, "head")
