"""What every bus promises, and what the one of many processes promises besides: over a real broker, with real harm done to it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import nats
import pytest
from nats.js import JetStreamContext

from adapters.bus.changes import SharedChanges
from adapters.bus.connection import Connection
from adapters.bus.jetstream import ACK_WAIT_S, JetStreamBus
from adapters.bus.local import LocalBus
from adapters.bus.pages import Broadcast
from bot.engine.running.intake import Intake
from bot.engine.running.work import Workers
from bot.errors import ConfigError
from bot.ports import Bus
from tests import servers
from tests.builders import BOB, a_message, an_event
from tests.servers.kinds import free_port
from tests.world import World

Info = TypeVar("Info")

PATIENCE_S = 20.0  # for what comes in milliseconds on an idle machine
AT_ONCE = ACK_WAIT_S / 2  # seconds: what comes sooner has not waited for a worker to be given up


async def until(holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait for it."""
    async with asyncio.timeout(patience_s):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


async def until_broker(asked: Callable[[], Awaitable[Info]], holds: Callable[[Info], bool]) -> None:
    """Wait until it says so: soon, for its own clearing up (MAX_AGE_S) must not be what makes it so."""
    async with asyncio.timeout(AT_ONCE):
        while not holds(await asked()):
            pass


async def given(bus: Bus, patience_s: float = PATIENCE_S) -> str:
    """The next lane."""
    async with asyncio.timeout(patience_s):
        return await bus.next()


@dataclass
class Process:
    """What one process of a desk has of the broker."""

    url: str
    scope: str = "desk"
    at_once: int = 8
    ack_wait_s: float = ACK_WAIT_S
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connection = Connection(self.url)
        self.bus = JetStreamBus(self.connection, self.scope, self.at_once, self.ack_wait_s)
        self.changes = SharedChanges(self.connection, self.scope, Broadcast())

    async def connected(self) -> None:
        """Wait for it."""
        await until(lambda: not self.connection.trouble)

    async def looks(self, ready: asyncio.Event) -> None:
        """A live page that is open."""
        async with self.changes.watch() as changes:
            ready.set()
            async for changed in changes:
                self.told.append(changed)


@asynccontextmanager
async def running(*processes: Process, connected: bool = True) -> AsyncIterator[None]:
    """They run, each with a live page open."""
    ready = [asyncio.Event() for _ in processes]
    tasks = [asyncio.create_task(process.connection.run()) for process in processes]
    tasks += [asyncio.create_task(process.looks(event)) for process, event in zip(processes, ready, strict=True)]
    try:
        for process, event in zip(processes, ready, strict=True):
            await event.wait()
            if connected:
                await process.connected()
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


@asynccontextmanager
async def looking_into(url: str) -> AsyncIterator[JetStreamContext]:
    """As an operator does."""
    client = await nats.connect(url, allow_reconnect=False)
    try:
        yield client.jetstream()
    finally:
        await client.close()


Made = Callable[[int], Awaitable[Bus]]


@pytest.fixture(params=["local", "jetstream"])
def broker_url(request: pytest.FixtureRequest) -> str:
    """Of the broker that the bus under test uses; "" when it uses none."""
    return str(request.getfixturevalue("nats_url")) if request.param == "jetstream" else ""


@pytest.fixture
async def a_bus(broker_url: str) -> AsyncIterator[Made]:
    """Makes a bus that is ready; once a test."""
    made: list[Process] = []
    ends = asyncio.Event()

    async def run(process: Process) -> None:
        async with running(process):
            await ends.wait()

    tasks: list[asyncio.Task[None]] = []

    async def make(at_once: int) -> Bus:
        if not broker_url:
            return LocalBus(at_once)
        made.append(Process(broker_url, at_once=at_once))
        tasks.append(asyncio.create_task(run(made[-1])))
        await made[-1].connected()
        return made[-1].bus

    yield make
    ends.set()
    if tasks:
        await asyncio.wait(tasks)


@pytest.fixture
def own_broker() -> Iterator[servers.Server]:
    """A broker that may be harmed."""
    try:
        with servers.own(servers.NATS) as server:
            yield server
    except servers.Absent as absent:
        pytest.skip(str(absent))


