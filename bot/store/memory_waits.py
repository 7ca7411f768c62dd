"""How long people wait, over dicts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.ports.waiting import MOST_AHEAD, MOST_ANSWERS, Span

if TYPE_CHECKING:
    from bot.store.shelves import Shelves


class MemoryWaits:
    """What can be asked about waiting. `shelf`: the dicts, as committed or as this unit has them."""

    @property
    def shelf(self) -> Shelves:
        """Where to look."""
        raise NotImplementedError

    async def ahead(self, tier: int, since: datetime, limit: int = MOST_AHEAD) -> int:
        """How many of a tier's queue came before that moment; counted up to `limit`."""
        queue = [t for t in self.shelf.tickets.values() if t.tier == tier and t.status == "open" and t.assignee is None]
        return min(sum(ticket.tier_since < since for ticket in queue), limit)

    async def first_answers(self, tier: int, spans: Sequence[Span], limit: int = MOST_ANSWERS) -> list[timedelta]:
        """From opened to a person's first words, of a tier's tickets opened in any of the spans."""
        found: list[timedelta] = []
        for begin, end in spans:
            here = [(t.opened_at, t.human_at, t.tier_since) for t in self.shelf.tickets.values() if t.tier == tier and begin <= t.opened_at < end]
            answered = sorted(((opened, human, since) for opened, human, since in here if human is not None), reverse=True)
            found += [human - opened for opened, human, since in answered[:limit] if since <= human]
        return found
