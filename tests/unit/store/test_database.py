"""Group commit, and what becomes of units when the disk fails under them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StoreError
from bot.store import database
from bot.store.connection import Connection
from bot.store.database import Database


class Disk:
    """The driver's connection over memory; `fails` says which SQL the disk refuses next, with which of SQLite's errors."""

    def __init__(self) -> None:
        self.raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.raw.execute("CREATE TABLE words (word TEXT UNIQUE)")
        self.ran: list[str] = []
        self.fails: dict[str, str] = {}
        self.rolls_back_by_itself = False

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        self.ran.append(sql.split()[0])
        for start, name in list(self.fails.items()):
            if sql.startswith(start):
                del self.fails[start]
                if self.rolls_back_by_itself:
                    self.raw.execute("ROLLBACK")
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorname, error.sqlite_errorcode = name, getattr(sqlite3, name, sqlite3.SQLITE_IOERR)
                raise error
        return self.raw.execute(sql, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)

    @property
    def words(self) -> list[str]:
        return [word for (word,) in self.raw.execute("SELECT word FROM words ORDER BY word")]


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture(params=[True, False], ids=["in a thread", "inline"])
async def units(request: pytest.FixtureRequest, disk: Disk) -> AsyncIterator[Database]:
    opened = Database(Connection(disk, Path("desk.db")), waits_for_disk=request.param)  # type: ignore[arg-type]
    yield opened
    await opened.drain()
    await opened.close()


def write(units: Database, word: str) -> asyncio.Task[str]:
    async def unit(session: Connection) -> str:
        session.plain(f"INSERT INTO words VALUES ('{word}')")
        return word

    return asyncio.create_task(units.run(unit))


async def test_units_that_arrive_together_share_one_commit(units: Database, disk: Disk) -> None:
    await asyncio.gather(*(write(units, f"w{n}") for n in range(20)))
    assert disk.ran.count("COMMIT") == 1
    assert len(disk.words) == 20


async def test_a_unit_alone_needs_no_savepoint(units: Database, disk: Disk) -> None:
    await write(units, "w")
    assert disk.ran == ["BEGIN", "INSERT", "COMMIT"]


async def test_a_unit_that_only_reads_waits_for_no_disk(units: Database, disk: Disk) -> None:
    async def unit(session: Connection) -> list[str]:
        return disk.words

    assert await units.run(unit) == []
    assert "COMMIT" not in disk.ran


async def test_nothing_is_acknowledged_when_the_commit_fails_and_the_next_group_tries_again(units: Database, disk: Disk) -> None:
    disk.fails["COMMIT"] = "SQLITE_FULL"
    outcomes = await asyncio.gather(*(write(units, f"w{n}") for n in range(3)), return_exceptions=True)
    assert [type(o) for o in outcomes] == [StoreError] * 3
    assert disk.words == []

    assert await write(units, "after") == "after"
    assert disk.words == ["after"]
    assert not units.broken.is_set()


async def test_when_the_disk_is_full_in_the_middle_of_a_group_nobody_of_it_is_acknowledged(units: Database, disk: Disk) -> None:
    disk.fails["INSERT INTO words VALUES ('w1')"] = "SQLITE_FULL"
    disk.rolls_back_by_itself = True
    outcomes = await asyncio.gather(*(write(units, f"w{n}") for n in range(3)), return_exceptions=True)
    assert [type(o) for o in outcomes] == [StoreError] * 3
    assert disk.words == []
    assert await write(units, "after") == "after"


async def test_a_unit_that_goes_on_after_the_transaction_is_lost_leaves_nothing_either(units: Database, disk: Disk) -> None:
    disk.fails["INSERT INTO words VALUES ('a')"] = "SQLITE_FULL"
    disk.rolls_back_by_itself = True

    async def stubborn(session: Connection) -> None:
        for word in "ab":
            try:
                session.plain(f"INSERT INTO words VALUES ('{word}')")
            except StoreError:
                continue

    with pytest.raises(StoreError):
        await units.run(stubborn)
    assert disk.words == []


@pytest.mark.parametrize("name", ["SQLITE_IOERR_FSYNC", "SQLITE_CORRUPT"])
async def test_after_a_failed_fsync_or_a_damaged_page_nothing_is_accepted_any_more(units: Database, disk: Disk, name: str) -> None:
    disk.fails["COMMIT"] = name
    first, second = write(units, "one"), write(units, "two")
    assert [type(o) for o in await asyncio.gather(first, second, return_exceptions=True)] == [StoreError] * 2

    assert units.broken.is_set()
    with pytest.raises(StoreError, match="restart"):
        await write(units, "three")
    assert disk.words == []


async def test_what_was_queued_behind_the_failure_is_refused_too(units: Database, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MOST_UNITS", 1)
    disk.fails["COMMIT"] = "SQLITE_IOERR_FSYNC"
    outcomes = await asyncio.gather(*(write(units, f"w{n}") for n in range(3)), return_exceptions=True)
    assert [type(o) for o in outcomes] == [StoreError] * 3
    assert disk.words == []


async def test_a_fault_of_the_program_is_told_as_it_is_and_to_its_caller_alone(units: Database, disk: Disk) -> None:
    outcomes = await asyncio.gather(write(units, "same"), write(units, "same"), write(units, "other"), return_exceptions=True)
    assert [type(o) for o in outcomes] == [str, sqlite3.IntegrityError, str]
    assert disk.words == ["other", "same"]


async def test_a_unit_that_waits_for_another_one_is_told_so_instead_of_waiting_for_ever(units: Database, disk: Disk) -> None:
    async def outer(session: Connection) -> None:
        await units.run(lambda session: asyncio.sleep(0))

    with pytest.raises(RuntimeError, match="cannot wait"):
        await units.run(outer)
    assert await write(units, "after") == "after"


async def test_a_unit_that_cancels_itself_stops_nobody_else(units: Database, disk: Disk) -> None:
    async def unit(session: Connection) -> None:
        raise asyncio.CancelledError

    leaving = asyncio.create_task(units.run(unit))
    assert await write(units, "stays") == "stays"
    assert await asyncio.gather(leaving, return_exceptions=True)
    assert leaving.cancelled()


async def test_a_foreign_lock_is_waited_for_while_the_loop_goes_on(units: Database, disk: Disk) -> None:
    disk.fails["BEGIN"] = "SQLITE_BUSY"
    busy = write(units, "w")
    turns = 0
    while not busy.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 2
    assert disk.words == ["w"]


async def test_a_foreign_lock_that_stays_is_told_in_time(units: Database, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOCK_WAIT_S", -1.0)
    disk.fails["BEGIN"] = "SQLITE_BUSY"
    with pytest.raises(StoreError):
        await write(units, "w")
    assert await write(units, "after") == "after"


async def test_what_is_queued_is_committed_before_it_closes_and_nothing_after(units: Database, disk: Disk) -> None:
    queued = [write(units, f"w{n}") for n in range(5)]
    await asyncio.sleep(0)
    await units.drain()
    assert await asyncio.gather(*queued) == [f"w{n}" for n in range(5)]
    with pytest.raises(StoreError, match="closed"):
        await write(units, "late")


async def test_the_wal_is_copied_into_the_file_when_enough_was_written(units: Database, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "CHECKPOINT_UNITS", 3)
    for n in range(3):
        await write(units, f"w{n}")
    await write(units, "next")
    assert disk.ran.count("PRAGMA") == 1