# ------------------------------------------------------------------------------------------------------------- every bus
async def test_lanes_are_given_in_the_order_in_which_they_were_poked(a_bus: Made) -> None:
    bus = await a_bus(8)
    for lane in ("one", "two", "three"):
        bus.poke(lane)
    assert [await given(bus) for _ in range(3)] == ["one", "two", "three"]


@pytest.mark.parametrize("lane", ["slack:T1/C2/1700000000.000100", "web:a b*c.>d", "почта:Ünal <a@b.c>", "x" * 500])
async def test_a_lane_may_have_any_name(a_bus: Made, lane: str) -> None:
    bus = await a_bus(8)
    bus.poke(lane)
    assert await given(bus) == lane


async def test_pokes_that_wait_become_one_turn(a_bus: Made) -> None:
    bus = await a_bus(8)
    for lane in ("one", "one", "two", "one", "two"):
        bus.poke(lane)
    first = {await given(bus), await given(bus)}
    for lane in first:
        bus.done(lane)
    # Over a network a poke may have been on its way when the first turn began; then it is a turn of its own, but there are never more.
    bus.poke("the last")
    rest = []
    while "the last" not in rest:
        rest.append(await given(bus))
        bus.done(rest[-1])
    assert first == {"one", "two"}
    assert Counter(rest) <= Counter(["one", "two", "the last"])


async def test_a_lane_that_is_poked_during_its_turn_is_given_again_afterwards_and_not_before(a_bus: Made) -> None:
    bus = await a_bus(8)
    bus.poke("one")
    assert await given(bus) == "one"
    for lane in ("one", "one", "two"):
        bus.poke(lane)
    assert await given(bus) == "two"
    bus.done("one")
    assert await given(bus) == "one"


async def test_a_reminder_gives_a_lane_that_nobody_has_and_is_passed_over_where_somebody_has(a_bus: Made) -> None:
    bus = await a_bus(8)
    bus.remind("one")
    assert await given(bus) == "one"
    bus.remind("one")
    bus.poke("two")
    assert await given(bus) == "two"
    bus.done("one")
    bus.poke("three")
    assert await given(bus) == "three"


async def test_a_reminder_takes_nothing_from_a_poke_that_comes_with_it(a_bus: Made) -> None:
    bus = await a_bus(8)
    bus.poke("one")
    assert await given(bus) == "one"
    bus.remind("one")
    bus.poke("one")
    bus.remind("one")
    bus.done("one")
    assert await given(bus) == "one"


async def test_a_lane_is_given_for_a_later_reminder_once_its_turn_is_over(a_bus: Made) -> None:
    bus = await a_bus(8)
    bus.poke("one")
    bus.done(await given(bus))

    async def reminds() -> None:
        while True:
            bus.remind("one")  # as the sweep does: again and again
            await asyncio.sleep(0.05)

    sweep = asyncio.create_task(reminds())
    assert await given(bus) == "one"
    sweep.cancel()


async def test_no_more_lanes_are_given_than_can_be_worked_at_a_time(a_bus: Made) -> None:
    bus = await a_bus(2)
    for lane in ("one", "two", "three", "four"):
        bus.poke(lane)
    held = [await given(bus), await given(bus)]
    waits = asyncio.create_task(bus.next())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waits), 0.2)
    bus.done(held[1])
    assert await asyncio.wait_for(waits, PATIENCE_S) == "three"


async def test_who_stops_waiting_takes_nothing_along(a_bus: Made) -> None:
    bus = await a_bus(1)
    for _ in range(3):
        waits = asyncio.create_task(bus.next())
        await asyncio.wait({waits}, timeout=0.01)
        waits.cancel()
        await asyncio.wait({waits})
    bus.poke("one")
    assert await given(bus) == "one"


async def test_the_end_of_a_turn_that_was_not_given_harms_nothing(a_bus: Made) -> None:
    bus = await a_bus(1)
    bus.done("one")
    bus.poke("one")
    assert await given(bus) == "one"
    bus.done("two")
    bus.done("one")
    bus.done("one")
    bus.poke("three")
    assert await given(bus) == "three"


