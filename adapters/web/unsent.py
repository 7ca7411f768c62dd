"""Replies that have not gone out, on the ticket's page: those for later, and those about which their author is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.web.names import shown_name
from adapters.web.page import Page
from bot.domain.messages import Choice
from bot.domain.people import Person
from bot.domain.tickets import Ticket
from bot.engine.tickets import checks, unsent
from bot.engine.tickets.unsent import Unsent


@dataclass(frozen=True, slots=True)
class Draft:
    """One of them, as the page shows it."""

    id: str
    title: str
    why: list[str]
    author: str
    words: str
    choices: tuple[Choice, ...]


async def drafts(page: Page, ticket: Ticket, names: Mapping[str, Person]) -> list[Draft]:
    """Those of a ticket; what was only looked at is shown to whoever looked."""
    kept = await unsent.all_of(page.site.reader, ticket.id)
    return [await _draft(page, ticket, which, one, names) for which, one in kept.items() if one.due or one.doubts or one.by == page.agent.person]


async def _draft(page: Page, ticket: Ticket, which: str, one: Unsent, names: Mapping[str, Person]) -> Draft:
    t = page.t
    title = t.say("Goes out {moment}", moment=t.when(one.due, page.site.desk.timezone)) if one.due else t.say("Not sent yet")
    why = [checks.told(t, doubt, await page.site.reader.entry(doubt.partition(":")[2])) for doubt in one.doubts]
    send = t.say("Send anyway") if any(not doubt.startswith("when_") for doubt in one.doubts) else t.say("Send now")
    choices = (
        Choice(send, f"anyway:{ticket.id}:{which}"),
        Choice(t.say("Change"), f"rewrite:{ticket.id}:{which}", "primary"),
        Choice(t.say("Take back"), f"unsend:{ticket.id}:{which}"),
    )
    return Draft(which, title, why, shown_name(dict(names), one.by), one.words, choices)
