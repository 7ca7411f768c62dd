"""Whose turn it is: an agent for a ticket, by turns, by load or by skill. Never somebody who is away, nor one who let it lie before."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.domain.desks import Routing
from bot.domain.events import TicketAssigned
from bot.domain.ids import PersonId
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.errors import AlreadyClaimed, MoveRefused

_WORD = re.compile(r"[^\W_]+")
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who might get it. load: open tickets they have. given_at: when the desk gave them one last, None: never. here: at work now."""

    person: PersonId
    load: int = 0
    given_at: datetime | None = None
    skills: frozenset[str] = frozenset()
    here: bool = True


def choose(
    how: Routing, candidates: Iterable[Candidate], *, wanted: Collection[str] = (), but_not: Collection[PersonId] = (), at_most: int = 0
) -> PersonId | None:
    """Who gets it, or None: nobody can, or people pick for themselves. at_most: whoever has so many gets none (0: there is no limit).

    round_robin: who has waited longest for one. load: who has fewest, then by turns. skill: who has most of what is wanted, then by load; nobody
    without any of it.
    """
    free = [c for c in candidates if c.here and c.person not in but_not and (not at_most or c.load < at_most)]
    if how == "manual":
        return None
    if how == "skill":
        best = max((len(c.skills & set(wanted)) for c in free), default=0)
        free = [c for c in free if best and len(c.skills & set(wanted)) == best]
    by_load = how != "round_robin"
    first = min(free, key=lambda c: (c.load if by_load else 0, c.given_at or LONG_AGO, c.person), default=None)
    return first.person if first else None


def wanted_of(ticket: Ticket, known: Collection[str], tags_of_entries: Collection[str] = ()) -> frozenset[str]:
    """Which of the known skills this ticket asks for: its tags and kind, those of the entries that were tried, and the words of the question itself."""
    named = {ticket.kind, *ticket.tags, *tags_of_entries, *(offer.entry for offer in ticket.offers)}
    named |= {value for _, value in ticket.fields}
    plain = {name.lower() for name in named}
    question = _words(ticket.question)
    return frozenset(skill for skill in known if skill in plain or f" {_words(skill).strip()} " in question)


def _words(text: str) -> str:
    """Lower case, a blank on either side of each word and nothing else between."""
    return f" {' '.join(_WORD.findall(text.lower()))} "


def assign(ticket: Ticket, to: PersonId, how: str, now: datetime) -> tuple[Ticket, TicketAssigned]:
    """The desk gives an unclaimed ticket to an agent. how: as Routing, or "next" after somebody else let it lie."""
    if not ticket.is_open:
        raise MoveRefused(ticket.status, number=ticket.id)
    if ticket.assignee is not None:
        raise AlreadyClaimed(ticket.assignee)
    fact = TicketAssigned(ticket=ticket.id, by=BOT.id, at=now, to=to, tier=ticket.tier, how=how)
    return replace(ticket, assignee=to, changed_at=now), fact
