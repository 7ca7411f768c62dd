"""How urgent a ticket is: impact (how many it stops) times urgency (how soon it hurts), after ITIL."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal, get_args

from bot.domain.events import PriorityChanged
from bot.domain.ids import PersonId
from bot.domain.tickets import Ticket
from bot.errors import MoveRefused

Level = Literal["low", "normal", "high"]
Priority = Literal["low", "normal", "high", "urgent"]
LEVELS: tuple[Level, ...] = get_args(Level)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)

MATRIX: dict[tuple[Level, Level], Priority] = {
    ("high", "high"): "urgent",
    ("high", "normal"): "high",
    ("normal", "high"): "high",
    ("high", "low"): "normal",
    ("normal", "normal"): "normal",
    ("low", "high"): "normal",
    ("normal", "low"): "low",
    ("low", "normal"): "low",
    ("low", "low"): "low",
}
"""(impact, urgency) to priority."""


def priority_of(impact: str, urgency: str) -> Priority | None:
    """The priority that both make; None while one of them is not known."""
    known = [level for level in (impact, urgency) if level in LEVELS]
    return MATRIX[known[0], known[1]] if len(known) == 2 else None


def rate(ticket: Ticket, impact: str, urgency: str, by: PersonId, now: datetime) -> tuple[Ticket, PriorityChanged]:
    """Somebody says how many it stops and how soon it hurts; the matrix says the rest."""
    made = priority_of(impact, urgency)
    if made is None:
        raise MoveRefused("no_priority")
    return _changed(ticket, replace(ticket, impact=impact, urgency=urgency, priority=made), by, now)


def put(ticket: Ticket, priority: str, by: PersonId, now: datetime) -> tuple[Ticket, PriorityChanged]:
    """Somebody says the priority itself: impact and urgency, which would say another, are no longer known."""
    if priority not in PRIORITIES:
        raise MoveRefused("no_priority")
    kept = priority_of(ticket.impact, ticket.urgency) == priority
    as_put = replace(ticket, priority=priority, impact=ticket.impact if kept else "", urgency=ticket.urgency if kept else "")
    return _changed(ticket, as_put, by, now)


def _changed(before: Ticket, after: Ticket, by: PersonId, now: datetime) -> tuple[Ticket, PriorityChanged]:
    if not before.is_open:
        raise MoveRefused(before.status)
    if (before.priority, before.impact, before.urgency) == (after.priority, after.impact, after.urgency):
        raise MoveRefused("same_priority")
    fact = PriorityChanged(ticket=before.id, by=by, at=now, priority=after.priority, was=before.priority, impact=after.impact, urgency=after.urgency)
    return after, fact
