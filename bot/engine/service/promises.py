"""What is said of promised times: on the card, and to the team when one is at risk, broken or reckoned anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from babel.units import format_unit

from bot.domain.messages import Part, Say, Title, Words
from bot.domain.service_levels import Goal, News, Promised, Running
from bot.domain.tickets import Ticket
from bot.engine.tongue import N_, Tongue

GOALS: tuple[Goal, ...] = ("first_response", "next_response", "resolution")
NAMES: dict[Goal, str] = {"first_response": N_("First answer due"), "next_response": N_("Next answer due"), "resolution": N_("Solution due")}
BY: dict[Goal, str] = {"first_response": N_("first answer by {time}"), "next_response": N_("next answer by {time}"), "resolution": N_("solution by {time}")}
AT_RISK: dict[Goal, str] = {
    "first_response": N_("{number} needs its first answer by {time}."),
    "next_response": N_("{number} needs an answer by {time}."),
    "resolution": N_("{number} is to be solved by {time}."),
}
BROKEN: dict[Goal, str] = {
    "first_response": N_("{number} is overdue: its first answer was promised by {time}."),
    "next_response": N_("{number} is overdue: an answer was promised by {time}."),
    "resolution": N_("{number} is overdue: its solution was promised by {time}."),
}
QUOTED = 200  # characters of the question in a notice
SHOWN = 20  # numbers in one message; the agents' page has them all


def rows(t: Tongue, ticket: Ticket, zone: str, now: datetime) -> list[tuple[str, str]]:
    """A row for each promise that is still to be kept."""
    return [(label, f"{time} · {state}" if state else time) for label, time, state in marked_rows(t, ticket, zone, now)]


def marked_rows(t: Tongue, ticket: Ticket, zone: str, now: datetime) -> list[tuple[str, str, str]]:
    """The same in three: what, until when, and whether it is at risk or overdue, "" when it is neither."""
    return [(t.say(NAMES[c.goal]), _time(t, c, zone), _state(t, c, now)) for c in _unmet(ticket.promised)] if ticket.is_open else []


def _unmet(promised: Promised | None) -> list[Running]:
    clocks = promised.clocks if promised else ()
    return sorted((c for c in clocks if c.met_at is None and c.target_s), key=lambda c: GOALS.index(c.goal))


def _time(t: Tongue, clock: Running, zone: str) -> str:
    if clock.due is None:
        return t.say("stands still, {time} left", time=_left(t, timedelta(seconds=max(0.0, clock.left_s))))
    return t.when(clock.due, zone)


def _state(t: Tongue, clock: Running, now: datetime) -> str:
    if clock.due is not None and clock.due <= now:
        return t.say("overdue")
    return t.say("at risk") if clock.risk_at and clock.risk_at <= now else ""


def _left(t: Tongue, left: timedelta) -> str:
    """Business time in words: in hours, since what would be called three days are nine of eight hours each."""
    return t.span(left) if left < timedelta(hours=24) else str(format_unit(round(left / timedelta(hours=1)), "duration-hour", locale=t.language))


def at_risk(t: Tongue, ticket: Ticket, clock: Running, assignee: str, zone: str) -> list[Part]:
    """Time is running out. assignee: the name, or ""."""
    return [Say(f"{_line(t, AT_RISK, ticket, clock, zone)} {_holder(t, assignee)}")]


def broken(t: Tongue, ticket: Ticket, clock: Running, assignee: str, zone: str) -> list[Part]:
    """Time has run out."""
    return [Title(_line(t, BROKEN, ticket, clock, zone), "warning"), Say(_holder(t, assignee))]


def notice(t: Tongue, ticket: Ticket, told: News, zone: str) -> list[Part]:
    """The same to one person who has to do with it."""
    line = _line(t, BROKEN if told.what == "broken" else AT_RISK, ticket, told.clock, zone)
    return [Say(line), Words(ticket.question[:QUOTED])]


def _line(t: Tongue, sentences: dict[Goal, str], ticket: Ticket, clock: Running, zone: str) -> str:
    return t.say(sentences[clock.goal], number=ticket.id, time=t.when(clock.due, zone) if clock.due else "")


def _holder(t: Tongue, assignee: str) -> str:
    return t.say("{name} has it.", name=assignee) if assignee else t.say("Nobody has taken it.")


def moved(t: Tongue, ticket: Ticket, zone: str) -> list[Part]:
    """Its priority or kind changed, and with it what is promised."""
    times = [t.say(BY[c.goal], time=t.when(c.due, zone)) for c in _unmet(ticket.promised) if c.due]
    if times:
        return [Say(t.say("{number} has new promised times: {times}.", number=ticket.id, times=", ".join(times)))]
    if _unmet(ticket.promised):
        return [Say(t.say("{number} has new promised times, which stand still while the requester is waited for.", number=ticket.id))]
    return [Say(t.say("Nothing is promised for {number} any more.", number=ticket.id))]


def digest(t: Tongue, kind: Literal["broken", "at_risk", "moved"], numbers: Sequence[str]) -> str:
    """Of many tickets at once, in one line."""
    named, count = ", ".join(numbers[:SHOWN]) + (" …" if len(numbers) > SHOWN else ""), len(numbers)
    if kind == "broken":
        return t.many(
            "{count} ticket became overdue while this desk stood still: {numbers}",
            "{count} tickets became overdue while this desk stood still: {numbers}",
            count,
            numbers=named,
        )
    if kind == "at_risk":
        return t.many("{count} ticket will soon be overdue: {numbers}", "{count} tickets will soon be overdue: {numbers}", count, numbers=named)
    return t.many(
        "{count} ticket has new promised times, because this desk's hours or promises changed: {numbers}",
        "{count} tickets have new promised times, because this desk's hours or promises changed: {numbers}",
        count,
        numbers=named,
    )
