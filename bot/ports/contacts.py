"""What the core asks of its memory about what was said, whatever ticket it belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.domain.tickets import TicketMessage

CONTACTS = ("question", "detail", "earlier", "bot", "reply")
"""Kinds of messages between a requester and the desk. What agents tell each other is none, nor what the system notes."""


class ContactReader(Protocol):
    """Questions that logs ask."""

    async def contacts(self, since: datetime, until: datetime, before: int = 0, limit: int = 100) -> list[TicketMessage]:
        """Messages of the kinds in CONTACTS from `since` on and before `until`, newest first. before: only smaller ids, for the next page."""
        ...
