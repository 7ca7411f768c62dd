"""A whole desk in a simulated world: processes that can be killed, one database that survives, platforms that fail, and people.

Everything that is left to chance is drawn from one seed, so the same seed is the same world.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random as global_random
from collections.abc import Coroutine
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar, cast

from adapters.bus.local import LocalBus
from bot.domain.desks import Desk, Tier
from bot.domain.ids import PlaceId
from bot.domain.messages import Inbound, Pace
from bot.engine.faq.knowledge import Knowledge
from bot.engine.running.absences import Absences
from bot.engine.running.delivery import Delivery
from bot.engine.running.directory import Directory
from bot.engine.running.intake import Intake
from bot.engine.running.pacing import Pacer, SharedPacer
from bot.engine.running.process import Process
from bot.engine.running.roster import Roster
from bot.engine.running.work import Workers
from bot.engine.turn import Crew
from bot.errors import StoreError
from bot.ports import Receive, Store
from tests.builders import FAQ
from tests.simulation.cloud import FindingLine, Line, Platform, Posted
from tests.simulation.crash import CrashPoints, Disk, Life, Mount, owned_tasks
from tests.simulation.invariants import Broken, Invariants
from tests.simulation.loop import SeededLoop, SimulatedClock
from tests.simulation.people import Asker, Helper
from tests.simulation.trace import Trace
from tests.simulation.weather import CALM, Weather
from tests.stormy import Complaints
from tests.world import text_of

T = TypeVar("T")

TEAM_A, TEAM_B, EXPERTS = PlaceId("alpha:team"), PlaceId("beta:team"), PlaceId("alpha:experts")
CLAIM_WITHIN = timedelta(hours=4)
TAKE_BACK = timedelta(seconds=10)
IDLE = timedelta(days=5)
DOWN_S = 3.0  # seconds from a kill to the next start, at most

_languages = ("en", "es", "de")
_knowledge = Knowledge(FAQ, _languages)  # the FAQ does not change here: one index for all worlds


def a_simulated_desk() -> Desk:
    """The first human tier works on both platforms, the second on one; replies can be taken back."""
    tiers = (Tier(2, "Service desk", (TEAM_A, TEAM_B), CLAIM_WITHIN), Tier(3, "Specialists", (EXPERTS,), CLAIM_WITHIN))
    return Desk("IT help", "IT", _languages, tiers=tiers, take_back=TAKE_BACK, idle=IDLE)


class Running:
    """What `firstline` joins in one process, over the simulated world."""

    def __init__(self, world: World, name: str) -> None:
        self.life = Life(name, world.loop)
        mount = Mount(world.disk, self.life, world.points, lambda: world.weather, world.random_for(f"disk of {name}"), world.clock.now, world.excuse)
        mount.shared = world.slots > 1
        store = cast(Store, mount)
        self.pacer: Pacer | SharedPacer
        channels: dict[str, Line] = {}
        for platform in world.platforms.values():
            line = FindingLine if platform.finds else Line
            channels[platform.name] = line(platform, self.life, world.points, world.invariants, lambda body: world.disk.bodies.get(id(body), "?"))
        paces = {name: channel.can.pace for name, channel in channels.items()}
        self.pacer = SharedPacer(paces, store, world.clock) if mount.shared else Pacer(paces)
        bus, roster, self.process = LocalBus(), Roster(world.desk, channels, world.clock), Process(store, world.clock, name)
        self.delivery = Delivery(store, channels, world.clock, self.pacer, self.process, lambda one: None)
        crew = Crew(world.desk, channels, _knowledge, roster, Directory(channels))
        self.workers = Workers(store, crew, bus, self.delivery, world.clock, lambda ids: None)
        self.intake = Intake(store, world.clock, bus.poke)
        self.absences = Absences(store, world.desk, channels, self.intake.receive, world.clock)
        self.life.begin(self._run(world))

    async def _run(self, world: World) -> None:
        """As `bot.app.build` and `bot.serving.serve` do it."""
        for key, until in world.disk.shelf.notes.items():
            if key.startswith("rate:") and isinstance(self.pacer, Pacer):
                await self.pacer.stop(key.removeprefix("rate:"), datetime.fromisoformat(until))
        while True:
            with contextlib.suppress(StoreError):
                await self.process.beat()
                break
        async with asyncio.TaskGroup() as group:
            for work in (self.workers.run(), self.absences.run(), self.process.run()):
                group.create_task(work)


class World:
    """One simulated world. slots: how many processes work at once. crash_at: the points at which one is killed."""

    def __init__(self, seed: int, *, slots: int = 1, weather: Weather = CALM, crash_at: tuple[int, ...] = (), aloud: bool = False) -> None:
        self.seed, self.slots, self.weather = seed, slots, weather
        self.loop = SeededLoop(self.random_for("order"))
        self.loop.set_task_factory(owned_tasks)  # type: ignore[arg-type]
        self.clock = SimulatedClock(self.loop)
        self.desk = a_simulated_desk()
        self.trace = Trace(self.loop.time, aloud)
        self.invariants = Invariants(self.trace)
        self.disk = self.invariants.disk = Disk(self.invariants)
        self.points = CrashPoints(self._killed, crash_at)
        self.platforms = {
            "alpha": Platform("alpha", self.random_for("alpha"), lambda: self.weather, finds=True, in_order=False, pace=Pace(per_place_s=1.0, burst=3)),
            "beta": Platform("beta", self.random_for("beta"), lambda: self.weather, finds=False, in_order=True, pace=Pace(1.0, 1, 20, 30.0)),
        }
        self.invariants.platforms = self.platforms
        self.processes: dict[int, Running] = {}
        self.kills = 0
        self.slowest_s = 0.0
        self._is_over = False
        self._lives = itertools.count(1)
        self._tokens = itertools.count(1)
        self._chance = self.random_for("chance")
        alpha, beta = self.platforms.values()
        self.ann, self.abe, self.ben = Helper(self, alpha, "Ann", TEAM_A), Helper(self, alpha, "Abe", TEAM_A), Helper(self, beta, "Ben", TEAM_B)
        self.cleo = Helper(self, alpha, "Cleo", EXPERTS)
        self.askers = [Asker(self, platform, name) for platform in (alpha, beta) for name in ("Alice", "Bob", "Carol")]

    # ---- means
    def random_for(self, what: str) -> Random:
        """A stream of its own for each source of chance, so that one does not disturb another."""
        return Random(f"{self.seed}:{what}")

    def run(self, play: Coroutine[Any, Any, T]) -> T:
        """Start the processes, play, and leave nothing behind. Raises Broken at the first invariant that does not hold."""
        complaints = Complaints()
        complaints.attach()
        state = global_random.getstate()
        global_random.seed(self.seed)
        self.complaints = complaints
        asyncio.set_event_loop(self.loop)
        try:
            for slot in range(self.slots):
                self._start(slot)
            return self.loop.run_until_complete(play)
        finally:
            self._end()
            global_random.setstate(state)
            complaints.detach()

    def _end(self) -> None:
        self._is_over = True
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        for process in self.processes.values():
            process.life.alive = False
        self.loop.run_until_complete(asyncio.sleep(0.1))
        asyncio.set_event_loop(None)
        self.loop.close()

    def token(self, kind: str) -> str:
        """A word that is nowhere else."""
        return f"{kind}{next(self._tokens)}{kind}"

    def text(self, posted: Posted) -> str:
        """All that a message shows."""
        return text_of(posted.body)

    def checked(self) -> None:
        """Raises Broken when an invariant does not hold."""
        self.invariants.heard(self.complaints)
        if self.invariants.broken:
            raise Broken(f"{self.invariants.broken[0]}\n{self.trace.tail()}")

    # ---- processes
    def _start(self, slot: int) -> None:
        if self._is_over:
            return
        if self.slots == 1:
            self.disk.take_over()
        name = f"p{next(self._lives)}"
        self.processes[slot] = Running(self, name)
        self.trace.note("start", name)

    def kill_one(self) -> None:
        """kill -9 at any moment."""
        alive = [process.life for process in self.processes.values() if process.life.alive]
        if alive:
            life = self._chance.choice(alive)
            life.die()
            self._killed(life, "at any moment")

    def _killed(self, life: Life, what: str) -> None:
        self.kills += 1
        self.trace.step("kill", f"{life.name} {what}")
        self.invariants.killed(life)
        slot = next(slot for slot, process in self.processes.items() if process.life is life)
        self.loop.call_later(self._chance.random() * DOWN_S, self._start, slot)

    def excuse(self, keys: list[str]) -> None:
        """What was just sent could not be marked: it comes once more."""
        for platform in self.platforms.values():
            for posted in platform.posted:
                if posted.key in keys and not posted.marked:
                    platform.excuse(posted)

    def _somebody(self) -> tuple[Life, Receive] | None:
        alive = [process for process in self.processes.values() if process.life.alive]
        process = self._chance.choice(alive) if alive else None
        return (process.life, process.intake.receive) if process else None

    # ---- what happens
    def happens(self, platform: Platform, event: Inbound) -> None:
        """Somebody did something."""
        self.trace.note("person", f"{event.person.id} {event.what.kind} {event.key}")
        platform.hand_over(event, self._somebody, self.invariants)

    async def later(self, **span: float) -> None:
        """So much later, when nothing is under way."""
        await self.idle()
        self.trace.note("time", f"{timedelta(**span)} pass")
        self.clock.skip(timedelta(**span))
        await asyncio.sleep(1.5)

    async def idle(self, within_s: float = 60.0) -> None:
        """Until nobody sends anything."""
        end = self.loop.time() + within_s
        while self.loop.time() < end:
            if not any(platform.under_way for platform in self.platforms.values()) and not any(p.delivery._at_work for p in self.processes.values()):
                return
            await asyncio.sleep(0.3)

    async def quiet(self) -> bool:
        """Is everything done that could be done now? Waits for it a while."""
        for _ in range(200):
            self.checked()
            if await self._is_done():
                return True
            await asyncio.sleep(0.5)
        return False

    async def _is_done(self) -> bool:
        queue, (due, _) = await self.disk.queue(), await self.disk.lanes_with_work(self.clock.now())
        handed = all(platform.handing == 0 for platform in self.platforms.values())
        return handed and not due and not queue["inbox_waiting"] and not queue["outbox_waiting"]

    async def settle(self) -> None:
        """The weather clears, and what was put off comes due: then all is done, without anybody's help."""
        self.weather = CALM
        self.points.asleep = True
        began = self.loop.time()
        for _ in range(9):  # the first seconds are for what platforms hand over late
            await asyncio.sleep(10.0)
            self.checked()
            if await self._is_done():
                break
        else:
            self.invariants.nothing_is_left_lying(self.clock.now())
        for _ in range(60):
            if await self.quiet():
                break
            await self.later(minutes=7)
        self.slowest_s = self.loop.time() - began
        self.checked()
        self.invariants.hold_at_the_end()
        self.checked()
