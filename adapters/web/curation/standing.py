"""What the pages about entries share: the one that is asked for, the states that people know, how each does, the day it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from adapters.web.page import Missing, Page
from bot.engine.curation import entry_health
from bot.engine.curation.entry_health import Ailing, Health
from bot.engine.tongue import N_
from bot.ports.curating import Draft
from kb.entries import Entry

State = Literal["published", "draft", "review", "archived"]
STATES: dict[State, str] = {"published": N_("Published"), "draft": N_("Draft"), "review": N_("In review"), "archived": N_("Archived")}
AILING: dict[Ailing, str] = {
    "refused": N_("often refused"),
    "stolen": N_("another entry comes first"),
    "review": N_("due for a look"),
    "over": N_("its last day is past"),
}


async def entry_asked_for(page: Page) -> Entry:
    """The entry that the address names."""
    found = await page.site.reader.entry(str(page.request.path_params["entry"]))
    if found is None:
        raise Missing
    return found


async def draft_asked_for(page: Page) -> Draft:
    """The draft that the address names, also one that is over."""
    found = await page.site.reader.draft(page.request.path_params["draft"])
    if found is None:
        raise Missing
    return found


def today(page: Page) -> date:
    """The day where the desk is."""
    return page.site.clock.now().astimezone(ZoneInfo(page.site.desk.timezone)).date()


async def healths(page: Page) -> Mapping[str, Health]:
    """How each entry does, by its id."""
    return entry_health.healths(await page.site.evidence.look(page.site.clock.now()))


def states_of(entry: Entry | None, draft: Draft | None) -> list[State]:
    """What holds of an entry: of the published one, and of the draft that is open. entry: None while there is only a draft."""
    found: list[State] = []
    if entry is not None:
        found.append("archived" if entry.retired else "published")
    if draft is not None:
        found.append("review" if draft.state == "review" else "draft")
    return found
