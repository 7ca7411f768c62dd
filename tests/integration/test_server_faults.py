"""What happens to a desk when its database server is killed, stopped, full or out of reach: refused at once, back by itself, nothing half done."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.domain.messages import Attachment
from bot.engine.running.intake import KEEP_S, Intake
from bot.errors import StoreError
from bot.ports import Transaction
from bot.store import address
from bot.store.migrate import migrate
from bot.store.server import CONNECT_S, PAUSE_S, WAIT_S, ServerDatabase, ServerReading, connect
from bot.store.sql import SqlStore, open_store
from tests import servers
from tests.builders import MONDAY, a_message, an_event
from tests.faulty import Line
from tests.world import SetClock

AT_ONCE_S = 0.5  # seconds that something takes at most which waits for nobody, on a machine that has much else to do
BACK_S = PAUSE_S + CONNECT_S  # seconds after which a server that is back has been found
LANE = "chat:alice"

FROZEN = """
import asyncio, os, signal, sys
from bot.store import server
server.IDLE_S = 1
from bot.errors import StoreError
from bot.store.sql import open_store

async def main(url):
    store = await open_store(url)

    async def unit(tx):
        await tx.take("chat:alice")
        await tx.note("desk:frozen", "1")
        print("has the lane", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
        await tx.note("desk:thawed", "1")

    try:
        await store.run(unit)
    except StoreError:
        print("refused", flush=True)
    await store.note("desk:later", "1")
    print("goes on", flush=True)

asyncio.run(main(sys.argv[1]))
"""


class Desk:
    """A database of a server that only this test harms."""

    def __init__(self, server: servers.Server, url: str) -> None:
        self.server, self.url = server, url
        kind = server.kind
        assert isinstance(kind, servers.DatabaseKind)
        self.kind = kind

    async def admin(self, *statements: str) -> None:
        await self.kind.run(self.url, *statements)

    async def stop(self) -> None:
        await asyncio.to_thread(self.server.stop)

    async def kill(self) -> None:
        await asyncio.to_thread(self.server.kill)

    async def start(self) -> None:
        await asyncio.to_thread(self.server.start)

    async def cut_all_off(self) -> None:
        """The server ends every connection to the desk's database but the one that asks for it."""
        database = self.url.rpartition("/")[2]
        if self.kind is servers.POSTGRES:
            await self.admin(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid()")
            return
        connection = await _processes_of_mariadb(self.url, database)
        await self.admin(*(f"KILL {thread}" for thread in connection))


async def _processes_of_mariadb(url: str, database: str) -> list[int]:
    import asyncmy

    where = address.parse(url)
    assert isinstance(where, address.Server)
    connection = await asyncmy.connect(host=where.url.host, port=where.url.port, user=where.url.username, password=where.url.password)
    async with connection.cursor() as cursor:
        await cursor.execute(f"SELECT id FROM information_schema.processlist WHERE db = '{database}'")
        found = [row[0] for row in await cursor.fetchall()]
    await connection.ensure_closed()
    return found


@pytest.fixture(scope="module")
def _private() -> Iterator[dict[str, Any]]:
    with ExitStack() as stack:
        yield {"stack": stack}


@pytest.fixture(params=["POSTGRES", "MARIADB"])
def desk(request: pytest.FixtureRequest, _private: dict[str, Any]) -> Iterator[Desk]:
    """On a server of this module's own; skipped where its program is not installed."""
    kind: servers.DatabaseKind = getattr(servers, request.param)
    if request.param not in _private:
        try:
            server = _private["stack"].enter_context(servers.own(kind))
        except servers.Absent as absent:
            pytest.skip(str(absent))
        _private[request.param] = server, servers.Databases(kind, server.url)
    server, databases = _private[request.param]
    server.start()
    with databases.fresh(migrate) as url:
        try:
            yield Desk(server, url)
        finally:
            server.start()


@pytest.fixture
async def store(desk: Desk) -> AsyncIterator[SqlStore]:
    opened = await open_store(desk.url)
    yield opened
    await opened.close()


async def took(work: Any) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    begun = time.monotonic()
    try:
        outcome = await work
    except StoreError as error:
        outcome = error
    return time.monotonic() - begun, outcome


async def until_kept(store: SqlStore) -> float:
    """Seconds until something is kept again."""
    begun = time.monotonic()
    while True:
        try:
            await store.note("desk:again", "1")
        except StoreError:
            await asyncio.sleep(0.01)
        else:
            return time.monotonic() - begun


# --------------------------------------------------------------------------------------------------- killed and stopped
async def test_a_server_killed_under_load_loses_nothing_it_acknowledged_and_is_found_again(desk: Desk, store: SqlStore) -> None:
    acknowledged: list[str] = []
    news: asyncio.Queue[None] = asyncio.Queue()
    refused = 0
    enough = asyncio.Event()

    async def sender(name: int) -> None:
        nonlocal refused
        n = 0
        while not enough.is_set():
            event = an_event(a_message("hello"), key=f"{name}/{n}", conversation=f"chat:{name}")
            try:
                await store.run(lambda tx, event=event: tx.keep(event, MONDAY))  # type: ignore[misc]
            except StoreError:
                refused += 1
                await asyncio.sleep(0.01)
            else:
                acknowledged.append(event.key)
                news.put_nowait(None)
                n += 1

    async def more(count: int) -> None:
        while not news.empty():
            news.get_nowait()
        for _ in range(count):
            await news.get()

    senders = [asyncio.create_task(sender(name)) for name in range(8)]
    for _ in range(2):
        await more(100)
        await desk.kill()
        await desk.start()
        async with asyncio.timeout(BACK_S + 5):
            await more(100)
    enough.set()
    await asyncio.gather(*senders)

    assert refused
    for name in range(8):
        kept = [w.event.key for w in await store.run(lambda tx, name=name: tx.waiting(f"chat:{name}", MONDAY, limit=100_000))]  # type: ignore[misc]
        assert [key for key in acknowledged if key.startswith(f"{name}/")] == [key for key in kept if key in set(acknowledged)]
        assert max(Counter(kept).values()) == 1


async def test_while_the_server_is_stopped_all_are_refused_in_time_and_it_is_found_again_by_itself(desk: Desk, store: SqlStore) -> None:
    intake = Intake(store, SetClock(), lambda lane: None)
    await intake.receive(an_event(a_message("before")))
    await desk.stop()

    waited, outcomes = await took(asyncio.gather(*(intake.receive(an_event(a_message("hello"))) for _ in range(50)), return_exceptions=True))
    assert waited < KEEP_S + AT_ONCE_S
    assert all(isinstance(outcome, StoreError) for outcome in outcomes)
    trying = asyncio.create_task(took(intake.receive(an_event(a_message("hello")))))
    await asyncio.sleep(0)
    for _ in range(10):
        waited, outcome = await took(intake.receive(an_event(a_message("hello"))))
        assert isinstance(outcome, StoreError)
        assert waited < AT_ONCE_S, "one tries; nobody else waits"
    assert (await trying)[0] < KEEP_S + AT_ONCE_S
    waited, outcome = await took(store.noted("desk:"))
    assert isinstance(outcome, StoreError)
    assert waited < WAIT_S + AT_ONCE_S, "nor do questions"
    assert store.trouble

    await desk.start()
    assert await until_kept(store) < BACK_S
    assert not store.trouble
    assert (await store.queue())["inbox_waiting"] == 1


async def test_connections_that_died_while_nobody_used_them_are_noticed_by_nobody(desk: Desk, store: SqlStore) -> None:
    await asyncio.gather(*(store.note(f"desk:{n}", "1") for n in range(10)))
    await asyncio.gather(*(store.noted("desk:") for _ in range(10)))
    await desk.cut_all_off()
    await asyncio.gather(*(store.note(f"desk:again {n}", "1") for n in range(10)), *(store.noted("desk:") for _ in range(10)))

    await desk.stop()
    await desk.start()
    await asyncio.gather(*(store.note(f"desk:more {n}", "1") for n in range(10)), *(store.noted("desk:") for _ in range(10)))
    assert len(await store.noted("desk:")) == 30


async def test_a_connection_cut_in_the_middle_of_a_unit_leaves_nothing_of_it(desk: Desk, store: SqlStore) -> None:
    async def unit(tx: Transaction) -> None:
        await tx.note("desk:half", "1")
        await desk.cut_all_off()
        await tx.note("desk:other half", "1")

    with pytest.raises(StoreError):
        await store.run(unit)
    assert await until_kept(store) < AT_ONCE_S
    assert await store.noted("desk:") == {"desk:again": "1"}


async def test_a_table_that_somebody_locks_holds_up_intake_for_its_time_only_and_nothing_afterwards(desk: Desk, store: SqlStore) -> None:
    intake = Intake(store, SetClock(), lambda lane: None)
    await intake.receive(an_event(a_message("before")))
    where = address.parse(desk.url)
    assert isinstance(where, address.Server)
    somebody = await connect(where)
    for sql in ("BEGIN", "LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE") if where.is_postgres else ("LOCK TABLES inbox WRITE",):
        await somebody.plain(sql)

    for _ in range(2):
        waited, outcome = await took(intake.receive(an_event(a_message("hello"), key="e1")))
        assert isinstance(outcome, StoreError)
        assert waited < KEEP_S + AT_ONCE_S
    waited, _ = await took(store.note("desk:x", "1"))
    assert waited < AT_ONCE_S, "other tables are not locked, and there are hands for them"
    await somebody.close()
    waited, outcome = await took(intake.receive(an_event(a_message("hello"), key="e1")))
    assert outcome is None
    assert waited < AT_ONCE_S


# ------------------------------------------------------------------------------------------------------------- the line
@asynccontextmanager
async def over(line: Line, statement_s: float) -> AsyncIterator[SqlStore]:
    where = address.parse(line.url)
    assert isinstance(where, address.Server)
    writing = ServerDatabase(where, statement_s=statement_s)
    store = SqlStore(ServerReading(where, writing), writing)
    yield store
    await store.close()


async def test_a_line_that_is_cut_is_laid_again(desk: Desk) -> None:
    async with Line(desk.url).laid() as line, over(line, 10) as store:
        await asyncio.gather(*(store.note(f"desk:{n}", "1") for n in range(4)))
        line.cut()
        assert await until_kept(store) < AT_ONCE_S
        assert len(await store.noted("desk:")) == 5


async def test_on_a_line_that_swallows_everything_intake_refuses_in_time_and_goes_on_when_it_carries_again(desk: Desk) -> None:
    async with Line(desk.url).laid() as line, over(line, 10) as store:
        intake = Intake(store, SetClock(), lambda lane: None)
        await intake.receive(an_event(a_message("before")))
        line.swallow()
        waited, outcome = await took(intake.receive(an_event(a_message("swallowed"), key="e1")))
        assert isinstance(outcome, StoreError)
        assert waited < KEEP_S + AT_ONCE_S
        line.mend()
        assert await until_kept(store) < BACK_S
        await intake.receive(an_event(a_message("swallowed"), key="e1"))
        assert (await store.queue())["inbox_waiting"] == 2


async def test_a_statement_that_never_ends_is_given_up_with_its_line(desk: Desk) -> None:
    async with Line(desk.url).laid() as line, over(line, 0.5) as store:
        await store.note("desk:x", "1")
        line.swallow()
        waited, outcome = await took(store.note("desk:y", "1"))
        assert isinstance(outcome, StoreError)
        assert waited < 0.5 + CONNECT_S + AT_ONCE_S
        line.mend()
        assert await until_kept(store) < BACK_S


# ------------------------------------------------------------------------------------------------------------- no room
async def a_poor_user(desk: Desk, connections: int) -> str:
    """The URL of the desk's database as somebody who may connect so many times."""
    name = f"poor_{secrets.token_hex(4)}"
    if desk.kind is servers.POSTGRES:
        await desk.admin(
            f"CREATE ROLE {name} LOGIN CONNECTION LIMIT {connections}",
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}",
            f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {name}",
        )
        return desk.url.replace("//postgres@", f"//{name}@")
    await desk.admin(f"CREATE USER {name}@'127.0.0.1' IDENTIFIED BY 'poor' WITH MAX_USER_CONNECTIONS {connections}", f"GRANT ALL ON *.* TO {name}@'127.0.0.1'")
    return desk.url.replace("//firstline:firstline@", f"//{name}:poor@")


async def test_a_server_with_room_for_few_connections_serves_all_units_over_those(desk: Desk) -> None:
    where = address.parse(await a_poor_user(desk, 2))
    assert isinstance(where, address.Server)
    store = SqlStore(ServerReading(where), ServerDatabase(where))
    for _ in range(3):
        await asyncio.gather(*(store.note(f"desk:{n}", "1") for n in range(20)))
    assert not store.trouble
    await store.close()


async def test_a_server_without_room_refuses_and_is_found_again_when_somebody_leaves(desk: Desk) -> None:
    url = await a_poor_user(desk, 1)
    somebody = await open_store(url)
    await somebody.note("desk:x", "1")
    where = address.parse(url)
    assert isinstance(where, address.Server)
    store = SqlStore(ServerReading(where), ServerDatabase(where))
    waited, outcome = await took(store.note("desk:y", "1"))
    assert isinstance(outcome, StoreError)
    assert waited < AT_ONCE_S
    await somebody.close()
    assert await until_kept(store) < BACK_S
    await store.close()


async def test_a_large_file_comes_through_once_the_server_takes_as_much(desk: Desk) -> None:
    if desk.kind is servers.MARIADB:
        await desk.admin("SET GLOBAL max_allowed_packet = 134217728")
    store = await open_store(desk.url)
    content = secrets.token_bytes(49_000_000)
    await store.keep_file(Attachment("chat:f1", "film.mp4"), content)
    found = await store.file("chat:f1")
    assert found is not None
    assert found[1] == content
    await store.close()


# --------------------------------------------------------------------------------------------------------------- frozen
async def test_a_frozen_process_loses_its_lane_and_what_it_had_begun(desk: Desk, store: SqlStore) -> None:
    frozen = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FROZEN, desk.url, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert frozen.stdout is not None
    try:
        assert await frozen.stdout.readline() == b"has the lane\n"
        begun = time.monotonic()
        while True:
            _, outcome = await took(store.run(lambda tx: tx.take(LANE)))
            if outcome is True:
                break
            assert time.monotonic() - begun < 10
        os.kill(frozen.pid, signal.SIGCONT)
        assert [await frozen.stdout.readline() for _ in range(2)] == [b"refused\n", b"goes on\n"]
    finally:
        frozen.kill()
        await frozen.wait()
    assert await store.noted("desk:") == {"desk:later": "1"}
