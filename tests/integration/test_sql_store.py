"""The SQL store on a real file: processes that are killed, disks that are full, files that are damaged, schemas of other versions."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.domain.messages import Outbound
from bot.errors import ConfigError, FileInUse, StoreError
from bot.ports import Parcel
from bot.store import migrate
from bot.store.sql import SqlStore
from tests.builders import MONDAY, a_message, an_event

WRITER = """
import asyncio, sys
from bot.store.sql import SqlStore
from tests.builders import MONDAY, a_message, an_event

async def main(url, start):
    store = SqlStore.open(url)
    print("open", flush=True)

    async def keep(n):
        event = an_event(a_message(str(n)), key=f"e{n}")
        await store.run(lambda tx: tx.keep(event, MONDAY))
        print(n, flush=True)

    for n in range(start, start + 100_000, 8):
        await asyncio.gather(*(keep(n + i) for i in range(8)))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""

FULL_DISK = """
import asyncio, os, resource, sys
from bot.errors import StoreError
from bot.store.sql import SqlStore

async def main(url, file):
    store = SqlStore.open(url)
    await store.note("desk:before", "kept")
    acknowledged = 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(file + "-wal") + 100_000, resource.RLIM_INFINITY))
    try:
        for n in range(1000):
            await asyncio.gather(*(store.note(f"desk:{n}.{i}", "x" * 2000) for i in range(4)))
            acknowledged += 4
    except StoreError as error:
        assert file in str(error), error
        print("refused", acknowledged, len(await store.noted("desk:")), flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.note("desk:after", "kept")
    print("recovered", store.is_broken, sorted(set(await store.noted("desk:")) & {"desk:before", "desk:after"}), flush=True)
    await store.close()

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""

LOADED = """
import sys
from bot.store.sql import SqlStore
SqlStore.open(sys.argv[1])
print(*sorted(m for m in ("alembic", "aiosqlite", "mako") if m in sys.modules))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite:///{file}"


