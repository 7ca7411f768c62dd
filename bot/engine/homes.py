"""A person's home page by role: a requester's own tickets; for agents also theirs, the unclaimed and the due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.messages import Choice, Home, HomeSection, Part, Say, Small, Title
from bot.domain.tickets import Ticket
from bot.engine import replies, review
from bot.engine.knowledge import Knowledge
from bot.engine.roster import Roster
from bot.engine.tongue import Tongue
from bot.ports import TicketQuery

SHOWN = 10  # tickets of one list; Slack's home holds 100 blocks


class Lists(review.Wishes, Protocol):
    """Whoever can list tickets and what admins decide about: a transaction or a reader."""

    async def tickets(self, query: TicketQuery) -> list[Ticket]:
        """As Reader.tickets."""
        ...


async def build(lists: Lists, desk: Desk, knowledge: Knowledge, roster: Roster, t: Tongue, person: PersonId) -> Home:
    """The page as it is now. The caller has refreshed the roster."""
    levels = sorted(roster.levels(person))
    sections = [
        HomeSection(
            (Title(desk.name), Say(t.say("Ask in your own words; what I cannot answer goes to a person."))),
            (Choice(t.say("Ask a question"), "ask", "primary"),),
        )
    ]
    if levels:
        sections += await _agents_part(lists, desk, t, person, levels)
    own = await lists.tickets(TicketQuery(requester=person, statuses=("open", "pending", "resolved"), limit=SHOWN))
    sections.append(HomeSection((Title(t.say("My tickets")), *_lines(t, own, t.say("You have no open tickets.")))))
    if roster.is_admin(person):
        sections.append(HomeSection((Title(t.say("FAQ")),), (Choice(t.say("New entry"), "faq-new"),)))
        sections += await review.home_sections(lists, knowledge, desk.languages, t)
    return Home(tuple(sections))


async def _agents_part(lists: Lists, desk: Desk, t: Tongue, person: PersonId, levels: Sequence[int]) -> list[HomeSection]:
    mine = await lists.tickets(TicketQuery(assignee=person, statuses=("open", "pending"), limit=SHOWN))
    unclaimed: list[Ticket] = []
    for level in levels:
        unclaimed += await lists.tickets(TicketQuery(tier=level, statuses=("open",), unclaimed=True, limit=SHOWN))
    sections = [HomeSection((Title(t.say("Assigned to me")), *_lines(t, mine, t.say("Nothing is assigned to you."))))]
    sections.append(HomeSection((Title(t.say("Unclaimed")), *([] if unclaimed else [Small(t.say("The queue is empty."))]))))
    sections += [
        HomeSection((replies.ticket_rows(t, [ticket]),), (Choice(t.say("Take it"), f"take:{ticket.id}", "primary"),)) for ticket in unclaimed[:SHOWN]
    ]
    due = _due(desk, t, unclaimed)
    if due:
        sections.append(HomeSection((Title(t.say("Due")), Say("\n".join(due)))))
    return sections


def _due(desk: Desk, t: Tongue, unclaimed: Sequence[Ticket]) -> list[str]:
    """When each unclaimed ticket moves on by itself, soonest first."""
    found = []
    for ticket in unclaimed:
        tier, above = desk.tier(ticket.tier), desk.above(ticket.tier)
        if tier and tier.claim_within and above:
            found.append((ticket.tier_since + tier.claim_within, ticket.id, above.name))
    return [
        t.say("{number} goes to {team}: {moment}", number=number, team=team, moment=t.when(at, desk.timezone)) for at, number, team in sorted(found)[:SHOWN]
    ]


def _lines(t: Tongue, tickets: Sequence[Ticket], empty: str) -> list[Part]:
    return [replies.ticket_rows(t, tickets)] if tickets else [Small(empty)]
