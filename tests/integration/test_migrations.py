"""The schema of a database: made, brought up to date, refused; however often it is broken off, and however many do it at once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, event, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.__main__ import execute
from bot.errors import ConfigError, StoreError
from bot.store import address, migrate, snapshot
from bot.store.sql import open_store
from bot.store.tables import metadata
from tests import servers

MIGRATE = "import sys; from bot.store.migrate import migrate; print(migrate(sys.argv[1]))"


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database of each kind without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'desk.db'}"
    return str(request.getfixturevalue("postgres_url" if request.param == "postgresql" else "mariadb_url"))


@pytest.fixture(params=["postgres_url", "mariadb_url"])
def on_server(request: pytest.FixtureRequest) -> str:
    """Of a database of each kind of server, without tables."""
    return str(request.getfixturevalue(request.param))


def asked(url: str, question: Callable[[Connection], Any]) -> Any:
    """What the question finds, asked by means of SQLAlchemy alone."""
    where = address.parse(url)
    if isinstance(where, address.Address):
        with create_engine(f"sqlite:///{where}", poolclass=pool.NullPool).begin() as file:
            return question(file)
    engine = create_async_engine(where.url, poolclass=pool.NullPool)

    async def ask() -> Any:
        async with engine.begin() as connection:
            return await connection.run_sync(question)

    return servers.at_once(ask())


def run(url: str, *statements: str) -> None:
    asked(url, lambda connection: [connection.execute(text(statement)) for statement in statements])


def drift(url: str) -> list[Any]:
    """What the tables of the database have and those of the code have not, or the other way round; defaults aside, which each database words anew."""
    options = {"compare_type": True, "include_name": lambda name, *_: name != "alembic_version"}
    return list(asked(url, lambda connection: compare_metadata(MigrationContext.configure(connection, opts=options), metadata)))


def tables(url: str) -> set[str]:
    return {name for (name,) in asked(url, lambda connection: connection.execute(text(
        "SELECT table_name FROM information_schema.tables WHERE table_schema IN (current_schema())" if "postgres" in url
        else "SELECT table_name FROM information_schema.tables WHERE table_schema = database()")).all())}  # fmt: skip


def at_revision(url: str, revision: str) -> None:
    """The tables as an older version made them."""
    newest = command.upgrade
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "upgrade", lambda config, _: newest(config, revision))
        migrate.migrate(url)


class Killed(Exception):
    """In the place of a process that dies."""


@contextmanager
def killed_before_change(number: int) -> Iterator[None]:
    """Whoever migrates dies before the change of that number."""
    seen = 0

    def look(_: object, __: object, statement: str, *___: object) -> None:
        nonlocal seen
        if statement.split()[0] in ("CREATE", "ALTER", "INSERT", "UPDATE"):
            seen += 1
            if seen == number:
                raise Killed

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", look)


def test_the_revisions_one_after_the_other_make_the_tables_of_the_code(url: str) -> None:
    assert migrate.migrate(url) == f"The database {address.parse(url)} has its tables now ({migrate.HEAD})."
    assert drift(url) == []
    assert migrate.migrate(url) == f"The database {address.parse(url)} is up to date ({migrate.HEAD}): nothing was changed."
    asyncio.run(opened_and_closed(url))


async def opened_and_closed(url: str) -> None:
    await (await open_store(url)).close()


def test_a_migration_broken_off_anywhere_is_ended_by_the_next(url: str) -> None:
    number = 0
    while True:
        number += 1
        try:
            with killed_before_change(number):
                migrate.migrate(url)
        except Killed:
            continue
        break
    assert number > len(metadata.tables)
    assert drift(url) == []
    asyncio.run(opened_and_closed(url))


def test_an_older_schema_is_brought_up_to_date_revision_by_revision(url: str) -> None:
    for older in migrate.REVISIONS[:-1]:
        at_revision(url, older)
        with pytest.raises(ConfigError, match=f"older than this version .{older}, not {migrate.HEAD}"):
            asyncio.run(opened_and_closed(url))
    assert migrate.migrate(url) == f"The database {address.parse(url)} went from {older} to {migrate.HEAD}."
    assert drift(url) == []


def test_of_five_who_migrate_at_once_each_comes_to_a_good_end(on_server: str) -> None:
    at_once = [subprocess.Popen([sys.executable, "-c", MIGRATE, on_server], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(5)]
    said = [process.communicate() for process in at_once]
    assert [process.returncode for process in at_once] == [0] * 5, said
    assert sorted("has its tables now" in out for out, _ in said) == [False] * 4 + [True]
    assert drift(on_server) == []


@pytest.mark.parametrize("numbered", [None, "0001", "a1b2c3d4"])
def test_a_database_of_another_program_is_left_alone(on_server: str, numbered: str | None) -> None:
    run(on_server, "CREATE TABLE recipes (name VARCHAR(20))")
    if numbered:
        run(on_server, "CREATE TABLE alembic_version (version_num VARCHAR(32))", f"INSERT INTO alembic_version VALUES ('{numbered}')")
    before = tables(on_server)
    with pytest.raises(ConfigError, match="another program"):
        migrate.migrate(on_server)
    with pytest.raises(ConfigError, match="another program"):
        asyncio.run(opened_and_closed(on_server))
    assert tables(on_server) == before


@pytest.mark.parametrize(("stamped", "words"), [("0001", "older than this version"), ("9999", "newer than this version")])
def test_another_schema_than_the_codes_is_refused_by_every_door_with_the_command_in_one_line(
    on_server: str, stamped: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate.migrate(on_server)
    run(on_server, f"UPDATE alembic_version SET version_num = '{stamped}'")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", on_server)
    monkeypatch.setenv("SECRET_KEY", "0123456789abcdef" * 4)

    async def export() -> None:
        async with snapshot.snapshot(on_server):
            pass

    for door in (opened_and_closed(on_server), export()):
        with pytest.raises(ConfigError, match=words):
            asyncio.run(door)
    commands = ["run", "web", "worker", "export --json", "queue status", "queue retry", "kb export", "doctor", *(["migrate"] if stamped == "9999" else [])]
    for words_of_it in commands:
        code = execute(words_of_it.split())
        captured = capsys.readouterr()
        said = [line for line in (captured.out + captured.err).splitlines() if words in line]
        assert code == (1 if words_of_it == "doctor" else 2), (words_of_it, captured)
        assert len(said) == 1, (words_of_it, captured)
        assert "`firstline migrate`" in said[0]


def test_a_table_in_use_makes_a_change_wait_a_while_only_and_the_next_run_makes_it(on_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at_revision(on_server, "0003")
    for name in ("_POSTGRES", "_MARIADB"):
        lock, unlock, patience = getattr(migrate, name)
        monkeypatch.setattr(migrate, name, (lock, unlock, patience.replace(str(migrate.LOCK_S), "1")))

    def in_use(connection: Connection) -> None:
        connection.execute(text("SELECT count(*) FROM outbox")).all()
        with pytest.raises(StoreError, match="run `firstline migrate` again"):
            migrate_elsewhere(on_server)

    asked(on_server, in_use)
    migrate.migrate(on_server)
    assert drift(on_server) == []


def migrate_elsewhere(url: str) -> None:
    async def there() -> None:
        await asyncio.to_thread(migrate.migrate, url)

    servers.at_once(there())
