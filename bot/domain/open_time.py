"""When a ticket was open, and when it waited on its requester: two lines of time that its status draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.tickets import Status

Span = tuple[datetime, datetime]
_OPEN = ("open", "pending")


@dataclass(frozen=True, slots=True)
class Stretch:
    """It was open all the time from then on; until: None while it is. tier, priority: at its end."""

    since: datetime
    until: datetime | None
    tier: int
    priority: str


class OpenTime:
    """Drawn status by status."""

    def __init__(self, opened_at: datetime) -> None:
        self.status: Status = "open"
        self._since = opened_at
        self._closed: list[Stretch] = []
        self._held: list[tuple[datetime, datetime | None]] = []

    def becomes(self, status: Status, at: datetime, tier: int, priority: str) -> None:
        """It has this status from then on. tier, priority: as they are at that moment."""
        was, self.status = self.status, status
        if was == "pending" and status != "pending":
            self._held[-1] = (self._held[-1][0], at)
        elif status == "pending" and was != "pending":
            self._held.append((at, None))
        if was in _OPEN and status not in _OPEN:
            self._closed.append(Stretch(self._since, at, tier, priority))
        elif status in _OPEN and was not in _OPEN:
            self._since = at

    @property
    def is_open(self) -> bool:
        """Does somebody still owe something?"""
        return self.status in _OPEN

    def stretches(self, tier: int, priority: str) -> list[Stretch]:
        """All of them, in order. tier, priority: as they are now."""
        return [*self._closed, Stretch(self._since, None, tier, priority)] if self.is_open else list(self._closed)

    def held(self, until: datetime) -> list[Span]:
        """When it waited on the requester, as far as that was before a moment."""
        return [(since, min(end or until, until)) for since, end in self._held if since < until]
