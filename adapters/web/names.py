"""People's names for agents' pages."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.web.page import Page
from adapters.web.sessions import agent
from bot.domain.people import BOT, Person
from bot.domain.tickets import Ticket


def shown_name(names: dict[str, Person], person: str) -> str:
    """A name to show; without one the end of the id."""
    known = names.get(person)
    return known.name if known and known.name else BOT.name if person == BOT.id else person.partition(":")[2][:12]


async def names_of(page: Page, tickets: Sequence[Ticket], more: Sequence[str] = ()) -> dict[str, Person]:
    """Who has to do with these tickets, and `more` people, by id; whoever looks is among them."""
    ids = {t.requester for t in tickets} | {t.assignee for t in tickets if t.assignee} | set(more)
    known = await page.site.reader.people(sorted(ids))
    return known | {page.agent.person: agent(page.agent, page.language)}
