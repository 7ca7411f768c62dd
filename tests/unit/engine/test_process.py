"""Signs of life, and roles that one process has at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TypeVar

import pytest

from bot.engine.running import process as process_module
from bot.engine.running.process import ALIVE, Process
from bot.ports.store import Unit
from bot.store.memory import MemoryStore
from tests.world import SetClock

T = TypeVar("T")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "BEAT_S", 0.01)


class Worker:
    """A process that notes when it has the role."""

    def __init__(self, store: MemoryStore, clock: SetClock, name: str, seats: int = 1) -> None:
        self.process = Process(store, clock, name)
        self.has_it = asyncio.Event()
        self.lost_it = asyncio.Event()
        self.task = asyncio.create_task(self.process.alone("slack", self._work, seats))

    async def _work(self) -> None:
        self.has_it.set()
        self.lost_it.clear()
        try:
            await asyncio.Event().wait()
        finally:
            self.lost_it.set()
            self.has_it.clear()

    async def ends(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


@pytest.fixture
async def workers() -> AsyncIterator[list[Worker]]:
    made: list[Worker] = []
    yield made
    for worker in made:
        await worker.ends()


class CountingStore(MemoryStore):
    """Counts units, so that a test can wait for the next looks."""

    units = 0

    async def run(self, unit: Unit[T]) -> T:
        self.units += 1
        return await super().run(unit)

    async def after(self, more: int) -> None:
        """When so many units more were run."""
        wanted = self.units + more
        while self.units < wanted:  # noqa: ASYNC110 - a store tells nobody
            await asyncio.sleep(0.001)


async def test_one_process_has_a_role_and_when_it_ends_another_takes_it_over(workers: list[Worker]) -> None:
    store, clock = CountingStore(), SetClock()
    workers += [Worker(store, clock, "a")]
    await asyncio.wait_for(workers[0].has_it.wait(), 30)
    workers += [Worker(store, clock, "b")]
    await store.after(5)
    assert not workers[1].has_it.is_set()
    await workers[0].ends()
    await asyncio.wait_for(workers[1].has_it.wait(), 30)


async def test_a_role_with_two_seats_is_had_by_two_and_by_each_once(workers: list[Worker]) -> None:
    store, clock = CountingStore(), SetClock()
    workers += [Worker(store, clock, name, seats=2) for name in "abc"]
    await store.after(15)
    holders = [name for name, _ in store.shelf.holders.values()]
    assert len(holders) == 2
    assert len(set(holders)) == 2
    assert sum(worker.has_it.is_set() for worker in workers) == 2


async def test_a_process_that_was_silent_too_long_knows_that_it_counts_as_dead() -> None:
    store, clock = MemoryStore(), SetClock()
    process = Process(store, clock, "a")
    assert not process.is_alive(), "not before the first sign of life"
    await process.beat()
    assert process.is_alive()
    clock.moment += ALIVE
    assert not process.is_alive()
    await process.beat()
    assert process.is_alive()
    await process.end()
    assert not process.is_alive()
    assert store.shelf.holders == {}


async def test_a_role_that_cannot_be_renewed_is_given_up_before_another_may_have_it(workers: list[Worker]) -> None:
    store, clock = MemoryStore(), SetClock()
    workers += [Worker(store, clock, "a")]
    await asyncio.wait_for(workers[0].has_it.wait(), 30)
    await store.close()
    clock.moment += ALIVE - timedelta(seconds=1)
    await asyncio.wait_for(workers[0].lost_it.wait(), 30)
