"""An agent's page about being here: away until when, what to do with what they leave, and which colleagues are here."""

from __future__ import annotations

from starlette.responses import Response

from adapters.web.effects import answer_within
from adapters.web.inbound import TEAM, inbound, pressed
from adapters.web.page import Missing, Page
from adapters.web.sessions import agent
from bot.domain.ids import PersonId
from bot.domain.shifts import Presence
from bot.engine.service import attendance
from bot.engine.service.availability import presence_of, told
from bot.engine.service.queues import known
from bot.ports import TicketQuery

LONGEST = 120  # characters of "until when, and why"


async def presence(page: Page) -> Response:
    """How it is now, and the forms that change it."""
    site, person, now = page.site, page.agent.person, page.site.clock.now()
    mine = await presence_of(site.reader, site.desk, person, now)
    held = await site.reader.tickets(TicketQuery(assignee=person, statuses=("open",), limit=100))
    page.tell(await site.effects.late(person))
    return page.html(
        "presence.html", now=mine, line=told(page.t, mine, site.desk.timezone), left=sum(ticket.waits_since is not None for ticket in held),
        colleagues=[row for row in await _colleagues(page) if row[0] != person],
    )  # fmt: skip


async def _colleagues(page: Page) -> list[tuple[PersonId, str, Presence]]:
    """Everybody who has worked in one of the teams, or is named beforehand: those who are here come first."""
    site, ids = page.site, set(page.site.desk.agents)
    for tier in site.desk.tiers:
        ids.update(await known(site.reader, tier.level))
    people, now = await site.reader.people(sorted(ids)), site.clock.now()
    found = [(one, people[one].name if one in people else one.partition(":")[2], await presence_of(site.reader, site.desk, one, now)) for one in ids]
    return sorted(found, key=lambda row: (not row[2].is_here, row[1].casefold()))


async def change(page: Page) -> Response:
    """Away, here, or what is left goes back: the core does it and answers, as for a press anywhere."""
    verb = page.form.get("verb", "")
    if verb not in attendance.VERBS:
        raise Missing
    words = " ".join(page.form.get("words", "").split())[:LONGEST]
    with page.site.effects.expect(page.agent.person) as (handle, answer):
        what = pressed(f"{verb}:{words if verb == 'away' else ''}", TEAM, handle)
        await page.deliver(inbound(agent(page.agent, page.language), page.agent.person, page.once, page.site.clock.now(), what))
        page.tell(await answer_within(answer), "say", "small")
    return page.redirect("/agent/presence")