async def test_workers_end_the_turn_of_every_lane_so_that_one_pair_of_hands_works_them_all(world: World) -> None:
    bus = LocalBus(at_once=1)
    workers = Workers(world.store, world.crew, bus, world.delivery, world.clock, lambda ids: None)
    intake = Intake(world.store, world.clock, bus.poke)
    for n in range(5):
        await intake.receive(an_event(a_message(f"question {n}"), BOB, f"chat:{n}"))
    working = asyncio.create_task(workers.run())
    await until(lambda: workers.handled == 5)
    working.cancel()
    await asyncio.wait({working})


# -------------------------------------------------------------------------------------------------------- many processes
async def test_pokes_from_several_processes_that_wait_become_one_turn(nats_url: str) -> None:
    webs, worker = [Process(nats_url, at_once=0), Process(nats_url, at_once=0)], Process(nats_url)
    lanes = [f"lane {n}" for n in range(500)]
    async with running(*webs), looking_into(nats_url) as broker:
        for _ in range(5):
            for web in webs:
                for lane in lanes:
                    web.bus.poke(lane)
        webs[0].bus.poke("the last of one")
        webs[1].bus.poke("the last of the other")
        await until_broker(lambda: broker.stream_info("firstline-desk-lanes"), lambda info: info.state.messages == len(lanes) + 2)
        async with running(worker):
            turns: list[str] = []
            while not {"the last of one", "the last of the other"} <= set(turns):
                turns.append(await given(worker.bus))
                worker.bus.done(turns[-1])
    assert Counter(turns) == Counter([*lanes, "the last of one", "the last of the other"])


async def test_two_workers_share_ten_thousand_pokes_and_no_poke_is_swallowed(nats_url: str) -> None:
    web, workers = Process(nats_url, at_once=0), [Process(nats_url), Process(nats_url)]
    poked, seen, turns = Counter[str](), Counter[str](), Counter[int]()

    async def work(n: int) -> None:
        while True:
            lane = await workers[n].bus.next()
            seen[lane] = poked[lane]  # a turn sees all that was there when it began
            turns[n] += 1
            await asyncio.sleep(0)
            workers[n].bus.done(lane)

    async with running(web, *workers):
        tasks = [asyncio.create_task(work(n)) for n in (0, 0, 0, 1, 1, 1)]
        for _ in range(10):
            for lane in range(1000):
                poked[f"lane {lane}"] += 1
                web.bus.poke(f"lane {lane}")
                if lane % 100 == 0:
                    await asyncio.sleep(0)
        await until(lambda: seen == poked, 60)
        for task in tasks:
            task.cancel()
    assert poked.total() == 10_000
    assert web.bus.dropped == 0
    assert min(turns.values()) > turns.total() / 4


async def test_a_worker_holds_no_more_than_it_can_work_so_that_another_gets_the_rest_at_once(nats_url: str) -> None:
    web, slow, quick = Process(nats_url, at_once=0), Process(nats_url, at_once=4), Process(nats_url, at_once=4)
    async with running(web, slow):
        for lane in range(20):
            web.bus.poke(f"lane {lane}")
        held = {await given(slow.bus) for _ in range(4)}
        async with running(quick):
            others = set()
            while len(others) < 16:
                others.add(lane := await given(quick.bus, AT_ONCE))
                quick.bus.done(lane)
    assert not held & others


async def test_a_worker_that_ends_in_order_hands_its_lanes_to_another_at_once(nats_url: str) -> None:
    web, leaves, stays = Process(nats_url, at_once=0), Process(nats_url), Process(nats_url)
    async with running(web):
        async with running(leaves):
            for lane in ("one", "two"):
                web.bus.poke(lane)
            assert [await given(leaves.bus), await given(leaves.bus)] == ["one", "two"]
        async with running(stays):
            assert {await given(stays.bus, AT_ONCE), await given(stays.bus, AT_ONCE)} == {"one", "two"}


HOLDS = """
    import asyncio, sys
    from adapters.bus.connection import Connection
    from adapters.bus.jetstream import JetStreamBus

    async def main():
        connection = Connection(sys.argv[1])
        bus = JetStreamBus(connection, "desk", 8, float(sys.argv[2]))
        task = asyncio.create_task(connection.run())
        print(await bus.next(), flush=True)
        await task

    asyncio.run(main())
"""


