"""The lists that agents work from, the same on every home page and on the web: mine, unclaimed, at risk, breached, escalated or sent back to us."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf
from typing import Literal, Protocol

from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.service_levels import standing
from bot.domain.tickets import Ticket
from bot.engine.service.queues import SENT_BACK
from bot.engine.tongue import N_
from bot.ports import TicketQuery

View = Literal["mine", "unclaimed", "at_risk", "breached", "escalated"]
VIEWS: dict[View, str] = {
    "mine": N_("Mine"),
    "unclaimed": N_("Unclaimed"),
    "at_risk": N_("At risk"),
    "breached": N_("Breached"),
    "escalated": N_("Escalated to us"),
}
EMPTY: dict[View, str] = {
    "mine": N_("You have no ticket. Take one from the unclaimed ones."),
    "unclaimed": N_("The queue is empty. New requests appear here by themselves."),
    "at_risk": N_("No promised time is running out."),
    "breached": N_("No promised time has passed."),
    "escalated": N_("Nothing was escalated or sent back to you."),
}
"""What an empty list says, and so what to do."""
MOST = 100  # tickets of a list; more are counted as "99+"
HORIZON = timedelta(days=60)  # what is due later than this is at no risk yet


class Lists(Protocol):
    """Whoever can list tickets: a transaction or a reader."""

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """As Reader.tickets."""
        ...

    async def noted(self, prefix: str) -> dict[str, str]:
        """As Reader.noted."""
        ...


@dataclass(frozen=True, slots=True)
class Looking:
    """An agent who looks. levels: the tiers they work in."""

    desk: Desk
    person: PersonId
    levels: Collection[int]
    now: datetime


def view_named(word: str) -> View:
    """The view of that name; the first when there is none."""
    return next((view for view in VIEWS if view == word), "mine")


async def listed(lists: Lists, who: Looking, view: View) -> list[Ticket]:
    """At most MOST tickets: what is due the soonest first, then the newest change."""
    match view:
        case "mine":
            return sorted(await lists.tickets(TicketQuery(assignee=who.person, statuses=("open", "pending"), humans_only=True, limit=MOST)), key=_pressing)
        case "unclaimed":
            return sorted(await _of_tiers(lists, who.levels, TicketQuery(statuses=("open", "pending"), unclaimed=True, limit=MOST)), key=_pressing)
        case "escalated":
            above = [level for level in who.levels if level > who.desk.first_tier.level]  # nothing comes there but from below
            up = await _of_tiers(lists, above, TicketQuery(statuses=("open", "pending"), limit=MOST))
            down = [ticket for ticket in await _sent_back(lists) if ticket.tier in who.levels and ticket.tier not in above]
            return sorted([*up, *down], key=_newest, reverse=True)[:MOST]
        case "at_risk" | "breached":
            until = who.now + (HORIZON if view == "at_risk" else timedelta(0))
            due = await lists.tickets(TicketQuery(statuses=("open", "pending"), due_before=until, humans_only=True, limit=MOST))
            return [ticket for ticket in due if ticket.tier in who.levels and standing(ticket, who.now) == view]


async def counts(lists: Lists, who: Looking) -> dict[View, int]:
    """How many each view holds, up to MOST."""
    return {view: len(await listed(lists, who, view)) for view in VIEWS}


def shown_count(count: int) -> str:
    """ "7", or "99+"."""
    return str(count) if count < MOST else f"{MOST - 1}+"


async def _of_tiers(lists: Lists, levels: Collection[int], query: TicketQuery) -> list[Ticket]:
    found: list[Ticket] = []
    for level in sorted(levels):
        found += await lists.tickets(replace(query, tier=level))
    return sorted(found, key=_newest, reverse=True)[:MOST]


async def _sent_back(lists: Lists) -> list[Ticket]:
    known = await SENT_BACK.all(lists)
    found = await lists.tickets(TicketQuery(numbers=tuple(known), statuses=("open", "pending"), limit=MOST)) if known else []
    return [ticket for ticket in found if known[ticket.id].to == ticket.tier]


def _newest(ticket: Ticket) -> datetime:
    return ticket.changed_at or ticket.opened_at


def _pressing(ticket: Ticket) -> tuple[float, float]:
    """What is due the soonest first; what nothing is promised for comes last, the newest change first."""
    return ticket.due_at.timestamp() if ticket.due_at else inf, -_newest(ticket).timestamp()


def page_of(tickets: Sequence[Ticket], number: int, size: int) -> tuple[Sequence[Ticket], int, int]:
    """The tickets of a page, its number (the nearest that there is) and how many pages there are. Pages are numbered from 1."""
    pages = max(1, -(-len(tickets) // size))
    number = min(max(1, number), pages)
    return tickets[(number - 1) * size : number * size], number, pages
