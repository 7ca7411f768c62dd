"""What the core asks its memory about waiting. Each costs the same however many tickets there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

MOST_AHEAD = 100  # further back nobody counts
MOST_ANSWERS = 50  # of one span of time

Span = tuple[datetime, datetime]
"""From, and before."""


class Waits(Protocol):
    """A reader, or a transaction."""

    async def ahead(self, tier: int, since: datetime, limit: int = MOST_AHEAD) -> int:
        """How many open tickets of a tier that nobody has came into its queue before that moment; counted up to `limit`."""
        ...

    async def first_answers(self, tier: int, spans: Sequence[Span], limit: int = MOST_ANSWERS) -> list[timedelta]:
        """From opened to a person's first words, of the tickets that are at this tier since before those words, opened in any of the spans.

        The newest `limit` of each span are looked at; in any order.
        """
        ...
