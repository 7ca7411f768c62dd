"""The labels by which tickets are found."""

from __future__ import annotations

from bot.domain.sought import labels_of
from bot.domain.tickets import Ticket
from bot.engine.turn import Turn


async def label(turn: Turn, ticket: Ticket) -> None:
    """Find it by its tags and fields from now on: whoever saved other ones calls this."""
    await turn.tx.label(ticket.id, labels_of(ticket))
