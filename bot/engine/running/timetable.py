"""What happens at set hours in the desk's zone: each time is an event in the inbox, kept once under its moment, and so handled once among many workers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from bot.domain.desks import Desk
from bot.domain.ids import ConversationId
from bot.domain.messages import Inbound, TimerFired
from bot.domain.people import BOT
from bot.errors import StoreError
from bot.ports import Clock, Store, Transaction

log = logging.getLogger(__name__)

Moment = datetime  # aware
LOOK_S = 3600.0  # seconds between looks at what is to come: a time may have been lost with a backup, or be another since the last start
AGAIN_S = 30.0  # after one that the database refused

Plan = Callable[[Transaction, Desk, Moment], Awaitable[None]]


def check(cron: str) -> str:
    """The five fields of a cron line, as they are kept. Raises ValueError."""
    words = cron.split()
    if len(words) != 5:
        raise ValueError("it has not five fields")
    try:
        CronSim(" ".join(words), datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as fault:
        raise ValueError(str(fault)) from fault
    return " ".join(words)


def next_after(cron: str, timezone: str, now: Moment) -> Moment:
    """The first time after `now`, in UTC. Raises ValueError for one that never comes."""
    try:
        return next(CronSim(cron, now.astimezone(ZoneInfo(timezone)))).astimezone(UTC)
    except StopIteration:
        raise ValueError("that time never comes") from None


def is_due(cron: str, timezone: str, moment: Moment) -> bool:
    """Is that moment one of its times?"""
    before = moment.timestamp() - 1
    return next_after(cron, timezone, datetime.fromtimestamp(before, UTC)) == moment


async def keep(tx: Transaction, timer: str, lane: ConversationId, due: Moment, now: Moment) -> None:
    """A timer about no ticket, once for each time."""
    await tx.keep(Inbound(f"timer:{timer}:{due.isoformat()}", "desk", lane, BOT, now, TimerFired(timer, "", due)), due)


class Timetable:
    """Sees to it that what comes next is kept. One process at a time does it; two would do no harm."""

    def __init__(self, store: Store, desk: Desk, clock: Clock, plans: Sequence[Plan]) -> None:
        self._store, self._desk, self._clock, self._plans = store, desk, clock, plans

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            pause = LOOK_S
            try:
                await self.look()
            except StoreError as fault:
                log.warning("what comes next is kept later", extra={"error": type(fault).__name__})
                pause = AGAIN_S
            await asyncio.sleep(pause)

    async def look(self) -> None:
        """Every plan. Raises StoreError."""
        for plan in self._plans:
            await self._store.run(lambda tx, plan=plan: plan(tx, self._desk, self._clock.now()))  # type: ignore[misc]
