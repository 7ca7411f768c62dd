"""What may be for a department that does not answer now: it waits, in its order, and is not taken to another one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.departments import Department
from bot.domain.messages import Commanded, Inbound, Marked, Said, Say, Submitted, TimerFired
from bot.domain.people import BOT
from bot.engine.departments import choosing
from bot.engine.departments.letters import read, written
from bot.engine.departments.lookups import Unanswered
from bot.engine.kept import Kept
from bot.engine.tongue import tongue
from bot.engine.turn import Turn

SOON = timedelta(seconds=5)  # a department that has only just begun, or whose server was restarted, answers by then
AGAIN = timedelta(seconds=30)
TIMER = "awaiting"


@dataclass(frozen=True, slots=True)
class Awaiting:
    """An event that waits, as text. silent: the keys of the departments that have not said whether it is theirs. told: who wrote it knows."""

    event: str
    silent: tuple[str, ...]
    told: bool = False


AWAITING: Kept[Awaiting] = Kept("awaiting", Awaiting)

Whose = Callable[[Turn, Inbound], Awaitable[Department | None]]
"""Gives whose an event is, None when nobody knows. Raises Unanswered."""


async def keep(turn: Turn, silent: frozenset[str]) -> None:
    """Until one of these departments answers, this event waits."""
    waits = await _waiting(turn)
    last = max((int(name.rpartition(":")[2]) for name in waits), default=0)
    await AWAITING.put(turn.tx, f"{turn.event.conversation}:{last + 1:06}", Awaiting(written(turn.event), tuple(sorted(silent))))
    await turn.answer()  # a press shows no sign of waiting meanwhile
    if not waits:
        await _wake(turn, SOON)


async def is_behind(turn: Turn, department: Department) -> bool:
    """Does something wait that may be for the same department? Then this comes after it."""
    return any(department.key in one.silent for one in (await _waiting(turn)).values())


async def again(turn: Turn, whose: Whose) -> None:
    """Hand over what can be handed over by now."""
    stays: dict[str, Awaiting] = {}
    silent: set[str] = set()
    for name, one in (await _waiting(turn)).items():
        event = read(one.event)
        try:
            found = await whose(turn, event)
        except Unanswered as unanswered:
            silent |= unanswered.silent
            stays[name] = replace(one, silent=tuple(sorted(unanswered.silent)))
            continue
        if found is not None and found.key in silent:
            stays[name] = one
            continue
        await AWAITING.drop(turn.tx, name)
        if found is not None:
            await choosing.hand_over(turn, found, event)
        else:
            await turn.tx.keep(replace(event, key=f"again:{event.key}"[:255], also=""), turn.now)
    if stays:
        await _tell(turn, stays)
        await _wake(turn, AGAIN)


async def _tell(turn: Turn, stays: Mapping[str, Awaiting]) -> None:
    """Whoever wrote something is told once that it waits."""
    told = any(one.told for one in stays.values())
    for event in [read(one.event) for one in stays.values() if not told]:
        if told := isinstance(event.what, Said | Commanded | Marked | Submitted):
            await _tell_author(turn, event)
            break
    for name, one in stays.items():
        await AWAITING.put(turn.tx, name, replace(one, told=told))


async def _tell_author(turn: Turn, event: Inbound) -> None:
    t = await turn.tongue_for(event.person.id)
    if isinstance(event.what, Said) and not await turn.tx.chosen_language(event.person.id):
        t = tongue(turn.knowledge.language_of(event.what.text, t.language))  # departments hear what they speak; the front only where it asks
    parts = [Say(t.say("Not every department can be reached right now. What you wrote is kept and goes on as soon as possible."))]
    if isinstance(event.what, Said):
        await turn.say(event.conversation, parts, awaits=True)
    else:
        await turn.tell_alone(getattr(event.what, "place", "") or event.conversation, event.person.id, parts)


async def _wake(turn: Turn, span: timedelta) -> None:
    where, due = turn.event.conversation, turn.now + span
    key = f"timer:{TIMER}:{due.timestamp()}:{where}"[:255]
    await turn.tx.keep(Inbound(key, "desk", where, BOT, turn.now, TimerFired(TIMER, "", turn.now)), due)


async def _waiting(turn: Turn) -> dict[str, Awaiting]:
    return await AWAITING.all(turn.tx, turn.event.conversation)
