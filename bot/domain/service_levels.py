"""Promised times: which clocks of a ticket run, when each is at risk and when it is broken. Rules alone; arithmetic is bot/domain/calendars.py.

What is kept of a clock is when it ran. All else is reckoned from that, so that another priority, other targets or other hours give what they would have
given from the beginning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from bot.domain.calendars import Calendar, add, between
from bot.domain.desks import Desk, Target
from bot.domain.events import Event, ReplySent, ReplyTakenBack, RequesterWrote, TicketReopened, TicketResolved
from bot.domain.people import BOT

if TYPE_CHECKING:
    from bot.domain.tickets import Ticket

Goal = Literal["first_response", "next_response", "resolution"]
Standing = Literal["", "running", "at_risk", "breached"]

Ran = tuple[tuple[datetime, datetime | None], ...]
"""From when to when a clock ran; the last is open (None) while it runs."""


@dataclass(frozen=True, slots=True)
class Running:
    """One promise. due: when it is broken; None while it stands still unbroken, with `left_s` seconds of business time left.

    target_s: what was promised, in seconds of business time; 0: nothing, the clock is only kept for the case that the priority changes.
    risk_at: from when on it is at risk. ran: when it ran: all else is reckoned from this. warned, breached: the team was told so.
    met_at: when it was kept (or, late, fulfilled); it no longer runs.
    """

    goal: Goal
    due: datetime | None = None
    left_s: float = 0.0
    warned: bool = False
    breached: bool = False
    met_at: datetime | None = None
    target_s: float = 0.0
    risk_at: datetime | None = None
    ran: Ran = ()

    @property
    def runs(self) -> bool:
        """Is its time passing?"""
        return self.met_at is None and bool(self.ran) and self.ran[-1][1] is None


@dataclass(frozen=True, slots=True)
class Promised:
    """All that was promised for one ticket. policy: by which rule, for people to see. broken: a clock that was begun anew since had been broken."""

    policy: str = ""
    clocks: tuple[Running, ...] = ()
    broken: bool = False

    def clock(self, goal: Goal) -> Running | None:
        """The clock of that goal, or None."""
        return next((clock for clock in self.clocks if clock.goal == goal), None)


def standing(ticket: Ticket, now: datetime, warn: timedelta = timedelta(0)) -> Standing:
    """How the ticket stands with what was promised, at this moment: "" when no clock of it runs.

    breached: the next answer or the solution is overdue now (Ticket.breached: it was at any time). at_risk: so much of the promised time is used up
    that the team was or will be warned, or less than `warn` is left on the clock on the wall.
    """
    if not ticket.is_open or ticket.due_at is None:
        return ""
    if ticket.due_at <= now:
        return "breached"
    clocks = ticket.promised.clocks if ticket.promised else ()
    if any(c.runs and c.due is not None and c.risk_at is not None and c.risk_at <= now for c in clocks) or ticket.due_at - now <= warn:
        return "at_risk"
    return "running"


# ------------------------------------------------------------------------------------------------------ what is promised
def policy_of(desk: Desk, ticket: Ticket) -> tuple[str, Target]:
    """What holds for a ticket of its priority and kind, and by what name. A team's own ticket is promised to nobody, unless a policy names its kind."""
    kinds = (ticket.kind,) if ticket.is_inside else ("", ticket.kind)
    for policy in desk.policies:
        if policy.priority in ("", ticket.priority) and policy.kind in kinds:
            return policy.name, policy.target
    target = None if ticket.is_inside else desk.targets.get(ticket.priority)
    return (ticket.priority, target) if target else ("", Target())


# ---------------------------------------------------------------------------------------------------------- what happens
def keep_promises(desk: Desk, ticket: Ticket, fact: Event) -> Ticket:
    """What a fact does to the clocks. They begin when a person is asked for, and stand still while it waits on the requester."""
    if not _concerns(desk, ticket):
        return ticket
    promised = _heard(ticket.promised or _begun(ticket, fact.at), ticket, fact)
    return _kept(desk, ticket, _going(promised, ticket.status == "open", fact.at), fact.at)


def look(desk: Desk, ticket: Ticket, now: datetime) -> Ticket:
    """The ticket when somebody looks at the clocks: what came to be at risk or broken is marked."""
    if not _concerns(desk, ticket) or not ticket.is_open or ticket.promised is None:
        return ticket
    return _kept(desk, ticket, _marked(ticket.promised, now), now)


