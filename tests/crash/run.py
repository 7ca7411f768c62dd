"""A run: people begin to talk a few at a time, processes are killed at random moments, all is carried on to its end, and the ledgers are compared."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.compare import Findings, answers, events, stored_in_order
from tests.crash.crowd import EACH, PATIENCE_S, Crowd, TelegramCrowd, crowd
from tests.crash.fleet import Fleet, Parts, fleet
from tests.integration.crowd import ANSWERS
from tests.integration.processes import Product
from tests.journeys.doors import eventually

AFTER_READY_S = 0.6  # seconds within which a process is killed after everything is ready and busy
STUCK_S = 60.0  # seconds without a kill, at most: three times what it takes to give up a dead process
BUSY = 0.6  # share of what was begun that is done before the next kill: the rest is the backlog it falls into
BROKER_EVERY = 7  # kills; then the broker with it, its store deleted
TAKEOVER_EVERY = 6  # kills; then who polls is killed, and stays dead until another polls
TAKEOVER_S = 60.0  # seconds until that is an error; it should be about 20
WORK_EACH = EACH + len(ANSWERS)  # acknowledgements and answers of one person


def seed() -> int:
    """The seed of a run: printed, and settable to repeat one as far as kills can be repeated."""
    chosen = int(os.environ.get("FIRSTLINE_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"seed {chosen} (set FIRSTLINE_TEST_SEED to repeat it)")
    return chosen


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run. takeovers_s: from the death of a poller to another one's first question."""

    acknowledged: int
    kills: int
    broker_kills: int
    seconds: float
    found: Findings
    takeovers_s: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        found = self.found
        return f"{self.acknowledged} events, {self.kills} kills: {found.lost} lost, {found.out_of_order} out of order, {found.twice} sent twice"


async def crash(folder: Path, form: str, platform: str, *, kills: int, count: int, seed: int, parts: Parts = (), bus: bool | None = None) -> Outcome:
    """Over one platform. count: events at least. parts, bus: see `fleet`."""
    began = time.monotonic()
    async with crowd(platform) as people, fleet(folder, people.env, form, parts=parts, bus=bus) as desk:
        told = people.calls_at(desk.base)
        for member in desk.members:
            member.env |= told
        await desk.start()
        run = Run(people, desk, random.Random(seed))
        await run.through(kills, -(-count // EACH))
        broker_kills = desk.broker.kills if desk.broker else 0
        return Outcome(people.acknowledged(), desk.kills, broker_kills, round(time.monotonic() - began, 1), await run.compared(), run.takeovers_s)


class Run:
    """People, processes, and the moments at which these are killed."""

    def __init__(self, people: Crowd, desk: Fleet, rng: random.Random) -> None:
        self._people, self._desk, self._rng = people, desk, rng
        self._order: list[Product] = []
        self._killed_at: list[int] = []
        self.takeovers_s: list[float] = []

    async def through(self, kills: int, count: int) -> None:
        """So many kills among so many people, and then until nothing is left to do."""
        people = self._people.join(count)
        shares = [people[n * count // kills : (n + 1) * count // kills] for n in range(kills)]
        broker_dies, poller_dies = range(kills // 2 % BROKER_EVERY, kills, BROKER_EVERY), range(kills // 2 % TAKEOVER_EVERY, kills, TAKEOVER_EVERY)
        async with _beside(self._people.watch()):
            talking: list[asyncio.Task[None]] = []
            for n, share in enumerate(shares):
                talking += [asyncio.create_task(self._people.talk(person)) for person in share]
                await self._busy(BUSY * len(talking) * WORK_EACH * n / (n + 1))
                await asyncio.sleep(self._rng.uniform(0, AFTER_READY_S))
                if not (n in poller_dies and await self._poller_dies()):
                    await self._one_dies(self._next(), n in broker_dies)
            await asyncio.gather(*talking)
            await self._people.delivered()
            await self._desk.drained(PATIENCE_S)
        self._people.look()

    async def _busy(self, done: float) -> None:
        """Returns when so many events are acknowledged and answers heard; or when that takes too long, because some are lost."""
        with contextlib.suppress(AssertionError):
            await eventually(lambda: self._people.acknowledged() + sum(line.by_bot for line in self._people.lines) >= done, "busy", STUCK_S)

    def _next(self) -> Product:
        """Each of them in an order of chance, then each of them again."""
        if not self._order:
            self._order = self._rng.sample(self._desk.members, len(self._desk.members))
        return self._order.pop()

    async def _one_dies(self, member: Product, broker_too: bool) -> None:
        await member.kill()
        if self._desk.broker and broker_too:
            await asyncio.to_thread(self._desk.broker.lose_everything)
        self._mark()
        await member.start()

    def _mark(self) -> None:
        self._people.look()
        self._killed_at.append(len(self._people.lines))

    async def _poller_dies(self) -> bool:
        """Of several workers that poll by turns; False when there is nobody who does now."""
        people = self._people
        if not isinstance(people, TelegramCrowd) or not people.polls or len(self._desk.workers) < 2:
            return False
        with contextlib.suppress(AssertionError):  # the one before may just have been killed, too
            await eventually(lambda: self._desk.holder("telegram") is not None, "a worker polls", TAKEOVER_S)
        if (poller := self._desk.holder("telegram")) is None:
            return False
        await poller.kill()
        self._mark()
        before, began = people.polls, time.monotonic()
        await eventually(lambda: people.polls > before, "another worker polls", TAKEOVER_S)
        self.takeovers_s.append(round(time.monotonic() - began, 1))
        await poller.start()
        return True

    async def compared(self) -> Findings:
        """The ledger with the export."""
        stored = stored_in_order((await self._desk.export())["message"])
        return events(self._people.said(), stored) + answers(self._people.heard(), ANSWERS, self._killed_at)


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def shared_out(total: int, among: Sequence[str]) -> dict[str, int]:
    """At least the total in whole numbers, alike for each."""
    return dict.fromkeys(among, -(-total // len(among)))
