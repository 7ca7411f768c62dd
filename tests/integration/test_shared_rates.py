"""Two processes on one database speak to a platform together: its limits are kept as if they were one, and nothing is lost or turned round by that."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from adapters.bus.local import LocalBus
from adapters.memory import MemoryChannel
from bot.domain import rates
from bot.domain.ids import MessageId
from bot.domain.messages import Capabilities, Outbound, Pace, Say
from bot.engine.running.delivery import Delivery
from bot.engine.running.pacing import SharedPacer
from bot.engine.running.process import Process
from bot.engine.running.work import Workers
from bot.errors import RateLimited
from bot.ports import Parcel, Transaction
from bot.store.sql import SqlStore, open_store
from tests.journeys.doors import eventually
from tests.world import World, text_of

PACE = Pace(per_place_s=0.2, burst=2, total_per_s=20.0)
TEAM = "telegram:-100"
AHEAD = timedelta(seconds=2)  # so that a backlog of seconds has messages that are put off
WINDOW_S = 2.0
JITTER_S = 0.5  # a busy machine wakes up late


class Clock:
    """The machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Platform:
    """What arrived, in order, and when, from whichever process. refuses: places to which the next message is refused, for so many seconds."""

    arrived: list[tuple[str, str, float]] = field(default_factory=list)
    refuses: dict[str, float] = field(default_factory=dict)
    refused: dict[str, float] = field(default_factory=dict)

    def times(self, to: str = "") -> list[float]:
        return [at for place, _, at in self.arrived if place == to or not to]


class Line(MemoryChannel):
    """One process's way to the platform."""

    def __init__(self, platform: Platform) -> None:
        super().__init__("telegram", can=Capabilities(edits=True, threads=True, pace=PACE))
        self._platform = platform

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """It arrives now, or is refused."""
        now = time.monotonic()
        if (seconds := self._platform.refuses.pop(to, 0.0)) > 0:
            self._platform.refused[to] = now
            raise RateLimited(seconds)
        self._platform.arrived.append((to, text_of(message), now))
        return await super().send(to, message, thread)


@dataclass
class Processes:
    """Two, each with a store, a sweep and senders of its own."""

    platform: Platform
    stores: list[SqlStore]
    start: asyncio.Barrier = field(default_factory=lambda: asyncio.Barrier(2))

    async def owe(self, lanes: dict[str, str], count: int) -> None:
        """So many messages in each lane. lanes: with the place they go to."""

        async def unit(tx: Transaction) -> None:
            now = Clock().now()
            for n in range(count):
                for lane, to in lanes.items():
                    await tx.post(Parcel(f"{lane}/{n}", lane, to, Outbound((Say(f"{lane} {n}"),)), now))

        await self.stores[0].run(unit)

    @contextlib.asynccontextmanager
    async def at_work(self, lanes: Sequence[str]) -> AsyncIterator[None]:
        """Both are, from the same moment on; each begins with every other lane."""
        self.start = asyncio.Barrier(len(self.stores))
        async with asyncio.TaskGroup() as group:
            works = [group.create_task(self._work(n, store, lanes[n::2])) for n, store in enumerate(self.stores)]
            yield
            for work in works:
                work.cancel()

    async def _work(self, number: int, store: SqlStore, lanes: Sequence[str]) -> None:
        line, clock = Line(self.platform), Clock()
        process = Process(store, clock, f"p{number}")
        await process.beat()
        await self.start.wait()
        delivery = Delivery(store, {"telegram": line}, clock, SharedPacer({"telegram": PACE}, store, clock), process, lambda one: None)
        workers = Workers(store, World().crew, LocalBus(), delivery, clock, lambda ids: None)
        async with asyncio.TaskGroup() as group:
            for work in (process.run(), *(delivery.deliver(lane) for lane in lanes), workers.run()):
                group.create_task(work)

    async def until_sent(self, count: int) -> None:
        """All, and marked as such."""

        async def is_sent() -> bool:
            return len(self.platform.arrived) >= count and not (await self.stores[0].queue())["outbox_waiting"]

        await eventually(is_sent, "all are sent", 60.0)


@pytest.fixture(params=["postgresql", "mariadb"])
async def processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Processes]:
    monkeypatch.setattr(rates, "HORIZON", AHEAD)
    url = request.getfixturevalue(f"{request.param}_desk")
    stores = [await open_store(url), await open_store(url)]
    yield Processes(Platform(), stores)
    for store in stores:
        await store.close()


def most_within(times: Sequence[float], window_s: float) -> int:
    return max(sum(begin <= t < begin + window_s for t in times) for begin in times)


def in_order(platform: Platform, lanes: Sequence[str], count: int) -> bool:
    said = [text for _, text, _ in platform.arrived]
    return all([text for text in said if text.startswith(f"{lane} ")] == [f"{lane} {n}" for n in range(count)] for lane in lanes)


async def test_a_backlog_goes_out_as_fast_as_the_platform_allows_and_no_faster(processes: Processes) -> None:
    lanes = {f"{TEAM}#IT-{n}": TEAM for n in range(10)} | {f"telegram:{n}": f"telegram:{n}" for n in range(1, 21)}
    await processes.owe(lanes, 3)
    begun = time.monotonic()

    async with processes.at_work(list(lanes)):
        await processes.until_sent(90)

    platform = processes.platform
    assert len({text for _, text, _ in platform.arrived}) == len(platform.arrived) == 90
    assert in_order(platform, list(lanes), 3)
    for to in set(lanes.values()):
        assert most_within(platform.times(to), WINDOW_S) <= PACE.burst + (WINDOW_S + JITTER_S) / PACE.per_place_s
    assert most_within(platform.times(), WINDOW_S) <= (WINDOW_S + JITTER_S) * PACE.total_per_s + 2
    at_best = 30 * PACE.per_place_s
    assert platform.times(TEAM)[-1] - begun < 3 * at_best, "slots that nobody uses are few"


async def test_what_the_platform_asks_of_one_process_the_other_keeps_too(processes: Processes) -> None:
    lanes = {f"{TEAM}#IT-{n}": TEAM for n in range(8)} | {"telegram:1": "telegram:1"}
    await processes.owe(lanes, 2)

    async with processes.at_work(list(lanes)):
        await eventually(lambda: len(processes.platform.times(TEAM)) >= 3, "some have arrived")
        processes.platform.refuses[TEAM] = 3.0
        await processes.until_sent(18)

    platform = processes.platform
    asked_at = platform.refused[TEAM]
    silence = [at - asked_at for at in platform.times(TEAM) if asked_at < at < asked_at + 2.9]
    assert all(after < JITTER_S for after in silence), "only what was under way at that moment"
    assert in_order(platform, list(lanes), 2)
    assert most_within([at for at in platform.times(TEAM) if at > asked_at + 2.9], 1.0) <= PACE.burst + (1.0 + JITTER_S) / PACE.per_place_s


async def test_slots_of_a_process_that_vanished_pass_and_the_others_go_on(processes: Processes) -> None:
    """It takes as many as one may, and never sends."""
    dead = SharedPacer({"telegram": PACE}, processes.stores[0], Clock())
    while (await dead.reserve(TEAM, Clock().now())).taken:
        pass
    lanes = {f"{TEAM}#IT-{n}": TEAM for n in range(5)}
    await processes.owe(lanes, 1)
    begun = time.monotonic()

    async with processes.at_work(list(lanes)):
        await processes.until_sent(5)

    assert processes.platform.times()[0] - begun < 2 * AHEAD.total_seconds() + JITTER_S
