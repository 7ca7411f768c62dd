"""A desk that has outgrown its file moves to a server, and from any kind of database to any other."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import column, select, table, update

from bot.__main__ import execute
from bot.domain.ids import TicketId
from bot.domain.messages import Attachment
from bot.errors import ConfigError, FileInUse, StoreError
from bot.ports import Transaction
from bot.settings import names
from bot.store import address, connection, migrate, server, tables
from bot.store.copying import Step, copy
from bot.store.export import lines
from bot.store.session import Statement
from bot.store.snapshot import snapshot
from bot.store.sql import open_store
from tests import servers
from tests.builders import ANN, BOB, UNKNOWN, a_desk, a_ticket
from tests.world import World

KINDS = ["sqlite", "postgresql", "mariadb"]
SMALL = 7  # rows of one batch
DESK = a_desk(take_back=timedelta(seconds=30))
ODD = "wörds 😀 \\ ' \" % _ \n\t" * 5_000  # 100 kB: more than MariaDB's TEXT
_version = table("alembic_version", column("version_num", tables.notes.c.key.type))
_LIFTED = Statement(update(_version).values(version_num=migrate.HEAD))
Fill = Callable[[str], Awaitable[World]]


def of_file(folder: Path, name: str) -> str:
    return f"sqlite:///{folder / name}?synchronous=NORMAL"


@pytest.fixture
def source(tmp_path: Path) -> str:
    return of_file(tmp_path, "outgrown.db")


@pytest.fixture(params=KINDS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind; afterwards others find it as a desk again, however the test ended."""
    if request.param == "sqlite":
        yield of_file(tmp_path, "new.db")
        return
    url = str(request.getfixturevalue(f"{request.param}_desk"))
    yield url
    servers.at_once(changed(url, _LIFTED))


async def changed(url: str, statement: Statement, **values: Any) -> None:
    """By a hand that knows nothing of copies."""
    where = address.parse(url)
    session = connection.connect(where.file, "NORMAL") if isinstance(where, address.Address) else await server.connect(where)
    await session.do(statement, **values)
    await session.close()


async def played(url: str) -> World:
    """Two days at a desk: tickets in every state, a timer to come, a reply that can still be taken back, a file, odd signs."""
    store = await open_store(url)
    world = World(desk=DESK, store=store)
    for entry in world.entries:
        await store.run(lambda tx, entry=entry: tx.save_entry(entry, ANN.id, world.clock.now()))  # type: ignore[misc]
    await world.says("How do I reset my password?")
    await world.presses("Yes, solved")
    await world.says(UNKNOWN, BOB)
    await world.passes(hours=30)
    await world.says(f"{UNKNOWN} {ODD}")
    await world.presses("Take it", ANN)
    await store.keep_file(Attachment("chat:file-1", "heron.jpg", "image/jpeg"), bytes(range(256)) * 300)
    await store.note("web:session:abc", '{"person": "web:alice"}')
    await world.writes(world.card("IT-3"), "Feed it first.", ANN)
    return world


def nobody_listens(step: Step) -> None:
    pass


async def exported(url: str) -> list[Any]:
    return [line async for line in lines(url, "desk")]


