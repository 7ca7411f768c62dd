"""Promised times in the course of a ticket: who is told when one is at risk, broken or reckoned anew, and the timers for it.

What comes late, because nothing ran here for a while, or for many tickets at once, because the desk's hours changed, is told in one message a place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.desks import Tier
from bot.domain.events import Event, PromiseAtRisk, PromiseBroken, PromiseMet, PromisesMoved
from bot.domain.ids import ConversationId, PlaceId
from bot.domain.messages import Inbound, Part, Say, TimerFired
from bot.domain.people import BOT
from bot.domain.service_levels import News, Promised, look, news, recalculate
from bot.domain.tickets import Ticket
from bot.engine.kept import Kept
from bot.engine.people import notices
from bot.engine.service import promises
from bot.engine.tickets import cards
from bot.engine.turn import Turn

WARNING, BREACH, DIGEST, RECKON = "sla_warning", "sla_breach", "sla_digest", "sla_reckon"
LATE = timedelta(minutes=15)  # a timer that fires so much later says that nothing ran here meanwhile
GATHERED = timedelta(seconds=30)  # in which what is to stand in one message comes together
Kind = Literal["broken", "at_risk", "moved"]


@dataclass(frozen=True, slots=True)
class Untold:
    """A ticket that a place is still to hear of."""

    kind: Kind


UNTOLD = Kept("untold", Untold)
"""By "<number>@<place>"."""


# --------------------------------------------------------------------------------------------------------- after a move
async def follow(turn: Turn, before: Promised | None, ticket: Ticket, *, together: bool = False) -> None:
    """What is owed for a change of the clocks: timers, history, a word to the team. together: with what others have, in one message."""
    if ticket.promised is None or ticket.promised == before:
        return
    await _set_timers(turn, before, ticket)
    found = news(before, ticket.promised)
    for fact in _facts(turn, ticket, found, "desk" if together else "ticket"):
        await turn.record(fact)
    tier = turn.desk.tier(ticket.tier)
    if tier is None or not ticket.is_open:
        return
    for place in tier.places:
        if together:
            await _gather(turn, ticket, found, place)
    if not together and await _is_shown(turn, ticket, tier):
        if any(one.what == "moved" for one in found):
            await turn.tell_team(ticket, tier, promises.moved(turn.team_tongue, ticket, turn.desk.timezone))
        for parts in await _warnings(turn, ticket, found):
            await turn.tell_team(ticket, tier, parts, aloud=True)
    if not together:
        await _notify(turn, ticket, tier, found)


async def _set_timers(turn: Turn, before: Promised | None, ticket: Ticket) -> None:
    if ticket.promised is None:
        return
    known = {(c.risk_at, c.due) for c in before.clocks} if before else set()
    for clock in ticket.promised.clocks:
        if not clock.runs or clock.due is None or (clock.risk_at, clock.due) in known:
            continue
        if not clock.breached:
            await turn.set_timer(BREACH, ticket, clock.due, clock.due)
        if clock.risk_at and not clock.warned:
            await turn.set_timer(WARNING, ticket, clock.risk_at, clock.risk_at)


def _facts(turn: Turn, ticket: Ticket, found: Iterable[News], why: str) -> Iterable[Event]:
    is_moved = False
    for one in found:
        clock = one.clock
        match one.what:
            case "at_risk":
                yield PromiseAtRisk(ticket=ticket.id, by=BOT.id, at=turn.now, goal=clock.goal, due=clock.due)
            case "broken":
                yield PromiseBroken(ticket=ticket.id, by=BOT.id, at=turn.now, goal=clock.goal, due=clock.due)
            case "met":
                yield PromiseMet(ticket=ticket.id, by=turn.person.id, at=turn.now, goal=clock.goal, late=clock.breached)
            case "moved":
                is_moved = True
    if is_moved and ticket.promised:
        yield PromisesMoved(ticket=ticket.id, by=turn.person.id, at=turn.now, policy=ticket.promised.policy, why=why)


async def _warnings(turn: Turn, ticket: Ticket, found: Iterable[News]) -> list[list[Part]]:
    """What the team must not miss."""
    t, zone, told = turn.team_tongue, turn.desk.timezone, []
    holder = await turn.name_of(ticket.assignee) if ticket.assignee else ""
    for one in found:
        if one.what == "at_risk":
            told.append(promises.at_risk(t, ticket, one.clock, holder, zone))
        elif one.what == "broken" and one.clock.met_at is None:
            told.append(promises.broken(t, ticket, one.clock, holder, zone))
    return told


async def _notify(turn: Turn, ticket: Ticket, tier: Tier, found: Iterable[News]) -> None:
    """Whoever has it, as they prefer it; the tier's leads when nobody has, and of what is overdue in any case."""
    for one in found:
        if one.what not in ("at_risk", "broken") or one.clock.met_at is not None:
            continue
        leads = sorted(tier.leads) if one.what == "broken" or ticket.assignee is None else []
        for person in dict.fromkeys([*([ticket.assignee] if ticket.assignee else []), *leads]):
            told = promises.notice(await turn.tongue_for(person), ticket, one, turn.desk.timezone)
            await notices.notify(turn, person, "breached" if one.what == "broken" else "at_risk", told, ticket)


