"""Kills: the processes that die, the points at which they can, and the database that survives them."""

from __future__ import annotations

import asyncio
import contextvars
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Protocol, TypeVar

from bot.domain.ids import MessageId
from bot.domain.tickets import Ticket
from bot.errors import StoreError
from bot.ports import Parcel
from bot.ports.store import Unit
from bot.store.memory import MemoryStore, MemoryTransaction
from bot.store.shelves import Shelves
from tests.simulation.loop import SeededLoop
from tests.simulation.weather import Weather

T = TypeVar("T")
TRIP_S = 0.02  # seconds to the database or back, at most
TAKEN = 0.05  # share of the times at which a lane that need not be waited for is somebody else's

_living: contextvars.ContextVar[Life | None] = contextvars.ContextVar("living", default=None)


class Life:
    """One process from its start to its kill: it owns every task that began in it."""

    def __init__(self, name: str, loop: SeededLoop) -> None:
        self.name, self.alive = name, True
        self._loop = loop
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task of this process; so are all that it begins."""
        context = contextvars.copy_context()
        context.run(_living.set, self)
        return context.run(lambda: self._loop.create_task(work, context=context))

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """It dies with the process."""
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    def die(self) -> None:
        """kill -9. What its tasks still do on their way out reaches neither database nor platform."""
        self.alive = False
        for task in list(self._tasks):
            task.cancel()

    def must_live(self) -> None:
        """The dead write and send nothing."""
        if not self.alive:
            raise asyncio.CancelledError


def owned_tasks(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **more: Any) -> asyncio.Task[Any]:
    """A task factory: whatever a process begins belongs to it."""
    task = asyncio.Task(work, loop=loop, **more)
    life = _living.get()
    if life is not None:
        life.adopt(task)
    return task


class CrashPoints:
    """Every place where a process can be killed: before and after each commit, before each call, and between its effect and its answer.

    at: the numbers of the points at which it is killed, counted from 1 in the order in which they are reached.
    """

    def __init__(self, killed: Callable[[Life, str], None], at: tuple[int, ...] = ()) -> None:
        self._killed, self._at = killed, set(at)
        self.passed: list[str] = []
        self.kinds: Counter[str] = Counter()
        self.asleep = False

    def kill_at_next(self, count: int) -> None:
        """Once so many more points are reached."""
        self._at.add(len(self.passed) + count)

    def here(self, life: Life, what: str) -> None:
        """A point. Does not return when the process is killed here."""
        life.must_live()
        if self.asleep:
            return
        self.passed.append(what)
        self.kinds[" ".join(what.split()[:2])] += 1
        if len(self.passed) in self._at:
            life.die()
            self._killed(life, what)
            raise asyncio.CancelledError


@dataclass
class Done:
    """What a unit of work did that others want to know once it is committed."""

    finished: list[int] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    parked: list[int] = field(default_factory=list)
    leased: list[str] = field(default_factory=list)
    freed: list[str] = field(default_factory=list)
    lives: bool = False  # a sign of life


class Witness(Protocol):
    """Who looks at every commit."""

    def committed(self, life: Life, done: Done, before: Shelves, after: Shelves, now: datetime) -> None:
        """A unit of work is there for all."""
        ...


class WitnessedTransaction(MemoryTransaction):
    """Tells what it did. Where several processes work, a ticket may be read as it was when the unit began, as other databases would give it.

    Only what another lane committed meanwhile is read late: a lane's units follow each other.
    """

    def __init__(self, disk: Disk, shelves: Shelves, seen: Seen, late: Random | None) -> None:
        super().__init__(shelves)
        self.done = Done()
        self.lane = ""
        self._disk, self._seen, self._late = disk, seen, late
        self._read: set[str] = set()

    async def take(self, lane: str, wait: bool = True) -> bool:
        """As the port says; what was committed in this lane is seen from here on."""
        if self._late is not None and not wait and lane != self.lane and self._late.random() < TAKEN:
            return False
        self.lane = lane
        self._seen = max(self._seen, self._disk.latest_in(lane), key=lambda seen: seen.number)
        return True

    async def ticket(self, number: str) -> Ticket | None:
        """As the port says."""
        now, then = await super().ticket(number), self._seen.shelves.tickets.get(number)
        if self._late is None or not self.lane or number in self._read or then is None or then is now or self._late.random() < 0.3:
            self._read.add(number)
            return now
        self._disk.late_reads += 1
        return then

    async def save_ticket(self, ticket: Ticket) -> Ticket:
        """As the port says."""
        self._read.add(ticket.id)
        return await super().save_ticket(ticket)

    async def finish(self, event: int, now: datetime) -> None:
        """As the port says."""
        self.done.finished.append(event)
        await super().finish(event, now)

    async def park(self, event: int, error: str) -> None:
        """As the port says."""
        self.done.parked.append(event)
        await super().park(event, error)

    async def sent(self, key: str, sent_as: MessageId | None, now: datetime) -> None:
        """As the port says."""
        self.done.sent.append(key)
        await super().sent(key, sent_as, now)

    async def lease(self, lane: str, owner: str, now: datetime, until: datetime, limit: int = 20) -> list[Parcel]:
        """As the port says."""
        found = await super().lease(lane, owner, now, until, limit)
        self._disk.bodies.update({id(p.body): p.key for p in found})
        self.done.leased += [lane] if found else []
        return found

    async def hold(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """As the port says."""
        self.done.lives = True
        return await super().hold(name, owner, now, until)

    async def free(self, lane: str, owner: str) -> None:
        """As the port says."""
        self.done.freed.append(lane)
        await super().free(lane, owner)


@dataclass(frozen=True)
class Seen:
    """What was committed at some moment. number: of the commit."""

    number: int
    shelves: Shelves


class Disk(MemoryStore):
    """The database of all processes. Units run one at a time; a commit puts new dicts in the place of the old, so every former state can still be read."""

    def __init__(self, witness: Witness) -> None:
        super().__init__()
        self._witness = witness
        self._busy = False
        self._latest: dict[str, Seen] = {}
        self.commits = 0
        self.late_reads = 0
        self.bodies: dict[int, str] = {}  # id() of what is being sent -> key of its parcel

    def seen(self) -> Seen:
        """What is committed now."""
        return Seen(self.commits, self._shelves)

    def latest_in(self, lane: str) -> Seen:
        """What was committed when the last unit of this lane had ended."""
        return self._latest.get(lane, Seen(-1, self._shelves))

    async def attempt(self, unit: Unit[T], seen: Seen, late: Random | None) -> tuple[T, WitnessedTransaction]:
        """Run a unit on a copy. It must not wait for anything: a network inside a transaction would hold up everybody."""
        assert not self._busy, "a unit of work waited for something"
        tx = WitnessedTransaction(self, self._shelves.copy(), seen, late)
        self._busy = True
        try:
            return await unit(tx), tx
        finally:
            self._busy = False

    def commit(self, life: Life, tx: WitnessedTransaction, now: datetime) -> None:
        """What the copy holds is there for all."""
        before, self._shelves = self._shelves, tx.shelf
        self.commits += 1
        if tx.lane:
            self._latest[tx.lane] = self.seen()
        self._witness.committed(life, tx.done, before, self._shelves, now)

    def take_over(self) -> None:
        """A process starts that knows itself alone, as the store over SQLite does it: nobody else is alive."""
        shelves = self._shelves.copy()
        shelves.holders.clear()
        self._shelves = shelves


class Mount:
    """The database as one process reaches it: over a network, with faults. Store, as far as the engine asks; reads go straight through."""

    def __init__(
        self,
        disk: Disk,
        life: Life,
        points: CrashPoints,
        weather: Callable[[], Weather],
        random: Random,
        clock: Callable[[], datetime],
        excuse: Callable[[list[str]], None],
    ) -> None:
        """excuse: told which parcels were sent and could not be marked as such."""
        self._disk, self._life, self._points, self._weather, self._random, self._clock, self._excuse = disk, life, points, weather, random, clock, excuse
        self.shared = False  # do other processes write there, too?

    def __getattr__(self, name: str) -> Any:
        return getattr(self._disk, name)

    async def run(self, unit: Unit[T]) -> T:
        """As the port says."""
        weather, random = self._weather(), self._random
        seen = self._disk.seen()
        await self._trip()
        late = random if self.shared else None
        result, tx = await self._disk.attempt(unit, seen, late)
        while random.random() < weather.again:
            await self._trip()
            result, tx = await self._disk.attempt(unit, self._disk.seen(), late)
        if random.random() < weather.undone:
            self._excuse(tx.done.sent)
            raise StoreError("the commit failed")
        if tx.shelf != self._disk.shelf:
            what = _named(tx)
            self._points.here(self._life, f"before commit {what}")
            self._disk.commit(self._life, tx, self._clock())
            self._points.here(self._life, f"after commit {what}")
        if random.random() < weather.unheard:
            raise StoreError("the connection was cut after the commit")
        await self._trip()
        return result

    async def _trip(self) -> None:
        await asyncio.sleep(self._random.random() * TRIP_S)
        self._life.must_live()


def _named(tx: WitnessedTransaction) -> str:
    """A unit in words, for the trace."""
    if tx.done.lives:
        return "of a sign of life"
    if tx.lane:
        return f"of lane {tx.lane}, events {tx.done.finished}"
    return f"of sent {tx.done.sent}" if tx.done.sent else "of other"


@contextmanager
def nobody() -> Iterator[None]:
    """Inside, tasks belong to no process."""
    token = _living.set(None)
    try:
        yield
    finally:
        _living.reset(token)