def recalculate(desk: Desk, ticket: Ticket, now: datetime) -> Ticket:
    """An open ticket as this desk's promises and hours have it, whatever they were when it was reckoned last. What was promised nothing is from now on."""
    if not _concerns(desk, ticket) or not ticket.is_open:
        return ticket
    promised = ticket.promised or _going(_begun(ticket, now), ticket.status == "open", now)
    again = _kept(desk, ticket, promised, now, anew=True)
    return ticket if again.promised == ticket.promised else again


def _concerns(desk: Desk, ticket: Ticket) -> bool:
    if ticket.is_inside and all(policy.kind != ticket.kind for policy in desk.policies):
        return ticket.promised is not None
    return ticket.is_with_humans and (ticket.promised is not None or bool(desk.targets or desk.policies))


def _begun(ticket: Ticket, at: datetime) -> Promised:
    goals: tuple[Goal, ...] = ("resolution",) if ticket.human_at or ticket.is_inside else ("first_response", "resolution")
    return Promised(clocks=tuple(Running(goal, ran=((at, None),)) for goal in goals))


def _heard(promised: Promised, ticket: Ticket, fact: Event) -> Promised:
    """Which clocks a fact ends or begins. Who says themselves that it is solved has not been answered thereby."""
    match fact:
        case ReplySent() if fact.by != BOT.id:
            return _met(promised, fact.at, "first_response", "next_response")
        case ReplyTakenBack() if fact.said_at:
            return replace(promised, clocks=tuple(_unmet(c, fact.said_at) for c in promised.clocks))
        case TicketResolved() if fact.by == ticket.requester:
            return _met(promised, fact.at, "resolution")
        case TicketResolved():
            return _met(promised, fact.at, "first_response", "next_response", "resolution")
        case TicketReopened():
            clocks = tuple(replace(c, met_at=None) if c.goal == "resolution" else c for c in promised.clocks)
            return _waits_for_answer(replace(promised, clocks=clocks), fact.at)
        case RequesterWrote():
            return _waits_for_answer(promised, fact.at)
        case _:
            return promised


def _met(promised: Promised, at: datetime, *goals: Goal) -> Promised:
    def met(clock: Running) -> Running:
        if clock.goal not in goals or clock.met_at is not None:
            return clock
        return replace(_halted(_mark(clock, at), at), met_at=at)

    return replace(promised, clocks=tuple(met(clock) for clock in promised.clocks))


def _unmet(clock: Running, met_at: datetime) -> Running:
    """The answer that met it never went out: it has run on all the time."""
    if clock.goal == "resolution" or clock.met_at != met_at:
        return clock
    since, until = clock.ran[-1]
    return replace(clock, met_at=None, ran=(*clock.ran[:-1], (since, None)) if until == met_at else clock.ran)


def _waits_for_answer(promised: Promised, at: datetime) -> Promised:
    """The next answer is promised from the first words on that nobody has answered; before the first answer, that is what is waited for."""
    if any(c.goal != "resolution" and c.met_at is None for c in promised.clocks):
        return promised
    before = promised.clock("next_response")
    others = tuple(c for c in promised.clocks if c.goal != "next_response")
    return replace(promised, clocks=(*others, Running("next_response", ran=((at, None),))), broken=promised.broken or bool(before and before.breached))


def _going(promised: Promised, runs: bool, at: datetime) -> Promised:
    """All clocks that are not met run, or stand still."""
    return replace(promised, clocks=tuple(c if c.met_at else _run(c, at) if runs else _halted(c, at) for c in promised.clocks))


def _run(clock: Running, at: datetime) -> Running:
    return clock if clock.runs else replace(clock, ran=(*clock.ran, (at, None)))


def _halted(clock: Running, at: datetime) -> Running:
    if not clock.runs:
        return clock
    since = clock.ran[-1][0]
    return replace(clock, ran=(*clock.ran[:-1], (since, max(since, at))))  # a clock on the wall may have been put back meanwhile


