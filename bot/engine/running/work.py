"""Takes what is due in a conversation, in order, through the use cases; the sweep finds what a poke lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, replace

from bot.domain.messages import Commanded, Inbound, Pressed, Said, Submitted
from bot.engine import conversation, replies
from bot.engine.departments.lookups import Unasked
from bot.engine.faq.knowledge import Unread
from bot.engine.reports.figures import Uncounted
from bot.engine.running.company import Unlisted
from bot.engine.running.delivery import Delivery, Leased, back_off
from bot.engine.running.directory import Unmet
from bot.engine.running.roster import Unchecked
from bot.engine.turn import Crew, Turn
from bot.errors import DeliveryError, StaleTicket, StoreError
from bot.ports import Bus, Clock, Store, Transaction, Waiting

log = logging.getLogger(__name__)

MAX_TRIES = 5  # of one event, with back-off: about half a minute; then it is parked
BUSY_SWEEP_S = 0.25  # after a sweep that found work: looking again does not get it done faster
SWEEP_S = 1.0  # seconds between looks at the tables; a poke makes it faster, its loss makes it only this much slower
AT_ONCE = 20  # events of a lane in one transaction
QUESTIONS = 8 + AT_ONCE  # facts about people that one lane may need from platforms before its turn, and questions that must be read


Handle = Callable[[Turn], Awaitable[None]]
"""What an event does, in its transaction. Raises what the turn needs to know first (Unmet, Unchecked, Unread, Uncounted, Unasked)."""


class HandlerFailed(Exception):
    """The handler of one event raised."""

    def __init__(self, waiting: Waiting, fault: Exception) -> None:
        super().__init__(waiting.id)
        self.event_id, self.event, self.attempts, self.fault = waiting.id, waiting.event, waiting.attempts, fault


@dataclass(slots=True)
class Done:
    """What a committed turn leaves to do."""

    lanes: dict[str, Leased | None]
    changed: set[str]
    after: list[Callable[[], None]]
    handled: int


class Workers:
    """The hands of one process."""

    def __init__(
        self,
        store: Store,
        crew: Crew,
        bus: Bus,
        delivery: Delivery,
        clock: Clock,
        changed: Callable[[Iterable[str]], None],
        handle: Handle = conversation.handle,
    ) -> None:
        """handle: what an event does."""
        self._handle = handle
        self._store, self._crew, self._bus, self._delivery, self._clock, self._changed = store, crew, bus, delivery, clock, changed
        self._busy: set[str] = set()
        self._again: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.handled = 0
        self.parked = 0

    async def run(self) -> None:
        """Until cancelled: what is poked, and every second what is due."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._sweep())

    async def drain(self, patience_s: float = 30.0) -> None:
        """Work until nothing is due, then return."""
        end = asyncio.get_running_loop().time() + patience_s
        while asyncio.get_running_loop().time() < end:
            inbox, outbox = await self._store.lanes_with_work(self._clock.now())
            if not inbox and not outbox and not self._tasks:
                return
            for conversation_lane in inbox:
                await self.work(conversation_lane)
            for lane in outbox:
                await self._delivery.deliver(lane)
            await self.settle()

    async def settle(self) -> None:
        """Wait until nothing that was begun is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            self._begin(self._take(await self._bus.next()))

    async def _take(self, lane: str) -> None:
        try:
            await self.work(lane)
        finally:
            self._bus.done(lane)

    async def _sweep(self) -> None:
        while True:
            busy = False
            try:
                inbox, outbox = await self._store.lanes_with_work(self._clock.now())
                busy = bool(inbox or outbox)
                for conversation_lane in inbox:
                    self._bus.remind(conversation_lane)
                for lane in (*outbox, *self._delivery.left()):
                    self._begin(self._delivery.deliver(lane))
                due = await self._store.next_due(self._clock.now())
            except StoreError as fault:
                log.warning("the sweep waits for the database", extra={"error": type(fault).__name__})
                due = None
            pause = SWEEP_S if due is None else min(SWEEP_S, max(BUSY_SWEEP_S if busy else 0.05, (due - self._clock.now()).total_seconds()))
            await asyncio.sleep(pause)

    def _begin(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("a task of ours failed", extra={"error": type(fault).__name__}, exc_info=fault)

    # ---- one lane
    async def work(self, lane: str) -> None:
        """Everything that is due in a lane, in order; one worker at a time."""
        if lane in self._busy:
            self._again.add(lane)
            return
        self._busy.add(lane)
        try:
            while True:
                self._again.discard(lane)
                if not await self._turns(lane) and lane not in self._again:
                    return
        except StoreError as fault:
            log.warning("lane waits for the database", extra={"error": type(fault).__name__})
        finally:
            self._busy.discard(lane)

    async def _turns(self, lane: str) -> bool:
        """One transaction's worth; True when there may be more."""
        for _ in range(QUESTIONS):
            begun: list[str] = []
            try:
                done = await self._store.run(lambda tx, begun=begun: self._unit(tx, lane, begun))  # type: ignore[misc]
            except BaseException as fault:
                for sending in begun:
                    self._delivery.end(sending, unsure=isinstance(fault, StoreError))
                if isinstance(fault, StaleTicket):
                    pass  # somebody changed it meanwhile: once more from the beginning
                elif isinstance(fault, Unmet):
                    await self._crew.directory.fetch(fault.person)
                elif isinstance(fault, Unlisted) and self._crew.directory.company is not None:
                    await self._crew.directory.company.ask(fault.person, fault.sought)
                elif isinstance(fault, Unread):
                    await asyncio.to_thread(self._crew.knowledge.consider, fault.question, fault.language)
                elif isinstance(fault, Uncounted) and self._crew.figures is not None:
                    await self._crew.figures.make(fault.wanted)
                elif isinstance(fault, HandlerFailed):
                    await self._put_aside(lane, fault)
                    return True
                elif isinstance(fault, Unasked):
                    await fault.ask()
                elif not isinstance(fault, Unchecked):
                    raise
                elif not await self._check(fault):
                    return False
                continue
            self._after(done)
            return done.handled >= AT_ONCE  # whatever came meanwhile has poked this lane
        log.error("gave up asking who is who", extra={"lane_kind": lane.partition(":")[0]})
        return False

    async def _check(self, unchecked: Unchecked) -> bool:
        """Ask the platform about somebody's rights; when it cannot say, the sweep tries again."""
        try:
            await self._crew.roster.refresh(unchecked.person)
        except DeliveryError as fault:
            log.warning("the platform does not say who is an agent", extra={"error": type(fault).__name__})
            return False
        return True

    def _after(self, done: Done) -> None:
        for act in done.after:
            act()
        self.handled += done.handled
        if done.changed:
            self._changed(done.changed)
        for lane, leased in done.lanes.items():
            self._begin(self._delivery.deliver(lane, leased))

    async def _unit(self, tx: Transaction, lane: str, begun: list[str], until: int = 0) -> Done:
        """All due events of a lane through their handlers, in one transaction; what they owe is leased in it, too, and so sent with no other commit.

        begun: filled with the lanes in which sending was begun. until: stop before this event.
        """
        while begun:  # a unit may be run again
            self._delivery.end(begun.pop())
        now = self._clock.now()
        done = Done({}, set(), [], 0)
        if not await tx.take(lane, wait=False):
            return done  # whoever has it has seen, or will poke for, what is in it
        for waiting in await tx.waiting(lane, now, AT_ONCE):
            if waiting.id == until:
                break
            turn = Turn(self._crew, tx, waiting.event, now)
            try:
                await turn.meet()
                await self._handle(turn)
                await turn.end()
            except (Unmet, Unlisted, Unchecked, Unread, Uncounted, Unasked, StaleTicket, StoreError):
                raise
            except Exception as fault:
                raise HandlerFailed(waiting, fault) from fault
            await tx.finish(waiting.id, now)
            done.lanes.update(dict.fromkeys(turn.lanes))
            done.changed |= turn.changed
            done.after += turn.after_commit
            done.handled += 1
        for owed in done.lanes:
            if self._delivery.begin(owed):
                begun.append(owed)
                done.lanes[owed] = await self._delivery.lease(tx, owed, now)
        return done

    async def _apologise(self, tx: Transaction, event: Inbound, done: Done) -> None:
        """What was given up is kept for the operator; who wrote it is told so in one sentence."""
        if not isinstance(event.what, Said | Pressed | Submitted | Commanded):
            return
        turn = Turn(self._crew, tx, replace(event, key=f"{event.key}:sorry"), self._clock.now())  # its own key is for what it says when retried
        await turn.answer(*replies.went_wrong(await turn.tongue_for(event.person.id)), refused="went_wrong")
        await turn.end()
        done.lanes.update(dict.fromkeys(turn.lanes))

    async def _put_aside(self, lane: str, failed: HandlerFailed) -> None:
        """The events before the one that fails are done; it waits for another try, or is parked, and its lane goes on."""
        last = failed.attempts + 1 >= MAX_TRIES
        error = type(failed.fault).__name__
        log.error("an event is parked" if last else "an event is tried again", extra={"event_id": failed.event_id, "error": error}, exc_info=failed.fault)

        begun: list[str] = []

        async def unit(tx: Transaction) -> Done:
            await tx.take(lane)
            if all(waiting.id != failed.event_id for waiting in await tx.waiting(lane, self._clock.now(), AT_ONCE)):
                return Done({}, set(), [], 0)  # another worker has handled it since
            done = await self._unit(tx, lane, begun, until=failed.event_id)
            if last:
                await tx.park(failed.event_id, error)
                await self._apologise(tx, failed.event, done)
            else:
                await tx.retry_later(failed.event_id, self._clock.now() + back_off(failed.attempts), error)
            return done

        try:
            self._after(await self._store.run(unit))
        except BaseException as fault:
            for sending in begun:
                self._delivery.end(sending, unsure=isinstance(fault, StoreError))
            raise
        self.parked += last
