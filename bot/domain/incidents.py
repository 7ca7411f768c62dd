"""An incident: one ticket whose course others share. Joining, leaving, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.events import IncidentDeclared, IncidentJoined, IncidentLeft, IncidentUpdated
from bot.domain.ids import PersonId
from bot.domain.tickets import Ticket
from bot.errors import MoveRefused

State = Literal["looking", "known", "watching", "resolved"]
STATES: tuple[State, ...] = ("looking", "known", "watching")
"""How it stands: somebody looks into it, the cause is known, it is fixed and watched. Then it is resolved, as the ticket is."""

LONGEST_TITLE = 120  # characters
EXAMPLES = 12  # questions kept, in as many ways as they are asked: a new one is compared with each


@dataclass(frozen=True, slots=True)
class Incident:
    """What is known of one, beside its ticket. title: as everybody reads it. examples: how people asked. updates: how many were told to all.

    by: who declared it. told: the last words to all, with it. ended_by: who resolved it.
    """

    title: str
    by: PersonId
    at: datetime
    state: State = "looking"
    examples: tuple[str, ...] = ()
    updates: int = 0
    told: str = ""
    told_by: str = ""
    ended_by: str = ""

    @property
    def is_active(self) -> bool:
        """Is it still going on?"""
        return self.state != "resolved"

    def with_example(self, question: str) -> Incident:
        """One more way in which it is asked, unless there are enough."""
        if question in self.examples or len(self.examples) >= EXAMPLES:
            return self
        return replace(self, examples=(*self.examples, question))


@dataclass(frozen=True, slots=True)
class Shown:
    """An incident was shown to a requester about a ticket of theirs. refused: theirs is another matter, they said."""

    parent: str
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Several requests are alike; a team was asked whether they are one incident."""

    numbers: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Banner:
    """What everybody reads first. id: of this text; another text is shown again to all."""

    words: str
    by: PersonId
    at: datetime


def is_part(ticket: Ticket) -> bool:
    """Does it share the course of an incident?"""
    return ticket.parent_as == "incident" and ticket.parent != ""


def declare(ticket: Ticket, title: str, by: PersonId, now: datetime) -> tuple[Incident, IncidentDeclared]:
    """The ticket is an incident from now on."""
    if not ticket.is_open:
        raise MoveRefused(ticket.status)
    if ticket.parent and ticket.parent_as != "problem":
        raise MoveRefused("part_of_another")
    incident = Incident(title[:LONGEST_TITLE], by, now).with_example(title[:LONGEST_TITLE]).with_example(ticket.question)
    return incident, IncidentDeclared(ticket=ticket.id, by=by, at=now, title=incident.title)


def join(ticket: Ticket, parent: str, by: PersonId, now: datetime) -> tuple[Ticket, IncidentJoined]:
    """It shares the course of that incident from now on."""
    if not ticket.is_open:
        raise MoveRefused(ticket.status)
    if ticket.parent or ticket.id == parent:
        raise MoveRefused("part_of_another")
    joined = replace(ticket, parent=parent, parent_as="incident", changed_at=now)
    return joined, IncidentJoined(ticket=ticket.id, by=by, at=now, parent=parent)


def leave(ticket: Ticket, by: PersonId, now: datetime) -> tuple[Ticket, IncidentLeft]:
    """It is a matter of its own again."""
    if not is_part(ticket):
        raise MoveRefused("no_part")
    alone = replace(ticket, parent="", parent_as="", related=_with(ticket.related, ticket.parent), changed_at=now)
    return alone, IncidentLeft(ticket=ticket.id, by=by, at=now, parent=ticket.parent)


def alone_again(ticket: Ticket) -> Ticket:
    """What is handed over or reopened by itself goes its own way; it stays linked to the incident."""
    return replace(ticket, parent="", parent_as="", related=_with(ticket.related, ticket.parent)) if is_part(ticket) else ticket


def update(ticket: Ticket, incident: Incident, state: State, words: str, by: PersonId, now: datetime) -> tuple[Incident, IncidentUpdated]:
    """News for all."""
    changed = replace(incident, state=state, updates=incident.updates + 1, told=words, told_by=by)
    return changed, IncidentUpdated(ticket=ticket.id, by=by, at=now, state=state)


def suspected(newest: Ticket, alike: Sequence[Ticket], wanted: int, within: timedelta) -> tuple[Ticket, ...]:
    """The like requests that are enough to ask for, oldest first, the newest among them; () when they are too few, too old, or part of one already."""
    since = newest.opened_at - within
    found = {t.id: t for t in (*alike, newest) if t.is_open and not t.parent and t.opened_at >= since}
    group = tuple(sorted(found.values(), key=lambda t: (t.opened_at, t.id)))
    return group if wanted > 0 and len(group) >= wanted else ()


def _with(numbers: tuple[str, ...], number: str) -> tuple[str, ...]:
    return numbers if not number or number in numbers else (*numbers, number)
