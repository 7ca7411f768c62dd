"""How satisfied a requester was: 1 to 5 with words, given once it is solved and changeable for a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.events import CommentGiven, RatingGiven
from bot.domain.ids import PersonId
from bot.domain.tickets import Ticket
from bot.errors import MoveRefused

SCALE = (1, 2, 3, 4, 5)
CHANGEABLE = timedelta(days=14)  # after the resolve; later it is another day's opinion
MAX_COMMENT = 2000  # characters


def is_rateable(ticket: Ticket, now: datetime) -> bool:
    """Was it resolved by people, not too long ago? What tier 1 solved says so by its own button."""
    over = ticket.status in ("resolved", "closed") and ticket.resolved_at is not None
    return over and ticket.is_with_humans and ticket.resolved_at is not None and now - ticket.resolved_at <= CHANGEABLE


def rate(ticket: Ticket, rating: int, by: PersonId, now: datetime) -> tuple[Ticket, RatingGiven]:
    """Its requester's judgement; a later one takes its place. Raises MoveRefused."""
    if rating not in SCALE or not is_rateable(ticket, now):
        raise MoveRefused("not_rateable", number=ticket.id)
    return replace(ticket, rating=rating), RatingGiven(ticket=ticket.id, by=by, at=now, rating=rating, was=ticket.rating)


def comment(ticket: Ticket, words: str, by: PersonId, now: datetime) -> tuple[Ticket, CommentGiven]:
    """Words with it. Raises MoveRefused."""
    if not ticket.rating or not is_rateable(ticket, now):
        raise MoveRefused("not_rateable", number=ticket.id)
    return replace(ticket, comment=words[:MAX_COMMENT]), CommentGiven(ticket=ticket.id, by=by, at=now, rating=ticket.rating)