@contextmanager
def running(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def output_of(program: str, *arguments: str) -> list[str]:
    ended = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    return ended.stdout.splitlines()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def schema_of(file: Path) -> dict[str, object]:
    """Tables with their columns, in whatever order, and indexes as they were made."""
    with sqlite3.connect(file) as raw:
        made: dict[str, object] = {
            name: "".join(text.split()) for name, text in raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        }
        for name, columns, without_rowid, strict in raw.execute(
            "SELECT name, ncol, wr, strict FROM pragma_table_list WHERE name NOT LIKE 'sqlite_%'"
        ).fetchall():
            unique = raw.execute(
                'SELECT l.origin, group_concat(i.name) FROM pragma_index_list(?) l, pragma_index_info(l.name) i WHERE l."unique" GROUP BY l.name', (name,)
            )
            described = raw.execute('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)', (name,))
            made[name] = (columns, without_rowid, strict, sorted(described.fetchall()), sorted(unique.fetchall()))
        return made


# --------------------------------------------------------------------------------------------------------------- killed
def test_what_was_acknowledged_is_there_after_a_kill_in_mid_write(url: str) -> None:
    acknowledged: set[str] = set()
    for start in (0, 100_000, 200_000):
        with running(WRITER, url, str(start)) as writer:
            assert line_of(writer) == "open"
            acknowledged.update(line_of(writer) for _ in range(150))
            os.kill(writer.pid, signal.SIGKILL)
            assert writer.stdout is not None
            acknowledged.update(line.strip() for line in writer.stdout if line.endswith("\n"))

    assert len(acknowledged) >= 450
    assert {f"e{number}" for number in acknowledged} <= asyncio.run(keys_in(url))


async def keys_in(url: str) -> set[str]:
    store = SqlStore.open(url)
    kept = {w.event.key for w in await store.run(lambda tx: tx.waiting("chat:alice", MONDAY, limit=1_000_000))}
    await store.close()
    return kept


async def test_what_was_committed_is_in_the_file_alone_after_an_orderly_end(url: str, file: Path) -> None:
    store = SqlStore.open(url)
    await store.note("desk:x", "1")
    await store.close()
    assert sorted(path.name for path in file.parent.iterdir()) == ["desk.db", "desk.db.lock"]
    again = SqlStore.open(url)
    assert await again.noted("desk:") == {"desk:x": "1"}
    await again.close()


async def test_what_people_wrote_is_for_the_owner_of_the_process_alone(url: str, file: Path) -> None:
    store = SqlStore.open(url)
    await store.note("desk:x", "1")
    assert {path.name: path.stat().st_mode & 0o077 for path in file.parent.iterdir()} == dict.fromkeys(
        ("desk.db", "desk.db-wal", "desk.db-shm", "desk.db.lock"), 0
    )
    await store.close()


async def test_what_a_killed_owner_was_sending_is_sent_on_at_once_by_the_next_and_told_to_have_been_begun(url: str) -> None:
    first, second = (Parcel(key, "chat:alice", "chat:alice", Outbound(), MONDAY) for key in ("p1", "p2"))
    killed = SqlStore.open(url)
    for parcel in (first, second):
        await killed.run(lambda tx, parcel=parcel: tx.post(parcel))  # type: ignore[misc]
    await killed.run(lambda tx: tx.hold("process:w1", "w1", MONDAY, MONDAY + timedelta(hours=1)))
    assert await killed.run(lambda tx: tx.lease("chat:alice", "w1", MONDAY, MONDAY + timedelta(hours=1))) == [first, second]
    assert await killed.lanes_with_work(MONDAY) == ([], []), "somebody who is alive sends it"
    await killed.close()

    store = SqlStore.open(url)
    assert await store.lanes_with_work(MONDAY) == ([], ["chat:alice"])
    assert await store.run(lambda tx: tx.lease("chat:alice", "w2", MONDAY, MONDAY + timedelta(hours=1))) == [replace(first, begun=True), second]
    await store.close()


# ----------------------------------------------------------------------------------------------------------- ownership
def test_a_second_process_is_refused_and_told_which_has_the_file(url: str, file: Path) -> None:
    with running(WRITER, url, "0") as owner:
        assert line_of(owner) == "open"
        with pytest.raises(FileInUse, match=f"{file} is in use by process {owner.pid}: one process owns an SQLite file"):
            SqlStore.open(url)
        with pytest.raises(FileInUse, match=f"process {owner.pid}"):
            migrate.migrate(url)
        os.kill(owner.pid, signal.SIGKILL)
        owner.wait()
    asyncio.run(SqlStore.open(url).close())


async def test_another_name_of_the_same_file_is_the_same_file(url: str, file: Path) -> None:
    owner = SqlStore.open(url)
    (file.parent / "link.db").symlink_to(file)
    with pytest.raises(FileInUse):
        SqlStore.open(f"sqlite:///{file.parent / 'link.db'}")
    await owner.close()


async def test_beside_the_owner_the_committed_state_can_be_read_and_nothing_written(url: str) -> None:
    owner = SqlStore.open(url)
    beside = SqlStore.open(url, read_only=True)
    await owner.note("desk:x", "1")
    assert await beside.noted("desk:") == {"desk:x": "1"}
    with pytest.raises(StoreError, match="reading only"):
        await beside.note("desk:y", "1")
    await beside.close()
    await owner.close()


async def test_readers_see_nothing_of_a_unit_before_it_is_committed(url: str) -> None:
    store = SqlStore.open(url)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def unit(tx: object) -> None:
        await tx.note("desk:x", "1")  # type: ignore[attr-defined]
        begun.set()
        await go_on.wait()

    writing = asyncio.create_task(store.run(unit))
    await begun.wait()
    assert await store.noted("desk:") == {}
    go_on.set()
    await writing
    assert await store.noted("desk:") == {"desk:x": "1"}
    await store.close()


# ------------------------------------------------------------------------------------------------------------ the disk
def test_a_full_disk_acknowledges_nothing_keeps_what_was_and_recovers_without_restart(url: str, file: Path) -> None:
    refused, recovered = output_of(FULL_DISK, url, str(file))
    word, acknowledged, there = refused.split()
    assert word == "refused"
    assert int(acknowledged) == int(there) > 1
    assert recovered == "recovered False ['desk:after', 'desk:before']"
    with sqlite3.connect(file) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_foreign_lock_is_waited_for(url: str, file: Path) -> None:
    store = SqlStore.open(url)
    foreign = sqlite3.connect(file, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    noting = asyncio.create_task(store.note("desk:x", "1"))
    await asyncio.sleep(0)
    assert await store.noted("desk:") == {}, "reading goes on meanwhile"
    foreign.execute("ROLLBACK")
    foreign.close()
    await noting
    assert await store.noted("desk:") == {"desk:x": "1"}
    await store.close()


# -------------------------------------------------------------------------------------------------------- damaged files
def test_a_file_that_is_no_database_is_named_with_the_cure(url: str, file: Path) -> None:
    file.write_bytes(b"These are not the bytes you are looking for. " * 100)
    with pytest.raises(ConfigError, match=rf"{file} is damaged or no database .*backup"):
        SqlStore.open(url)


async def fill(url: str) -> None:
    store = SqlStore.open(url)
    for n in range(200):
        await store.run(lambda tx, n=n: tx.keep(an_event(a_message("x" * 500), key=f"e{n}"), MONDAY))  # type: ignore[misc]
    await store.close()


def test_a_damaged_page_is_found_when_the_file_is_opened(url: str, file: Path) -> None:
    asyncio.run(fill(url))
    content = bytearray(file.read_bytes())
    for page in range(4, len(content) // 4096):
        content[page * 4096 : page * 4096 + 60] = b"\xff" * 60
    file.write_bytes(content)

    with pytest.raises(ConfigError, match=f"{file} is damaged"):
        SqlStore.open(url)


# ------------------------------------------------------------------------------------------------------------- schemas
def test_the_revisions_one_after_the_other_make_the_tables_of_the_code(tmp_path: Path) -> None:
    asyncio.run(SqlStore.open(f"sqlite:///{tmp_path / 'at-once.db'}").close())
    assert migrate.migrate(f"sqlite:///{tmp_path / 'migrated.db'}") == f"The database {tmp_path / 'migrated.db'} has its tables now ({migrate.HEAD})."
    assert schema_of(tmp_path / "migrated.db") == schema_of(tmp_path / "at-once.db")


def test_the_revisions_that_the_code_knows_are_those_in_the_folder() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == migrate.REVISIONS
    assert scripts.get_current_head() == migrate.HEAD


def test_migrating_twice_changes_nothing(url: str, file: Path) -> None:
    migrate.migrate(url)
    before = schema_of(file)
    assert migrate.migrate(url) == f"The database {file} is up to date ({migrate.HEAD}): nothing was changed."
    assert schema_of(file) == before
    migrate.check_version(file)
    asyncio.run(SqlStore.open(url).close())


def stamped(file: Path, revision: str) -> None:
    asyncio.run(SqlStore.open(f"sqlite:///{file}").close())
    with sqlite3.connect(file) as raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (revision,))


@pytest.mark.parametrize("read_only", [False, True])
def test_a_schema_newer_than_the_code_is_refused(url: str, file: Path, read_only: bool) -> None:
    stamped(file, "9999")
    with pytest.raises(ConfigError, match=r"newer than this version .*`firstline migrate` cannot go back"):
        SqlStore.open(url, read_only=read_only)
    with pytest.raises(ConfigError, match="newer"):
        migrate.check_version(file)
    with pytest.raises(ConfigError, match="newer"):
        migrate.migrate(url)


def test_a_schema_older_than_the_code_is_refused_with_the_command_to_run(url: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamped(file, "0001")
    monkeypatch.setattr(migrate, "REVISIONS", ("0001", "0002"))
    monkeypatch.setattr(migrate, "HEAD", "0002")
    with pytest.raises(ConfigError, match=r"older than this version .*run `firstline migrate`"):
        SqlStore.open(url)
    with pytest.raises(ConfigError, match="run `firstline migrate`"):
        migrate.check_version(file)


def test_a_database_of_another_program_is_left_alone(url: str, file: Path) -> None:
    with sqlite3.connect(file) as raw:
        raw.execute("CREATE TABLE recipes (name TEXT)")
    for refused in (lambda: SqlStore.open(url), lambda: migrate.migrate(url), lambda: migrate.check_version(file)):
        with pytest.raises(ConfigError, match="another program"):
            refused()
    assert list(schema_of(file)) == ["recipes"]


def test_a_new_file_is_made_without_loading_the_migration_tool(url: str) -> None:
    assert output_of(LOADED, url) == [""]


# ------------------------------------------------------------------------------------------------------------- settings
@pytest.mark.parametrize(
    ("given", "cure"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql://localhost/desk", "postgresql://localhost/desk is no SQLite file"),
        ("desk.db", "is not a database address"),
        ("sqlite:////no/such/folder/desk.db", "there is no folder /no/such/folder"),
        ("sqlite:///desk.db?synchronous=OFF", "synchronous=OFF is not one of FULL, NORMAL, EXTRA"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_the_cure(given: str, cure: str) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL") as refused:
        SqlStore.open(given)
    assert cure in str(refused.value)


@pytest.mark.parametrize(("asked", "level"), [("", 2), ("?synchronous=normal", 1), ("?synchronous=EXTRA", 3)])
async def test_a_commit_reaches_the_disk_unless_asked_otherwise(url: str, asked: str, level: int) -> None:
    store = SqlStore.open(url + asked)
    statements = store._database._connection.raw  # type: ignore[union-attr]
    assert statements.execute("PRAGMA synchronous").fetchone() == (level,)
    assert statements.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    await store.close()


def test_a_driver_suffix_changes_nothing(file: Path) -> None:
    asyncio.run(SqlStore.open(f"sqlite+aiosqlite:///{file}").close())
    assert file.exists()


def test_reading_a_file_that_is_not_there_makes_none(url: str, file: Path) -> None:
    with pytest.raises(ConfigError, match="there is no file"):
        SqlStore.open(url, read_only=True)
    assert not file.exists()