async def kept(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of what is copied, as the columns mean them."""
    moved = [t for t in tables.metadata.sorted_tables if t.name not in ("holders", "rates", "lanes")]
    async with snapshot(url) as session:
        return {t.name: await session.all(Statement(select(*t.c).order_by(*t.primary_key))) for t in moved}


class Killed(BaseException):
    """The process ends here."""


def killed_at(number: int) -> Callable[[Step], None]:
    """Tells of so many steps, and no more."""
    left = iter(range(number))

    def tell(step: Step) -> None:
        if next(left, None) is None:
            raise Killed

    return tell


# ------------------------------------------------------------------------------------------------------------- it arrives
async def test_a_desk_arrives_whole(source: str, target: str) -> None:
    await (await played(source)).store.close()  # type: ignore[attr-defined]
    before, rows = await exported(source), await kept(source)

    copied = await copy(source, target, nobody_listens)

    assert await exported(target) == before
    assert await kept(target) == rows
    assert {one.table: one.rows for one in copied} == {name: len(found) for name, found in rows.items()}
    assert len([one for one in copied if one.rows]) > 12
    assert len({one.checksum for one in copied if one.rows}) == len([one for one in copied if one.rows])


async def test_the_desk_works_on_where_it_was(source: str, target: str) -> None:
    world = await played(source)
    await world.store.close()  # type: ignore[attr-defined]
    world.never_heard("Feed it first.")

    await copy(source, target, nobody_listens, batch=SMALL)

    store = await open_store(target)
    moved = World(desk=DESK, store=store, clock=world.clock)
    moved.chat.sent = world.chat.sent
    await moved.passes(seconds=31)
    moved.heard("Feed it first.")  # what waited goes out
    await moved.says("it is fed, and squeaks on")
    assert "Alice> it is fed, and squeaks on" in moved.thread(moved.card("IT-3"))  # links and cards are known
    await moved.presses("Release", ANN, on=moved.card("IT-3"))  # buttons of before are known
    await moved.submits("resolve:IT-3", words="fed")
    assert (await moved.ticket("IT-3")).status == "resolved"
    await moved.passes(days=8)
    assert (await moved.ticket("IT-3")).status == "closed"  # timers fire
    await moved.says("and now something else about herons")
    assert (await moved.ticket("IT-4")).opened_at == world.clock.now()  # numbers go on
    assert [entry.id for entry in await store.entries()] == ["password", "printer", "vpn"]
    await store.close()


async def test_it_goes_back_to_a_file_without_a_gap_in_the_numbers(target: str, tmp_path: Path) -> None:
    store = await open_store(target)
    for _ in range(3):
        await store.run(opens_a_ticket)
    await store.close()
    back = of_file(tmp_path, "back.db")

    await copy(target, back, nobody_listens)

    store = await open_store(back)
    await store.run(opens_a_ticket)
    assert (await store.ticket("IT-4")) is not None
    await store.close()


async def opens_a_ticket(tx: Transaction) -> None:
    number = await tx.next_number("IT")
    await tx.add_ticket(a_ticket(id=TicketId(number)))


# --------------------------------------------------------------------------------------------------------- it is broken off
async def test_killed_at_every_batch_it_goes_on_there(source: str, target: str) -> None:
    await (await played(source)).store.close()  # type: ignore[attr-defined]
    rows = await kept(source)
    told: list[Step] = []

    def once(step: Step) -> None:
        """Lives for one batch of new rows."""
        if step.doing == "copying" and step.done > max((s.done for s in told if s.table == step.table), default=0):
            told.append(step)
            raise Killed

    deaths = 0
    while True:
        try:
            await copy(source, target, once, batch=SMALL)
            break
        except Killed:
            deaths += 1
            with pytest.raises(ConfigError, match="unfinished copy"):
                await open_store(target)

    in_batches = {name: len(found) for name, found in rows.items() if name not in ("counters", "numbers_ready", "files")}
    assert deaths == sum(-(-count // SMALL) for count in in_batches.values()) + len(rows["files"])
    assert await kept(target) == rows


async def test_killed_before_anything_and_while_comparing_it_goes_on_too(source: str, tmp_path: Path) -> None:
    await (await played(source)).store.close()  # type: ignore[attr-defined]
    target = of_file(tmp_path, "new.db")

    for steps in range(1_000):
        try:
            await copy(source, target, killed_at(steps))
            break
        except Killed:
            continue

    assert steps > 2 * len(await kept(source))
    assert await kept(target) == await kept(source)


async def test_a_process_that_is_killed_leaves_nothing_that_is_missed_or_doubled(source: str, target: str) -> None:
    world = await played(source)
    for number in range(400):
        await world.store.note(f"desk:{number:04}", ODD[:20_000])  # type: ignore[attr-defined]
    await world.store.close()  # type: ignore[attr-defined]
    program = (
        "import asyncio, sys\nfrom bot.store.copying import copy\n"
        "asyncio.run(copy(sys.argv[1], sys.argv[2], lambda step: print(step.table, step.done, flush=True), batch=20))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, source, target, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert b"notes 60\n" in [line async for line in upto(process.stdout, b"notes 60\n")]
    process.kill()  # wherever it is now
    await process.wait()

    first: list[Step] = []
    await copy(source, target, first.append, batch=20)

    assert next(step for step in first if step.table == "notes").done >= 60
    assert await kept(target) == await kept(source)


async def upto(stream: asyncio.StreamReader, last: bytes) -> AsyncIterator[bytes]:
    """Its lines, until that one."""
    async for line in stream:
        yield line
        if line == last:
            return


async def test_what_an_unfinished_copy_left_can_be_removed(source: str, target: str, tmp_path: Path) -> None:
    other = of_file(tmp_path, "other.db")
    await (await played(source)).store.close()  # type: ignore[attr-defined]
    await (await open_store(other)).close()
    with pytest.raises(Killed):
        await copy(source, target, killed_at(9), batch=SMALL)

    with pytest.raises(ConfigError, match=r"unfinished copy of .*outgrown.db; .*--anew"):
        await copy(other, target, nobody_listens)
    await copy(other, target, nobody_listens, anew=True)

    assert await exported(target) == []


# ---------------------------------------------------------------------------------------------------------- it is compared
async def test_a_row_that_was_changed_is_found(source: str, target: str) -> None:
    await (await played(source)).store.close()  # type: ignore[attr-defined]
    file = tables.files
    spoilt = Statement(update(file).values(content=bytes(range(256)) * 299 + bytes(256)))

    with pytest.raises(Killed):
        await copy(source, target, killed_by("files"))
    await changed(target, spoilt)

    with pytest.raises(StoreError, match=r'files has 1 rows in the source and 1 in .* first that differs is \["chat:file-1"\]'):
        await copy(source, target, nobody_listens)
    with pytest.raises(ConfigError, match="unfinished copy"):
        await open_store(target)
    await copy(source, target, nobody_listens, anew=True)


def killed_by(name: str) -> Callable[[Step], None]:
    """Dies when that table begins to be compared."""

    def tell(step: Step) -> None:
        if (step.doing, step.table) == ("comparing", name):
            raise Killed

    return tell


async def test_a_source_that_worked_on_in_between_is_found(source: str, target: str) -> None:
    world = await played(source)
    await world.store.close()  # type: ignore[attr-defined]
    with pytest.raises(Killed):
        await copy(source, target, killed_at(26), batch=SMALL)
    store = await open_store(source)
    world = World(desk=DESK, store=store, clock=world.clock)
    await world.passes(seconds=31)
    await store.close()

    with pytest.raises(StoreError, match=r"the copy is not the same: .*--anew"):
        await copy(source, target, nobody_listens)


# ----------------------------------------------------------------------------------------------------------- it is refused
async def test_a_source_in_use_is_refused(source: str, target: str) -> None:
    store = await open_store(source)
    with pytest.raises(FileInUse, match=f"in use by process {os.getpid()}.*stop it first"):
        await copy(source, target, nobody_listens)
    await store.close()


@pytest.mark.parametrize("target", KINDS[1:], indirect=True)
async def test_a_server_in_use_is_refused_on_either_side(target: str, source: str, tmp_path: Path) -> None:
    store = await open_store(target)
    now = datetime.now(UTC)
    await store.run(lambda tx: tx.hold("process:desk-1:77", "desk-1:77", now, now + timedelta(seconds=20)))
    await store.close()
    await (await open_store(source)).close()

    for here, there in ((source, target), (target, of_file(tmp_path, "new.db"))):
        with pytest.raises(ConfigError, match=r"in use by 1 process \(desk-1:77\); stop them"):
            await copy(here, there, nobody_listens)


async def test_a_target_that_holds_a_desk_is_refused_and_stays_one(source: str, target: str) -> None:
    await (await open_store(source)).close()
    store = await open_store(target)
    await store.run(opens_a_ticket)
    await store.close()

    for _ in range(2):
        with pytest.raises(ConfigError, match=r"holds a desk already .*name an empty database"):
            await copy(source, target, nobody_listens, anew=True)

    store = await open_store(target)
    assert await store.ticket("IT-1") == a_ticket(changed_at=a_ticket().opened_at)
    await store.close()


async def test_a_finished_copy_is_a_desk_and_is_not_copied_over(source: str, target: str) -> None:
    await (await played(source)).store.close()  # type: ignore[attr-defined]
    await copy(source, target, nobody_listens)
    with pytest.raises(ConfigError, match="holds a desk already"):
        await copy(source, target, nobody_listens)


async def test_a_source_of_another_version_is_refused_with_the_cure(source: str, tmp_path: Path) -> None:
    await (await open_store(source)).close()
    await changed(source, Statement(update(_version).values(version_num="0003")))
    with pytest.raises(ConfigError, match=r"--copy-from: the schema of .* is older .*; run `firstline migrate` with it as DATABASE_URL first"):
        await copy(source, of_file(tmp_path, "new.db"), nobody_listens)
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sqlite:///nowhere.db", r"--copy-from: there is no file .*nowhere.db"),
        ("oracle://x/y", "--copy-from names oracle"),
        ("new.db", "--copy-from is not a database address"),
    ],
)
async def test_what_is_no_desk_is_refused_by_the_options_name(name: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=told):
        await copy(name, of_file(tmp_path, "new.db"), nobody_listens)


async def test_a_desk_is_not_copied_into_itself(source: str) -> None:
    with pytest.raises(ConfigError, match="names the database that DATABASE_URL names"):
        await copy(source, source, nobody_listens)


# ------------------------------------------------------------------------------------------------------------ the command
def test_the_command_shows_what_it_does_and_whose_key_to_keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    servers.at_once(a_played_desk(of_file(tmp_path, "firstline.db")))
    (tmp_path / "firstline.db.key").write_text("the-key-of-the-old-desk\n")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///new.db")

    assert execute(["migrate", "--copy-from", "sqlite:///firstline.db"]) == 0

    out, err = capsys.readouterr()
    assert f"Set SECRET_KEY to the line in {tmp_path / 'firstline.db.key'}" in out
    assert "the-key-of-the-old-desk" not in out + err
    assert "copying tickets: 3 of 3" in err.splitlines()
    assert "comparing files: 1 of 1" in err.splitlines()
    assert execute(["migrate", "--copy-from", "sqlite:///firstline.db"]) == 2
    assert execute(["migrate", "--anew"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


async def a_played_desk(url: str) -> None:
    await (await played(url)).store.close()  # type: ignore[attr-defined]
