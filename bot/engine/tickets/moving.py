"""A ticket's change and all that follows from it, in one place: what the change does to the ticket itself, then what others are owed for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.domain.desks import Desk
from bot.domain.events import Event, ReplySent, ReplyTakenBack, RequesterWrote, TicketClosed, TicketHandedOver, TicketReopened, TicketResolved
from bot.domain.service_levels import keep_promises
from bot.domain.tickets import Ticket
from bot.engine.incidents import incident_notes
from bot.engine.people import delivery_truth
from bot.engine.practices import problem_notes
from bot.engine.requests import invitation
from bot.engine.requests import waiting as waits
from bot.engine.service import queues, service_levels
from bot.engine.tickets import companions, unsent
from bot.engine.turn import Turn

Consequence = Callable[[Desk, Ticket, Event], Ticket]
Follower = Callable[[Turn, Ticket, Event], Awaitable[None]]


def waiting(desk: Desk, ticket: Ticket, fact: Event) -> Ticket:
    """Since when the requester waits for a person's words."""
    match fact:
        case TicketHandedOver() | TicketReopened():
            return replace(ticket, waits_since=None if ticket.is_inside else fact.at)
        case RequesterWrote():
            return replace(ticket, waits_since=ticket.waits_since or fact.at)
        case ReplyTakenBack():
            return replace(ticket, waits_since=ticket.waits_since or fact.said_at)
        case ReplySent() | TicketResolved() | TicketClosed():
            return replace(ticket, waits_since=None)
        case _:
            return ticket


def seen(desk: Desk, ticket: Ticket, fact: Event) -> Ticket:
    """Whoever does something with their own ticket has seen what was said until then."""
    return replace(ticket, seen_at=fact.at) if fact.by == ticket.requester else ticket


CONSEQUENCES: tuple[Consequence, ...] = (waiting, seen, incident_notes.alone, problem_notes.alone, companions.leaves_original, keep_promises)
"""What a fact does to the ticket before it is saved: pure, in this order."""

FOLLOWERS: tuple[Follower, ...] = (
    delivery_truth.follow,
    incident_notes.follow,
    problem_notes.follow,
    unsent.follow,
    waits.keep_true,
    invitation.remind_later,
    companions.follow,
    companions.tell_watchers,
    queues.mind,
    queues.know_sent_back,
    queues.meet_agent,
    queues.make_room,
    queues.learn_more,
)
"""What else is owed for a fact once the ticket is saved: timers, notices."""


async def move(turn: Turn, ticket: Ticket, *facts: Event) -> Ticket:
    """Save the ticket with what happened to it. Raises StaleTicket."""
    promised = ticket.promised
    for fact in facts:
        for consequence in CONSEQUENCES:
            ticket = consequence(turn.desk, ticket, fact)
    if ticket.requester in turn.addresses and any(fact.by == turn.person.id for fact in facts):
        ticket = replace(ticket, seen_at=turn.now)  # from another address of theirs
    ticket = await turn.save(ticket)
    for fact in facts:
        await turn.record(fact)
    for fact in facts:
        for follower in FOLLOWERS:
            await follower(turn, ticket, fact)
    await service_levels.follow(turn, promised, ticket)
    return ticket