async def test_the_lanes_of_a_worker_that_is_killed_are_given_to_another_and_what_was_poked_meanwhile_too(nats_url: str) -> None:
    web, other = Process(nats_url, at_once=0, ack_wait_s=1), Process(nats_url, ack_wait_s=1)
    async with running(web), looking_into(nats_url) as broker:
        for lane in ("one", "two"):
            web.bus.poke(lane)
        killed = await asyncio.create_subprocess_exec(sys.executable, "-c", textwrap.dedent(HOLDS), nats_url, "1", stdout=subprocess.PIPE)
        assert killed.stdout
        async with asyncio.timeout(PATIENCE_S):
            assert await killed.stdout.readline() == b"one\n"
        await until_broker(lambda: broker.consumer_info("firstline-desk-lanes", "workers"), lambda info: info.num_ack_pending == 2)
        web.bus.poke("one")
        killed.kill()
        await killed.wait()
        async with running(other):
            turns = set[str]()
            while turns != {"one", "two"}:
                turns.add(lane := await given(other.bus))
                other.bus.done(lane)
            await until_broker(lambda: broker.stream_info("firstline-desk-lanes"), lambda info: not info.state.messages)
            await until_broker(lambda: broker.consumer_info("firstline-desk-lanes", "workers"), lambda info: not info.num_ack_pending)


