"""Tickets that belong together: one goes on as another, comes out of another, is the same as another, or merely shows another.

Each move gives the tickets as they are afterwards and the facts that happened, or raises MoveRefused. None but a change of status is a change
for which a requester is waited: what counts from `changed_at` goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.domain.events import (
    DuplicateUnmarked,
    Event,
    MarkedDuplicate,
    TicketClosed,
    TicketMerged,
    TicketsLinked,
    TicketsUnlinked,
    TicketTakenIn,
)
from bot.domain.ids import PersonId
from bot.domain.priorities import PRIORITIES
from bot.domain.tickets import Ticket
from bot.errors import MoveRefused

T = TypeVar("T")
MOST_RELATED = 20  # tickets that one shows; more is no help to anybody
Moved = tuple[Ticket, tuple[Event, ...]]


def merge(ticket: Ticket, into: Ticket, ancestors: Collection[str], by: PersonId, now: datetime) -> tuple[Moved, Moved]:
    """The ticket goes on as `into`, which takes over what is known of it; it is closed and points there.

    ancestors: the tickets whose course `into` shares: whoever is among them cannot go on as it.
    """
    _must_be_two(ticket, into)
    _must_be_open(ticket)
    _must_be_open(into)
    if ticket.id in ancestors:
        raise MoveRefused("round_about", other=into.id)
    if ticket.kind == "problem" != into.kind:
        raise MoveRefused("no_problem", number=into.id)
    waits = [since for since in (into.waits_since, ticket.waits_since) if since is not None]
    gone = replace(ticket, status="closed", parent=into.id, parent_as="merged", closed_at=now, changed_at=now)
    known = {name for name, value in into.fields if value}
    kept = replace(
        into,
        tags=_union(into.tags, ticket.tags),
        fields=(*into.fields, *(field for field in ticket.fields if field[0] not in known)),
        watchers=_union(into.watchers, ticket.watchers),
        related=_union((other for other in into.related if other != ticket.id), (ticket.id, *(other for other in ticket.related if other != into.id))),
        priority=max(into.priority, ticket.priority, key=_rank),
        status="open" if ticket.status == "open" else into.status,
        waits_since=min(waits, default=None),
    )
    if ticket.parent_as == "problem" and not into.parent and into.id != ticket.parent:
        kept = replace(kept, parent=ticket.parent, parent_as="problem")
    if kept.status != into.status:
        kept = replace(kept, changed_at=now, tier_since=into.tier_since if into.assignee else now)
    if kept.priority != into.priority:
        kept = replace(kept, impact=ticket.impact, urgency=ticket.urgency)
    closed = (TicketMerged(ticket=ticket.id, by=by, at=now, into=into.id), TicketClosed(ticket=ticket.id, by=by, at=now, why="merged"))
    return (gone, closed), (kept, (TicketTakenIn(ticket=into.id, by=by, at=now, merged=ticket.id),))


def move_on(child: Ticket, to: Ticket, now: datetime) -> Ticket:
    """What shared the course of a merged ticket shares that of the ticket it goes on as."""
    return replace(child, parent=to.id, changed_at=child.changed_at if child.status == "closed" else now)


def duplicate(ticket: Ticket, of: Ticket, ancestors: Collection[str], by: PersonId, now: datetime) -> tuple[Ticket, Ticket, MarkedDuplicate]:
    """It is the same matter as `of`, which shows it, and shares its course; whoever marks an unclaimed one has it, so that nobody else begins with it."""
    _must_be_two(ticket, of)
    _must_be_open(ticket)
    if of.status == "closed":
        raise _closed(of)
    if ticket.parent == of.id:
        raise MoveRefused("same_already", other=of.id)
    if ticket.id in ancestors:
        raise MoveRefused("round_about", other=of.id)
    marked = replace(ticket, parent=of.id, parent_as="duplicate", assignee=ticket.assignee or by)
    return marked, replace(of, related=_union(of.related, (ticket.id,))), MarkedDuplicate(ticket=ticket.id, by=by, at=now, of=of.id)


def unmark(ticket: Ticket, by: PersonId, now: datetime) -> tuple[Ticket, DuplicateUnmarked]:
    """It is a matter of its own after all."""
    if ticket.parent_as != "duplicate":
        raise MoveRefused("no_duplicate")
    _must_be_open(ticket)
    fact = DuplicateUnmarked(ticket=ticket.id, by=by, at=now, of=ticket.parent)
    return replace(ticket, parent="", parent_as=""), fact


def relate(one: Ticket, other: Ticket, by: PersonId, now: datetime) -> tuple[tuple[Ticket, TicketsLinked], tuple[Ticket, TicketsLinked]]:
    """Each shows the other; their course is as it was, also when one is over."""
    _must_be_two(one, other)
    if other.id in one.related:
        raise MoveRefused("same_already", other=other.id)
    if max(len(one.related), len(other.related)) >= MOST_RELATED:
        raise MoveRefused("too_many_links", count=str(MOST_RELATED))
    facts = [TicketsLinked(ticket=a.id, by=by, at=now, other=b.id) for a, b in ((one, other), (other, one))]
    return (replace(one, related=(*one.related, other.id)), facts[0]), (replace(other, related=(*other.related, one.id)), facts[1])


def unrelate(one: Ticket, other: Ticket, by: PersonId, now: datetime) -> tuple[tuple[Ticket, TicketsUnlinked], tuple[Ticket, TicketsUnlinked]]:
    """They no longer show each other; what shares the other's course stays with it."""
    if other.id == one.parent or one.id == other.parent:
        raise MoveRefused("bound", other=other.id)
    if other.id not in one.related and one.id not in other.related:
        raise MoveRefused("not_linked", other=other.id)
    facts = [TicketsUnlinked(ticket=a.id, by=by, at=now, other=b.id) for a, b in ((one, other), (other, one))]
    return (without(one, other.id), facts[0]), (without(other, one.id), facts[1])


def without(ticket: Ticket, other: str) -> Ticket:
    """It no longer shows the other."""
    return replace(ticket, related=tuple(number for number in ticket.related if number != other))


def _must_be_two(one: Ticket, other: Ticket) -> None:
    if one.id == other.id:
        raise MoveRefused("itself")


def _must_be_open(ticket: Ticket) -> None:
    if ticket.status == "closed":
        raise _closed(ticket)
    if not ticket.is_open:
        raise MoveRefused(ticket.status, number=ticket.id)


def _closed(ticket: Ticket) -> MoveRefused:
    if ticket.parent_as == "merged":
        return MoveRefused("merged", number=ticket.id, other=ticket.parent)
    return MoveRefused("over", number=ticket.id)


def _rank(priority: str) -> int:
    return PRIORITIES.index(priority) if priority in PRIORITIES else PRIORITIES.index("normal")


def _union(first: Iterable[T], more: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*first, *more)))