# --------------------------------------------------------------------------------------------------------- what it makes
def _kept(desk: Desk, ticket: Ticket, promised: Promised, now: datetime, *, anew: bool = False) -> Ticket:
    """The ticket with its clocks, those reckoned that changed. anew: all, and what is broken thereby is marked."""
    name, target = policy_of(desk, ticket)
    anew = anew or name != promised.policy
    before = ticket.promised.clocks if ticket.promised else ()
    clocks = tuple(c if c in before and not anew else _reckoned(desk, c, target) for c in promised.clocks)
    promised = replace(promised, policy=name, clocks=clocks)
    promised = _marked(promised, now) if anew else promised
    running = [c.due for c in promised.clocks if c.runs and c.due is not None]
    breached = promised.broken or any(c.breached for c in promised.clocks)
    return replace(ticket, promised=promised, due_at=min(running, default=None), breached=breached)


def _reckoned(desk: Desk, clock: Running, target: Target) -> Running:
    """When it is at risk and when broken, from when it ran. What is met stays as it was judged."""
    if clock.met_at is not None:
        return clock
    spans = {"first_response": target.first_response, "next_response": target.next_response, "resolution": target.resolution}
    span = spans[clock.goal]
    if span is None:
        return replace(clock, target_s=0.0, due=None, risk_at=None, left_s=0.0, warned=False, breached=False)
    calendar = desk.calendars.get(target.calendar, desk.hours)
    due, risk_at = _reached(calendar, clock.ran, span), _reached(calendar, clock.ran, span * desk.warn_at)
    used = sum((between(calendar, since, until) for since, until in clock.ran if until is not None), timedelta())
    left = timedelta() if clock.runs else span - used
    return replace(
        clock,
        target_s=span.total_seconds(),
        due=due,
        risk_at=risk_at,
        left_s=left.total_seconds(),
        warned=clock.warned and risk_at == clock.risk_at,
        breached=clock.breached and due == clock.due,
    )


def _reached(calendar: Calendar, ran: Ran, span: timedelta) -> datetime | None:
    """When so much business time has passed on a clock that ran then, or will have if it runs on; None when it stands still before."""
    for since, until in ran:
        if until is None:
            return add(calendar, since, span)
        used = between(calendar, since, until)
        if used >= span:
            return add(calendar, since, span)
        span -= used
    return None


def _marked(promised: Promised, now: datetime) -> Promised:
    """What is at risk or broken by now. What once was stays so until its time is reckoned anew: clocks on the wall are put back, too."""
    return replace(promised, clocks=tuple(c if c.met_at else _mark(c, now) for c in promised.clocks))


def _mark(clock: Running, now: datetime) -> Running:
    broken = clock.due is not None and clock.due <= now
    at_risk = clock.risk_at is not None and clock.risk_at <= now
    if (broken and not clock.breached) or (at_risk and not clock.warned):
        return replace(clock, warned=clock.warned or at_risk, breached=clock.breached or broken)
    return clock


# ------------------------------------------------------------------------------------------------------------- what is new
@dataclass(frozen=True, slots=True)
class News:
    """What people are owed a word of. at: when it came to be so; for "moved" and "met": now, and when."""

    what: Literal["at_risk", "broken", "met", "moved"]
    clock: Running


def news(before: Promised | None, after: Promised | None) -> list[News]:
    """What changed from one to the other. A promise that is made, or goes on after it stood still, is no news."""
    told = []
    for clock in after.clocks if after else ():
        was = _same(before, clock)
        if clock.met_at and not (was and was.met_at) and clock.target_s:
            told.append(News("met", clock))
        if clock.breached and not (was and was.breached):
            told.append(News("broken", clock))
        elif clock.warned and not (was and was.warned) and not clock.met_at and not clock.breached:
            told.append(News("at_risk", clock))
        if was and not clock.met_at and not was.met_at and _is_moved(was, clock):
            told.append(News("moved", clock))
    return told


def _same(before: Promised | None, clock: Running) -> Running | None:
    """The same clock as it was: it began at the same time."""
    was = before.clock(clock.goal) if before else None
    return was if was and was.ran[:1] and was.ran[0][0] == clock.ran[0][0] else None


def _is_moved(was: Running, clock: Running) -> bool:
    return was.target_s != clock.target_s or (was.ran == clock.ran and (was.due, was.left_s) != (clock.due, clock.left_s))
