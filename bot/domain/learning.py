"""What the FAQ may learn from tickets: ways to ask that an admin decides about, and questions that are not for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.domain.ids import PersonId, TicketId
from bot.domain.people import BOT

MOST_WAITING = 5  # proposals of one entry that wait for an admin; more is a queue nobody reads
MOST_LEARNED = 30  # ways to ask of one entry and language that came from tickets; beyond that the oldest says the least about how people ask now

State = Literal["waiting", "approved", "rejected", "displaced"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question that may become a way to ask an entry. id: 0 until it is stored. text: cleaned; it holds what a requester wrote.

    lang: the language of the question, whether or not the entry has a text in it. ticket: where it was asked. by: who linked it to the entry.
    state: displaced = newer ones took its place before anybody decided (waiting), or after (approved): nobody judged it.
    """

    id: int
    entry: str
    lang: str
    text: str
    ticket: TicketId
    by: PersonId
    at: datetime
    state: State = "waiting"
    decided_by: PersonId | None = None
    decided_at: datetime | None = None

    def decided(self, state: State, by: PersonId, now: datetime, text: str = "") -> Proposal:
        """As somebody decided. text: as they changed it before they approved."""
        return replace(self, state=state, decided_by=by, decided_at=now, text=text or self.text)


@dataclass(frozen=True, slots=True)
class Outside:
    """A question that an admin marked as not for this FAQ: it, and what is like it, goes to a person. id: 0 until it is stored."""

    id: int
    text: str
    lang: str
    ticket: TicketId
    by: PersonId
    at: datetime


def displaced(waiting: Sequence[Proposal], now: datetime) -> list[Proposal]:
    """The oldest of an entry's waiting proposals that make room for one more."""
    oldest = sorted(waiting, key=lambda p: (p.at, p.id))
    return [p.decided("displaced", BOT.id, now) for p in oldest[: max(0, len(oldest) - MOST_WAITING + 1)]]


def outgrown(learned: Sequence[Proposal], lang: str, now: datetime) -> list[Proposal]:
    """The oldest of an entry's approved proposals in a language that make room for one more."""
    oldest = sorted((p for p in learned if p.lang == lang), key=lambda p: (p.decided_at or p.at, p.id))
    return [p.decided("displaced", BOT.id, now) for p in oldest[: max(0, len(oldest) - MOST_LEARNED + 1)]]
