"""What clocks can do, and waits of hours: played in this process, on a clock that is set."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.domain.calendars import Calendar
from bot.domain.desks import Desk, Target
from bot.errors import DeliveryError, RateLimited
from tests.builders import ALICE, ANN, MONDAY, TEAM_2, TEAM_3, UNKNOWN, a_desk
from tests.world import SetClock, World, text_of

WITHIN_S, STEP_S = 60, 5
MANY = 100  # steps in which a hold is passed
AFTERWARDS_H = 30  # hours that pass in the end: nothing may come again
OPEN = dict.fromkeys(range(7), ((0, 240), (480, 1080)))  # the small hours, too, in which clocks are set
PROMISES = {"normal": Target(first_response=timedelta(hours=2))}
SPRING, AUTUMN = datetime(2026, 3, 29, 0, 50, tzinfo=UTC), datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # ten minutes before the hour is changed
ZONE = "Europe/Madrid"


class Always(list[DeliveryError]):
    """Faults of a channel that never end."""

    def pop(self, index: object = 0) -> DeliveryError:
        """The same again."""
        return self[0]


@dataclass(frozen=True)
class TimeFault:
    """begins: when. jump: how far the clock leaps. hold: what passes before it leaps back. frozen: nobody works in that time. error: of every call then."""

    name: str
    jump: timedelta = timedelta()
    returns: bool = True
    hold: timedelta = timedelta(minutes=5)
    frozen: bool = False
    error: DeliveryError | None = None
    begins: datetime = MONDAY
    most_calls: int = 10**6  # to the platform while it lasts


async def _handed_over(world: World) -> None:
    await world.says(UNKNOWN)


async def _nothing(world: World) -> None:
    """The middle is the very beginning."""


async def _answered(world: World) -> None:
    await world.says("How do I reset my password?")


async def _writes(world: World) -> None:
    for n in range(3):
        await world.writes(world.card(), f"try oil number {n}")


async def _fills(world: World, action: str, text: str) -> None:
    await world.submits(f"{action}:IT-1", words=text)


def _hears(world: World, text: str) -> bool:
    return any(text in text_of(sent.body) for sent in world.to(ALICE))


def _in_order(world: World) -> bool:
    heard = [text_of(sent.body) for sent in world.to(ALICE) if "try oil" in text_of(sent.body)]
    return [text[-1] for text in heard] == ["0", "1", "2"]


@dataclass(frozen=True)
class Told:
    """A flow as this process plays it: its first half, its second, and whether it has ended well."""

    prepare: Callable[[World], Awaitable[None]]
    act: Callable[[World], Awaitable[None]]
    ended: Callable[[World], bool]
    deadlines: bool = False
    promises: bool = False


def _has_card(world: World, place: str) -> bool:
    return any(sent.body.card for sent in world.to(place))


FLOWS: dict[str, Told] = {
    "question answered": Told(_nothing, _answered, lambda w: _hears(w, "marmalade")),
    "not solved: ticket and card": Told(_answered, lambda w: w.presses("Talk to a person"), lambda w: _hears(w, "passed it on") and _has_card(w, TEAM_2)),
    "claim": Told(_handed_over, lambda w: w.presses("Take it", ANN), lambda w: _hears(w, "has taken")),
    "agent reply": Told(_handed_over, _writes, _in_order),
    "escalate": Told(_handed_over, lambda w: _fills(w, "escalate", "oil does not help"), lambda w: _has_card(w, TEAM_3)),
    "resolve and close notice": Told(_handed_over, lambda w: _fills(w, "resolve", "oiled the hinge"), lambda w: _hears(w, "is resolved")),
    "nobody takes it: once reminded, once moved": Told(_handed_over, _nothing, lambda w: True, deadlines=True),
    "no first answer: told once that it is overdue": Told(_handed_over, _nothing, lambda w: True, promises=True),
}


def _desk(deadlines: bool, promises: bool) -> Desk:
    desk = replace(a_desk(), timezone=ZONE, targets=PROMISES if promises else {}, hours=Calendar(OPEN, timezone=ZONE))
    return desk if deadlines else replace(desk, tiers=tuple(replace(tier, claim_within=None) for tier in desk.tiers))


@dataclass
class Verdict:
    """took_s: seconds of the clock from the mending to the good end; below 0: it came before."""

    fault: TimeFault
    flow: str
    took_s: float
    faults: list[str]


async def played(fault: TimeFault, name: str) -> Verdict:
    """One cell."""
    told = FLOWS[name]
    world = World(desk=_desk(told.deadlines, told.promises), clock=SetClock(fault.begins))
    await told.prepare(world)
    # A first try fails, so that something waits for its time when the clock leaps.
    world.chat.faults = Always([fault.error]) if fault.error else [DeliveryError("the line was bad for a moment")]
    calls = world.chat.calls
    await told.act(world)
    world.clock.moment += fault.jump
    for _ in range(MANY):
        if fault.frozen:
            world.clock.advance(seconds=fault.hold.total_seconds() / MANY)
        else:
            await world.passes(seconds=fault.hold.total_seconds() / MANY)
    found = [f"{world.chat.calls - calls} calls"] if world.chat.calls - calls > fault.most_calls else []
    if fault.returns:
        world.clock.moment -= fault.jump
    world.chat.faults = []
    took_s: float = -1 if told.ended(world) else 0
    await world.workers.drain()
    while not told.ended(world) and took_s < WITHIN_S:
        await world.passes(seconds=STEP_S)
        took_s += STEP_S
    if not told.ended(world):
        found.append("it did not end well in time")
    for _ in range(AFTERWARDS_H):
        await world.passes(hours=1)
    checked = [*(await _moved_once(world) if told.deadlines else []), *(await _broken_once(world) if told.promises else [])]
    return Verdict(fault, name, took_s, [*found, *_twice(world), *checked])


def _twice(world: World) -> list[str]:
    counts = Counter((sent.to, sent.thread, text_of(sent.body)) for sent in world.chat.sent)
    return [f"came {count} times: {text[:50]!r}" for (_, _, text), count in counts.items() if count > 1]


async def _moved_once(world: World) -> list[str]:
    moved = [event for event in await world.happened() if event == "TicketEscalated"]
    reminders = [sent for sent in world.to(TEAM_2) if "Nobody has taken" in text_of(sent.body)]
    found = [] if len(moved) == 1 else [f"moved {len(moved)} times"]
    return found if len(reminders) <= 1 else [*found, f"{len(reminders)} reminders"]


async def _broken_once(world: World) -> list[str]:
    """One fact, and one word of it, in the thread or among others."""
    facts = [event for event in await world.happened() if event == "PromiseBroken"]
    told = [sent for sent in world.to(TEAM_2) if not sent.body.card and re.search(r"IT-1 is overdue|became overdue.*IT-1", text_of(sent.body))]
    found = [] if len(facts) == 1 else [f"broken {len(facts)} times"]
    return found if len(told) == 1 else [*found, f"told {len(told)} times that it is overdue"]


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FAULTS = (
    TimeFault("clock leaps an hour ahead, and back", HOUR),
    TimeFault("clock leaps an hour back, and ahead", -HOUR),
    TimeFault("clock leaps a day ahead, and back", DAY),
    TimeFault("clock leaps a day back, and ahead", -DAY),
    TimeFault("clock leaps an hour ahead for good", HOUR, returns=False),
    TimeFault("clock leaps a day ahead for good", DAY, returns=False),
    TimeFault("an hour is left out in spring", begins=SPRING, hold=timedelta(minutes=20)),
    TimeFault("an hour comes twice in autumn", begins=AUTUMN, hold=timedelta(minutes=20)),
    TimeFault("nothing runs for 6 h", hold=timedelta(hours=6), frozen=True),
    TimeFault("429, Retry-After 3600", error=RateLimited(3600), hold=timedelta(minutes=59, seconds=30), most_calls=6),
    TimeFault("429, Retry-After a million", error=RateLimited(10**6), hold=timedelta(minutes=59, seconds=30), most_calls=6),
    TimeFault("platform away for 10 min", error=DeliveryError("no connection"), hold=timedelta(minutes=10)),
    TimeFault("platform away for half an hour", error=DeliveryError("no connection"), hold=timedelta(minutes=30)),
)
