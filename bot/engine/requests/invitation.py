"""Asks how the help was: once with the resolve, reminded once, and never where no person helped."""

from __future__ import annotations

from bot.domain.events import Event, TicketResolved
from bot.domain.messages import Choice, Part, Small
from bot.domain.ratings import SCALE
from bot.domain.tickets import Ticket
from bot.engine.people.addresses import is_theirs
from bot.engine.tongue import Tongue, tongue
from bot.engine.turn import Turn

TIMER = "rating"


async def is_asked(turn: Turn, ticket: Ticket) -> bool:
    """Is this requester asked? Not where no person helped, not who resolved it alone, not where the desk does not want to know."""
    return turn.desk.ask_rating and ticket.is_with_humans and not await is_theirs(turn, ticket)


async def invitation(turn: Turn, ticket: Ticket) -> tuple[list[Part], list[Choice]]:
    """What the message that says "resolved" asks besides; nothing where nobody is asked."""
    if not await is_asked(turn, ticket):
        return [], []
    t = tongue(ticket.language)
    return [Small(t.say("How was the help? 1 is bad, 5 is very good."))], stars(ticket)


def stars(ticket: Ticket) -> list[Choice]:
    """Five buttons."""
    return [Choice(f"{n} ★", f"rate:{ticket.id}:{n}") for n in SCALE]


def resolved_key(ticket: Ticket) -> str:
    """The key of the message that said so: a ticket may be resolved more than once."""
    return f"resolved:{ticket.id}:{ticket.resolved_at.isoformat() if ticket.resolved_at else ''}"


async def remind_later(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """After a resolve: the one reminder, unless it was sent before."""
    if not isinstance(fact, TicketResolved) or turn.desk.remind_rating is None or ticket.resolved_at is None or not await is_asked(turn, ticket):
        return
    if await turn.tx.linked(reminded(ticket)) is None:
        await turn.set_timer(TIMER, ticket, turn.now + turn.desk.remind_rating, ticket.resolved_at)


def reminded(ticket: Ticket) -> str:
    """The mark of a ticket whose requester was reminded."""
    return f"rating-reminded:{ticket.id}"


def told(t: Tongue, ticket: Ticket) -> list[tuple[str, str]]:
    """A row for the card, once there is a rating."""
    if not ticket.rating:
        return []
    return [(t.say("Rating"), f"{'★' * ticket.rating}{'☆' * (len(SCALE) - ticket.rating)} {ticket.rating}/5")]