async def test_a_long_turn_stays_with_its_worker_as_long_as_that_lives(nats_url: str) -> None:
    works, other = Process(nats_url, ack_wait_s=0.5), Process(nats_url, ack_wait_s=0.5)
    async with running(works, other):
        works.bus.poke("long")
        turn = {asyncio.create_task(process.bus.next()): process for process in (works, other)}
        done, waits = await asyncio.wait(turn, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        assert len(done) == 1
        assert (await asyncio.wait(waits, timeout=2))[0] == set()  # four times what a dead one is given
        for task in waits:
            task.cancel()


async def test_a_worker_that_had_nothing_to_do_for_long_is_given_the_next_lane(nats_url: str) -> None:
    process = Process(nats_url, at_once=1, ack_wait_s=0.2)
    async with running(process):
        idle = asyncio.create_task(process.bus.next())
        assert (await asyncio.wait({idle}, timeout=1))[0] == set()  # ten times as long as one request for a lane stands
        process.bus.poke("one")
        assert await asyncio.wait_for(idle, PATIENCE_S) == "one"


async def test_desks_of_different_scopes_share_a_broker_and_never_meet(nats_url: str) -> None:
    ours, theirs = Process(nats_url, "ours"), Process(nats_url, "theirs")
    async with running(ours, theirs):
        theirs.bus.poke("theirs")
        theirs.changes.tell(["T-1"])
        assert await given(theirs.bus) == "theirs"
        ours.bus.poke("ours")
        ours.changes.tell(["O-1"])
        assert await given(ours.bus) == "ours"
        await until(lambda: ours.told == ["O-1"] and theirs.told == ["T-1"])


# ---------------------------------------------------------------------------------------------------------------- harm
def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What an operator reads of the bus."""
    return [record.message for record in caplog.records if "message bus" in record.message]


GONE, BACK = "the message bus is gone: work goes on, slower", "the message bus is back"


async def test_a_broker_that_is_not_there_at_the_start_is_used_once_it_comes(own_broker: servers.Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    own_broker.kill()
    web, worker = Process(own_broker.url, at_once=0), Process(own_broker.url)
    async with running(web, worker, connected=False):
        await until(lambda: len(lines(caplog)) == 2)
        worker.bus.poke("one")
        worker.bus.remind("two")
        assert [await given(worker.bus), await given(worker.bus)] == ["one", "two"]
        own_broker.start()
        await web.connected()
        await worker.connected()
        web.bus.poke("three")
        assert await given(worker.bus) == "three"
    assert sorted(lines(caplog)) == [BACK, BACK, GONE, GONE]


async def test_a_broker_killed_with_its_store_deleted_is_gone_for_a_while_and_then_all_is_as_before(
    own_broker: servers.Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    web, worker = Process(own_broker.url, at_once=0), Process(own_broker.url, at_once=3)
    async with running(web, worker):
        web.bus.poke("in work")
        assert await given(worker.bus) == "in work"
        own_broker.kill()
        shutil.rmtree(own_broker.folder / "data")
        await until(lambda: bool(web.connection.trouble and worker.connection.trouble))

        web.bus.poke("left to the sweep")
        worker.bus.poke("left to the sweep")
        assert await given(worker.bus) == "left to the sweep"
        worker.bus.done("in work")
        worker.bus.done("left to the sweep")

        (own_broker.folder / "data").mkdir()
        own_broker.start()
        await web.connected()
        await worker.connected()
        for n in range(50):
            web.bus.poke(f"lane {n}")
        for n in range(50):
            assert await given(worker.bus) == f"lane {n}"
            worker.bus.done(f"lane {n}")
    assert sorted(lines(caplog)) == [BACK, BACK, GONE, GONE]


async def test_a_stream_that_somebody_removes_is_made_anew(nats_url: str) -> None:
    web, worker = Process(nats_url, at_once=0, ack_wait_s=1), Process(nats_url, ack_wait_s=1)
    async with running(web, worker), looking_into(nats_url) as broker:
        await broker.delete_stream("firstline-desk-lanes")

        async def sweeps() -> None:
            while True:
                worker.bus.remind("one")
                web.bus.poke("two")
                await asyncio.sleep(0.05)

        sweep = asyncio.create_task(sweeps())
        turns = set[str]()
        while turns != {"one", "two"}:
            turns.add(lane := await given(worker.bus))
            worker.bus.done(lane)
        sweep.cancel()


async def test_pokes_beyond_what_can_wait_are_counted_and_left_to_the_sweep(nats_url: str) -> None:
    process = Process(nats_url)
    async with running(process):
        for n in range(30_000):
            process.bus.poke(f"lane {n}")
        assert process.bus.dropped == 20_000
        assert await given(process.bus) == "lane 0"


async def test_a_port_that_accepts_and_never_answers_keeps_nobody_waiting(caplog: pytest.LogCaptureFixture) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    hole = await asyncio.start_server(silent, "127.0.0.1", 0)
    process = Process(f"nats://127.0.0.1:{hole.sockets[0].getsockname()[1]}")
    async with running(process, connected=False):
        await until(lambda: bool(lines(caplog)))
        process.bus.poke("one")
        assert await given(process.bus) == "one"
    hole.close()


async def test_a_broker_that_freezes_is_gone_after_some_seconds_and_back_when_it_thaws(own_broker: servers.Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    process = Process(own_broker.url, ack_wait_s=1)
    number = int((own_broker.folder / "pid").read_text())
    async with running(process):
        os.kill(number, signal.SIGSTOP)
        process.bus.poke("lost")
        await until(lambda: bool(process.connection.trouble))
        process.bus.remind("lost")
        assert await given(process.bus) == "lost"
        os.kill(number, signal.SIGCONT)
        await process.connected()
        process.bus.poke("two")
        assert await given(process.bus) == "two"
    assert lines(caplog) == [GONE, BACK]


@asynccontextmanager
async def a_broker(*options: str) -> AsyncIterator[int]:
    """The port of one that is set up otherwise; it may not be up yet."""
    if not servers.NATS.installed:
        pytest.skip("NATS: `nats-server` is not installed")
    port = free_port()
    null = asyncio.subprocess.DEVNULL
    broker = await asyncio.create_subprocess_exec(servers.NATS.installed, "-a", "127.0.0.1", "-p", str(port), *options, stdout=null, stderr=null)
    try:
        yield port
    finally:
        broker.kill()
        await broker.wait()


async def test_a_broker_without_jetstream_is_named_with_the_cure() -> None:
    async with a_broker() as port:
        process = Process(f"nats://127.0.0.1:{port}")
        async with running(process, connected=False):
            await until(lambda: process.connection.trouble == "the broker runs without JetStream: start nats-server with -js")


async def test_a_password_that_the_broker_refuses_is_named_and_not_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with a_broker("-js", "-sd", str(tmp_path), "--user", "desk", "--pass", "saxophone") as port:
        process = Process(f"nats://desk:marmalade@127.0.0.1:{port}")
        async with running(process, connected=False):
            await until(lambda: process.connection.trouble == "the broker refuses the user or password in BUS_URL")
        assert "marmalade" not in str([vars(record) for record in caplog.records])
        right = Process(f"nats://desk:saxophone@127.0.0.1:{port}")
        async with running(right):
            right.bus.poke("one")
            assert await given(right.bus) == "one"


# --------------------------------------------------------------------------------------------------------------- pages
async def test_what_changes_in_one_process_is_told_in_all_each_once(nats_url: str) -> None:
    here, there = Process(nats_url), Process(nats_url, at_once=0)
    ids = [f"IT-{n}" for n in range(500)]
    async with running(here, there):
        here.changes.tell(["here"])
        there.changes.tell(["there"])
        await until(lambda: {*here.told} == {*there.told} == {"here", "there"})  # they have met: what is repeated to newcomers is over
        for changed in ids:
            here.changes.tell([changed])
        await until(lambda: there.told[-1] == ids[-1])
        there.changes.tell(["the last"])
        await until(lambda: here.told[-1] == "the last")
        assert [changed for changed in here.told if changed in ids] == ids
        assert [changed for changed in there.told if changed in ids] == ids


async def test_what_changed_while_the_broker_was_gone_is_told_to_the_others_when_it_is_back(own_broker: servers.Server) -> None:
    here, there = Process(own_broker.url), Process(own_broker.url)
    async with running(here, there):
        own_broker.kill()
        await until(lambda: bool(here.connection.trouble and there.connection.trouble))
        here.changes.tell(["IT-1", "IT-2"])
        await until(lambda: here.told == ["IT-1", "IT-2"])
        own_broker.start()
        await until(lambda: there.told == ["IT-1", "IT-2"])
        assert here.told == ["IT-1", "IT-2"]


class Cable:
    """Leads to the broker; may swallow what is sent, and be cut."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url)
        self._ends: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.swallows = False

    async def plug_in(self) -> str:
        """The URL at this end."""
        self._server = await asyncio.start_server(self._lead, "127.0.0.1", 0)
        return f"nats://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """Whoever is connected is not any more; whoever connects again finds it whole."""
        self.swallows = False
        while self._ends:
            self._ends.pop().close()

    async def _lead(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, out = await asyncio.open_connection(self._there.hostname, self._there.port)
        self._ends += [out, back]
        for task in (asyncio.create_task(self._pass(near, out)), asyncio.create_task(self._pass(far, back))):
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, source: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while some := await source.read(65536):
                if not self.swallows:
                    out.write(some)
                    await out.drain()


async def test_a_process_that_was_cut_off_tells_what_reached_nobody_and_is_told_what_it_missed(nats_url: str) -> None:
    cable = Cable(nats_url)
    here, there = Process(await cable.plug_in()), Process(nats_url)
    async with running(here, there):
        cable.swallows = True
        here.changes.tell(["swallowed"])
        there.changes.tell(["missed"])
        await until(lambda: here.told == ["swallowed"] and there.told == ["missed"])
        cable.cut()
        await until(lambda: "swallowed" in there.told and "missed" in here.told)


# ------------------------------------------------------------------------------------------------------------- setting
@pytest.mark.parametrize(
    "url",
    ["localhost:4222", "http://a:4222", "nats://", "nats://:4222", "nats://a:99999", "nats://a:x", "nats://a:0", "nats://a,b", "nats://a/x", "nats://a b", " "],
)
def test_a_bus_url_that_names_no_broker_is_refused_with_the_setting_and_the_cure(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^BUS_URL: .*write nats://host:4222"):
        Connection(url)


def test_a_refused_bus_url_does_not_show_its_password() -> None:
    with pytest.raises(ConfigError) as refused:
        Connection("nats://desk:marmalade@broker:port")
    assert "marmalade" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["nats://localhost", "nats://desk:marmalade@10.0.0.1:4222", "nats://[::1]:4222", "tls://broker:4222/", "nats://a:1, nats://b:2"]
)
def test_a_bus_url_may_name_one_broker_or_several(url: str) -> None:
    assert Connection(url).trouble
