"""A ticket that somebody has and nobody serves: since when its assignee owes words, and who let it lie before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.events import Event, ReplySent, TicketClosed, TicketEscalated, TicketKept, TicketReleased, TicketResolved, TicketSentBack
from bot.domain.ids import PersonId
from bot.domain.tickets import Ticket

_BEGINS_ANEW = (ReplySent, TicketResolved, TicketClosed, TicketEscalated, TicketSentBack)


@dataclass(frozen=True, slots=True)
class Silence:
    """person: who has it. since: since when they owe the requester words; None: they do not. passed: who had it and gave none, since the last words."""

    person: PersonId | None = None
    since: datetime | None = None
    passed: tuple[PersonId, ...] = ()


def after(silence: Silence, ticket: Ticket, fact: Event) -> Silence:
    """How it lies once that happened. A new assignee, or one who says that they are at it, has the whole time again."""
    passed = () if isinstance(fact, _BEGINS_ANEW) else silence.passed
    if isinstance(fact, TicketReleased) and silence.person is not None and silence.person not in passed:
        passed = (*passed, silence.person)
    if ticket.assignee is None or not ticket.is_open:
        return Silence(None, None, passed)
    if ticket.status != "open" or ticket.waits_since is None:
        return Silence(ticket.assignee, None, passed)
    is_fresh = ticket.assignee != silence.person or silence.since is None or isinstance(fact, TicketKept)
    return Silence(ticket.assignee, fact.at if is_fresh else silence.since, passed)