async def _is_shown(turn: Turn, ticket: Ticket, tier: Tier) -> bool:
    """Is its card in this tier's places already? A new one says all by itself, and has no thread yet."""
    return any([await turn.tx.parcel(turn.card_key(ticket.id, place)) is not None for place in tier.places])


# ------------------------------------------------------------------------------------------------------ when time has come
async def wake(turn: Turn, ticket: Ticket, timer: TimerFired) -> None:
    """A promise may be at risk or broken by now: whichever is, is said once. A timer of a time that has been reckoned anew finds nothing."""
    await _change(turn, ticket, look(turn.desk, ticket, turn.now), together=turn.now - timer.since > LATE)


async def reckon(turn: Turn, ticket: Ticket) -> None:
    """The desk's hours or promises are others than when this ticket's were reckoned."""
    await _change(turn, ticket, recalculate(turn.desk, ticket, turn.now), together=True)


async def _change(turn: Turn, before: Ticket, after: Ticket, *, together: bool) -> None:
    if after == before:
        return
    saved = await turn.save(after)
    await follow(turn, before.promised, saved, together=together)
    await cards.show(turn, saved)


# ----------------------------------------------------------------------------------------------------------- many at once
async def _gather(turn: Turn, ticket: Ticket, found: Iterable[News], place: PlaceId) -> None:
    """To be told to a place with others like it, in a moment. The worst of a ticket counts."""
    kinds = {one.what for one in found if one.clock.met_at is None}
    kind: Kind | None = "broken" if "broken" in kinds else "at_risk" if "at_risk" in kinds else "moved" if "moved" in kinds else None
    if kind is None:
        return
    await UNTOLD.put(turn.tx, f"{ticket.id}@{place}", Untold(kind))
    due = _next(turn.now)
    what = TimerFired(DIGEST, ticket.id, due)
    await turn.tx.keep(Inbound(f"timer:{DIGEST}:{due.isoformat()}", "desk", ConversationId(f"desk:{DIGEST}"), BOT, turn.now, what), due)


def _next(now: datetime) -> datetime:
    """The end of the next span in which things come together, the same for all who ask within one."""
    whole = timedelta(seconds=now.timestamp() % GATHERED.total_seconds())
    return now - whole + 2 * GATHERED


async def digest(turn: Turn) -> None:
    """One message to each place that is still to hear of something."""
    t = turn.team_tongue
    waiting: dict[str, dict[Kind, list[str]]] = {}
    for name, untold in (await UNTOLD.all(turn.tx)).items():
        number, _, place = name.partition("@")
        waiting.setdefault(place, {}).setdefault(untold.kind, []).append(number)
        await UNTOLD.drop(turn.tx, name)
    kinds: tuple[Kind, ...] = ("broken", "at_risk", "moved")
    for place, told in waiting.items():
        lines = [promises.digest(t, kind, sorted(told[kind], key=_by_number)) for kind in kinds if kind in told]
        await turn.say(place, [Say(line) for line in lines])


def _by_number(number: str) -> tuple[int, str]:
    digits = number.rpartition("-")[2]
    return (int(digits) if digits.isdigit() else 0, number)
